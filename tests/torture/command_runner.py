"""Runs real commands against a generated stack or space on a socket, and kills them while they work.

The emulator is in this process and survives; only the command is killed. A killed export has to end in the same bytes
as an undisturbed one, a killed import in an equal target, which the oracle compares.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

import space_oracle
from editors import Editors
from mirrored_stack import edit_at_random
from random_stack import fill_random
from workbench import file_digests

from oracle import Dump, compare, dump
from stackferry.core.rate_limit import UNLIMITED_IN_FLIGHT
from stackferry.emulators.application import EmulatorApplication
from stackferry.emulators.contentful import Emulator as SpaceEmulator
from stackferry.emulators.contentful.seed.generator import generate
from stackferry.emulators.contentstack import Emulator, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

Service = TypeVar("Service", bound=EmulatorApplication)
ROOT = Path(__file__).parents[2]
TOKEN = "cs-invented-token"
SOURCE = "blt_invented_source"
FAST = ("--rate", "0", "--bulk-rate", "0")
FAST_SPACE = ("--rate", "0")
DEADLINE = 60.0  # seconds
EARLY_SHARE = 0.05  # share of the kills that strike while the command is starting
AT_ONCE = (
    2 * UNLIMITED_IN_FLIGHT
)  # writes under way at once: bulk calls have a limit of their own, beside the others
MAX_KILLS = 6  # kills of one round, before the command is left to end
KILL_WITHIN = 1 / 3  # share of an undisturbed run's time within which a run is killed


@dataclass
class FinishedProcess:
    """A process that has ended: its exit code (negative: killed by that signal), its output, its seconds."""

    code: int
    out: str
    err: str
    seconds: float
    start_up: float = 0.0  # seconds before its first request


@dataclass
class KillCounts:
    """What was counted over many kills."""

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

    def sort_differences(self, differences: list[str]) -> None:
        """Sort the differences that the oracle found into lost, duplicated and changed."""
        for line in differences:
            missing, extra = " is missing" in line or " lacks " in line, " is too many" in line
            (
                self.lost if missing else self.duplicated if extra or " has also " in line else self.changed
            ).append(line)

    def progress(self, what: str, goal: int) -> None:
        """Print how far it is (`pytest -s`)."""
        spent = time.monotonic() - self.began
        print(f"{what}: {self.kills} of {goal} kills, round {self.rounds}, {spent:.0f} s", flush=True)  # noqa: T201

    def add(self, other: KillCounts) -> None:
        """Add the counts of other runs."""
        for counted in fields(self):
            first, second = getattr(self, counted.name), getattr(other, counted.name)
            setattr(self, counted.name, min(first, second) if counted.name == "began" else first + second)

    def __str__(self) -> str:
        summary = (
            f"{self.rounds} rounds, {self.kills} kills ({self.early} before the first request), "
            f"{self.resumes} resumes: {len(self.lost)} lost, "
            f"{len(self.duplicated)} duplicated, {len(self.changed)} changed; repeated {self.reads} reads "
            f"and {self.writes} writes"
        )
        return "\n".join([summary, *self.lost, *self.duplicated, *self.changed, *self.unexpected])


@dataclass
class Commands(ABC, Generic[Service]):
    """An emulator on a socket with a generated source; commands write below `home`."""

    home: Path
    emulator: Service
    origin: str
    targets: int = 0
    fast: ClassVar[tuple[str, ...]]  # the options that lift every rate limit

    @abstractmethod
    def place(self, key: str = SOURCE) -> str:
        """The address of a stack or space."""

    @abstractmethod
    def new_target(self) -> str:
        """Make a new empty stack or space and return its key."""

    @abstractmethod
    def remove_target(self, key: str) -> None:
        """Forget a target."""

    @abstractmethod
    def dump(self, key: str) -> Any:
        """All that a stack or space holds, older versions included, as the oracle reads it."""

    @abstractmethod
    def differences(self, expected: Any, key: str) -> list[str]:
        """How a target differs from an earlier dump, a line each."""

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "STACKFERRY_TOKEN": TOKEN,
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
        }

    def start(self, *words: object, **options: Any) -> subprocess.Popen[bytes]:
        """Start a real command; its output goes to pipes unless `options` name something else."""
        command = [sys.executable, "-m", "stackferry", *map(str, words)]
        options = {"env": self.environment, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.Popen(command, **options)  # noqa: S603 - our own program

    def run(
        self, *words: object, kill_at: float | None = None, number: int = signal.SIGKILL
    ) -> FinishedProcess:
        """Run a command to its end, or until it is sent a signal `kill_at` seconds after its first request.

        A negative `kill_at` counts from the start of the process, before the first request.
        """
        before, began = len(self.emulator.log), time.monotonic()
        process = self.start(*words)
        while process.poll() is None and len(self.emulator.log) == before:
            if kill_at is not None and kill_at < 0 and time.monotonic() - began >= -kill_at:
                break
            time.sleep(0.002)
        start_up = time.monotonic() - began
        try:
            out, err = process.communicate(timeout=DEADLINE if kill_at is None else max(0.0, kill_at))
        except subprocess.TimeoutExpired:
            process.send_signal(number if kill_at is not None else signal.SIGKILL)
            out, err = process.communicate(timeout=DEADLINE)
        spent = time.monotonic() - began
        return FinishedProcess(process.returncode, out.decode(), err.decode(), spent, start_up)

    def spent(self) -> tuple[int, int]:
        """Reads (downloads included) and writes since the emulator's log was cleared."""
        emulator = self.emulator
        reads = emulator.count("read") + emulator.count("asset")
        return reads, emulator.count("write") + emulator.count("bulk")


class CommandRunner(Commands[Emulator]):
    """Commands on stacks of Contentstack."""

    fast = FAST

    def place(self, key: str = SOURCE, branch: str = "main") -> str:
        return f"contentstack+http://{key}@{self.origin.removeprefix('http://')}/{branch}"

    def new_target(self) -> str:
        self.targets += 1
        key = f"blt_invented_target{self.targets}"
        master = self.emulator.stacks[SOURCE].main.master_locale
        self.emulator.add_stack(api_key=key, management_token=TOKEN, master_locale=master)
        return key

    def remove_target(self, key: str) -> None:
        del self.emulator.stacks[key]

    def dump(self, key: str) -> Dump:
        return dump(self.origin, key, TOKEN, versions=True)

    def differences(self, expected: Dump, key: str) -> list[str]:
        return compare(expected, self.dump(key))


class SpaceCommandRunner(Commands[SpaceEmulator]):
    """Commands on spaces of Contentful."""

    fast = FAST_SPACE

    def place(self, key: str = SOURCE) -> str:
        return f"contentful+http://{key}@{self.origin.removeprefix('http://')}/master"

    def new_target(self) -> str:
        self.targets += 1
        key, source = f"invented-target-{self.targets}", self.emulator.spaces[SOURCE]
        target = self.emulator.add_space(
            key=key, token=TOKEN, locale=source.master.default_locale, organization=source.organization.id
        )
        target.locale_publishing = source.locale_publishing
        return key

    def remove_target(self, key: str) -> None:
        del self.emulator.spaces[key]

    def dump(self, key: str) -> space_oracle.Dump:
        return space_oracle.dump(self.emulator.spaces[key])

    def differences(self, expected: space_oracle.Dump, key: str) -> list[str]:
        return space_oracle.compare(expected, self.dump(key))


@contextmanager
def command_runner(home: Path, seed: int, **options: Any) -> Iterator[CommandRunner]:
    """A runner with the generated stack of a seed. Fails at the end if the emulator itself reports defects."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    emulator = Emulator(**options)
    fill_random(emulator.add_stack(api_key=SOURCE, management_token=TOKEN), seed)
    with serve(emulator) as origin:
        yield CommandRunner(home, emulator, origin)
    assert emulator.defects == []


@contextmanager
def space_command_runner(home: Path, seed: int, **options: Any) -> Iterator[SpaceCommandRunner]:
    """A runner with the generated space of a seed, which has something of every kind."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    emulator = SpaceEmulator()
    generate(emulator, key=SOURCE, token=TOKEN, seed=seed)
    emulator.latency = options.get("latency", 0.0)
    with serve(emulator) as origin:
        yield SpaceCommandRunner(home, emulator, origin)
    assert emulator.defects == []


def kill_exports(
    runner: Commands[Any], random: Random, kills: int, counts: KillCounts, *, base: bool = False
) -> None:
    """Kill exports until they have been killed `kills` times; with `base`, incremental exports.

    Each is resumed until it is complete and then compared.
    """
    options: tuple[object, ...] = ("--versions", "all", *runner.fast)
    if base:
        options = (*options, "--base", runner.home / "base")
        assert runner.run("export", runner.place(), runner.home / "base", *runner.fast).code in (0, 3)
    whole = runner.home / "whole"
    runner.emulator.log.clear()
    measure = runner.run("export", runner.place(), whole, *options)
    assert measure.code in (0, 3), measure.err
    reads, expected = runner.spent()[0], file_digests(whole)
    goal = counts.kills + kills
    while counts.kills < goal:
        counts.rounds += 1
        snapshot = runner.home / f"snapshot{counts.rounds}"
        runner.emulator.log.clear()
        words = ("export", runner.place(), snapshot, *options)
        _, runs = run_until_complete(runner, words, measure, random, counts, goal)
        counts.reads += max(0, runner.spent()[0] - reads - (runs - 1))  # every run asks once for access
        for name in sorted({*expected, *file_digests(snapshot)}):
            if expected.get(name) != file_digests(snapshot).get(name):
                counts.changed.append(
                    f"round {counts.rounds}: {name} differs from that of an undisturbed run"
                )


def kill_imports(
    runner: Commands[Any], random: Random, kills: int, counts: KillCounts, *, copy: bool = False
) -> None:
    """Kill imports into new targets, or copies, until they have been killed `kills` times."""
    snapshot, undisturbed = runner.home / "origin", runner.new_target()
    made = runner.run("export", runner.place(), snapshot, "--versions", "all", *runner.fast)
    assert made.code in (0, 3), made.err
    begin = ("copy", runner.place()) if copy else ("import", snapshot)
    options = ("--versions", "all", "--schedules", *runner.fast)
    runner.emulator.log.clear()
    measure = runner.run(*begin, runner.place(undisturbed), *options)
    assert measure.code in (0, 3), measure.err
    (reads, writes), expected = runner.spent(), runner.dump(undisturbed)
    goal = counts.kills + kills
    while counts.kills < goal:
        counts.rounds += 1
        key, before = runner.new_target(), counts.kills
        words = (*begin, runner.place(key), *options)
        runner.emulator.log.clear()
        run_until_complete(runner, words, measure, random, counts, goal)
        spent = runner.spent()
        counts.reads += max(0, spent[0] - reads)
        again = max(0, spent[1] - writes)
        counts.writes += again
        counts.most_writes = max(counts.most_writes, again - AT_ONCE * (counts.kills - before))
        counts.sort_differences(runner.differences(expected, key))
        runner.emulator.log.clear()
        assert runner.run(*words).code == measure.code
        if runner.spent()[1]:
            counts.unexpected.append(f"round {counts.rounds}: a finished import wrote again")
        runner.remove_target(key)


def kill_mirrors(
    runner: CommandRunner, seed: int, random: Random, kills: int, counts: KillCounts, edits: int = 30
) -> None:
    """Kill mirrors until they have been killed `kills` times: each of a stack that was equal and then edited."""
    snapshot = runner.home / "origin"
    made = runner.run("export", runner.place(), snapshot, *FAST)
    assert made.code in (0, 3), made.err

    # The same stack each time: its name stands in the addresses of files, which older versions hold for ever.
    key = runner.new_target()

    def words(number: int) -> tuple[object, ...]:
        """The command of a round, into the target as it is before each."""
        runner.emulator.stacks.pop(key)
        runner.targets -= 1
        assert runner.new_target() == key
        fill_random(runner.emulator.stacks[key], seed)
        edit_at_random(Editors(runner, seed, key=key), seed, edits)
        state = ("--state", runner.home / f"state{number}")
        return ("import", snapshot, runner.place(key), "--mirror", "--yes", "--schedules", *state, *FAST)

    measure = runner.run(*words(0))
    assert measure.code in (0, 3), measure.err
    expected = dump(runner.origin, key, TOKEN)
    goal = counts.kills + kills
    while counts.kills < goal:
        counts.rounds += 1
        command = words(counts.rounds)
        run_until_complete(runner, command, measure, random, counts, goal)
        counts.sort_differences(compare(expected, dump(runner.origin, key, TOKEN)))
        runner.emulator.log.clear()
        assert runner.run(*command).code == measure.code
        if runner.spent()[1]:
            counts.unexpected.append(f"round {counts.rounds}: a finished mirror wrote again")


def run_until_complete(
    runner: Commands[Any],
    words: tuple[object, ...],
    measure: FinishedProcess,
    random: Random,
    counts: KillCounts,
    goal: int,
    between: Callable[[], object] | None = None,
    codes: Sequence[int] = (),
) -> tuple[FinishedProcess, int]:
    """Run a command, killing it at random instants, until it ends by itself; how it ended, and how often it was run.

    It is killed early in each run, so that most runs are killed and the kills of a round reach all its parts.
    `between` is called after each kill. `codes` are the exit codes that it may have besides that of an undisturbed run.
    """
    counts.progress(str(words[0]), goal)
    for runs in range(1, 200):
        instant = None
        if counts.kills < goal and runs <= MAX_KILLS:
            early, work = random.random() < EARLY_SHARE, KILL_WITHIN * (measure.seconds - measure.start_up)
            instant = -random.uniform(0.0, measure.start_up) if early else random.uniform(0.0, work)
        before = len(runner.emulator.log)
        ended = runner.run(*words, kill_at=instant)
        counts.resumes += runs > 1
        if ended.code == -signal.SIGKILL:
            counts.kills += 1
            counts.early += len(runner.emulator.log) == before
            if between is not None:
                between()
        elif "already holds a complete snapshot" in ended.err:
            return ended, runs  # the kill struck after the seal
        elif ended.code in (measure.code, *codes):
            return ended, runs
        else:
            counts.unexpected.append(f"round {counts.rounds}, run {runs}: exit {ended.code}: {ended.err}")
            return ended, runs
    raise AssertionError(f"{words[0]} makes no progress")
