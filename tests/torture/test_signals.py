"""Signals to real commands: a clean end within two seconds, no half file, and the same command goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from arena import FAST, Arena, arena
from workbench import tree

from oracle import compare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Arena]:
    with arena(tmp_path, 9, latency=0.03) as opened:
        yield opened


def asked_to_end(here: Arena, words: tuple[object, ...], after: int, *signals: int) -> str:
    """Send signals, one at once after the other, when the service has had so many requests."""
    here.emulator.log.clear()
    with here.start(*words) as process:
        deadline = time.monotonic() + 30
        while len(here.emulator.log) < after and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.005)
        asked = time.monotonic()
        for number in signals:
            process.send_signal(number)
        _, err = process.communicate(timeout=10)
    assert time.monotonic() - asked < 2
    assert process.returncode == 130, err.decode()
    assert b"Traceback" not in err
    return err.decode()


@pytest.mark.parametrize(
    "number", [signal.SIGINT, *(pytest.param(one, marks=pytest.mark.torture) for one in SIGNALS[1:])]
)
def test_an_import_is_asked_to_end(here: Arena, number: int) -> None:
    """A3: 130 within two seconds, again and again; then it completes, and every object is there once."""
    snapshot, quiet, key = here.home / "snapshot", here.new_target(), here.new_target()
    assert here.run("export", here.place(), snapshot, *FAST).code == 0
    assert here.run("import", snapshot, here.place(quiet), "--schedules", *FAST).code == 0
    words = ("import", snapshot, here.place(key), "--schedules", *FAST)
    for after in (20, 12):
        assert "to resume" in asked_to_end(here, words, after, number)
    assert here.run(*words).code == 0
    assert compare(here.dump(quiet), here.dump(key)) == []


@pytest.mark.parametrize(
    "signals", [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGINT, signal.SIGINT)]
)
def test_an_impatient_person(here: Arena, signals: tuple[int, ...]) -> None:
    """A3: a second and a third signal end it at once; nothing half is left under a final name, and it resumes."""
    snapshot = here.home / "snapshot"
    words = ("export", here.place(), snapshot, "--versions", "all", *FAST)
    asked_to_end(here, words, 20, *signals)
    assert not (snapshot / "manifest.json").exists()
    assert here.run(*words).code == 0
    assert here.run("export", here.place(), here.home / "quiet", "--versions", "all", *FAST).code == 0
    assert tree(snapshot) == tree(here.home / "quiet")


@pytest.mark.parametrize("streams", ["stdout", "both"])
def test_nobody_listens(here: Arena, streams: str) -> None:
    """A3: a closed stdout or stderr ends no backup; the exit code still tells."""
    reading, writing = os.pipe()
    os.close(reading)
    told = {"stdout": writing, "stderr": writing if streams == "both" else subprocess.DEVNULL}
    words = ("export", here.place(), here.home / "snapshot", "--json", "-vv", *FAST)
    with here.start(*words, **told) as process:
        os.close(writing)
        assert process.wait(30) == 0
    assert (here.home / "snapshot" / "manifest.json").exists()


def test_two_runs_on_one_snapshot(here: Arena) -> None:
    """A7: the second export ends with exit code 7 and names the first one's process; the first one completes."""
    words = ("export", here.place(), here.home / "snapshot", "--versions", "all", *FAST)
    with here.start(*words) as first:
        while not (here.home / "snapshot" / ".work" / "staging.sqlite").exists():
            time.sleep(0.005)
        before, here.emulator.latency = (
            here.emulator.latency,
            1.0,
        )  # the first one lasts until the second is told
        second = here.run(*words)
        here.emulator.latency = before
        assert second.code == 7, second.err
        assert f"process {first.pid}" in second.err
        assert first.wait(30) == 0


def test_two_runs_on_one_target(here: Arena) -> None:
    """A7: two snapshots into one target at once: the second import ends with exit code 7 and writes nothing."""
    for name in ("one", "two"):
        assert here.run("export", here.place(), here.home / name, *FAST).code == 0
    key = here.new_target()
    here.emulator.log.clear()
    with here.start("import", here.home / "one", here.place(key), "--schedules", *FAST) as first:
        while here.emulator.count("write") < 2 and first.poll() is None:
            time.sleep(0.005)
        here.emulator.latency = 1.0  # the first one lasts for as long as the second takes to begin
        second = here.run("import", here.home / "two", here.place(key), "--on-conflict", "update", *FAST)
        here.emulator.latency = 0.0
        assert second.code == 7, second.err
        assert "wait until it has ended" in second.err
        assert first.wait(30) == 0


def test_a_lock_of_a_dead_process_holds_nobody_up(here: Arena) -> None:
    """A7: a lock file that was left behind, with the number of a process that lives, keeps nobody out."""
    work = here.home / "snapshot" / ".work"
    work.mkdir(parents=True)
    (work / "lock").write_text(f"{os.getpid()}\n")
    assert here.run("export", here.place(), here.home / "snapshot", *FAST).code == 0
