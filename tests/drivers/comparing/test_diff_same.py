"""`diff X X` reports nothing, whatever X is: every generated stack, every real export, every small failing stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from crossed_stack import fill_crossed
from every_kind_stack import fill_every_kind
from linked_stack import fill_linked
from random_stack import fill_random
from small_stack import HEN, PICTURE, fill_small, fill_small_with_owners, page
from uniform_stack import fill_uniform
from wide_stack import fill_wide
from workbench import SYSTEM, make_workbench, memory_directory

from repository import CONTENTSTACK_EXPORTS, SAMPLES, SHARED
from sampling import sampled
from stackferry.drivers.verify_run import diff_snapshots
from stackferry.formats.csdx.convert import csdx_to_snapshot
from stackferry.io.storage.snapshot import Snapshot
from stackferry.library.state import system_of_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from stackferry.emulators.contentstack import Stack
    from stackferry.providers.system import System

STACKS: dict[str, Callable[[Stack], None]] = {
    "small": fill_small,
    "small with owners": fill_small_with_owners,
    "every kind": fill_every_kind,
    "crossed": fill_crossed,
    "linked": fill_linked,
    "wide": fill_wide,
}
READINGS: tuple[dict[str, Any], ...] = (
    {"versions": "all"},
    {"versions": "latest"},
    {"assets": False},
    {"types": frozenset({"page"})},
    {"locales": frozenset({"fr-fr"})},
    {"query": '{"title":"Egg"}'},
    {"types": frozenset({"page"}), "limit": 1},
    {"keep_secrets": True},
)


def nothing(left: Snapshot, right: Snapshot, system: System = SYSTEM) -> bool:
    """Whether there is neither a difference nor a gap; fails with what there is."""
    found = diff_snapshots(system, left, right)
    assert (found.differences, found.gaps) == ([], [])
    return True


def exported_twice(fill: Callable[[Stack], None], **reading: Any) -> None:
    """A place against its snapshot is two readings of it."""
    with memory_directory() as root:
        bench = make_workbench(root, fill)
        assert nothing(bench.export("one", **reading), bench.export("two", **reading))


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_is_equal_to_itself(name: str) -> None:
    exported_twice(STACKS[name])


@pytest.mark.parametrize("seed", sampled(range(40), 8))
def test_a_random_stack_is_equal_to_itself(seed: int) -> None:
    exported_twice(lambda stack: fill_random(stack, seed), versions="all" if seed % 2 else "pinned")


def test_a_uniform_stack_is_equal_to_itself() -> None:
    exported_twice(lambda stack: fill_uniform(stack, entries=6, assets=2, versions=2))


@pytest.mark.parametrize("reading", READINGS, ids=lambda one: " ".join(f"{key}={one[key]}" for key in one))
def test_a_stack_that_is_read_in_part_is_equal_to_itself(reading: dict[str, Any]) -> None:
    exported_twice(fill_every_kind, **reading)


def test_twins_are_told_apart_by_their_uids() -> None:
    """Two entries of one title and two assets of one file: nothing is ambiguous in one place."""

    def fill(stack: Stack) -> None:
        fill_small(stack)
        schema: Any = stack.main.content_types["page"]["schema"]
        schema[0]["unique"] = False
        for number in (1, 2):
            stack.main.put_entry_version("page", "en-us", page(f"blt{number:016}", 1, "Twin", HEN))
            twin = {**stack.main.assets[PICTURE].versions[1].raw, "uid": f"bltpicture{number:06}"}
            stack.main.put_asset(twin, b"the same bytes")

    exported_twice(fill)


def test_links_that_lead_nowhere_are_equal_on_both_sides() -> None:
    def fill(stack: Stack) -> None:
        fill_every_kind(stack)
        stack.main.put_entry_version("page", "en-us", page("bltlost000000001", 1, "Lost", "bltnobody0000001"))
        del stack.main.assets[PICTURE]

    exported_twice(fill)


def test_a_snapshot_with_gaps_is_equal_to_itself() -> None:
    """What was not read is read in neither; missing bytes are missing in both."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind)
        one, two = (bench.export(name, max_asset_size=4) for name in ("one", "two"))
        assert {gap["kind"] for gap in one.gaps()} == {"files"}
        assert nothing(one, two)


@pytest.mark.parametrize("place", sorted(SAMPLES.glob("*/manifest.json")), ids=lambda one: one.parent.name)
def test_a_sample_export_is_equal_to_itself(place: Path) -> None:
    held = Snapshot(place.parent)
    assert nothing(held, Snapshot(place.parent), system_of_snapshot(held))


def exports() -> list[Path]:
    """Every real export and every small failing stack: the folder of each branch."""
    roots = (CONTENTSTACK_EXPORTS, SHARED / "cases")
    return [one.parent for root in roots for one in sorted(root.glob("**/content_types")) if one.is_dir()]


@pytest.mark.parametrize(
    "folder",
    sampled(exports(), 8)
    or [pytest.param(None, marks=pytest.mark.skip(reason="the shared exports are not here"))],
    ids=lambda one: one and f"{one.parent.name}-{one.name}",
)
def test_an_export_of_the_vendor_is_equal_to_itself(folder: Path) -> None:
    with memory_directory() as root:
        one, two = (csdx_to_snapshot(folder, root / name) for name in ("one", "two"))
        assert nothing(one, two)
