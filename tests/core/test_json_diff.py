"""JSON documents side by side: every difference, exactly, and none that is not there."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry.core.json_diff import ABSENT, Difference, differences, equal, without
from stackferry.exact_json import ExactFloat, dumps

if TYPE_CHECKING:
    from stackferry.model import Json

_SCALARS: st.SearchStrategy[Json] = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.0, -0.0, 1.0, 1.5, ExactFloat("1e0"), ExactFloat("1.50"), ExactFloat("1E2")])
    | st.sampled_from(["", "1", "a/b", "é", "e\u0301"])
)
_DOCUMENTS: st.SearchStrategy[Json] = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab~/"), inner, max_size=3),
    max_leaves=12,
)


@given(_DOCUMENTS, _DOCUMENTS)
def test_documents_are_equal_when_their_texts_are(left: Json, right: Json) -> None:
    """The canonical text is the judge: no difference means the same bytes, and the other way round."""
    assert equal(left, right) == (dumps(left) == dumps(right))
    assert equal(left, copy.deepcopy(left))


@given(_DOCUMENTS, _DOCUMENTS)
def test_differences_are_the_same_from_both_sides(left: Json, right: Json) -> None:
    """Seen from the other side, the same places differ, in the same order."""
    there, back = list(differences(left, right)), list(differences(right, left))
    assert [(each.path, each.left, each.right) for each in there] == [
        (each.path, each.right, each.left) for each in back
    ]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 1.0),
        (1, True),
        (0, False),
        (0.0, -0.0),
        (1.0, ExactFloat("1e0")),
        (100.0, ExactFloat("100.00")),
        (10, ExactFloat("1E1")),
        (None, False),
        ("1", 1),
        ("é", "e\u0301"),
        ([], {}),
        (2**60, 2**60 + 1),
    ],
)
def test_values_that_merely_look_alike_differ(left: Json, right: Json) -> None:
    """Type and text decide, not what the value amounts to."""
    assert list(differences(left, right)) == [Difference("", left, right)]


def test_each_difference_says_where_it_is() -> None:
    """Pointers are escaped, keys come in order, lists by place; what one side lacks is absent, not null."""
    left: Json = {"b": [1, 2, 3], "a/b": {"~": 1}, "same": [{}], "n": None}
    right: Json = {"b": [1, 9], "a/b": {"~": 2}, "same": [{}], "new": []}
    assert list(differences(left, right)) == [
        Difference("/a~1b/~0", 1, 2),
        Difference("/b/1", 2, 9),
        Difference("/b/2", 3, ABSENT),
        Difference("/n", None, ABSENT),
        Difference("/new", ABSENT, []),
    ]


def test_depth_costs_no_call_stack() -> None:
    """Documents nested deeper than Python calls functions are compared."""
    left: Json = 1
    right: Json = 2
    for _ in range(3000):
        left, right = [left], [right]
    assert [each.path for each in differences(left, right)] == ["/0" * 3000]


@pytest.mark.parametrize(
    ("table", "left"),
    [
        ([], {"a": {"t": 1, "k": 2}, "l": [{"t": 1}, {"t": 2, "k": 3}], "t": 4}),
        (["/t", "/a/t", "/nowhere"], {"a": {"k": 2}, "l": [{"t": 1}, {"t": 2, "k": 3}]}),
        (["/l/*/t"], {"a": {"t": 1, "k": 2}, "l": [{}, {"k": 3}], "t": 4}),
        (["/*/t", "/l/0"], {"a": {"k": 2}, "l": [{"t": 2, "k": 3}], "t": 4}),
        (["/*"], {}),
        ([""], {"a": {"t": 1, "k": 2}, "l": [{"t": 1}, {"t": 2, "k": 3}], "t": 4}),
    ],
)
def test_volatile_values_are_taken_away(table: list[str], left: Json) -> None:
    """A table of pointers, with `*` for any step, says what is not compared; the given document stays."""
    document: Json = {"a": {"t": 1, "k": 2}, "l": [{"t": 1}, {"t": 2, "k": 3}], "t": 4}
    before = copy.deepcopy(document)
    assert without(document, table) == left
    assert document == before


def test_escaped_pointers_name_escaped_keys() -> None:
    """`~1` and `~0` in a table stand for the slash and the tilde in a key."""
    assert without({"a/b": 1, "~": 2, "c": 3}, ["/a~1b", "/~0"]) == {"c": 3}
