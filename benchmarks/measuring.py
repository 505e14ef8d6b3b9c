"""Runs a program to its end and says what it took: seconds, processor seconds, peak memory. Reads /proc: for Linux."""

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

INTERVAL = 0.05


@dataclass(frozen=True)
class Cost:
    """What one run of a program took. `memory` is in bytes, of all its processes together."""

    code: int
    seconds: float
    cpu: float
    memory: int


def measure(words: Sequence[object], *, env: Mapping[str, str], cwd: Path, output: Path) -> Cost:
    """Run a program, what it says appended to a file. Its end is no failure here, whatever the exit code."""
    started = time.monotonic()
    with output.open("ab") as said:
        process = subprocess.Popen(  # noqa: S603 - a program that the benchmark itself names
            [str(word) for word in words],
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    watch = Watch(process.pid)
    watch.start()
    _, status, used = os.wait4(
        process.pid, 0
    )  # its own children's time is in it, once it has waited for them
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(process.returncode, seconds, used.ru_utime + used.ru_stime, watch.stop())


class Watch(threading.Thread):
    """Follows the high-water marks of a session's processes, by looking often: a mark never falls."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self._session = session
        self._peak = 0
        self._ended = threading.Event()

    def run(self) -> None:
        self._ended.wait(INTERVAL)  # until it is its own program: before, it shows the mark of its parent
        while not self._ended.wait(INTERVAL):
            self._peak = max(self._peak, sum(map(high_water, self._members())))

    def stop(self) -> int:
        """The most that the marks of processes alive at the same time came to."""
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


def high_water(pid: int) -> int:
    """The most memory that a process has held so far, in bytes; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
