"""Starts `benchmarks.server`, the emulator in a process of its own, and sends it commands."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.server import SOURCE, TARGET, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ROOT", "SOURCE", "TARGET", "TOKEN", "Service", "running"]
ROOT = Path(__file__).parents[1]


@dataclass
class Service:
    """A running server."""

    process: subprocess.Popen[str]
    origin: str

    def ask(self, command: str) -> dict[str, Any]:
        """Send a command and return its answer; see `benchmarks.server` for the commands."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the server was started without pipes")
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def place(self, key: str) -> str:
        """The address of a stack, as stackferry takes it."""
        return f"contentstack+http://{key}@{self.origin.removeprefix('http://')}/main"


@contextmanager
def running(*options: object, module: str = "benchmarks.server") -> Iterator[Service]:
    """A server that is ready, until the block ends."""
    command = [sys.executable, "-m", module, *(str(option) for option in options)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:  # noqa: S603 - our own
        if process.stdout is None:
            raise RuntimeError("the server was started without pipes")
        yield Service(process, json.loads(process.stdout.readline())["origin"])
        # Leaving the block closes its standard input, which ends it.
