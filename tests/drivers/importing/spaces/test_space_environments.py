"""From one environment of a space to another, and back into the same one: what belongs to the whole space stays."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from space_bench import SOURCE
from test_space_every_kind import bench_of
from workbench import memory_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from space_bench import SpaceBench


@pytest.fixture
def root() -> Iterator[Path]:
    with memory_directory() as path:
        yield path


def clone(bench: SpaceBench, name: str = "staging") -> None:
    """Another environment of the source's space, as the service makes one."""
    master = bench.source.master
    raw: Any = copy.deepcopy(master.raw)
    raw["sys"] = {**raw["sys"], "id": name}
    bench.source.environments[name] = master.fork(name, raw)


def change_the_space(bench: SpaceBench) -> dict[str, Any]:
    """A role changed, a webhook gone and a concept changed; what the space has now."""
    role: Any = next(iter(bench.source.roles.values()))
    role["description"] = "Changed since"
    bench.source.webhooks.pop(next(iter(bench.source.webhooks)))
    concept: Any = bench.source.organization.concepts["animals"]
    concept["prefLabel"] = {"en-US": "Changed since"}
    return held(bench)


def held(bench: SpaceBench) -> dict[str, Any]:
    space = bench.source
    return copy.deepcopy(
        {"roles": space.roles, "webhooks": space.webhooks, "concepts": space.organization.concepts}
    )


PLACES = [("staging", {"on_conflict": "update"}), ("master", {"in_place": True, "on_conflict": "update"})]


@pytest.mark.parametrize(("environment", "options"), PLACES, ids=["between environments", "in place"])
def test_what_belongs_to_the_space_is_left(root: Path, environment: str, options: dict[str, Any]) -> None:
    bench = bench_of(root)
    clone(bench)
    snapshot = bench.export()
    now = change_the_space(bench)
    done = bench.import_snapshot(snapshot, key=SOURCE, environment=environment, **options)
    assert held(bench) == now
    assert {str(row["kind"]) for row in done.left} >= {"roles", "webhooks", "concepts"}
    only = {"only": frozenset({"roles", "webhooks"}), **options}
    done = bench.import_snapshot(snapshot, "asked", key=SOURCE, environment=environment, **only)
    assert held(bench)["webhooks"].keys() > now["webhooks"].keys()
    assert held(bench)["roles"] != now["roles"]


def test_a_copy_between_environments_writes_none_of_it(root: Path) -> None:
    bench = bench_of(root)
    clone(bench)
    before = held(bench)
    bench.emulator.log.clear()
    _, done = bench.copy(key=SOURCE, environment="staging", on_conflict="update")
    assert held(bench) == before
    assert not [row for row in done.left if row["kind"] in ("roles", "webhooks", "concepts")]
    # What names the first environment means the clone: no entry is written, in no release either.
    assert [one.path for one in bench.emulator.log if one.method != "GET" and "/entries" in one.path] == []
