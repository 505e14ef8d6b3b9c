"""Maps read member by member say what is in them, whole or in pieces; and what is no map is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry import exact_json
from stackferry.errors import JsonRefused, SnapshotCorrupt
from stackferry.formats.csdx.folder import VendorFolder
from stackferry.formats.csdx.json_stream import members, streamed

if TYPE_CHECKING:
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
    """A map with these members, keys given twice and all."""
    inner = f"{blanks},{blanks}".join(
        f"{json.dumps(key, ensure_ascii=False)}{blanks}:{blanks}{json.dumps(value, ensure_ascii=False)}"
        for key, value in pairs
    )
    return f"{blanks}{{{blanks}{inner}{blanks}}}{blanks}".encode()


@given(PAIRS, st.integers(1, 9), st.sampled_from(["", " ", "\r\n\t"]), st.booleans())
def test_pieces_of_any_size_say_the_same(
    pairs: list[tuple[str, Json]], size: int, blanks: str, marked: bool
) -> None:
    """Wherever the pieces end, within a sign of several bytes too: the members in their order, repeated ones too."""
    data = b"\xef\xbb\xbf" * marked + written(pairs, blanks)
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    assert [*streamed(pieces)] == pairs
    assert not pairs or members(data) == pairs


@given(PAIRS.filter(bool), st.data())
def test_a_map_that_is_cut_short_is_refused(pairs: list[tuple[str, Json]], data: st.DataObject) -> None:
    """What came before the cut comes out, and then the refusal."""
    whole = written(pairs)
    cut = data.draw(st.integers(0, len(whole) - 1))
    found: list[tuple[str, Json]] = []
    with pytest.raises((ValueError, JsonRefused)):
        found.extend(streamed(iter([whole[:cut]])))
    assert found == pairs[: len(found)]


@pytest.mark.parametrize(
    "text", ["[1]", "1", "{} {}", '{"a" 1}', '{"a": 1 "b": 2}', "{1: 2}", '{"a": NaN}', '{"a": 1,}']
)
def test_what_is_no_map_is_refused(text: str) -> None:
    """Another value, more than one, or a map with a mistake in it."""
    with pytest.raises((ValueError, JsonRefused)):
        [*streamed(iter([text.encode()]))]


def test_numbers_are_exact() -> None:
    """Each value is read as everything else is."""
    ((_, value),) = streamed(iter([b'{"a": 1.10', b"00}"]))
    assert exact_json.dumps(value) == b"1.1000"


def test_a_large_file_comes_in_parts(tmp_path: Path) -> None:
    """A small file comes whole; a large one some rows at a time, and what is wrong with it is told all the same."""
    folder = VendorFolder(tmp_path)
    rows = {f"blt{number}": {"uid": f"blt{number}", "text": "x" * 400} for number in range(1000)}
    (tmp_path / "large.json").write_text(json.dumps(rows))
    (tmp_path / "small.json").write_text(json.dumps({"a": {}}))
    (tmp_path / "cut.json").write_text(json.dumps(rows)[:-1])
    assert [*folder.batches("small.json")] == [[("a", {})]]
    parts = [*folder.batches("large.json")]
    assert [pair for part in parts for pair in part] == [*rows.items()]
    assert max(map(len, parts)) < len(rows)
    with pytest.raises(SnapshotCorrupt, match=r"cut\.json"):
        [*folder.batches("cut.json")]
