"""Rows that lie in a temporary file: a list like any other, in every thread, closed with the list."""

from __future__ import annotations

import gc
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stackferry import exact_json
from stackferry.io.storage.stored_rows import StoredRows

if TYPE_CHECKING:
    from stackferry.model import JsonObject

ROWS: list[JsonObject] = [
    {"n": 0},
    {},
    {"words": "pä\ud800ck", "list": [1, None]},
    {"n": 3, "long": "x" * 100_000},
]


def test_it_is_a_list() -> None:
    rows = StoredRows(iter(ROWS))
    assert (len(rows), [*rows], rows[-1], rows[1:3]) == (4, ROWS, ROWS[3], ROWS[1:3])
    assert [(one, other) for one in rows for other in rows] == [
        (one, other) for one in ROWS for other in ROWS
    ]
    assert (len(StoredRows([])), [*StoredRows([])]) == (0, [])
    with pytest.raises(IndexError):
        rows[4]


def test_numbers_keep_every_digit() -> None:
    raw = b'{"e":1E+5,"small":1.50,"zero":-0}'
    row = exact_json.loads(raw)
    assert isinstance(row, dict)
    assert exact_json.dumps(StoredRows([row])[0]) == raw


def test_another_thread_may_read() -> None:
    rows = StoredRows(ROWS)
    found: list[JsonObject] = []
    thread = threading.Thread(target=lambda: found.extend(rows))
    thread.start()
    thread.join()
    assert found == ROWS


def test_its_file_has_no_name_and_is_closed_with_it() -> None:
    """A warning of an open file is an error here."""
    before = _open_files()
    rows = StoredRows(ROWS)
    assert len(rows) == 4
    del rows
    gc.collect()
    assert _open_files() <= before


def _open_files() -> set[str]:
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("this system does not list open files")
    return {str(one.readlink()) for one in folder.iterdir() if one.is_symlink()}
