"""What the benchmark says while it runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.results import Row


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def one_line(row: Row) -> str:
    """A row as it is told at the terminal."""
    head = f"{row['stack']}, {'limited' if row['limited'] else 'no limit'}: {row['tool']} {row['task']}: "
    if "total" in row:
        return (
            head
            + f"{row['equal']} of {row['total']} objects equal, {row['lenient']} but for the editor's mark"
        )
    cost = f"{row['seconds']:.1f} s, {row['cpu']:.1f} s of processor, {row['memory'] / 2**20:.0f} MiB"
    refused = ", ".join(f"{times} × {status}" for status, times in row["refused"].items()) or "none"
    kept = f", {row['versions']['kept']} of {row['versions']['held']} versions" if "versions" in row else ""
    return head + f"{cost}{kept}, requests {row['requests']}, refused {refused}, exit code {row['code']}"
