"""Answers have a largest size: pages are asked for smaller, and few of them are refused."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from small_space import content_type, entry, entry_id, field, ids, put_changed
from space_bench import SpaceBench, make_space_bench
from workbench import Cut, RecordingTransport, cut_at, file_digests

from stackferry.emulators.contentful import Limits
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space

ENTRIES = "/spaces/invented-source/environments/master/entries"
MOST = 734_003  # bytes of an answer: a tenth of the service's, so that rows can be smaller


def filled(sizes: Sequence[int]) -> Callable[[Space, Environment], None]:
    """Published entries, each with a text of so many characters."""

    def fill(_: Space, environment: Environment) -> None:
        environment.put_content_type(content_type("page", field("body", "Text")))
        for number, size in enumerate(sizes):
            environment.put_entry(entry(entry_id(number), {"title": f"{number}", "body": "x" * size}, 2, 1))

    return fill


def bench_of(root: Path, sizes: Sequence[int]) -> SpaceBench:
    return make_space_bench(root, filled(sizes), limits=Limits(answer_bytes=MOST))


def listings(bench: SpaceBench) -> list[int]:
    """The statuses of the requests that listed entries with their fields."""
    return [one.status for one in bench.emulator.log if one.path == ENTRIES and one.status in (200, 400)]


@pytest.mark.parametrize(
    ("name", "sizes"),
    {
        "all fit": [100] * 1500,
        "of one size": [4_000] * 1200,
        "of different sizes": [random.Random(1).choice((200, 1_000, 9_000)) for _ in range(1500)],
        "the last ones are large": [100] * 1500 + [20_000] * 300,
        "a few at a time": [200_000] * 12,
    }.items(),
)
def test_few_pages_are_refused_and_none_is_lost(root: Path, name: str, sizes: list[int]) -> None:
    bench = bench_of(root, sizes)
    snapshot = bench.export()
    assert ids(snapshot.objects(Stream("entries", "page"))) == [entry_id(n) for n in range(len(sizes))]
    assert snapshot.gaps() == []
    statuses = listings(bench)
    # Where rows suddenly are thirty times as large, that is learnt once more.
    is_steady = name != "the last ones are large"
    assert statuses.count(400) <= (2 if is_steady else 9)
    # One request of them is the second look. A page begins with the envelope of its rows.
    needed = max(-(-len(sizes) // 1000), -(-sum(size + 700 for size in sizes) // MOST))
    assert statuses.count(200) - 1 <= needed * (1.15 if is_steady else 4) + 2, (statuses, needed)


def test_what_was_learnt_holds_after_a_kill(root: Path) -> None:
    """A resumed run asks for the rows that no page has brought yet."""
    bench = bench_of(root, [4_000] * 1200)
    whole = file_digests(bench.export("whole").root)
    for number in range(2, 14, 3):
        cut = RecordingTransport(bench.emulator, cut_at(number, after=number % 2 == 0))
        with pytest.raises(Cut):
            bench.export(f"{number}", transport=cut)
        before = listings(bench).count(200)
        assert file_digests(bench.export(f"{number}").root) == whole
        assert listings(bench).count(200) - before <= 10


def test_live_bodies_are_found_in_large_pages(root: Path) -> None:
    """They are asked for by id, and those pages may be too large as well."""

    def fill(space: Space, environment: Environment) -> None:
        filled([100])(space, environment)
        for number in range(150):
            put_changed(environment, f"changed{number:03d}", "old " * 3_000, "new " * 3_000)

    bench = make_space_bench(root, fill, limits=Limits(answer_bytes=MOST))
    snapshot = bench.export()
    assert len(ids(snapshot.objects(Stream("published_entries", "page")))) == 150
    assert snapshot.gaps() == []
