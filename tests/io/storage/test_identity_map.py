"""The file of the identities between two places."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from stackferry.errors import CorruptError, UsageError
from stackferry.io.storage.identity_map import IdentityMap
from stackferry.io.storage.sqlite import TempTables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def scratch() -> Iterator[TempTables]:
    with closing(TempTables()) as tables:
        yield tables


def test_what_is_added_is_there_the_next_time(tmp_path: Path, scratch: TempTables) -> None:
    file = tmp_path / "made" / "map.jsonl"
    known = IdentityMap(file, "a", "b", scratch)
    assert known.target("entries", "one") is None
    known.add([("entries", "one", "uno"), ("assets", "one", "un")])
    known.add([("entries", "two", "due"), ("entries", "one", "primo")])
    again = IdentityMap(file, "a", "b", scratch)
    found = [again.target(*key) for key in (("entries", "one"), ("assets", "one"), ("entries", "two"))]
    assert found == [known.target("entries", "one"), "un", "due"] == ["primo", "un", "due"]


def test_what_is_not_kept_is_known_and_not_written(tmp_path: Path, scratch: TempTables) -> None:
    file = tmp_path / "map.jsonl"
    known = IdentityMap(file, "a", "b", scratch, keep=False)
    known.add([("entries", "one", "uno")])
    assert known.target("entries", "one") == "uno"
    assert not file.exists()


def test_the_map_of_other_places_is_refused(tmp_path: Path, scratch: TempTables) -> None:
    file = tmp_path / "map.jsonl"
    IdentityMap(file, "a", "b", scratch).add([("entries", "one", "uno")])
    for places in (("a", "c"), ("b", "a")):
        with pytest.raises(UsageError, match="identities of another"):
            IdentityMap(file, *places, scratch)


@pytest.mark.parametrize("line", ["", "{}", '{"kind": "entries"}', "[1]", "{", '{"format": 9}'])
def test_a_damaged_line_is_named(tmp_path: Path, scratch: TempTables, line: str) -> None:
    file = tmp_path / "map.jsonl"
    IdentityMap(file, "a", "b", scratch).add([("entries", "one", "uno")])
    file.write_text(f"{file.read_text('utf-8')}{line}\n", "utf-8")
    with pytest.raises(CorruptError, match=r"map\.jsonl, line 3"):
        IdentityMap(file, "a", "b", scratch)
