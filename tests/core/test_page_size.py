"""How many rows are asked for where an answer may have so many bytes."""

from __future__ import annotations

import random

import pytest

from stackferry.core.page_size import PageSize

LIMIT = 7_340_032


def read_all(sizes: list[int], limit: int, size: PageSize) -> tuple[int, int]:
    """How many pages bring all rows, one after the other, and how many are refused."""
    at = pages = refused = 0
    while at < len(sizes):
        asked = sizes[at : at + size.rows]
        if sum(asked) > limit:
            refused += 1
            size.refused(len(asked), limit)
        else:
            pages += 1
            at += len(asked)
            size.answered(len(asked), sum(asked), asked)
    return pages, refused


@pytest.mark.parametrize("row", [300, 7_000, 12_000, 40_000, 300_000, 1_900_000])
@pytest.mark.parametrize("limit", [LIMIT, LIMIT // 4])
def test_rows_of_one_size_take_as_many_pages_as_their_bytes(row: int, limit: int) -> None:
    if 3 * row > limit:  # a row of 2 MB needs the service's own limit
        return
    count = 3_000
    pages, refused = read_all([row] * count, limit, PageSize(1000, LIMIT, 3))
    fit = min(1000, limit // row)
    assert refused <= 2
    assert pages <= -(-count // max(1, fit - 1)) * 1.05 + 3


@pytest.mark.parametrize("seed", range(5))
def test_rows_of_different_sizes_are_seldom_refused(seed: int) -> None:
    chance = random.Random(seed)
    sizes = [int(chance.lognormvariate(9, 1)) for _ in range(20_000)]
    pages, refused = read_all(sizes, LIMIT, PageSize(1000, LIMIT, 3))
    assert refused <= 3
    assert pages <= max(len(sizes) / 1000, sum(sizes) / LIMIT) * 1.25 + 3


def test_small_rows_are_read_by_whole_pages() -> None:
    assert read_all([200] * 10_000, LIMIT, PageSize(1000, LIMIT, 3)) == (10, 0)


def test_where_rows_grow_suddenly_that_is_learnt_once_more() -> None:
    _, refused = read_all([200] * 5_000 + [60_000] * 2_000 + [200] * 5_000, LIMIT, PageSize(1000, LIMIT, 3))
    assert refused <= 9


def test_a_refusal_that_names_no_size_halves_the_page() -> None:
    size = PageSize(100)
    size.refused(100)
    size.refused(50)
    assert size.rows == 25
    size.answered(25, 1_000)
    assert size.rows == 25, "it does not grow again"


def test_a_single_row_is_always_asked_for() -> None:
    size = PageSize(1000, 10, 1)
    for _ in range(20):
        size.refused(size.rows)
    assert size.rows == 1
