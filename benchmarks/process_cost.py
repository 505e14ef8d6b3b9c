"""Runs a program to its end and measures seconds, processor seconds and peak memory. Reads /proc: Linux only."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INTERVAL = 0.05  # seconds between two looks at a program's memory


@dataclass(frozen=True)
class Cost:
    """What one run of a program took: its exit code, wall seconds, processor seconds, and peak memory in bytes.

    Processor time and memory are those of all its processes together.
    """

    code: int
    seconds: float
    cpu: float
    memory: int


def measure(words: Sequence[object], *, env: Mapping[str, str], cwd: Path, output: Path) -> Cost:
    """Run a program with its output appended to a file. Any exit code is a result, and no error."""
    started = time.monotonic()
    with output.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - a program that the benchmark itself names
            [str(word) for word in words],
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    watch = MemoryWatch(process.pid)
    watch.start()
    # The time of its children is included once the program has waited for them.
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(process.returncode, seconds, used.ru_utime + used.ru_stime, watch.stop())


class MemoryWatch(threading.Thread):
    """Samples the peak memory of all processes of a session.

    The kernel keeps each process's peak, which never falls, so a sample misses only what a process that ended since
    the last one had reached after it.
    """

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self._session = session
        self._peak = 0
        self._ended = threading.Event()

    def run(self) -> None:
        self._ended.wait(INTERVAL)  # before it has called exec, it shows the peak of its parent
        while not self._ended.wait(INTERVAL):
            # A child that has not called exec yet shows its parent's command line and shares its parent's memory.
            found = {(command_line(pid), peak_memory(pid)) for pid in self._members()}
            self._peak = max(self._peak, sum(peak for _, peak in found))

    def stop(self) -> int:
        """End the watch; return the highest sum of the peaks of processes that were alive at the same time."""
        self._ended.set()
        self.join()
        return self._peak

    def _members(self) -> list[int]:
        pids = [int(place.name) for place in Path("/proc").iterdir() if place.name.isdigit()]
        return [pid for pid in pids if session_of(pid) == self._session]


def session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return -1  # it ended between two looks


def command_line(pid: int) -> bytes:
    """The words that a process was started with; nothing once it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def peak_memory(pid: int) -> int:
    """The most memory that a process has held so far, in bytes; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
