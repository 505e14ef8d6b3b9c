"""What moved, counted: whole stacks with all their versions, into an empty stack, a branch and a half-filled target.

`pytest -s -m torture tests/torture/test_everything_moves.py` prints the table of docs/reliability.md. The stacks are
the real exports, served by the emulator and lived in before and after a part of them was copied elsewhere. What
arrived is counted by the oracle, which shares no code with the import.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from lived import Editor
from oracle_tally import Tally, table, tally, total
from small_stack import fill_small
from stack_maker import make_stack
from test_generated_stacks import SWITCHES
from test_round_trip import NAMES, dataset
from workbench import SOURCE, TARGET, TOKEN, bench, memory

from stackferry.emulators.contentstack import Switches, serve
from stackferry.emulators.contentstack.seed.load import Fill, load, read_seed
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbench import Bench

    from stackferry.emulators.contentstack import Stack

HALF, BRANCH = "blt_invented_half", "staging"
SOME = '{"uid":{"$regex":"[02468ace]$"}}'
EMPTY, FORKED, FILLED = CASES = ("an empty stack", "a branch", "a half-filled stack")


def moved(root: Path, fill: Callable[[Stack], None], seed: str, **switches: object) -> dict[str, Tally]:
    """Fill a stack, live in it, copy half, fork it, live in it again, move all of it to three places, and count."""
    one = bench(root, fill, switches=Switches(**switches))  # type: ignore[arg-type]  # names of switches
    master = one.source.main.master_locale
    one.emulator.add_stack(api_key=HALF, management_token=TOKEN, master_locale=master)
    with serve(one.emulator) as origin:
        Editor(origin, SOURCE, TOKEN, seed, "early").live()
        early = one.export("early", versions="all")
        one.replay(
            early, "before", key=HALF, versions="latest", schedules=False, choice=Selection(query=SOME)
        )
        fork(origin)
        Editor(origin, SOURCE, TOKEN, seed, "late").live()
    return counted(one)


def real(name: str, stack: Stack) -> None:
    """Fill a stack with a real export; files that it lacks are made up."""
    load(stack, read_seed(dataset(name)), fill=Fill(files=True))


def fork(origin: str) -> None:
    """A branch of the source as it is now."""
    facts = {"branch": {"uid": BRANCH, "source": "main"}}
    headers = {"api_key": SOURCE, "authorization": TOKEN}
    httpx.post(f"{origin}/v3/stacks/branches", headers=headers, json=facts).raise_for_status()


def counted(one: Bench) -> dict[str, Tally]:
    """Move the source's main branch to each place, and count what arrived."""
    snapshot, before = one.export(versions="all"), one.dump(SOURCE, versions=True)
    places: dict[str, dict[str, Any]] = {
        EMPTY: {"key": TARGET},
        FORKED: {"key": SOURCE, "branch": BRANCH, "on_conflict": "update"},
        FILLED: {"key": HALF, "on_conflict": "update"},
    }
    found = {}
    for case, where in places.items():
        imported = one.replay(snapshot, f"state of {case}", versions="all", **where)
        after = one.dump(where["key"], versions=True, branch=where.get("branch", "main"))
        found[case] = tally(before, after, imported.gaps)
    assert one.dump(SOURCE, versions=True) == before
    assert one.emulator.defects == []
    return found


@pytest.mark.torture
@pytest.mark.timeout(0)
def test_real_stacks_move_whole() -> None:
    """Issue 3's measure: four real exports with all versions into three places: nothing is wrong."""
    found: dict[str, list[Tally]] = {case: [] for case in CASES}
    for name in NAMES:
        with memory() as root:
            for case, one in moved(root, partial(real, name), name).items():
                print(f"\n{table(f'{name}, {case}', one)}")  # noqa: T201 - the table is what a person runs this for
                found[case].append(one)
    for case, ones in found.items():
        print(f"\n{table(f'all, {case}', total(ones))}")  # noqa: T201 - see above
    assert [line for ones in found.values() for one in ones for line in one.wrong] == []


@pytest.mark.torture
@pytest.mark.timeout(0)
@pytest.mark.parametrize("first", range(0, 300, 25))
def test_generated_stacks_move_whole(first: int) -> None:
    """The same for three hundred stacks, under every setting of the service."""
    for seed in range(first, first + 25):
        assert wrong(seed) == []


@pytest.mark.parametrize("seed", range(2))
def test_a_generated_stack_moves_whole(seed: int) -> None:
    """A sample for every run."""
    assert wrong(seed) == []


def test_a_small_stack_moves_whole() -> None:
    """A ring, a masterless entry, an old version that is live, a locked release: each arrives in all three places."""
    with memory() as root:
        found = moved(root, fill_small, "small")
    assert {case: one.wrong for case, one in found.items()} == {case: [] for case in CASES}
    assert found[EMPTY].counts["versions"].equal == found[EMPTY].counts["versions"].source > 0


def test_what_is_lost_is_counted_as_wrong() -> None:
    """The counting notices a loss of each kind: an object, a version, a publication, a release's item."""
    with memory() as root:
        one = bench(root, fill_small)
        one.replay(one.export(versions="all"), versions="all")
        before, there = one.dump(SOURCE, versions=True), one.target.main
        wrongs: Counter[str] = Counter()
        for entry in there.entries["page"].values():
            for document in entry.documents.values():
                document.versions = {n: row for n, row in document.versions.items() if row["title"] != "Hen"}
        after = [one.dump(TARGET, versions=True)]
        for release in there.releases.values():
            release.items.clear()
        after.append(one.dump(TARGET, versions=True))
        there.releases.clear()
        after.append(one.dump(TARGET, versions=True))
    for dump in after:
        for kind, count in tally(before, dump, []).counts.items():
            wrongs[kind] += count.wrong
    assert set(wrongs) == {"objects", "versions", "publish details", "release items"}
    assert all(wrongs.values())


def wrong(seed: int) -> list[str]:
    """What is wrong after a generated stack was moved to three places, under the seed's setting of the service."""
    switches = SWITCHES[seed % len(SWITCHES)] if seed % 2 else {}
    with memory() as root:
        found = moved(root, lambda stack: make_stack(stack, seed), f"{seed}", **switches)
    return [f"seed {seed}, {case}: {line}" for case, one in found.items() for line in one.wrong]
