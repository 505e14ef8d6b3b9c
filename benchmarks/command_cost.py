"""What whole commands cost, one after the other on emulated places: shared by the benchmarks of spaces and projects."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from benchmarks import results
from benchmarks.process_cost import measure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from benchmarks.results import Result

Lines: TypeAlias = "Mapping[str, tuple[tuple[object, ...], Path | None]]"
"""By its name the arguments of each command, and the folder that it writes anew."""


def parser(module: str, *, sizes: str, of: str, commands: Iterable[str]) -> argparse.ArgumentParser:
    """The options of such a benchmark."""
    made = argparse.ArgumentParser(prog=f"python -m {module}")
    made.add_argument("--sizes", default=sizes, help=f"numbers of {of} [%(default)s]")
    made.add_argument("--only", default="", help=f"some of: {','.join(commands)}")
    made.add_argument("--work", type=Path, help="keep the snapshots here; needed by a later run with --only")
    made.add_argument(
        "--results", type=Path, default=results.FOLDER, help="keep the figures here [%(default)s]"
    )
    return made


def in_order(
    lines: Lines, chosen: Sequence[str], cost: Callable[[Sequence[object]], Result]
) -> Iterator[tuple[str, Result]]:
    """Run the chosen commands in order; yield each with its cost."""
    for name, (words, written) in lines.items():
        if name in chosen:
            if written:
                shutil.rmtree(written, ignore_errors=True)
            yield name, cost(words)


def run(words: Sequence[object], work: Path, token: str) -> tuple[Result, str]:
    """The cost of one command with the circumstances of the run, and what it printed.

    Gaps (exit code 3) are none of its failures. Raises `SystemExit` when the command fails.
    """
    around = {"version": version("stackferry"), **results.circumstances()}
    output = work / "output.txt"
    output.unlink(missing_ok=True)
    env = {**os.environ, "STACKFERRY_TOKEN": token, "XDG_STATE_HOME": str(work / "state")}
    command = (sys.executable, "-m", "stackferry", *words, "--json", "-q")
    cost = measure(command, env=env, cwd=work, output=output)
    told = output.read_text(encoding="utf-8", errors="replace")
    if cost.code not in (0, 3):
        raise SystemExit(
            f"stackferry {' '.join(map(str, words))} ended with exit code {cost.code}: {told[-2000:]}"
        )
    return {**asdict(cost), **around}, told
