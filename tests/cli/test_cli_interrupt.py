"""Ctrl-C and SIGTERM: a clean end in two seconds, and the same command goes on from there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import anyio
import pytest
from command_line import ROOT, SOURCE, TARGET, CommandLine, open_command_line

from stackferry.cli.signals import Interruption

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


SOURCES = str(ROOT / "src")


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[CommandLine]:
    """A service that takes its time, so that there is a run to interrupt."""
    with open_command_line(tmp_path, latency=0.1) as emulated:
        yield emulated


def interrupted(emulated: CommandLine, process: subprocess.Popen[str], number: int, after: int) -> str:
    """Wait until the service has had so many requests, send the signal; tell what was said at the end."""
    deadline = time.monotonic() + 30
    while len(emulated.emulator.log) < after and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    asked = time.monotonic()
    _, err = process.communicate()
    assert time.monotonic() - asked < 2
    assert process.returncode == 130
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_export_is_interrupted_and_resumed(slow: CommandLine, number: int) -> None:
    """The signal ends the export with exit code 130; the same command completes it without beginning again."""
    words = ("export", slow.place(SOURCE), slow.home / "snapshot", "--rate", "20")
    # By then the first answers are kept, however many requests may be under way at once.
    err = interrupted(slow, slow.start(*words), number, after=24)
    assert err == "Error: interrupted; run the same command again to resume\n"
    assert not (slow.home / "snapshot" / "manifest.json").exists()
    slow.emulator.latency = 0.0
    before = slow.emulator.count("read")
    report = slow.run(*words, "--rate", "0", "--json").report
    assert report["ok"]
    whole = slow.run("export", slow.place(SOURCE), slow.home / "whole", "--rate", "0", "--json").report
    assert report["requests"]["read"] < whole["requests"]["read"]
    assert slow.emulator.count("read") > before


def test_an_import_is_interrupted_and_resumed(slow: CommandLine) -> None:
    """An interrupted import goes on, and in the end every object is there once."""
    snapshot = slow.home / "snapshot"
    assert slow.run("export", slow.place(SOURCE), snapshot, "--rate", "0").code == 0
    slow.emulator.log.clear()
    words = ("import", snapshot, slow.place(TARGET), "--rate", "20")
    interrupted(slow, slow.start(*words), signal.SIGINT, after=26)
    slow.emulator.latency = 0.0
    fast = ("--rate", "0", "--bulk-rate", "0")
    assert slow.run(*words, *fast).code == 0
    assert len(slow.emulator.stacks[TARGET].main.entries["page"]) == 3
    assert slow.run("verify", snapshot, "--against", slow.place(TARGET), *fast).code == 0


def test_work_without_an_await_is_interrupted_too() -> None:
    """A signal reaches work that never gives the event loop its turn."""
    interruption = Interruption()

    async def stubborn() -> None:
        with anyio.CancelScope() as scope, interruption.cancels(scope):  # noqa: ASYNC100 - that is the point
            os.kill(os.getpid(), signal.SIGTERM)
            end = time.monotonic() + 10
            while time.monotonic() < end:
                sum(range(1000))

    began = time.monotonic()
    with interruption.handled(), pytest.raises(KeyboardInterrupt):
        anyio.run(stubborn)
    assert time.monotonic() - began < 2


def test_signal_handlers_are_restored() -> None:
    """After a command the process answers signals as before."""
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    with Interruption().handled():
        assert signal.getsignal(signal.SIGTERM) not in before
    assert [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == before


def test_a_signal_that_was_ignored_stays_ignored() -> None:
    """A signal that was ignored when the command began stays ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interruption().handled():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_a_command_begins_or_after_it_has_ended_gives_130(number: signal.Signals) -> None:
    """Without a traceback, and not as if a signal had killed the process."""
    program = f"""
import os, sys
from stackferry import __main__
sys.argv = ["stackferry", "--version"]
try:
    __main__.main()
finally:
    os.kill(os.getpid(), {int(number)})
    os._exit(0)
"""
    found = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": SOURCES},
    )
    assert (found.returncode, found.stderr) == (130, "")


def test_an_interrupted_command_prints_nothing_about_what_it_had_not_begun() -> None:
    program = """
import os, signal
from stackferry.cli.signals import Interruption

async def work(): ...

with Interruption().handled():
    pending = work()
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        del pending
"""
    found = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-W", "default", "-c", program],
        capture_output=True, text=True, check=False, env={"PYTHONPATH": SOURCES},
    )  # fmt: skip
    assert found.stderr == ""


def test_a_signal_at_the_very_end_does_not_kill_the_process() -> None:
    """Python gives signals back their first meaning before it has ended: by then this process has its exit code."""
    program = """
import os, signal, sys
from stackferry import __main__

class Last:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)

sys.last = Last()
sys.argv = ["stackferry", "ls", "--nope"]
__main__.main()
"""
    found = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        capture_output=True, text=True, check=False, env={"PYTHONPATH": SOURCES},
    )  # fmt: skip
    assert found.returncode == 2
    assert "Error: No such option" in found.stderr
