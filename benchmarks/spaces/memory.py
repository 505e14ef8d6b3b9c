"""Peak memory of every command for a small and a large space: it should hardly grow.

    python -m benchmarks.spaces.memory [--sizes 20000,200000] [--only import,diff] [--work DIR] [--results DIR]

The emulator serves a space of N entries (one type, one locale, most of them live, each linked to the one before it) and
two empty ones in a process of its own, without limits. Where a command is to find changes, one entry of a hundred was
edited, or is too much. Each command runs as a user runs it, in a process of its own.
Exit code 0: no command grew by more than a factor of 1.15, and none took more than 150 MiB.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.command_cost import in_order, parser, run
from benchmarks.memory import MAX_GROWTH, MAX_MIB, MIB
from benchmarks.results import say
from benchmarks.service import running
from benchmarks.spaces.server import COPY, SOURCE, TARGET, TOKEN

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from benchmarks.command_cost import Lines
    from benchmarks.results import Result

EDITS = {
    "update edited": "edit {} target",
    "mirror": "add {}",
    "in place": "edit {} source",
    "restore": "edit {} source",
}
"""What is done with one entry of a hundred before a command."""
PART, KEY = "space_memory", ("command", "entries")
COMMANDS = {
    "export": "export",
    "next night": "export --base",
    "plan": "import --dry-run",
    "import": "import",
    "again": "import, run again",
    "verify": "verify",
    "against": "verify --against",
    "diff": "diff",
    "to contentful": "convert --to contentful",
    "from contentful": "convert --to stackferry",
    "update": "import --on-conflict update, nothing differs",
    "update edited": "import --on-conflict update",
    "mirror": "import --mirror",
    "in place": "import --in-place",
    "restore": "restore, one entry",
    "copy": "copy, into an empty space",
    "copy again": "copy, nothing differs",
}
"""The commands with their names on the page, in the order in which they run: later ones use what earlier ones wrote."""


def main() -> int:
    options = parse()
    chosen = options.only.split(",") if options.only else [*COMMANDS]
    peaks: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory(prefix="memory-") as temporary:
        for size in map(int, options.sizes.split(",")):
            for name, result in measured(size, (options.work or Path(temporary)) / str(size), chosen):
                results.keep(PART, {"command": name, "entries": size, **result}, KEY, options.results)
                peaks.setdefault(name, []).append(result["memory"])
                say(
                    f"{size:>9,} entries  {name:<15} {result['memory'] / MIB:7.1f} MiB {result['seconds']:8.1f} s"
                )
    growth = {name: found[-1] / found[0] for name, found in peaks.items()}
    for name, ratio in growth.items():
        say(f"{name:<15} grew {ratio:.3f} times")
    highest = max(max(found) for found in peaks.values()) / MIB
    return int(max(growth.values()) > MAX_GROWTH or highest > MAX_MIB)


def parse() -> argparse.Namespace:
    return parser(
        "benchmarks.spaces.memory", sizes="20000,200000", of="entries", commands=COMMANDS
    ).parse_args()


def measured(size: int, work: Path, chosen: Sequence[str]) -> Iterator[tuple[str, Result]]:
    """Run the chosen commands in order; yield each with its cost."""
    work.mkdir(parents=True, exist_ok=True)
    with running("--entries", size, module="benchmarks.spaces.server") as service:
        host = service.origin.removeprefix("http://")
        lines = command_lines(
            work, *(f"contentful+http://{key}@{host}/master" for key in (SOURCE, TARGET, COPY))
        )

        def cost(words: Sequence[object]) -> Result:
            service.ask("counts")
            return {**run(words, work, TOKEN)[0], **service.ask("counts")}

        for name in chosen:
            if name in EDITS:
                service.ask(EDITS[name].format(size // 100))
            yield from in_order(lines, [name], cost)


def command_lines(work: Path, source: str, target: str, empty: str) -> Lines:
    """The arguments of each command, and the folder that it writes anew."""
    held, following, file, back = (work / name for name in ("held", "next", "vendor", "back"))
    unlimited = ("--rate", "0", "--yes")  # of what writes
    second = ("--state", work / "second", *unlimited)
    return {
        "export": (("export", source, held, "--rate", "0"), held),
        "next night": (("export", source, following, "--base", held, "--rate", "0"), following),
        "plan": (("import", held, target, *unlimited, "--dry-run"), None),
        "import": (("import", held, target, *unlimited), work / "state"),
        "again": (("import", held, target, *unlimited), None),
        "verify": (("verify", held), None),
        "against": (("verify", held, "--against", target, "--rate", "0"), None),
        "diff": (("diff", held, following), None),
        "to contentful": (("convert", held, file, "--to", "contentful"), file),
        "from contentful": (("convert", file / "source-master-contentful-export.json", back), back),
        "update": (("import", held, target, *second, "--on-conflict", "update"), work / "second"),
        "update edited": (("import", held, target, *second, "--on-conflict", "update"), None),
        "mirror": (("import", held, target, *second, "--mirror"), None),
        "in place": (("import", held, source, *unlimited, "--in-place"), None),
        "restore": (("restore", "note-0000000", "--from", held, source, *unlimited), None),
        "copy": (("copy", source, empty, *unlimited), None),
        "copy again": (("copy", source, empty, *unlimited), None),
    }


if __name__ == "__main__":
    sys.exit(main())
