"""Where real processes are hurt: a generated stack on a socket, and commands that are killed while they work.

The emulator is in this process and survives; only the command dies. Runs that nobody disturbed are the measure:
a tortured export has to end in the same bytes, a tortured import in the same stack, counted by the oracle.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stack_maker import make_stack
from workbench import tree

from oracle import Dump, compare, dump
from stackferry.emulators.contentstack import Emulator, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

ROOT = Path(__file__).parents[2]
TOKEN = "cs-invented-token"
SOURCE = "blt_invented_source"
FAST = ("--rate", "0", "--bulk-rate", "0")
DEADLINE = 60.0
EARLY = 0.05  # of the kills: while the command only starts
MOST = 8  # kills of one run, before it is left to end
STRIDE = 1 / 3  # of a quiet run's time: how far a run gets at most before it is killed


@dataclass
class Ended:
    """One process that ended: its exit code (negative: killed by that signal), what it said, how long it took."""

    code: int
    out: str
    err: str
    seconds: float
    silence: float = 0.0  # seconds before its first request


@dataclass
class Figures:
    """What a storm came to."""

    rounds: int = 0
    kills: int = 0
    early: int = 0  # kills that struck before the first request
    resumes: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    reads: int = 0  # repeated
    writes: int = 0  # repeated
    most_writes: int = 0  # repeated in one round, for each kill in it
    began: float = field(default_factory=time.monotonic)
    unexpected: list[str] = field(default_factory=list)

    def judge(self, differences: list[str]) -> None:
        """Sort what the oracle says."""
        for line in differences:
            missing, extra = " is missing" in line or " lacks " in line, " is too many" in line
            (
                self.lost if missing else self.duplicated if extra or " has also " in line else self.changed
            ).append(line)

    def progress(self, what: str, goal: int) -> None:
        """A line for who watches (`pytest -s`)."""
        spent = time.monotonic() - self.began
        print(f"{what}: {self.kills} of {goal} kills, round {self.rounds}, {spent:.0f} s", flush=True)  # noqa: T201

    def add(self, other: Figures) -> None:
        """Count another storm in."""
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            setattr(self, one.name, min(mine, theirs) if one.name == "began" else mine + theirs)

    def __str__(self) -> str:
        told = (
            f"{self.rounds} rounds, {self.kills} kills ({self.early} before the first request), "
            f"{self.resumes} resumes: {len(self.lost)} lost, "
            f"{len(self.duplicated)} duplicated, {len(self.changed)} changed; repeated {self.reads} reads "
            f"and {self.writes} writes"
        )
        return "\n".join([told, *self.lost, *self.duplicated, *self.changed, *self.unexpected])


@dataclass
class Arena:
    """A served emulator whose source stack is what a seed names; `home` holds what commands leave on disk."""

    home: Path
    emulator: Emulator
    origin: str
    targets: int = 0

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "STACKFERRY_TOKEN": TOKEN,
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
        }

    def place(self, key: str = SOURCE) -> str:
        return f"contentstack+http://{key}@{self.origin.removeprefix('http://')}/main"

    def new_target(self) -> str:
        """The key of an empty stack that nothing has ever been written to."""
        self.targets += 1
        key = f"blt_invented_target{self.targets}"
        master = self.emulator.stacks[SOURCE].main.master_locale
        self.emulator.add_stack(api_key=key, management_token=TOKEN, master_locale=master)
        return key

    def start(self, *words: object, **options: Any) -> subprocess.Popen[bytes]:
        """A real command. What it says goes to files, so that nobody has to listen."""
        command = [sys.executable, "-m", "stackferry", *map(str, words)]
        options = {"env": self.environment, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.Popen(command, **options)  # noqa: S603 - our own program

    def run(self, *words: object, kill_at: float | None = None, number: int = signal.SIGKILL) -> Ended:
        """A command, to its end or to a signal at an instant: seconds after its first request, or before it."""
        before, began = len(self.emulator.log), time.monotonic()
        process = self.start(*words)
        while process.poll() is None and len(self.emulator.log) == before:
            if kill_at is not None and kill_at < 0 and time.monotonic() - began >= -kill_at:
                break
            time.sleep(0.002)
        silence = time.monotonic() - began
        try:
            out, err = process.communicate(timeout=DEADLINE if kill_at is None else max(0.0, kill_at))
        except subprocess.TimeoutExpired:
            process.send_signal(number if kill_at is not None else signal.SIGKILL)
            out, err = process.communicate(timeout=DEADLINE)
        spent = time.monotonic() - began
        return Ended(process.returncode, out.decode(), err.decode(), spent, silence)

    def dump(self, key: str) -> Dump:
        """Read a stack, all versions of it, with nothing of the code under test."""
        return dump(self.origin, key, TOKEN, versions=True)

    def spent(self) -> tuple[int, int]:
        """Reads and writes handled since the log was cleared, reads of bytes among them."""
        emulator = self.emulator
        reads = emulator.count("read") + emulator.count("asset")
        return reads, emulator.count("write") + emulator.count("bulk")


@contextmanager
def arena(home: Path, seed: int, **options: Any) -> Iterator[Arena]:
    """An arena with the stack of a seed. Fails when the emulator itself was found to be defective."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    emulator = Emulator(**options)
    make_stack(emulator.add_stack(api_key=SOURCE, management_token=TOKEN), seed)
    with serve(emulator) as origin:
        yield Arena(home, emulator, origin)
    assert emulator.defects == []


def export_storm(here: Arena, random: Random, kills: int, figures: Figures, *, base: bool = False) -> None:
    """Exports, killed again and again until they are complete, until so many kills are done.

    With a `base` that holds half of what they bring.
    """
    options: tuple[object, ...] = ("--versions", "all", *FAST)
    if base:
        options = (*options, "--base", here.home / "base")
        assert here.run("export", here.place(), here.home / "base", *FAST).code in (0, 3)
    whole = here.home / "whole"
    here.emulator.log.clear()
    measure = here.run("export", here.place(), whole, *options)
    assert measure.code in (0, 3), measure.err
    reads, expected = here.spent()[0], tree(whole)
    goal = figures.kills + kills
    while figures.kills < goal:
        figures.rounds += 1
        snapshot = here.home / f"snapshot{figures.rounds}"
        here.emulator.log.clear()
        words = ("export", here.place(), snapshot, *options)
        runs = until_complete(here, words, measure, random, figures, goal)
        figures.reads += max(0, here.spent()[0] - reads - (runs - 1))  # every run knocks at the door
        for name in sorted({*expected, *tree(snapshot)}):
            if expected.get(name) != tree(snapshot).get(name):
                figures.changed.append(f"round {figures.rounds}: {name} is not what it is in a quiet run")


def import_storm(here: Arena, random: Random, kills: int, figures: Figures, *, copy: bool = False) -> None:
    """Imports into fresh stacks, or copies, killed again and again until they are complete."""
    snapshot, quiet = here.home / "origin", here.new_target()
    made = here.run("export", here.place(), snapshot, "--versions", "all", *FAST)
    assert made.code in (0, 3), made.err
    begin = ("copy", here.place()) if copy else ("import", snapshot)
    options = ("--versions", "all", "--schedules", *FAST)
    here.emulator.log.clear()
    measure = here.run(*begin, here.place(quiet), *options)
    assert measure.code in (0, 3), measure.err
    (reads, writes), expected = here.spent(), here.dump(quiet)
    goal = figures.kills + kills
    while figures.kills < goal:
        figures.rounds += 1
        key, before = here.new_target(), figures.kills
        words = (*begin, here.place(key), *options)
        here.emulator.log.clear()
        until_complete(here, words, measure, random, figures, goal)
        spent = here.spent()
        figures.reads += max(0, spent[0] - reads)
        again = max(0, spent[1] - writes)
        figures.writes += again
        figures.most_writes = max(figures.most_writes, again - 8 * (figures.kills - before))
        figures.judge(compare(expected, here.dump(key)))
        here.emulator.log.clear()
        assert here.run(*words).code == measure.code
        if here.spent()[1]:
            figures.unexpected.append(f"round {figures.rounds}: a finished import wrote again")
        del here.emulator.stacks[key]


def until_complete(
    here: Arena, words: tuple[object, ...], measure: Ended, random: Random, figures: Figures, goal: int
) -> int:
    """Run a command, killing it at random instants, until it ends by itself; tell how often it was run.

    It is killed before it came far, so that most of the runs are, and the kills of a round strike all its parts.
    """
    figures.progress(str(words[0]), goal)
    for runs in range(1, 200):
        instant = None
        if figures.kills < goal and runs <= MOST:
            early, work = random.random() < EARLY, STRIDE * (measure.seconds - measure.silence)
            instant = -random.uniform(0.0, measure.silence) if early else random.uniform(0.0, work)
        before = len(here.emulator.log)
        ended = here.run(*words, kill_at=instant)
        figures.resumes += runs > 1
        if ended.code == -signal.SIGKILL:
            figures.kills += 1
            figures.early += len(here.emulator.log) == before
        elif "already holds a complete snapshot" in ended.err:
            return runs  # the kill struck after the seal
        elif ended.code == measure.code:
            return runs
        else:
            figures.unexpected.append(f"round {figures.rounds}, run {runs}: exit {ended.code}: {ended.err}")
            return runs
    raise AssertionError(f"{words[0]} makes no way")
