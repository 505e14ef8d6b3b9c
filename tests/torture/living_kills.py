"""Kills commands that write into a stack that people work in: its snapshot is older than what they did since.

Each round begins with the same stack: generated, exported, then edited at random. The command is killed, resumed, and
left to end; the stack then equals that of the same command undisturbed. In some rounds an editor gives an entry the
title of one that is not there, between two kills: that entry has to survive.
"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from command_runner import AT_ONCE, FAST, SOURCE, run_until_complete
from editors import Editors
from mirrored_stack import edit_at_random

from oracle import Dump, compare, dump

if TYPE_CHECKING:
    from collections.abc import Iterator

    from command_runner import CommandRunner, FinishedProcess, KillCounts

    from stackferry.emulators.contentstack import Branch, Stack

COMMANDS = ("in place", "mirror", "restore", "promotion")
TOKEN = "cs-invented-token"
DEV = "dev"
DELETED = 4  # entries, or languages of them, that go after the edits
EDITORS = ["an editor's"]  # the tags of what an editor makes between two kills
NAMED = 6  # objects that a restore names


class LivingStack:
    """The runner's source after its export, a branch made then, and the edits of a seed in both."""

    def __init__(self, runner: CommandRunner, seed: int, edits: int = 30) -> None:
        self.runner, self.snapshot = runner, runner.home / "snapshot"
        made = runner.run("export", runner.place(), self.snapshot, *FAST)
        assert made.code in (0, 3), made.err
        facts = {"branch": {"uid": DEV, "source": "main"}}
        Editors(runner).call("POST", "/stacks/branches", json=facts).raise_for_status()
        self.exported = deepcopy(runner.emulator.stacks[SOURCE])
        for branch, other in (("main", 0), (DEV, 1000)):
            editor = Editors(runner, seed, branch=branch)
            edit_at_random(editor, seed + other, edits)
            for _ in range(DELETED):
                editor.delete()
        assert not runner.emulator.open_jobs
        self.edited = deepcopy(runner.emulator.stacks[SOURCE])

    def begin(self) -> Stack:
        """Let the stack be as it was when the edits were done."""
        self.runner.emulator.stacks[SOURCE] = stack = deepcopy(self.edited)
        return stack

    def words(self, command: str, state: str, random: Random) -> tuple[object, ...]:
        """A command with a checkpoint of its own; what a restore names is chosen at random."""
        options, place = ("--state", self.runner.home / state, *FAST, "--json"), self.runner.place()
        if command == "restore":
            return ("restore", *self._named(random), "--from", self.snapshot, place, *options)
        if command == "promotion":
            return ("copy", self.runner.place(SOURCE, DEV), place, "--on-conflict", "update", *options)
        mirror = ("--mirror", "--yes") if command == "mirror" else ()
        return ("import", self.snapshot, place, "--in-place", *mirror, "--schedules", *options)

    def _named(self, random: Random) -> list[str]:
        """Objects of the snapshot, those before others that were deleted since."""
        before, now = self.exported.main, self.edited.main
        known = [*_entries(before), *before.releases]
        known += [uid for uid, one in before.assets.items() if not one.is_folder]
        there = {*_entries(now), *now.assets, *now.releases}
        random.shuffle(known)
        return sorted(known, key=lambda uid: uid in there)[:NAMED]

    def free_titles(self, command: str, named: tuple[object, ...]) -> list[tuple[str, dict[str, Any]]]:
        """The type and the content of entries that an editor might make again while a command runs.

        A mirror deletes them; the others bring them back or make them.
        """
        main, before = self.edited.main, self.exported.main
        has, lacks = (main, before) if command == "mirror" else (before, main)
        if command == "promotion":
            has = self.edited.branches[DEV]
        return [
            (kind, next(iter(one.documents.values())).latest)
            for kind, uid, one in _all_entries(has)
            if lacks.entry(kind, uid) is None and (command != "restore" or uid in named)
        ]

    def dumps(self, command: str) -> list[Dump]:
        """The branches that a command is about, as the oracle reads them, with all versions."""
        branches, runner = ("main", DEV) if command == "promotion" else ("main",), self.runner
        return [dump(runner.origin, SOURCE, TOKEN, branch, versions=True) for branch in branches]


def _all_entries(branch: Branch) -> Iterator[tuple[str, str, Any]]:
    for kind, table in branch.entries.items():
        yield from ((kind, uid, one) for uid, one in table.items() if one.documents)


def _entries(branch: Branch) -> list[str]:
    return [uid for _, uid, _ in _all_entries(branch)]


@dataclass
class Rival:
    """An editor who makes one entry under a title that is free, once the command has written something."""

    living: LivingStack
    titles: list[tuple[str, dict[str, Any]]]
    kind: str = ""
    made: dict[str, Any] = field(default_factory=dict)

    def act(self) -> None:
        """Make the entry, unless it is made, or nothing was written yet, or the service refuses it."""
        if self.made or not self.living.runner.spent()[1]:
            return
        editor = Editors(self.living.runner)
        for kind, content in self.titles:
            answer = editor.call("POST", f"/content_types/{kind}/entries", json={"entry": _sent(content)})
            if answer.status_code < 300:
                self.kind, self.made = kind, answer.json()["entry"]
                return

    def lost(self) -> str:
        """What became of the entry if it is not as it was made; else empty."""
        entry = self.living.runner.emulator.stacks[SOURCE].main.entry(self.kind, self.made["uid"])
        if entry is None or not entry.documents:
            return f"{self.kind} {self.made['uid']} was deleted, and was made after the plan"
        tags = [one.latest.get("tags") for one in entry.documents.values()]
        return "" if EDITORS in tags else f"{self.kind} {self.made['uid']} was written over"

    def leave(self) -> None:
        """Take the entry out of the stack, so that the stack can be compared."""
        main = self.living.runner.emulator.stacks[SOURCE].main
        main.entries[self.kind].pop(self.made["uid"], None)
        main.changed()


def _sent(content: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in content.items() if key not in ("uid", "locale", "_version")}
    return {**kept, "tags": EDITORS}


@dataclass
class RivalCounts:
    """What became of the entries that editors made between two kills."""

    made: int = 0
    kept: int = 0  # as they were made, without a word
    told: int = 0  # in the report


def kill_in_living_stack(
    living: LivingStack,
    command: str,
    random: Random,
    kills: int,
    counts: KillCounts,
    *,
    rivals: RivalCounts | None = None,
    is_run_again: bool = True,
) -> None:
    """Kill a command until it has been killed `kills` times; with `rivals`, in some rounds with such an editor.

    Where nobody has edited the stack meanwhile, the finished command is run again, and must send no write.
    """
    runner, goal = living.runner, counts.kills + kills
    chosen = random.randrange(1 << 30)  # a restore names the same objects in each round

    def words(number: int) -> tuple[object, ...]:
        living.begin()
        runner.emulator.log.clear()
        return living.words(command, f"{command} {number}", Random(chosen))

    asked = words(0)
    measure = runner.run(*asked)
    assert measure.code in (0, 3), measure.err
    (reads, writes), expected = runner.spent(), living.dumps(command)
    assert writes, f"{command}: there was nothing to do"
    while counts.kills < goal:
        counts.rounds += 1
        asked, before = words(counts.rounds), counts.kills
        is_visited = rivals is not None and counts.rounds % 2 == 1
        rival = Rival(living, living.free_titles(command, asked) if is_visited else [])
        codes = (0, 3) if is_visited else ()
        ended, _ = run_until_complete(runner, asked, measure, random, counts, goal, rival.act, codes)
        spent = runner.spent()
        counts.reads += max(0, spent[0] - reads)
        again = max(0, spent[1] - writes)
        counts.writes += again
        counts.most_writes = max(counts.most_writes, again - AT_ONCE * (counts.kills - before))
        is_told = rivals is not None and bool(rival.made) and judge(rival, ended, counts, rivals)
        for wanted, found in [] if is_told else zip(expected, living.dumps(command), strict=True):
            counts.sort_differences(compare(wanted, found))
        if rival.made or not is_run_again:
            continue
        runner.emulator.log.clear()
        assert runner.run(*asked).code == measure.code
        if runner.spent()[1]:
            counts.unexpected.append(f"round {counts.rounds}: a finished {command} wrote again")


def judge(rival: Rival, ended: FinishedProcess, counts: KillCounts, rivals: RivalCounts) -> bool:
    """Count what became of an editor's entry; whether the report tells of it, so that the stack is another one.

    It tells of the entry itself, or that its title, which is to be unique, was needed. If it does not, the entry is
    taken away, and the stack can be compared.
    """
    rivals.made += 1
    report = json.loads(ended.out)
    told = [*report.get("conflicts", ()), *report.get("mapped", ()), *report.get("meanwhile", ())]
    is_named = rival.made["uid"] in json.dumps(told)
    is_told = is_named or "is not unique" in json.dumps(report.get("gaps"))
    if not is_named and (lost := rival.lost()):
        counts.lost.append(f"round {counts.rounds}: {lost}")
    rivals.told += is_told
    rivals.kept += not is_told
    if not is_told:
        rival.leave()
    return is_told
