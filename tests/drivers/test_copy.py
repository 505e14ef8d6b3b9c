"""Copies: the same result as an export followed by an import, in less time."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from fewest_requests import fewest_reads
from linked_stack import fill_linked
from oracle_differences import differences
from oracle_graph import Graph
from random_stack import fill_random
from round_trip import explain_differences
from small_stack import fill_small
from test_generated_stacks import SWITCHES
from uniform_stack import fill_uniform
from workbench import (
    SOURCE,
    TARGET,
    Cut,
    RecordingTransport,
    cut_at,
    file_digests,
    make_workbench,
    memory_directory,
)

from stackferry.emulators.contentstack import Switches
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from workbench import Workbench

    Hook = Callable[[RecordingTransport, httpx.Request, bool], None]

SHARES = 6


class Wires:
    """The two wires of a copy, with one log: which of them, and what was sent over it."""

    def __init__(self, one: Workbench, hook: Hook | None = None) -> None:
        self.log: list[tuple[str, str]] = []
        self.both = tuple(
            RecordingTransport(one.emulator, self._noting(key, hook)) for key in (SOURCE, TARGET)
        )

    def _noting(self, key: str, hook: Hook | None) -> Hook:
        def note(transport: RecordingTransport, request: httpx.Request, done: bool) -> None:
            if not done:
                self.log.append((key, f"{request.method} {request.url.raw_path.decode()}"))
            if hook:
                hook(transport, request, done)

        return note

    def sent(self, key: str) -> list[str]:
        """What was sent to one side, in any order."""
        return sorted(what for whose, what in self.log if whose == key)


@pytest.mark.parametrize("versions", ["pinned", "all"])
@pytest.mark.parametrize("part", [1, 7])
@pytest.mark.parametrize("seed", range(6))
def test_a_copy_equals_an_export_and_an_import(seed: int, part: int, versions: str) -> None:
    """The same snapshot, target and requests, in however many parts the entries are exported."""
    with memory_directory() as root:
        one, other = (
            make_workbench(root / name, partial(fill_random, seed=seed)) for name in ("one", "other")
        )
        wires, there, back = (
            Wires(one),
            RecordingTransport(other.emulator),
            RecordingTransport(other.emulator),
        )
        copied, imported = one.copy(part=part, versions=versions, transports=wires.both)
        snapshot = other.export(versions=versions, transport=there)
        other.import_snapshot(snapshot, versions=versions, transport=back)
        assert wires.sent(SOURCE) == sorted(there.log)
        assert len(wires.sent(TARGET)) == len(back.log)
        assert one.writes() == other.writes()
        assert file_digests(copied.root) == file_digests(one.export("again", versions=versions).root)
        assert imported.gaps == []
        mine, theirs = (Graph(made.dump(TARGET, versions=True).nodes) for made in (one, other))
        assert differences(mine, theirs) == []
        assert one.emulator.defects == []


def same_either_way(seed: int, switches: dict[str, Any]) -> None:
    """A copy in the smallest parts makes what an export and an import make, to the last version, on such a service."""
    with memory_directory() as root:
        one, other = (
            make_workbench(root / name, partial(fill_random, seed=seed), switches=Switches(**switches))
            for name in ("one", "other")
        )
        _, imported = one.copy(part=1, versions="all")
        there = other.import_snapshot(other.export(versions="all"), versions="all")
        assert imported.gaps == there.gaps
        mine, theirs = (Graph(made.dump(TARGET, versions=True).nodes) for made in (one, other))
        assert differences(mine, theirs) == []
        assert one.emulator.defects == []


@pytest.mark.parametrize("switches", SWITCHES[4:6] + SWITCHES[-2:], ids=str)
def test_a_copy_is_exact_under_some_service_settings(switches: dict[str, Any]) -> None:
    """G1."""
    same_either_way(8, switches)


@pytest.mark.torture
@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_copies_are_exact_under_all_service_settings(switches: dict[str, Any]) -> None:
    """Ten stacks each."""
    for seed in range(10):
        same_either_way(seed, switches)


@pytest.mark.parametrize("part", [1, 3, 100])
def test_a_copy_of_linked_entries_equals_an_import(part: int) -> None:
    """Rings, chains, languages, and older versions with references of their own."""
    with memory_directory() as root:
        one, other = (make_workbench(root / name, fill_linked) for name in ("one", "other"))
        _, imported = one.copy(part=part, versions="all")
        there = other.import_snapshot(other.export(versions="all"), versions="all")
        assert imported.gaps == there.gaps
        mine, theirs = (Graph(made.dump(TARGET, versions=True).nodes) for made in (one, other))
        assert differences(mine, theirs) == []


def test_the_import_begins_before_the_export_ends() -> None:
    """An entry is written only after all that it refers to."""
    with memory_directory() as root:
        one = make_workbench(root, partial(fill_uniform, entries=40, versions=3, chained=True))
        wires = Wires(one)
        one.copy(part=10, versions="all", transports=wires.both)
        reads = [n for n, (whose, _) in enumerate(wires.log) if whose == SOURCE]
        imports = [n for n, (_, what) in enumerate(wires.log) if "/import" in what]
        assert imports[0] < reads[len(reads) // 2]
        assert sum(n < reads[-1] for n in imports) > 1


def test_a_finished_copy_writes_nothing_again() -> None:
    """It reads the source again and finds the snapshot unchanged."""
    with memory_directory() as root:
        one = make_workbench(root, partial(fill_random, seed=1))
        snapshot, _ = one.copy(part=1, versions="all")
        sent = one.writes()
        again, imported = one.copy("again", part=1, versions="all")
        assert file_digests(snapshot.root) == file_digests(again.root)
        imports = one.import_snapshot(snapshot, "copying", versions="all")
        assert (one.writes(), imported.gaps, imports.gaps) == (sent, [], [])


def test_a_copy_is_not_resumed_after_the_source_changed() -> None:
    with memory_directory() as root:
        one = make_workbench(root, fill_small)
        one.copy()
        fill_uniform(one.source, entries=2)
        with pytest.raises(UsageError, match="the snapshot has changed"):
            one.copy("again")


def test_a_target_with_content_is_refused_or_updated() -> None:
    """With --on-conflict update the import starts after the export has ended."""
    with memory_directory() as root:
        one = make_workbench(root, partial(fill_uniform, entries=4))
        fill_uniform(one.target, entries=2)
        with pytest.raises(UsageError, match="already holds content"):
            one.copy()
        assert one.writes() == 0
        wires = Wires(one)
        one.copy(state="other", on_conflict="update", transports=wires.both)
        assert explain_differences(one.dump(SOURCE), one.dump(TARGET), []).unexplained == []
        wrote = min(n for n, (_, what) in enumerate(wires.log) if not what.startswith("GET"))
        assert all(whose == TARGET for whose, _ in wires.log[wrote:])


def requests_of_a_copy() -> int:
    with memory_directory() as root:
        one = make_workbench(root, fill_small)
        wires = Wires(one)
        one.copy(part=2, versions="all", transports=wires.both)
        return len(wires.log)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("share", range(SHARES))
def test_a_copy_cut_at_any_request_resumes_to_the_same_target(share: int, *, after: bool) -> None:
    """A2, C1, C2, I3-I5: cut before a request is sent, or after the service has carried it out."""
    for number in range(1 + share, requests_of_a_copy() + 1, SHARES):
        with memory_directory() as root:
            one = make_workbench(root, fill_small)
            with pytest.raises(Cut):
                one.copy(part=2, versions="all", transports=Wires(one, cut_at(number, after=after)).both)
            _, imported = one.copy(part=2, versions="all")
            assert imported.gaps == []
            assert explain_differences(one.dump(SOURCE), one.dump(TARGET), imported.gaps).unexplained == []
            sent = one.writes()
            one.copy("again", part=2, versions="all")
            assert one.writes() == sent
            assert one.emulator.defects == []


def test_a_resumed_copy_reads_nothing_twice() -> None:
    """I5: at most one request per worker is repeated at each interruption."""
    with memory_directory() as root:
        one = make_workbench(root, partial(fill_uniform, entries=20, versions=4))
        fewest, read = fewest_reads(one.source), 0
        for number in (30, 60, 90, 120, 0):
            wires = Wires(one, cut_at(number, after=True) if number else None)
            with pytest.raises(Cut) if number else nullcontext():
                one.copy(part=8, versions="all", transports=wires.both)
            read += len(wires.sent(SOURCE))
        assert read <= fewest + 4 * 8
