"""The benchmarks of spaces: what is served, what is compared, what the page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import page
from benchmarks.spaces.server import SOURCE, TARGET, edit, equal, obey, open_emulator, parse
from stackferry.emulators.contentful.seed.generator import fill_evenly

if TYPE_CHECKING:
    from benchmarks.results import Result
    from stackferry.emulators.contentful import Emulator

COST: Result = {
    "space": "40 entries", "limited": True, "task": "import", "version": "1", "seconds": 2.0, "memory": 50 * 2**20,
    "requests": {"read": 3, "write": 40, "bulk": 1, "asset": 2}, "refused": {"429": 1}, "load": 0.5,
}  # fmt: skip


def served(*words: str) -> Emulator:
    return open_emulator(parse(words))


def titles(emulator: Emulator) -> dict[str, object]:
    live = {uid: entry.live for uid, entry in emulator.spaces[SOURCE].master.entries.items()}
    return {uid: body["fields"] for uid, body in live.items() if body is not None}


def test_edit_changes_and_publishes_as_many_entries_as_asked() -> None:
    """What is live differs afterwards for these, and for no other."""
    emulator = served("--entries", "40", "--limited")
    before = titles(emulator)
    assert edit(emulator, 4) == 4
    after = titles(emulator)
    assert before.keys() == after.keys()
    assert sum(before[uid] != after[uid] for uid in before) == 4
    assert emulator.limits.second == 7.0


def test_the_target_is_edited_and_filled_with_what_a_mirror_takes_away() -> None:
    emulator = served("--entries", "20")
    fill_evenly(emulator.spaces[TARGET].master, 20)
    before = titles(emulator)
    assert obey(emulator, ["edit", "2", TARGET]) == {"edited": 2}
    assert titles(emulator) == before
    assert obey(emulator, ["add", "3"]) == {"added": 3}
    assert obey(emulator, ["held"])[TARGET]["entries"] == 23


def test_equal_counts_what_the_target_lacks_and_what_differs() -> None:
    emulator = served("--entries", "5")
    assert equal(emulator)["kinds"]["entries"] == (5, 0)
    fill_evenly(emulator.spaces[TARGET].master, 5)
    assert equal(emulator) == {**equal(emulator), "differences": 0, "first": []}
    edit(emulator, 1)
    assert equal(emulator)["kinds"]["entries"] == (5, 4)


def test_the_limit_is_set_and_lifted() -> None:
    emulator = served("--generated", "3", "--limited")
    assert (emulator.limits.second, emulator.latency) == (7.0, 0.1)
    obey(emulator, ["free"])
    assert (emulator.limits.second, emulator.latency) == (None, 0.0)


def test_the_page_shows_the_cost_of_both_tools_stackferry_first() -> None:
    rows = [{**COST, "tool": "contentful-export, -import"}, {**COST, "tool": "stackferry"}]
    assert page.space_costs(rows).splitlines()[-2:] == [
        "| import | stackferry | 2.0 s | 44 = 3 + 41 | 2 | 1 | 50 MiB | 0.5 |",
        "| import | vendor | 2.0 s | 44 = 3 + 41 | 2 | 1 | 50 MiB | 0.5 |",
    ]


def test_the_page_shows_how_much_arrived_with_an_example() -> None:
    row = {"space": "40 entries", "limited": True, "task": "fidelity", "tool": "stackferry", "total": 3}
    found = [
        {**row, "equal": 3, "first": []},
        {**row, "tool": "vendor", "equal": 2, "first": ["tags a: is missing"]},
    ]
    assert page.space_fidelity(found).splitlines() == [
        "- 40 entries, stackferry: **3** of 3 objects equal.",
        "- 40 entries, vendor: **2** of 3 objects equal; for example tags a: is missing.",
    ]
