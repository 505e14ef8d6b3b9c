"""Copies: an export and an import at the same time come to what they come to one after the other, in less time."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from even_stack import fill_even
from fewest_requests import fewest_reads
from oracle_differences import differences
from oracle_graph import Graph
from round_trip import judge
from small_stack import fill_small
from stack_maker import make_stack
from test_generated_stacks import SWITCHES
from web_stack import fill_web
from workbench import SOURCE, TARGET, Cut, Record, bench, cut_at, memory, tree

from stackferry.emulators.contentstack import Switches
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from workbench import Bench

    Hook = Callable[[Record, httpx.Request, bool], None]

SHARES = 6


class Wires:
    """The two wires of a copy, with one log: which of them, and what was sent over it."""

    def __init__(self, one: Bench, hook: Hook | None = None) -> None:
        self.log: list[tuple[str, str]] = []
        self.both = tuple(Record(one.emulator, self._noting(key, hook)) for key in (SOURCE, TARGET))

    def _noting(self, key: str, hook: Hook | None) -> Hook:
        def note(line: Record, request: httpx.Request, done: bool) -> None:
            if not done:
                self.log.append((key, f"{request.method} {request.url.raw_path.decode()}"))
            if hook:
                hook(line, request, done)

        return note

    def sent(self, key: str) -> list[str]:
        """What was sent to one side, in any order."""
        return sorted(what for whose, what in self.log if whose == key)


@pytest.mark.parametrize("versions", ["pinned", "all"])
@pytest.mark.parametrize("part", [1, 7])
@pytest.mark.parametrize("seed", range(6))
def test_a_copy_is_an_export_and_an_import(seed: int, part: int, versions: str) -> None:
    """The same snapshot, the same target, by the same requests, in however many parts the entries arrive."""
    with memory() as root:
        one, other = (bench(root / name, partial(make_stack, seed=seed)) for name in ("one", "other"))
        wires, there, back = Wires(one), Record(other.emulator), Record(other.emulator)
        copied, imported = one.copy(part=part, versions=versions, lines=wires.both)
        snapshot = other.export(versions=versions, line=there)
        other.replay(snapshot, versions=versions, line=back)
        assert wires.sent(SOURCE) == sorted(there.log)
        assert len(wires.sent(TARGET)) == len(back.log)
        assert one.writes() == other.writes()
        assert tree(copied.root) == tree(one.export("again", versions=versions).root)
        assert imported.gaps == []
        mine, theirs = (Graph(made.dump(TARGET, versions=True).nodes) for made in (one, other))
        assert differences(mine, theirs) == []
        assert one.emulator.defects == []


def same_either_way(seed: int, switches: dict[str, Any]) -> None:
    """A copy in the smallest parts makes what an export and an import make, to the last version, on such a service."""
    with memory() as root:
        one, other = (
            bench(root / name, partial(make_stack, seed=seed), switches=Switches(**switches))
            for name in ("one", "other")
        )
        _, imported = one.copy(part=1, versions="all")
        there = other.replay(other.export(versions="all"), versions="all")
        assert imported.gaps == there.gaps
        mine, theirs = (Graph(made.dump(TARGET, versions=True).nodes) for made in (one, other))
        assert differences(mine, theirs) == []
        assert one.emulator.defects == []


@pytest.mark.parametrize("switches", SWITCHES[4:6] + SWITCHES[-2:], ids=str)
def test_whatever_the_service_does(switches: dict[str, Any]) -> None:
    """G1: some of the settings of the service."""
    same_either_way(8, switches)


@pytest.mark.torture
@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_whatever_the_service_does_to_many(switches: dict[str, Any]) -> None:
    """All of them, ten stacks each."""
    for seed in range(10):
        same_either_way(seed, switches)


@pytest.mark.parametrize("part", [1, 3, 100])
def test_a_web_of_entries_arrives_as_an_import_brings_it(part: int) -> None:
    """Rings, chains, languages, older versions that refer to what no other does."""
    with memory() as root:
        one, other = (bench(root / name, fill_web) for name in ("one", "other"))
        _, imported = one.copy(part=part, versions="all")
        there = other.replay(other.export(versions="all"), versions="all")
        assert imported.gaps == there.gaps
        mine, theirs = (Graph(made.dump(TARGET, versions=True).nodes) for made in (one, other))
        assert differences(mine, theirs) == []


def test_the_import_begins_before_the_export_ends() -> None:
    """Entries are written while others are still read; each only after everything that it refers to."""
    with memory() as root:
        one = bench(root, partial(fill_even, entries=40, versions=3, chained=True))
        wires = Wires(one)
        one.copy(part=10, versions="all", lines=wires.both)
        reads = [n for n, (whose, _) in enumerate(wires.log) if whose == SOURCE]
        imports = [n for n, (_, what) in enumerate(wires.log) if "/import" in what]
        assert imports[0] < reads[len(reads) // 2]
        assert sum(n < reads[-1] for n in imports) > 1


def test_a_copy_that_is_over_sends_nothing_more() -> None:
    """Run again, the same copy reads the source and writes nothing: the snapshot has not changed."""
    with memory() as root:
        one = bench(root, partial(make_stack, seed=1))
        snapshot, _ = one.copy(part=1, versions="all")
        sent = one.writes()
        again, imported = one.copy("again", part=1, versions="all")
        assert tree(snapshot.root) == tree(again.root)
        imports = one.replay(snapshot, "copying", versions="all")
        assert (one.writes(), imported.gaps, imports.gaps) == (sent, [], [])


def test_a_changed_source_is_another_import() -> None:
    """The checkpoint of a copy belongs to what was copied."""
    with memory() as root:
        one = bench(root, fill_small)
        one.copy()
        fill_even(one.source, entries=2)
        with pytest.raises(UsageError, match="the snapshot has changed"):
            one.copy("again")


def test_a_target_with_content_is_refused_or_updated() -> None:
    """What is there is somebody's; asked to update it, the import comes after the export."""
    with memory() as root:
        one = bench(root, partial(fill_even, entries=4))
        fill_even(one.target, entries=2)
        with pytest.raises(UsageError, match="already holds content"):
            one.copy()
        assert one.writes() == 0
        wires = Wires(one)
        one.copy(state="other", on_conflict="update", lines=wires.both)
        assert judge(one.dump(SOURCE), one.dump(TARGET), []).unexplained == []
        wrote = min(n for n, (_, what) in enumerate(wires.log) if not what.startswith("GET"))
        assert all(whose == TARGET for whose, _ in wires.log[wrote:])


def requests_of_a_copy() -> int:
    with memory() as root:
        one = bench(root, fill_small)
        wires = Wires(one)
        one.copy(part=2, versions="all", lines=wires.both)
        return len(wires.log)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("share", range(SHARES))
def test_a_copy_is_cut_at_every_request(share: int, *, after: bool) -> None:
    """A2, C1, C2, I3-I5: cut before a request leaves, or before its answer is seen, and taken up again."""
    for number in range(1 + share, requests_of_a_copy() + 1, SHARES):
        with memory() as root:
            one = bench(root, fill_small)
            with pytest.raises(Cut):
                one.copy(part=2, versions="all", lines=Wires(one, cut_at(number, after=after)).both)
            _, imported = one.copy(part=2, versions="all")
            assert imported.gaps == []
            assert judge(one.dump(SOURCE), one.dump(TARGET), imported.gaps).unexplained == []
            sent = one.writes()
            one.copy("again", part=2, versions="all")
            assert one.writes() == sent
            assert one.emulator.defects == []


def test_a_resumed_copy_reads_nothing_twice() -> None:
    """I5: what was staged stays staged, however often the wires are cut: a request a worker is repeated at most."""
    with memory() as root:
        one = bench(root, partial(fill_even, entries=20, versions=4))
        fewest, read = fewest_reads(one.source), 0
        for number in (30, 60, 90, 120, 0):
            wires = Wires(one, cut_at(number, after=True) if number else None)
            with pytest.raises(Cut) if number else nullcontext():
                one.copy(part=8, versions="all", lines=wires.both)
            read += len(wires.sent(SOURCE))
        assert read <= fewest + 4 * 8
