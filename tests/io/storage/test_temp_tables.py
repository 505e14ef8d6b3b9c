"""Scratch tables behave like sorted sets of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry.errors import StackferryError
from stackferry.io.storage.sqlite import TempTables

if TYPE_CHECKING:
    from pathlib import Path

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
ROWS = st.lists(st.tuples(st.integers(-3, 3), TEXT, st.integers(-(2**63), 2**63 - 1)), max_size=20)


@given(ROWS, st.integers(0, 20))
def test_rows_come_sorted_and_once(rows: list[tuple[int, str, int]], cut: int) -> None:
    """Whatever order they are added in; texts are sorted by code points."""
    scratch = TempTables()
    table = scratch.table(3, rows[:cut])
    table.add(rows[cut:])
    assert [*table] == sorted({*rows})
    assert len([*table]) == len({*rows})
    scratch.close()


@given(ROWS, TEXT)
def test_rows_are_found_by_their_first_columns(rows: list[tuple[int, str, int]], other: str) -> None:
    """All rows with these first values, sorted, and no others."""
    scratch = TempTables()
    table = scratch.table(3, rows)
    for number, word, _ in [*rows, (0, other, 0)]:
        assert table.of(number) == [row for row in sorted({*rows}) if row[0] == number]
        assert table.of(number, word) == [row for row in sorted({*rows}) if row[:2] == (number, word)]
    scratch.close()


def test_a_number_of_more_than_64_bits_is_stored_as_its_digits() -> None:
    """Hostile content has versions of any size: they are found again, and sort after all numbers that fit."""
    scratch = TempTables()
    table = scratch.table(2, [("a", 10**30), ("a", 2), ("a", -(10**30))])
    assert [*table] == [("a", 2), ("a", str(-(10**30))), ("a", str(10**30))]
    assert table.of("a", 10**30) == [("a", str(10**30))]
    scratch.close()


def test_half_a_surrogate_pair_is_never_found(tmp_path: Path) -> None:
    """Content may refer to what cannot be a uid."""
    scratch = TempTables(tmp_path / "scratch")
    assert scratch.table(1, [("a",)]).of("\ud800") == []
    scratch.close()


def test_other_tables_may_grow_while_one_is_iterated() -> None:
    scratch = TempTables()
    table, other = scratch.table(1, ((number,) for number in range(1000))), scratch.table(2)
    for (number,) in table:
        other.add([(number % 7, number)])
        assert other.of(number % 7)[-1] == (number % 7, number)
        assert len([*scratch.table(1, [(number,)])]) == 1
    assert len([*other]) == 1000
    scratch.close()


def test_an_old_file_is_replaced(tmp_path: Path) -> None:
    """Whether it is a database of an earlier run or not a database at all."""
    (tmp_path / "scratch").write_bytes(b"anything")
    scratch = TempTables(tmp_path / "scratch")
    assert [*scratch.table(1)] == []
    scratch.close()


def test_a_file_that_cannot_be_made_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(StackferryError, match="nowhere"):
        TempTables(tmp_path / "nowhere" / "scratch")
