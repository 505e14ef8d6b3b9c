"""How many requests an export of a space takes, beside the fewest that it can take."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from small_space import content_type, entry, fill_small, put_changed, put_entries
from space_bench import DATASETS, SpaceBench, dataset, make_space_bench

from stackferry.providers.contentful.options import ContentfulReadOptions
from stackferry.providers.contentful.request_minimum import export_minimum

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stackferry.emulators.contentful import Environment, Space
    from stackferry.io.storage.snapshot import Snapshot

MOST = 1.02


def fewest(snapshot: Snapshot, **options: Any) -> dict[str, int]:
    sizes = {stream: snapshot.digests()[name].size for stream, name in snapshot.stream_files()}
    asked = ContentfulReadOptions(**options)
    return export_minimum(snapshot.record_counts(), snapshot.objects, asked, sizes=sizes)


def check(bench: SpaceBench, **options: Any) -> None:
    snapshot = bench.export(**options)
    least = fewest(snapshot, **options)
    assert snapshot.gaps() == []
    assert bench.counts.asset == least["asset"]
    assert least["read"] <= bench.counts.read <= MOST * least["read"], bench.paths()
    assert bench.counts.read == bench.emulator.count("read")


@pytest.mark.parametrize("versions", ["latest", "pinned", "all"])
@pytest.mark.parametrize("name", DATASETS)
def test_real_spaces(root: Path, name: str, versions: str) -> None:
    check(make_space_bench(root, dataset(name)), versions=versions)


@pytest.mark.parametrize("versions", ["latest", "pinned", "all"])
def test_a_space_of_every_kind(root: Path, versions: str) -> None:
    check(make_space_bench(root, fill_every_kind), versions=versions)


def test_tasks_and_comments(root: Path) -> None:
    check(make_space_bench(root, fill_every_kind), editorial=True)


def test_an_empty_space(root: Path) -> None:
    check(make_space_bench(root))


def test_without_assets(root: Path) -> None:
    check(make_space_bench(root, fill_small), assets=False)


@pytest.mark.parametrize(("entries", "changed"), [(999, 0), (1000, 1), (2500, 30), (1200, 1100)])
def test_many_entries_of_which_some_are_changed(root: Path, entries: int, changed: int) -> None:
    """Few live bodies are asked for by id, many are listed."""

    def fill(space: Space, environment: Environment) -> None:
        fill_small(space, environment)
        put_entries(environment, entries)
        for number in range(changed):
            put_changed(environment, f"changed{number:05d}", "old", "new")

    check(make_space_bench(root, fill))


def generated(seed: int) -> Callable[[Space, Environment], None]:
    """A space of some size, in states that chance decides."""
    chance = random.Random(seed)

    def fill(space: Space, environment: Environment) -> None:
        fill_every_kind(space, environment)
        environment.put_content_type(content_type("generated"))
        for number in range(chance.randrange(50, 1500)):
            uid, counter = f"generated{number:05d}", chance.randrange(4)
            published = chance.choice((0, 1, 3)) if counter else 0
            version = published + chance.choice((1, 1, 2)) if published else chance.randrange(1, 5)
            raw = entry(uid, {"title": uid}, version, published, kind="generated", counter=counter)
            environment.put_entry(raw)

    return fill


@pytest.mark.parametrize("versions", ["pinned", "all"])
@pytest.mark.parametrize("seed", range(3))
def test_generated_spaces(root: Path, seed: int, versions: str) -> None:
    check(make_space_bench(root, generated(seed)), versions=versions)
