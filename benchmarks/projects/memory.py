"""Peak memory and requests of every command for a small and a large project: memory should hardly grow.

    python -m benchmarks.projects.memory [--sizes 1000,10000] [--log-mib 300] [--only import,diff] [--work DIR]

The emulator serves a project of N releases of one definition, each deployed once, one of them with a log of 300 MB, and
an empty project, in a process of its own, without limits. Each command runs as a user runs it, in a process of its own;
the fewest requests are those of the formula that its report gives. Exit code 0: no command grew by more than a factor
of 1.15, none took more than 150 MiB, and none sent more than 1.02 times the fewest requests.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.command_cost import in_order, parser, run
from benchmarks.memory import MAX_GROWTH, MAX_MIB, MIB
from benchmarks.projects.server import SOURCE, TARGET, TOKEN
from benchmarks.results import say
from benchmarks.service import running

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from benchmarks.command_cost import Lines
    from benchmarks.results import Result

PART, KEY = "project_memory", ("command", "releases")
MOST = 1.02  # times the fewest requests
COMMANDS = {
    "export": "export",
    "next night": "export --base",
    "verify": "verify",
    "diff": "diff",
    "evidence": "evidence",
    "against": "verify --against",
    "plan": "import --dry-run",
    "import": "import",
    "again": "import, run again",
}
"""The commands with their names on the page, in the order in which they run: later ones use what earlier ones wrote."""


def main() -> int:
    options = parse()
    chosen = options.only.split(",") if options.only else [*COMMANDS]
    rows: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="memory-") as temporary:
        for size in map(int, options.sizes.split(",")):
            work = (options.work or Path(temporary)) / str(size)
            for name, result in measured(size, options.log_mib, work, chosen):
                row = {"command": name, "releases": size, "log_mib": options.log_mib, **result}
                results.keep(PART, row, KEY, options.results)
                rows.append(row)
                say(line(row))
    return int(is_missed(rows))


def parse() -> argparse.Namespace:
    made = parser("benchmarks.projects.memory", sizes="1000,10000", of="releases", commands=COMMANDS)
    made.add_argument("--log-mib", type=int, default=300, help="size of one log [%(default)s]")
    return made.parse_args()


def line(row: Result) -> str:
    fewest = f" of {row['minimum']:,} at least" if row["minimum"] else ""
    return (
        f"{row['releases']:>7,} releases  {row['command']:<11} {row['memory'] / MIB:6.1f} MiB {row['seconds']:8.1f} s "
        f"{row['requests']:>7,} requests{fewest}"
    )


def is_missed(rows: Sequence[Result]) -> bool:
    """Whether an aim is missed."""
    peaks: dict[str, list[int]] = {}
    for row in rows:
        peaks.setdefault(row["command"], []).append(row["memory"])
    return any(
        (
            any(found[-1] > MAX_GROWTH * found[0] for found in peaks.values()),
            any(row["memory"] > MAX_MIB * MIB for row in rows),
            any(row["minimum"] and row["requests"] > MOST * row["minimum"] for row in rows),
        )
    )


def measured(size: int, log_mib: int, work: Path, chosen: Sequence[str]) -> Iterator[tuple[str, Result]]:
    """Run the chosen commands in order; yield each with its cost."""
    work.mkdir(parents=True, exist_ok=True)
    server = ("--releases", size, "--log-mib", log_mib, "--files", work)
    with running(*server, module="benchmarks.projects.server") as service:
        lines = command_lines(work, service.origin)
        yield from in_order(lines, chosen, lambda words: cost_of(words, work))


def command_lines(work: Path, origin: str) -> Lines:
    """The arguments of each command, and the folder that it writes anew."""
    host = origin.removeprefix("http://")
    source, target = (
        f"azure-devops+http://{organization}@{host}/{project.replace(' ', '%20')}"
        for organization, project in (SOURCE, TARGET)
    )
    held, following = work / "held", work / "next"
    unlimited = ("--rate", "0")
    report = ("--csv", work / "report.csv", "--html", work / "report.html")
    return {
        "export": (("export", source, held, *unlimited), held),
        "next night": (("export", source, following, "--base", held, *unlimited), following),
        "verify": (("verify", held), None),
        "diff": (("diff", held, following), None),
        "evidence": (("evidence", held, *report), None),
        "against": (("verify", held, "--against", source, *unlimited), None),
        "plan": (("import", held, target, *unlimited, "--dry-run"), None),
        "import": (("import", held, target, *unlimited), work / "state"),
        "again": (("import", held, target, *unlimited), None),
    }


def cost_of(words: Sequence[object], work: Path) -> Result:
    """The cost of one command, its requests among it."""
    cost, told = run(words, work, TOKEN)
    report = json.loads(told[told.index("{") :])
    sent, fewest = report.get("requests") or {}, report.get("minimum") or {}
    counted = {name: count for name, count in sent.items() if name != "retried"}
    return {
        **cost,
        "requests": sum(counted.values()),
        "retried": sent.get("retried", 0),
        "minimum": sum(fewest.values()),
    }


if __name__ == "__main__":
    sys.exit(main())
