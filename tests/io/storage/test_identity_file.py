"""The forms of a file of identities: what is written is read again, and a spreadsheet runs nothing of a table."""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry.errors import CorruptError, UsageError
from stackferry.io.storage.identity_file import Head, Row, read, written
from stackferry.io.storage.identity_map import IdentityMap
from stackferry.io.storage.sqlite import TempTables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = Head("contentstack://a@b/main", "contentstack://c@d/main")
NAMES = ("who.csv", "who.json", "who.jsonl", "who")
UIDS = st.text(min_size=1, max_size=12)


@pytest.fixture
def tables() -> Iterator[TempTables]:
    with closing(TempTables()) as opened:
        yield opened


def content(name: str, rows: list[Row]) -> bytes:
    return b"".join(written(name, HEAD, rows))


def lines(whole: bytes) -> Iterator[bytes]:
    return iter(whole.splitlines(keepends=True))


@pytest.mark.parametrize("name", NAMES)
@given(rows=st.lists(st.builds(Row, UIDS, UIDS, UIDS), min_size=1, max_size=5))
def test_what_is_written_is_read_again(name: str, rows: list[Row]) -> None:
    head, *found = read(name, io.BytesIO(content(name, rows)))
    assert head == HEAD.as_json()
    assert [(one["kind"], one["source"], one["target"]) for one in found] == [tuple(row) for row in rows]


def test_no_cell_of_a_table_is_a_formula() -> None:
    hostile = [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\t=1",
        "a;=1",
        "a\n=1",
        "'=1",
        " =1",
        "\ufeff=1",
        "＝1",
        "\\0",
        "a\0b",
    ]
    table = content("who.csv", [Row("entries", uid, uid) for uid in hostile]).decode()
    cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
    assert all(cell[0].isalnum() or cell[0] == "'" for cell in cells)
    assert not {"\t", ";", "\n", "\0"} & {sign for cell in cells for sign in cell}


def test_a_document_is_one_json_value_with_an_identity_a_line() -> None:
    found = content("who.json", [Row("entries", "a", "b"), Row("entries", "c", "d")])
    assert len(found.splitlines()) == 4
    assert json.loads(found)["identities"][1] == {"kind": "entries", "source": "c", "target": "d"}


@pytest.mark.parametrize("name", NAMES)
def test_an_import_takes_every_form_and_keeps_it(name: str, tmp_path: Path, tables: TempTables) -> None:
    file = tmp_path / name
    file.write_bytes(content(name, [Row("entries", "a", "b")]))
    known = IdentityMap(file, *HEAD, tables)
    assert known.target("entries", "a") == "b"
    known.add([("entries", "c", "d")])
    assert file.read_bytes() == content(name, [Row("entries", "a", "b"), Row("entries", "c", "d")])
    with pytest.raises(UsageError, match="another target"):
        IdentityMap(file, HEAD.source, "contentstack://else@d/main", tables)


def test_a_document_that_another_program_wrote_anew_is_read(tmp_path: Path, tables: TempTables) -> None:
    file = tmp_path / "who.json"
    file.write_text(
        json.dumps(json.loads(content("who.json", [Row("entries", "a", "b")])), indent=2), "utf-8"
    )
    assert IdentityMap(file, *HEAD, tables).target("entries", "a") == "b"


def test_lines_in_a_file_that_is_called_json_are_read(tmp_path: Path, tables: TempTables) -> None:
    """As earlier versions wrote it."""
    file = tmp_path / "who.json"
    file.write_bytes(content("who.jsonl", [Row("entries", "a", "b")]))
    assert IdentityMap(file, *HEAD, tables).target("entries", "a") == "b"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("damage", [b"{", b"[]\n", b'{"kind": 1}\n', b"\xff\xfe\n", b"kind,source\nx,y\n"])
def test_a_damaged_file_is_told(name: str, damage: bytes, tmp_path: Path, tables: TempTables) -> None:
    file = tmp_path / name
    file.write_bytes(damage)
    with pytest.raises((CorruptError, UsageError)):
        IdentityMap(file, *HEAD, tables)
