"""exact_json: what was read is what is written, or a refusal that says where."""

from __future__ import annotations

import copy
import json
import math
import pickle
import re
import sys
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry import exact_json
from stackferry.errors import JsonRefused
from stackferry.exact_json import MAX_DEPTH, ExactFloat, dumps, loads

if TYPE_CHECKING:
    import random

NUMBERS = st.from_regex(r"\A-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?\Z").map(str)
TEXTS = st.text(st.characters(exclude_categories=()), max_size=8).filter(
    lambda text: not re.search("[\ud800-\udbff][\udc00-\udfff]", text)
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(
    PLAIN | NUMBERS.map(lambda text: loads(text.encode())),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=20,
)
BLANKS = st.text(" \t\r\n", max_size=2)


@st.composite
def documents(draw: st.DrawFn, depth: int = 3) -> str:
    """Text of any valid document: odd numbers, odd escapes, blanks anywhere, keys never twice."""

    def blank() -> str:
        return draw(BLANKS)

    def text(value: str) -> str:
        spelt = json.dumps(value, ensure_ascii=draw(st.booleans()))
        spelt = re.sub("[\ud800-\udfff]", lambda m: f"\\u{ord(m.group()):04X}", spelt)
        return spelt.replace("/", "\\/") if draw(st.booleans()) else spelt

    shape = draw(st.sampled_from(["scalar", "array", "object"] if depth else ["scalar"]))
    if shape == "scalar":
        return draw(NUMBERS | st.sampled_from(["true", "false", "null"]) | TEXTS.map(text))
    inner = documents(depth=depth - 1)
    if shape == "array":
        body = [blank() + item + blank() for item in draw(st.lists(inner, max_size=4))]
        return f"[{','.join(body) or blank()}]"
    members = draw(st.dictionaries(TEXTS, inner, max_size=4))
    body = [f"{blank()}{text(key)}{blank()}:{blank()}{item}{blank()}" for key, item in members.items()]
    return "{" + (",".join(body) or blank()) + "}"


def tokens(document: bytes) -> Any:
    """An independent reading: numbers stay the text they are, objects stay sorted lists of pairs."""
    return json.loads(
        document.decode(),
        parse_int=lambda text: ("number", text),
        parse_float=lambda text: ("number", text),
        object_pairs_hook=lambda pairs: ("object", sorted(pairs, key=lambda pair: pair[0])),
    )


def same(a: object, b: object) -> bool:
    """Equal in type, value and sign, all the way down."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b and repr(a) == repr(b)


@given(VALUES)
def test_a_value_written_is_the_value_read(value: Any) -> None:
    """loads(dumps(v)) is v, in type, text and sign."""
    assert same(loads(dumps(value)), value)


@given(documents())
def test_a_document_keeps_every_token(document: str) -> None:
    """Numbers come out with the very text they came in with, texts with the same characters."""
    data = document.encode()
    assert tokens(dumps(loads(data))) == tokens(data)


@given(documents())
def test_the_canonical_form_is_stable(document: str) -> None:
    """Writing what was read from the canonical form gives the same bytes, on one line."""
    canonical = dumps(loads(document.encode()))
    assert dumps(loads(canonical)) == canonical
    assert b"\n" not in canonical


@given(documents())
def test_values_agree_with_the_standard_library(document: str) -> None:
    """Seen as plain numbers and texts, a document means what the standard library says it means."""
    ours = loads(document.encode())
    plain = json.loads(dumps(ours))
    assert plain == json.loads(document)
    assert [float(n) for n in leaves(ours)] == [float(n) for n in leaves(json.loads(document))]


def leaves(value: Any) -> list[float]:
    """The numbers of a value, in its own order."""
    if isinstance(value, dict):
        return [number for key in sorted(value) for number in leaves(value[key])]
    if isinstance(value, list):
        return [number for item in value for number in leaves(item)]
    small = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
    return [value] if small else []


@given(st.recursive(PLAIN, lambda v: st.lists(v) | st.dictionaries(TEXTS, v), max_leaves=20))
def test_both_writers_agree(value: Any) -> None:
    """A document that orjson cannot write is written in the same form as one that it can."""
    big = dumps([value, 2**70])
    assert big == b"[" + dumps(value) + b"," + str(2**70).encode() + b"]"


@given(st.dictionaries(st.text(st.characters(), max_size=4), st.integers(0, 9)), st.randoms())
def test_the_order_of_keys_does_not_show(members: dict[str, int], chance: random.Random) -> None:
    """Equal objects give equal bytes, sorted by code point, whichever way they were built."""
    pairs = list(members.items())
    chance.shuffle(pairs)
    written = dumps(dict(pairs))
    assert written == dumps(dict(members))
    assert list(json.loads(written)) == sorted(members)


@pytest.mark.parametrize(
    "text",
    ["1.00000000000000000001", "1E2", "1e2", "0.1000", "-0", "-0.0", "1e400", "-1e400", "1e-400", "1e+21",
     "0e0", "1.0e10", "1e16", "5e-324", "18446744073709551616", "-9223372036854775809", "9007199254740993",
     "9" * 5000],
)  # fmt: skip
def test_numbers_survive_to_the_digit(text: str) -> None:
    """Each number is written as it was read, alone and inside a page."""
    assert dumps(loads(text.encode())).decode() == text
    assert dumps(loads(f'{{"page":[{text},null]}}'.encode())).decode() == f'{{"page":[{text},null]}}'


def test_numbers_are_plain_where_plain_will_do() -> None:
    """Only a text that Python would not give back makes an ExactFloat; integers stay integers of any size."""
    kinds = {
        text: type(loads(text.encode())) for text in ("1", "-7", "1.5", "-0.0", str(2**64), "1e2", "1.50")
    }
    assert kinds == {
        "1": int, "-7": int, "1.5": float, "-0.0": float, str(2**64): int, "1e2": ExactFloat,
        "1.50": ExactFloat,
    }  # fmt: skip


def test_exact_floats_compare_by_text() -> None:
    """ExactFloat equals what is written with the same text; equal numbers hash alike."""
    assert ExactFloat("1E2") == ExactFloat("1E2")
    assert ExactFloat("1E2") != ExactFloat("1e2")
    assert ExactFloat("1E2") != 100.0
    assert ExactFloat("1E2") != 100
    assert ExactFloat("-0") != 0
    assert ExactFloat("1.0") != True  # noqa: E712  # the comparison is what is tested
    assert ExactFloat("1.5") == 1.5
    assert hash(ExactFloat("1.5")) == hash(1.5)
    assert ExactFloat("1.50") + 1 == 2.5


def test_exact_floats_survive_copies() -> None:
    """Copying and pickling keep the text."""
    number = ExactFloat("0.1000")
    assert [repr(n) for n in (copy.deepcopy(number), pickle.loads(pickle.dumps(number)))] == [  # noqa: S301  # our own bytes
        repr(number),
        repr(number),
    ]


@pytest.mark.parametrize("text", ["", "1.", "NaN", "inf", " 1", "1_0", "٣"])
def test_exact_floats_are_json_numbers(text: str) -> None:
    """A text that JSON would not take as a number makes no ExactFloat."""
    with pytest.raises(ValueError, match="not a JSON number"):
        ExactFloat(text)


REFUSALS = {
    b'{"a":1,"a":1}': ("a key is given twice", "/a"),
    b'{"x":[0,{"a/b":{"~":1,"~":2}}]}': ("a key is given twice", "/x/1/a~1b/~0"),
    b'{"a":1,"\\u0061":1}': ("a key is given twice", "/a"),
    b'{"x":[1,NaN]}': ("NaN is not a JSON number", "/x/1"),
    b"[-Infinity]": ("-Infinity is not a JSON number", "/0"),
    b"[01]": ("01 is not a JSON number", "/0"),
    b"[1.]": ("1. is not a JSON number", "/0"),
    b"[.5]": (".5 is not a JSON number", "/0"),
    b'["\xff"]': ("not UTF-8: byte 2 is 0xff", ""),
    b'"\xed\xa0\x80"': ("not UTF-8: byte 1 is 0xed", ""),
    b"\xef\xbb\xbf\xef\xbb\xbf1": ("not JSON from character 0", ""),
    b"": ("cut short after 0", ""),
    b'{"a":["x"': ("cut short after 9", "/a/1"),
    b'{"a":"x': ("cut short after 7", "/a"),
    b"[nul": ("cut short after 4", "/0"),
    b"[1] [2]": ("something follows the document, from character 4", ""),
    b"[1]\x00": ("something follows the document, from character 3", ""),
    b"[1,]": ("',' before ']'", "/1"),
    b'{"a":1,}': ("',' before '}'", "/a"),
    b"[1 2]": ("not ',' or ']'", "/1"),
    b'{"a" 1}': ("not ':'", "/a"),
    b"{1:1}": ("where a key belongs", "/0"),
    b"]": ("not JSON: ']'", ""),
    b'["\\ud8"]': ("not a JSON text", "/0"),
    b'["\\q"]': ("not JSON from character 1", "/0"),
    b'["a\nb"]': ("not JSON from character 1", "/0"),
    b"\xc2\xa01": ("not JSON from character 0", ""),
    "[٣]".encode(): ("not JSON from character 1", "/0"),
}


@pytest.mark.parametrize("document", REFUSALS)
def test_a_refusal_says_why_and_where(document: bytes) -> None:
    """What cannot be kept exactly is refused with a reason and the path of the value."""
    reason, path = REFUSALS[document]
    with pytest.raises(JsonRefused, match=re.escape(reason)) as refusal:
        loads(document)
    assert refusal.value.path == path


@given(documents())
def test_a_document_cut_short_never_reads_as_a_shorter_one(document: str) -> None:
    """Every cut of a document that opens with a bracket is refused."""
    data = f"[{document}]".encode()
    for end in range(len(data)):
        with pytest.raises(JsonRefused):
            loads(data[:end])


@given(st.binary(max_size=20))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """No input raises anything but JsonRefused, and what is read is what the standard library reads."""
    try:
        value = loads(data)
    except JsonRefused:
        return
    assert json.loads(dumps(value)) == json.loads(data.removeprefix(b"\xef\xbb\xbf"))


def test_one_byte_order_mark_is_passed_over() -> None:
    """A mark at the start is no part of the document; one inside a text is."""
    assert loads(b'\xef\xbb\xbf["\xef\xbb\xbf"]') == ["\ufeff"]


@pytest.mark.parametrize("depth", [1, 253, 254, 255, 256, 990, 1000, MAX_DEPTH])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"k":', "}")])
def test_depth_round_trips(depth: int, opening: str, closing: str) -> None:
    """Any depth up to the limit is read and written, odd numbers at the bottom included."""
    for bottom in ("0", "1E2", "18446744073709551616", '"\\ud800"'):
        document = (opening * depth + bottom + closing * depth).encode()
        assert dumps(loads(document)) == document


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 100_000])
@pytest.mark.parametrize("bottom", [b"0", b"1E2"])
def test_depth_over_the_limit_is_refused(depth: int, bottom: bytes) -> None:
    """A deeper document is refused at the first level too many, whatever lies at its bottom."""
    with pytest.raises(JsonRefused, match="more than 1,024 levels") as refusal:
        loads(b"[" * depth + bottom + b"]" * depth)
    assert refusal.value.path == "/0" * MAX_DEPTH


def test_the_depth_limit_does_not_depend_on_the_call_stack() -> None:
    """The same depth is refused however much room the interpreter gives its own recursion."""
    room = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        with pytest.raises(JsonRefused, match="levels"):
            loads(b"[" * (MAX_DEPTH + 1) + b"1E2" + b"]" * (MAX_DEPTH + 1))
    finally:
        sys.setrecursionlimit(room)


def test_a_value_too_deep_is_not_written() -> None:
    """A value that could not be read back is refused, and so is one that holds itself."""
    ring: list[Any] = []
    ring.append(ring)
    with pytest.raises(JsonRefused, match="levels"):
        dumps(ring)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (math.nan, ""),
        ([None, math.inf], "/1"),
        ({"a": {"b": -math.inf}}, "/a/b"),
        ({"a": {1: "x"}}, "/a/1"),
        ([{"x": object()}], "/0/x"),
        (["\ud83d\ude00"], "/0"),
    ],
)
def test_what_json_cannot_hold_is_not_written(value: Any, path: str) -> None:
    """Values that would be rounded to null, renamed or joined are refused with their path."""
    with pytest.raises(JsonRefused) as refusal:
        dumps(value)
    assert refusal.value.path == path


def test_lone_surrogates_keep_their_escape() -> None:
    """Half a pair is no character: it stays an escape, in keys and in texts, and whole pairs are joined."""
    assert dumps(loads(b'{"\\ud800":"a\\udfffb","k":"\\ud83d\\ude00"}')) == (
        b'{"k":"\xf0\x9f\x98\x80","\\ud800":"a\\udfffb"}'
    )


def test_a_clean_page_is_read_by_orjson_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents as services write them, compact or indented by two, are read once."""
    page: dict[str, Any] = {
        "entries": [
            {"uid": f"e{n}", "title": "Ünï", "price": 1.5, "tags": [], "of": {}, "x": None} for n in range(9)
        ]
    }

    def refuse(document: bytes) -> None:
        raise AssertionError(document)

    monkeypatch.setattr(exact_json, "_loads_slowly", refuse)
    for text in (
        orjson.dumps(page),
        orjson.dumps(page, option=orjson.OPT_INDENT_2),
        orjson.dumps(page) + b"\n",
    ):
        assert loads(text) == page
