"""Whatever answers late, every stage begins after what it needs: the target is the one of an undisturbed import."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from any_order import PATHS, AnyOrder
from crossed_stack import fill_crossed
from every_kind_stack import OF_PICTURE
from oracle_differences import differences
from oracle_graph import Graph
from random_stack import fill_random
from workbench import (
    SYSTEM,
    TARGET,
    Cut,
    cut_at,
    make_workbench,
    memory_directory,
)

from sampling import sampled
from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from workbench import Workbench

    from oracle import Dump
    from stackferry.emulators.contentstack import Stack

OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"versions": "all"},
    {"versions": "latest"},
    {"publish": "none"},
    {"deploy": True},
)


def filling(seed: int) -> Callable[[Stack], None]:
    """The stack for a seed: in turn one with every kind, a random one, a small one."""
    return [fill_crossed, lambda stack: fill_random(stack, seed), fill_crossed][seed % 3]


def told(gaps: Iterable[Any]) -> Counter[tuple[str, ...]]:
    """Which objects gaps name, and at which paths; not the uids of the target in them."""
    return Counter(tuple(str(gap.get(name)) for name in ("kind", "uid", "locale", "path")) for gap in gaps)


def same(one: Dump, other: Dump) -> list[str]:
    return [found.line for found in differences(Graph(one.nodes), Graph(other.nodes))]


class Expected:
    """What an import without delays makes, in a workbench of its own."""

    def __init__(self, root: Path, fill: Callable[[Stack], None], **options: Any) -> None:
        bench = make_workbench(root, fill)
        versions = options.get("versions", "pinned")
        done = bench.import_snapshot(bench.export(versions=versions), **options)
        self.gaps, self.dump, self.writes = told(done.gaps), bench.dump(TARGET, versions=True), bench.writes()

    def check(self, bench: Workbench, gaps: Iterable[Any]) -> None:
        assert told(gaps) == self.gaps
        assert same(self.dump, bench.dump(TARGET, versions=True)) == []
        assert bench.emulator.defects == []


def check_import(seed: int, late: tuple[str, ...] | None = None, **options: Any) -> None:
    check_filled(filling(seed), late, seed, **options)


def check_filled(
    fill: Callable[[Stack], None], late: tuple[str, ...] | None = None, seed: int = 0, **options: Any
) -> None:
    with memory_directory() as root:
        expected = Expected(root / "expected", fill, **options)
        bench = make_workbench(root / "late", fill)
        snapshot = bench.export(versions=options.get("versions", "pinned"))
        done = AnyOrder(bench, seed, late).import_snapshot(snapshot, **options)
        expected.check(bench, done.gaps)
        assert bench.writes() == expected.writes


def check_kills(seed: int, kills: int = 4, **options: Any) -> None:
    """Killed at a random request, or after it, some times; then to the end. Nothing is missing or there twice."""
    random, fill, versions = Random(f"kills {seed}"), filling(seed), options.get("versions", "pinned")
    with memory_directory() as root:
        expected = Expected(root / "expected", fill, **options)
        bench = make_workbench(root / "killed", fill)
        snapshot = bench.export(versions=versions)
        for number in range(kills):
            hook = cut_at(random.randint(1, 80), after=random.random() < 0.5, only="write")
            try:
                AnyOrder(bench, f"{seed}/{number}", hook=hook).import_snapshot(snapshot, **options)
            except Cut:
                continue
            break
        done = AnyOrder(bench, seed).import_snapshot(snapshot, **options)
        expected.check(bench, done.gaps)


def check_copy(seed: int, kills: int = 0, **options: Any) -> None:
    """A copy makes what an export and an import make, whatever answers when."""
    random, fill = Random(f"copy {seed}"), filling(seed)
    with memory_directory() as root:
        expected = Expected(root / "expected", fill, **options)
        bench, part = make_workbench(root / "copied", fill), random.randint(1, 8)
        for number in range(kills + 1):
            cut = cut_at(random.randint(1, 120), after=random.random() < 0.5)
            hook = cut if number < kills else None
            try:
                _, done = AnyOrder(bench, f"{seed}/{number}", hook=hook).copy(part, **options)
                break
            except Cut:
                continue
        expected.check(bench, done.gaps)


SELECTIONS = (
    ("locales", "environments", "taxonomies", "extensions", "global_fields", "content_types"),
    ("assets",),
    ("entries",),
    ("variant_groups", "variants"),
    ("labels", "roles", "workflows", "publish_rules", "releases", "webhooks"),
)


def check_selections(seed: int, **options: Any) -> None:
    """Kind after kind, with late answers or without: the same stack and the same gaps."""
    fill = filling(seed)
    with memory_directory() as root:
        benches = [make_workbench(root / name, fill) for name in ("prompt", "late")]
        prompt, late = ((bench, bench.export()) for bench in benches)
        for number, names in enumerate(SELECTIONS):
            only = {"only": SYSTEM.parse_kinds(names), **options}
            expected = prompt[0].import_snapshot(prompt[1], f"state {number}", **only).gaps
            found = (
                AnyOrder(late[0], f"{seed}/{number}").import_snapshot(late[1], f"state {number}", **only).gaps
            )
            assert told(found) == told(expected), names
            one, other = (bench.dump(TARGET, versions=True) for bench in benches)
            assert same(one, other) == [], names


def check_living(seed: int, conflict: str) -> None:
    """Into a target that holds an edited part: the same as without delays."""
    fill = filling(seed)
    with memory_directory() as root:
        kept = Switches(import_keeps_uid=True)  # so that links to what was deleted are the same in both
        benches = [make_workbench(root / name, fill, switches=kept) for name in ("prompt", "late")]
        for bench in benches:
            bench.import_snapshot(
                bench.export("first", versions="latest"), "first", versions="latest", publish="none"
            )
            edit(bench, seed)
        snapshots = [bench.export("second") for bench in benches]
        expected = benches[0].import_snapshot(snapshots[0], "second", on_conflict=conflict).gaps
        found = AnyOrder(benches[1], seed).import_snapshot(snapshots[1], "second", on_conflict=conflict).gaps
        assert told(found) == told(expected)
        one, other = (bench.dump(TARGET, versions=True) for bench in benches)
        assert same(one, other) == []


def edit(bench: Workbench, seed: int) -> None:
    """Delete and change some objects of the target, the same ones for the same seed."""
    random, branch = Random(f"edit {seed}"), bench.target.main
    for kind, entries in sorted(branch.entries.items()):
        for entry in sorted(entries.values(), key=lambda one: str(one.documents)):
            if random.random() < 0.3:
                del branch.entries[kind][entry.uid]
                for uid, row in [*branch.metadata.items()]:
                    if entry.uid in str(row):
                        del branch.metadata[uid]
    branch.changed()
    branch.value_index.clear()


ALWAYS = ("/note", "/environments")  # the other paths are torture


@pytest.mark.parametrize(
    "path",
    [one if one in ALWAYS else pytest.param(one, marks=pytest.mark.torture) for one in PATHS],
)
def test_whatever_answers_late_an_import_is_the_same(path: str) -> None:
    """One kind of write takes longer than everything else together."""
    check_filled(fill_crossed, (path,))


@pytest.mark.parametrize("seed", sampled(range(60), 1))
def test_an_import_is_the_same_in_any_order(seed: int) -> None:
    check_import(seed, **OPTIONS[seed // 3 % len(OPTIONS)])


@pytest.mark.parametrize("seed", sampled(range(60), 2))
def test_a_killed_import_is_the_same_in_any_order(seed: int) -> None:
    check_kills(seed, **OPTIONS[seed // 3 % len(OPTIONS)])


@pytest.mark.parametrize("seed", [*sampled(range(60), 1), 107])
def test_a_copy_is_the_same_in_any_order(seed: int) -> None:
    """Seed 107: entries that are read again while others are created."""
    check_copy(seed, kills=seed % 3, **OPTIONS[seed // 3 % len(OPTIONS)])


@pytest.mark.parametrize("content_type", ["cart", "horse", "page", "story"])
def test_a_copy_waits_for_entries_that_are_listed_late(content_type: str) -> None:
    """The target is read, and its obstacles are looked for, long before the last entries are known."""
    with memory_directory() as root:
        expected = Expected(root / "expected", fill_crossed)
        bench = make_workbench(root / "copied", fill_crossed)
        late = (f"/content_types/{content_type}/entries",)
        _, done = AnyOrder(bench, content_type, late=(), late_reads=late).copy(1)
        expected.check(bench, done.gaps)


@pytest.mark.parametrize("seed", sampled(range(1, 31), 1))
def test_imports_of_some_kinds_are_the_same_in_any_order(seed: int) -> None:
    check_selections(seed)


@pytest.mark.parametrize("seed", sampled(range(1, 31), 1))
def test_an_import_into_a_living_target_is_the_same_in_any_order(seed: int) -> None:
    check_living(seed, ("update", "skip")[seed % 2])


def test_metadata_of_an_asset_waits_for_its_extension() -> None:
    """In a stack without entries nothing else waits for it."""

    def fill(stack: Stack) -> None:
        fill_crossed(stack)
        branch = stack.main
        named = (branch.content_types, branch.global_fields, branch.variant_groups)
        for rows in (*named, stack.workflows, stack.publish_rules, stack.roles, branch.queue):
            rows.clear()
        branch.entries.clear()
        branch.releases.clear()
        branch.labels.clear()
        branch.metadata = {OF_PICTURE: branch.metadata[OF_PICTURE]}
        del branch.metadata[OF_PICTURE]["refers_to"]

    check_filled(fill, ("/extensions",))
