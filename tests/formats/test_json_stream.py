"""JSON objects read member by member, whole or in chunks of any size; anything else is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry import exact_json
from stackferry.errors import JsonRefused, SnapshotCorrupt
from stackferry.formats.csdx.folder import ExportFolder
from stackferry.formats.json_stream import CutShortError, all_members, stream_items, stream_members

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.model import Json

VALUES = st.sampled_from(
    [
        None,
        True,
        0,
        -12,
        10**20,
        "",
        'a"\\ä\u2028😀{}[],: \n',
        [],
        [1, ["}"]],
        {},
        {"a": {"b": "{"}},
        {"ä": [None]},
    ]
)
PAIRS = st.lists(st.tuples(st.text('xyä"', max_size=2), VALUES), max_size=6)


def written(pairs: list[tuple[str, Json]], blanks: str = "") -> bytes:
    """A JSON object with these members, repeated keys included."""
    inner = f"{blanks},{blanks}".join(
        f"{json.dumps(key, ensure_ascii=False)}{blanks}:{blanks}{json.dumps(value, ensure_ascii=False)}"
        for key, value in pairs
    )
    return f"{blanks}{{{blanks}{inner}{blanks}}}{blanks}".encode()


@given(PAIRS, st.integers(1, 9), st.sampled_from(["", " ", "\r\n\t"]), st.booleans())
def test_chunks_of_any_size_give_the_same_members(
    pairs: list[tuple[str, Json]], size: int, blanks: str, marked: bool
) -> None:
    """Wherever a chunk ends, even within a character of several bytes: all members in order, repeated keys too."""
    data = b"\xef\xbb\xbf" * marked + written(pairs, blanks)
    chunks = (data[at : at + size] for at in range(0, len(data), size))
    assert [*stream_members(chunks)] == pairs
    assert not pairs or all_members(data) == pairs


@given(PAIRS.filter(bool), st.data())
def test_a_truncated_object_gives_the_members_before_the_cut_and_an_error(
    pairs: list[tuple[str, Json]], data: st.DataObject
) -> None:
    whole = written(pairs)
    cut = data.draw(st.integers(0, len(whole) - 1))
    found: list[tuple[str, Json]] = []
    with pytest.raises((ValueError, JsonRefused)):
        found.extend(stream_members(iter([whole[:cut]])))
    assert found == pairs[: len(found)]


@pytest.mark.parametrize(
    "text", ["[1]", "1", "{} {}", '{"a" 1}', '{"a": 1 "b": 2}', "{1: 2}", '{"a": NaN}', '{"a": 1,}']
)
def test_anything_but_one_json_object_is_refused(text: str) -> None:
    with pytest.raises((ValueError, JsonRefused)):
        [*stream_members(iter([text.encode()]))]


LISTS = st.lists(
    st.tuples(st.sampled_from("ab"), st.one_of(VALUES, st.lists(VALUES, max_size=4))), max_size=4
)


@given(LISTS, st.integers(1, 9), st.sampled_from([None, 1, 2]))
def test_lists_are_read_item_by_item(pairs: list[tuple[str, Json]], size: int, indent: int | None) -> None:
    """A list begins, and each of its items follows; anything else comes whole, however it is laid out."""
    members = ", ".join(f"{json.dumps(key)}: {json.dumps(value, indent=indent)}" for key, value in pairs)
    data = f"{{{members}}}".encode()
    chunks = (data[at : at + size] for at in range(0, len(data), size))
    expected: list[tuple[str, Json, int | None]] = []
    for key, value in pairs:
        if isinstance(value, list):
            expected += [(key, item, number) for number, item in enumerate([None, *value])]
        else:
            expected.append((key, value, None))
    assert [tuple(item) for item in stream_items(chunks)] == expected


@given(LISTS.filter(bool), st.data())
def test_a_cut_is_told_from_what_is_malformed(pairs: list[tuple[str, Json]], data: st.DataObject) -> None:
    whole = written(pairs)
    cut = data.draw(st.integers(1, len(whole) - 1))
    with pytest.raises((CutShortError, UnicodeDecodeError)):
        [*stream_items(iter([whole[:cut]]))]


def test_a_malformed_value_is_refused_before_the_rest_is_read() -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"a": [{"b": tru, "c": "' + b"x" * 100
        raise AssertionError("more was read")

    with pytest.raises(ValueError, match="Expecting value"):
        [*stream_items(chunks())]


def test_numbers_keep_every_digit() -> None:
    ((_, value),) = stream_members(iter([b'{"a": 1.10', b"00}"]))
    assert exact_json.dumps(value) == b"1.1000"


def test_a_large_file_is_read_in_batches(tmp_path: Path) -> None:
    """A small file is one batch; of a large one that is truncated the error names the file too."""
    folder = ExportFolder(tmp_path)
    rows = {f"blt{number}": {"uid": f"blt{number}", "text": "x" * 400} for number in range(1000)}
    (tmp_path / "large.json").write_text(json.dumps(rows))
    (tmp_path / "small.json").write_text(json.dumps({"a": {}}))
    (tmp_path / "cut.json").write_text(json.dumps(rows)[:-1])
    assert [*folder.batches("small.json")] == [[("a", {})]]
    batches = [*folder.batches("large.json")]
    assert [pair for batch in batches for pair in batch] == [*rows.items()]
    assert max(map(len, batches)) < len(rows)
    with pytest.raises(SnapshotCorrupt, match=r"cut\.json"):
        [*folder.batches("cut.json")]
