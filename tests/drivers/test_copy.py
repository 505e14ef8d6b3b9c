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

from sampling import rotated, sampled
from stackferry.emulators.contentstack import Switches
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from workbench import Workbench

    Hook = Callable[[RecordingTransport, httpx.Request, bool], None]

SHARES = 12


class LoggedTransports:
    """The two transports of a copy with one log: the key of the stack, and the request."""

    def __init__(self, workbench: Workbench, hook: Hook | None = None) -> None:
        self.log: list[tuple[str, str]] = []
        self.both = tuple(
            RecordingTransport(workbench.emulator, self._noting(key, hook)) for key in (SOURCE, TARGET)
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


@pytest.mark.parametrize(
    ("seed", "way"), rotated(range(6), [(1, "pinned"), (7, "all"), (1, "all"), (7, "pinned")])
)
def test_a_copy_equals_an_export_and_an_import(seed: int, way: tuple[int, str]) -> None:
    """The same snapshot, target and requests, in however many parts the entries are exported."""
    part, versions = way
    with memory_directory() as root:
        workbench, separate = (
            make_workbench(root / name, partial(fill_random, seed=seed)) for name in ("copied", "separate")
        )
        transports, export_transport, import_transport = (
            LoggedTransports(workbench),
            RecordingTransport(separate.emulator),
            RecordingTransport(separate.emulator),
        )
        copied, imported = workbench.copy(part=part, versions=versions, transports=transports.both)
        snapshot = separate.export(versions=versions, transport=export_transport)
        separate.import_snapshot(snapshot, versions=versions, transport=import_transport)
        assert transports.sent(SOURCE) == sorted(export_transport.log)
        assert len(transports.sent(TARGET)) == len(import_transport.log)
        assert workbench.writes() == separate.writes()
        assert file_digests(copied.root) == file_digests(workbench.export("again", versions=versions).root)
        assert imported.gaps == []
        copied_graph, separate_graph = (
            Graph(made.dump(TARGET, versions=True).nodes) for made in (workbench, separate)
        )
        assert differences(copied_graph, separate_graph) == []
        assert workbench.emulator.defects == []


def check_copy_equals_import(seed: int, switches: dict[str, Any]) -> None:
    """A copy in the smallest parts equals an export and an import, in every version, under these settings."""
    with memory_directory() as root:
        workbench, separate = (
            make_workbench(root / name, partial(fill_random, seed=seed), switches=Switches(**switches))
            for name in ("copied", "separate")
        )
        _, imported = workbench.copy(part=1, versions="all")
        export_transport = separate.import_snapshot(separate.export(versions="all"), versions="all")
        assert imported.gaps == export_transport.gaps
        copied_graph, separate_graph = (
            Graph(made.dump(TARGET, versions=True).nodes) for made in (workbench, separate)
        )
        assert differences(copied_graph, separate_graph) == []
        assert workbench.emulator.defects == []


@pytest.mark.parametrize("switches", SWITCHES[4:6] + SWITCHES[-2:], ids=str)
def test_a_copy_is_exact_under_some_service_settings(switches: dict[str, Any]) -> None:
    """G1."""
    check_copy_equals_import(8, switches)


@pytest.mark.torture
@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_copies_are_exact_under_all_service_settings(switches: dict[str, Any]) -> None:
    """Ten stacks each."""
    for seed in range(10):
        check_copy_equals_import(seed, switches)


@pytest.mark.parametrize("part", [1, 3, 100])
def test_a_copy_of_linked_entries_equals_an_import(part: int) -> None:
    """Rings, chains, languages, and older versions with references of their own."""
    with memory_directory() as root:
        workbench, separate = (make_workbench(root / name, fill_linked) for name in ("copied", "separate"))
        _, imported = workbench.copy(part=part, versions="all")
        export_transport = separate.import_snapshot(separate.export(versions="all"), versions="all")
        assert imported.gaps == export_transport.gaps
        copied_graph, separate_graph = (
            Graph(made.dump(TARGET, versions=True).nodes) for made in (workbench, separate)
        )
        assert differences(copied_graph, separate_graph) == []


def test_the_import_begins_before_the_export_ends() -> None:
    """An entry is written only after all that it refers to."""
    with memory_directory() as root:
        workbench = make_workbench(root, partial(fill_uniform, entries=40, versions=3, chained=True))
        transports = LoggedTransports(workbench)
        workbench.copy(part=10, versions="all", transports=transports.both)
        reads = [n for n, (whose, _) in enumerate(transports.log) if whose == SOURCE]
        imports = [n for n, (_, what) in enumerate(transports.log) if "/import" in what]
        assert imports[0] < reads[len(reads) // 2]
        assert sum(n < reads[-1] for n in imports) > 1


def test_a_finished_copy_writes_nothing_again() -> None:
    """It reads the source again and finds the snapshot unchanged."""
    with memory_directory() as root:
        workbench = make_workbench(root, partial(fill_random, seed=1))
        snapshot, _ = workbench.copy(part=1, versions="all")
        sent = workbench.writes()
        again, imported = workbench.copy("again", part=1, versions="all")
        assert file_digests(snapshot.root) == file_digests(again.root)
        imports = workbench.import_snapshot(snapshot, "copying", versions="all")
        assert (workbench.writes(), imported.gaps, imports.gaps) == (sent, [], [])


def test_a_copy_is_not_resumed_after_the_source_changed() -> None:
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        workbench.copy()
        fill_uniform(workbench.source, entries=2)
        with pytest.raises(UsageError, match="the snapshot or its transforms have changed"):
            workbench.copy("again")


def test_a_target_with_content_is_refused_or_updated() -> None:
    """With --on-conflict update the import starts after the export has ended."""
    with memory_directory() as root:
        workbench = make_workbench(root, partial(fill_uniform, entries=4))
        fill_uniform(workbench.target, entries=2)
        with pytest.raises(UsageError, match="already holds content"):
            workbench.copy()
        assert workbench.writes() == 0
        transports = LoggedTransports(workbench)
        workbench.copy(state="other", on_conflict="update", transports=transports.both)
        assert explain_differences(workbench.dump(SOURCE), workbench.dump(TARGET), []).unexplained == []
        wrote = min(n for n, (_, what) in enumerate(transports.log) if not what.startswith("GET"))
        assert all(whose == TARGET for whose, _ in transports.log[wrote:])


def count_requests_of_a_copy() -> int:
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        transports = LoggedTransports(workbench)
        workbench.copy(part=2, versions="all", transports=transports.both)
        return len(transports.log)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("share", sampled(range(SHARES), 1))
def test_a_copy_cut_at_any_request_resumes_to_the_same_target(share: int, *, after: bool) -> None:
    """A2, C1, C2, I3-I5: cut before a request is sent, or after the service has carried it out."""
    for number in range(1 + share, count_requests_of_a_copy() + 1, SHARES):
        with memory_directory() as root:
            workbench = make_workbench(root, fill_small)
            with pytest.raises(Cut):
                workbench.copy(
                    part=2,
                    versions="all",
                    transports=LoggedTransports(workbench, cut_at(number, after=after)).both,
                )
            _, imported = workbench.copy(part=2, versions="all")
            assert imported.gaps == []
            assert (
                explain_differences(workbench.dump(SOURCE), workbench.dump(TARGET), imported.gaps).unexplained
                == []
            )
            sent = workbench.writes()
            workbench.copy("again", part=2, versions="all")
            assert workbench.writes() == sent
            assert workbench.emulator.defects == []


def test_a_resumed_copy_reads_nothing_twice() -> None:
    """I5: at most one request per worker is repeated at each interruption."""
    with memory_directory() as root:
        workbench = make_workbench(root, partial(fill_uniform, entries=20, versions=4))
        fewest, read = fewest_reads(workbench.source), 0
        for number in (30, 60, 90, 120, 0):
            transports = LoggedTransports(workbench, cut_at(number, after=True) if number else None)
            with pytest.raises(Cut) if number else nullcontext():
                workbench.copy(part=8, versions="all", transports=transports.both)
            read += len(transports.sent(SOURCE))
        assert read <= fewest + 4 * 8
