"""Tables on disk agree with sorted sets of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry.errors import StackferryError
from stackferry.io.storage.temp_tables import TempTables

if TYPE_CHECKING:
    from pathlib import Path

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
ROWS = st.lists(st.tuples(st.integers(-3, 3), TEXT, st.integers(-(2**63), 2**63 - 1)), max_size=20)


@given(ROWS, st.integers(0, 20))
def test_rows_are_in_order_each_once(rows: list[tuple[int, str, int]], cut: int) -> None:
    """Whatever the order in which they come: the order is that of their values, texts by code points."""
    scratch = TempTables()
    table = scratch.table(3, rows[:cut])
    table.add(rows[cut:])
    assert [*table] == sorted({*rows})
    assert len(table) == len({*rows})
    scratch.close()


@given(ROWS, TEXT)
def test_rows_are_found_by_their_first_columns(rows: list[tuple[int, str, int]], other: str) -> None:
    """All rows that begin so, in their order, and no others."""
    scratch = TempTables()
    table = scratch.table(3, rows)
    for number, word, _ in [*rows, (0, other, 0)]:
        assert table.of(number) == [row for row in sorted({*rows}) if row[0] == number]
        assert table.of(number, word) == [row for row in sorted({*rows}) if row[:2] == (number, word)]
    scratch.close()


def test_a_number_too_large_for_a_column_is_its_digits() -> None:
    """Hostile content has versions of any size: they are found again, after all sound ones."""
    scratch = TempTables()
    table = scratch.table(2, [("a", 10**30), ("a", 2), ("a", -(10**30))])
    assert [*table] == [("a", 2), ("a", str(-(10**30))), ("a", str(10**30))]
    assert table.of("a", 10**30) == [("a", str(10**30))]
    scratch.close()


def test_half_a_surrogate_pair_begins_no_row(tmp_path: Path) -> None:
    """Content may name what no uid can be: it is not there."""
    scratch = TempTables(tmp_path / "scratch")
    assert scratch.table(1, [("a",)]).of("\ud800") == []
    scratch.close()


def test_other_tables_grow_while_one_is_gone_through() -> None:
    """A table can be made and filled from another one, row by row, and be looked at meanwhile."""
    scratch = TempTables()
    table, other = scratch.table(1, ((number,) for number in range(1000))), scratch.table(2)
    for (number,) in table:
        other.add([(number % 7, number)])
        assert other.of(number % 7)[-1] == (number % 7, number)
        assert len(scratch.table(1, [(number,)])) == 1
    assert len(other) == 1000
    scratch.close()


def test_what_was_there_is_gone(tmp_path: Path) -> None:
    """Nothing in it is trusted: a file that is no database, or one of an earlier run, is replaced."""
    (tmp_path / "scratch").write_bytes(b"anything")
    scratch = TempTables(tmp_path / "scratch")
    assert [*scratch.table(1)] == []
    scratch.close()


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    """A scratch file that cannot be made is a message, not a trace."""
    with pytest.raises(StackferryError, match="nowhere"):
        TempTables(tmp_path / "nowhere" / "scratch")
