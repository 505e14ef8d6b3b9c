"""Signals to real commands, closed output streams, and two commands at once."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from command_runner import FAST, CommandRunner, command_runner
from workbench import file_digests

from oracle import compare
from sampling import sampled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[CommandRunner]:
    with command_runner(tmp_path, 9, latency=0.03) as opened:
        yield opened


def interrupt(runner: CommandRunner, words: tuple[object, ...], after: int, *signals: int) -> str:
    """Send signals one after the other once the service has received `after` requests; return the messages."""
    runner.emulator.log.clear()
    with runner.start(*words) as process:
        deadline = time.monotonic() + 30
        while len(runner.emulator.log) < after and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.005)
        asked = time.monotonic()
        for number in signals:
            process.send_signal(number)
        _, err = process.communicate(timeout=10)
    assert time.monotonic() - asked < 2
    assert process.returncode == 130, err.decode()
    assert b"Traceback" not in err
    return err.decode()


@pytest.mark.parametrize("number", sampled(SIGNALS, 1))
def test_a_signal_ends_an_import_within_two_seconds_and_it_resumes(
    runner: CommandRunner, number: int
) -> None:
    """A3: exit code 130 twice; then it completes, and every object is there once."""
    snapshot, undisturbed, key = runner.home / "snapshot", runner.new_target(), runner.new_target()
    assert runner.run("export", runner.place(), snapshot, *FAST).code == 0
    assert runner.run("import", snapshot, runner.place(undisturbed), "--schedules", *FAST).code == 0
    words = ("import", snapshot, runner.place(key), "--schedules", *FAST)
    for after in (20, 12):
        assert "to resume" in interrupt(runner, words, after, number)
    assert runner.run(*words).code == 0
    assert compare(runner.dump(undisturbed), runner.dump(key)) == []


@pytest.mark.parametrize(
    "signals", sampled([(signal.SIGTERM, signal.SIGINT, signal.SIGINT), (signal.SIGINT, signal.SIGINT)], 1)
)
def test_repeated_signals_end_a_run_at_once_and_it_resumes(
    runner: CommandRunner, signals: tuple[int, ...]
) -> None:
    """A3: a second and a third signal; no manifest is left."""
    snapshot = runner.home / "snapshot"
    words = ("export", runner.place(), snapshot, "--versions", "all", *FAST)
    interrupt(runner, words, 20, *signals)
    assert not (snapshot / "manifest.json").exists()
    assert runner.run(*words).code == 0
    assert (
        runner.run("export", runner.place(), runner.home / "undisturbed", "--versions", "all", *FAST).code
        == 0
    )
    assert file_digests(snapshot) == file_digests(runner.home / "undisturbed")


@pytest.mark.parametrize("streams", ["stdout", "both"])
def test_closed_output_streams_do_not_end_an_export(runner: CommandRunner, streams: str) -> None:
    """A3: the exit code is that of a complete export."""
    reading, writing = os.pipe()
    os.close(reading)
    streams_closed = {"stdout": writing, "stderr": writing if streams == "both" else subprocess.DEVNULL}
    words = ("export", runner.place(), runner.home / "snapshot", "--json", "-vv", *FAST)
    with runner.start(*words, **streams_closed) as process:
        os.close(writing)
        assert process.wait(30) == 0
    assert (runner.home / "snapshot" / "manifest.json").exists()


def test_a_second_export_into_one_snapshot_ends_with_exit_code_7(runner: CommandRunner) -> None:
    """A7: it names the process of the first export, which completes."""
    words = ("export", runner.place(), runner.home / "snapshot", "--versions", "all", *FAST)
    with runner.start(*words) as first:
        while not (runner.home / "snapshot" / ".work" / "staging.sqlite").exists():
            time.sleep(0.005)
        # The first one lasts until the second has been refused.
        before, runner.emulator.latency = runner.emulator.latency, 1.0
        second = runner.run(*words)
        runner.emulator.latency = before
        assert second.code == 7, second.err
        assert f"process {first.pid}" in second.err
        assert first.wait(30) == 0


def test_a_second_import_into_one_target_ends_with_exit_code_7(runner: CommandRunner) -> None:
    """A7: two snapshots into one target; the second import writes nothing."""
    for name in ("one", "two"):
        assert runner.run("export", runner.place(), runner.home / name, *FAST).code == 0
    key = runner.new_target()
    runner.emulator.log.clear()
    with runner.start("import", runner.home / "one", runner.place(key), "--schedules", *FAST) as first:
        while runner.emulator.count("write") < 2 and first.poll() is None:
            time.sleep(0.005)
        runner.emulator.latency = 1.0  # the first one lasts for as long as the second takes to begin
        second = runner.run(
            "import", runner.home / "two", runner.place(key), "--on-conflict", "update", *FAST
        )
        runner.emulator.latency = 0.0
        assert second.code == 7, second.err
        assert "wait until it has ended" in second.err
        assert first.wait(30) == 0


def test_a_lock_file_of_a_dead_process_does_not_block(runner: CommandRunner) -> None:
    """A7: the lock file names a process that is running; locks are held by the file, not by the number in it."""
    work = runner.home / "snapshot" / ".work"
    work.mkdir(parents=True)
    (work / "lock").write_text(f"{os.getpid()}\n")
    assert runner.run("export", runner.place(), runner.home / "snapshot", *FAST).code == 0
