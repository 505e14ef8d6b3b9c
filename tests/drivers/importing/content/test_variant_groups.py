"""Groups of variants: the service gives the variants of one times of their own, and may give them other uids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import GROUP, SUMMER, fill_every_kind
from workbench import SOURCE, make_workbench, memory_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

VARIANT = f"/variant_groups/{GROUP}/variants/{SUMMER}"
IN_PLACE: dict[str, Any] = {"key": SOURCE, "in_place": True, "on_conflict": "update"}


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        made = make_workbench(root, fill_every_kind)
        rename(made, "Midsummer")  # from now on it has times
        yield made


def rename(bench: Workbench, name: str) -> None:
    Editors(bench).call("PUT", VARIANT, json={"name": name}).raise_for_status()


def test_a_renamed_variant_gets_its_name_back(bench: Workbench) -> None:
    """No gap tells of its times, and a dry run foresees the name."""
    snapshot = bench.export()
    rename(bench, "Renamed since")
    planned = bench.plan(snapshot, **IN_PLACE)
    assert [row for row in planned if row["line"] == "gap"] == []
    done = bench.import_snapshot(snapshot, **IN_PLACE)
    assert done.gaps == []
    group: Any = bench.source.main.variant_groups[GROUP]
    assert [variant["name"] for variant in group["variants"]] == ["Midsummer"]


def test_a_copy_of_a_group_is_equal_to_it(bench: Workbench) -> None:
    snapshot = bench.export()
    assert bench.import_snapshot(snapshot).gaps == []
    before = bench.writes()
    assert bench.import_snapshot(snapshot, on_conflict="update").gaps == []
    assert bench.writes() == before
    assert bench.verify(snapshot).differences == []
