"""docs/reliability.md has every row of the fault matrix, and names only tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stackferry.emulators.faults_file import read_faults_file

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "reliability.md").read_text("utf-8")
LAST = {"A": 9, "B": 9, "C": 10, "D": 7, "E": 3, "F": 5, "G": 6}
ROWS = [f"{letter}{number}" for letter, last in LAST.items() for number in range(1, last + 1)]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_has_tests_or_a_reason(row: str) -> None:
    """Each row is on the page once, as an item of a list."""
    items = re.findall(rf"(?ms)^- \*\*{row}\*\* (.+?)(?=^- |\Z)", PAGE)
    assert len(items) == 1
    named = re.findall(r"`((?:[a-z_]+/)*test_\w+\.py)(?:::(\w+))?`", items[0])
    assert named
    for file, function in named:
        assert (
            f"def {function}" in (TESTS / file).read_text("utf-8") if function else (TESTS / file).is_file()
        )


def test_every_key_of_a_faults_file_is_explained() -> None:
    source = (TESTS.parent / "src/stackferry/emulators/faults_file.py").read_text("utf-8")
    keys = {"route", "nth", "times", "chance", "act", "then", "wait", "drip", "chunked", "length", "keep"}
    assert all(f'"{key}"' in source and f"`{key}`" in PAGE for key in keys | {"status", "body", "headers"})


def test_the_faults_file_of_the_page_is_valid(tmp_path: Path) -> None:
    (block,) = re.findall(r"(?s)```toml\n(.+?)```", PAGE)
    (tmp_path / "faults.toml").write_text(block)
    assert [fault.carried_out for fault in read_faults_file(tmp_path / "faults.toml").faults] == [
        True,
        False,
        True,
    ]
