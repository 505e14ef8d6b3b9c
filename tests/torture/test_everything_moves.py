"""Counts what arrives of whole stacks with all versions: in an empty stack, a branch and a half-filled stack.

`pytest -s -m torture tests/torture/test_everything_moves.py` prints the table of docs/reliability.md. The stacks are
the real exports, served by the emulator and edited before and after a part of them is copied to another stack. The
oracle, which shares no code with the import, counts what arrived.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from editor import Editor
from oracle_tally import Tally, table, tally, total
from random_stack import fill_random
from small_stack import fill_small
from test_generated_stacks import SWITCHES
from test_round_trip import NAMES, dataset
from workbench import SOURCE, TARGET, TOKEN, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches, serve
from stackferry.emulators.contentstack.seed.load import load, read_seed
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack

HALF, BRANCH = "blt_invented_half", "staging"
SOME = '{"uid":{"$regex":"[02468ace]$"}}'
EMPTY, FORKED, FILLED = CASES = ("an empty stack", "a branch", "a half-filled stack")


def moved(root: Path, fill: Callable[[Stack], None], seed: str, **switches: object) -> dict[str, Tally]:
    """Fill a stack, edit it, copy half of it, make a branch, edit it again, import all of it three times, and count."""
    workbench = make_workbench(root, fill, switches=Switches(**switches))  # type: ignore[arg-type]  # names of switches
    master = workbench.source.main.master_locale
    workbench.emulator.add_stack(api_key=HALF, management_token=TOKEN, master_locale=master)
    with serve(workbench.emulator) as origin:
        Editor(origin, SOURCE, TOKEN, seed, "early").edit()
        early = workbench.export("early", versions="all")
        workbench.import_snapshot(
            early, "before", key=HALF, versions="latest", schedules=False, selection=Selection(query=SOME)
        )
        fork(origin)
        Editor(origin, SOURCE, TOKEN, seed, "late").edit()
    return counted(workbench)


def real(name: str, stack: Stack) -> None:
    """Fill a stack with a real export; files that the export lacks are invented."""
    load(stack, read_seed(dataset(name)), invent_files=True)


def fork(origin: str) -> None:
    """Make a branch of the source as it is now."""
    facts = {"branch": {"uid": BRANCH, "source": "main"}}
    headers = {"api_key": SOURCE, "authorization": TOKEN}
    httpx.post(f"{origin}/v3/stacks/branches", headers=headers, json=facts).raise_for_status()


def counted(workbench: Workbench) -> dict[str, Tally]:
    """Import the source's main branch into each place, and count what arrived."""
    snapshot, before = workbench.export(versions="all"), workbench.dump(SOURCE, versions=True)
    places: dict[str, dict[str, Any]] = {
        EMPTY: {"key": TARGET},
        FORKED: {"key": SOURCE, "branch": BRANCH, "on_conflict": "update"},
        FILLED: {"key": HALF, "on_conflict": "update"},
    }
    found = {}
    for case, where in places.items():
        imported = workbench.import_snapshot(snapshot, f"state of {case}", versions="all", **where)
        after = workbench.dump(where["key"], versions=True, branch=where.get("branch", "main"))
        found[case] = tally(before, after, imported.gaps)
    assert workbench.dump(SOURCE, versions=True) == before
    assert workbench.emulator.defects == []
    return found


@pytest.mark.torture
@pytest.mark.timeout(0)
def test_real_stacks_arrive_complete_in_three_targets() -> None:
    """Four real exports with all versions, into three targets each."""
    found: dict[str, list[Tally]] = {case: [] for case in CASES}
    for name in NAMES:
        with memory_directory() as root:
            for case, counts in moved(root, partial(real, name), name).items():
                print(f"\n{table(f'{name}, {case}', counts)}")  # noqa: T201 - the table is what a person runs this for
                found[case].append(counts)
    for case, tallies in found.items():
        print(f"\n{table(f'all, {case}', total(tallies))}")  # noqa: T201 - see above
    assert [line for tallies in found.values() for counts in tallies for line in counts.wrong] == []


@pytest.mark.torture
@pytest.mark.timeout(0)
@pytest.mark.parametrize("first", range(0, 300, 25))
def test_generated_stacks_arrive_complete_in_three_targets(first: int) -> None:
    """Three hundred stacks, under every setting of the service."""
    for seed in range(first, first + 25):
        assert wrong(seed) == []


@pytest.mark.parametrize("seed", range(2))
def test_a_generated_stack_arrives_complete_in_three_targets(seed: int) -> None:
    """A sample of the above that every run of the suite takes."""
    assert wrong(seed) == []


def test_a_small_stack_arrives_complete_in_three_targets() -> None:
    """With a cycle, an entry without a master document, an old published version and a locked release."""
    with memory_directory() as root:
        found = moved(root, fill_small, "small")
    assert {case: counts.wrong for case, counts in found.items()} == {case: [] for case in CASES}
    assert found[EMPTY].counts["versions"].equal == found[EMPTY].counts["versions"].source > 0


def test_the_tally_counts_losses_as_wrong() -> None:
    """A loss of each kind: an object, a version, a publication, an item of a release."""
    with memory_directory() as root:
        workbench = make_workbench(root, fill_small)
        workbench.import_snapshot(workbench.export(versions="all"), versions="all")
        before, filled = workbench.dump(SOURCE, versions=True), workbench.target.main
        wrongs: Counter[str] = Counter()
        for entry in filled.entries["page"].values():
            for document in entry.documents.values():
                document.versions = {n: row for n, row in document.versions.items() if row["title"] != "Hen"}
        after = [workbench.dump(TARGET, versions=True)]
        for release in filled.releases.values():
            release.items.clear()
        after.append(workbench.dump(TARGET, versions=True))
        filled.releases.clear()
        after.append(workbench.dump(TARGET, versions=True))
    for dump in after:
        for kind, count in tally(before, dump, []).counts.items():
            wrongs[kind] += count.wrong
    assert set(wrongs) == {"objects", "versions", "publish details", "release items"}
    assert all(wrongs.values())


def wrong(seed: int) -> list[str]:
    """What is wrong after a generated stack was imported three times, under the setting of the service for the seed."""
    switches = SWITCHES[seed % len(SWITCHES)] if seed % 2 else {}
    with memory_directory() as root:
        found = moved(root, lambda stack: fill_random(stack, seed), f"{seed}", **switches)
    return [f"seed {seed}, {case}: {line}" for case, counts in found.items() for line in counts.wrong]
