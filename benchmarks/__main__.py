"""`python -m benchmarks`: every measurement of docs/performance.md, or only the parts that are named.

python -m benchmarks --csdx /tmp/csdx/node_modules/.bin/csdx --real ../shared/datasets/contentstack/…
python -m benchmarks limited --quick
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks import growth, results
from benchmarks.comparison import (
    HISTORY,
    Folders,
    StackToCompare,
    compare_csdx,
    compare_stackferry,
    generated,
    real,
)
from benchmarks.copy_cost import measure_copy
from benchmarks.page import fill
from benchmarks.results import say
from benchmarks.service import running
from benchmarks.stack import Size
from benchmarks.tools import Stackferry, new_home

PARTS = {
    "limited": "both tools at 10 reads, 10 writes and 1 bulk call a second and 100 ms latency",
    "unlimited": "both tools without limits or latency",
    "history": "backups of every version, by both tools, at the limits",
    "copy": "stackferry alone: a copy beside an export and an import, at the limits",
    "growth": "stackferry alone, as a stack grows",
    "page": "fill the tables and plots of docs/performance.md from benchmarks/results",
}
DEEP = Size(entries=200, locales=2, versions=5, assets=20)
QUICK_DEEP = Size(entries=20, locales=2, versions=3, assets=2)
QUICK = Size(entries=60, locales=2, versions=1, assets=10)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures stackferry beside the vendor's CLI, on the emulator.",
        epilog="; ".join(f"{name}: {measures}" for name, measures in PARTS.items()),
    )
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all of them by default"
    )
    parser.add_argument(
        "--csdx",
        type=Path,
        help="the vendor's program (node_modules/.bin/csdx); it is not run without this option",
    )
    parser.add_argument("--only", choices=("stackferry", "csdx"), help="run one of the tools")
    parser.add_argument(
        "--real", type=Path, action="append", default=[], help="a real stack as well (repeatable)"
    )
    parser.add_argument("--no-generated", action="store_true", help="real stacks only")
    parser.add_argument(
        "--backups-only", action="store_true", help="no imports; earlier results of imports stay"
    )
    for name, default in vars(Size()).items():
        parser.add_argument(
            f"--{name}",
            type=int,
            default=default,
            help=f"number of {name} of the generated stack [{default}]",
        )
    parser.add_argument(
        "--most", type=int, help="the highest number of entries, versions or locales in `growth`"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="small stacks, with results below --work: to see that everything runs",
    )
    parser.add_argument(
        "--save", type=Path, metavar="DIR", help="only write the generated stack, as a snapshot"
    )
    parser.add_argument("--work", type=Path, help="where the tools write; a temporary folder by default")
    args = parser.parse_args()
    unknown = set(args.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return args


def main() -> None:
    args = parse()
    with tempfile.TemporaryDirectory() as temporary:
        work = args.work or Path(temporary)
        if args.save:
            save(args, new_home(work / "save"))
            return
        folders = Folders(work, work / "results" if args.quick else results.FOLDER)
        for part in args.parts or PARTS:
            run_part(part, args, folders)


def run_part(part: str, args: argparse.Namespace, folders: Folders) -> None:
    if part == "growth":
        axes, bases = growth.AXES, growth.BASES
        if args.quick:
            axes, bases = growth.QUICK_AXES, growth.QUICK_BASES
        for step in growth.steps(bases, axes):
            if step.value <= (args.most or step.value):
                growth.measure_step(step, folders.work, folders.results)
    elif part == "page":
        fill(folders.results)
    elif part == "copy":
        for stack in (generated(size_of(args)), every_version(args)):
            measure_copy(stack, folders)
    elif part == "history":
        compare(replace(every_version(args), imported=False), args, folders, limited=True)
    else:
        for stack in stacks(args):
            imported = not args.backups_only
            compare(replace(stack, imported=imported), args, folders, limited=part == "limited")


def save(args: argparse.Namespace, home: Path) -> None:
    """Write the generated stack as a snapshot, from which `stackferry emulate` can be seeded."""
    with running(*generated(size_of(args)).options) as service:
        Stackferry(service, home, limited=False, versions="all").export(args.save.resolve())
    say(f"stackferry emulate {args.save}")


def size_of(args: argparse.Namespace) -> Size:
    """The size of the generated stack."""
    return QUICK if args.quick else Size(args.entries, args.locales, args.versions, args.assets)


def every_version(args: argparse.Namespace) -> StackToCompare:
    """A smaller stack with several versions of each entry, all of which are backed up."""
    return replace(generated(QUICK_DEEP if args.quick else DEEP), part=HISTORY)


def stacks(args: argparse.Namespace) -> list[StackToCompare]:
    return [*([] if args.no_generated else [generated(size_of(args))]), *map(real, args.real)]


def compare(stack: StackToCompare, args: argparse.Namespace, folders: Folders, *, limited: bool) -> None:
    """Run one tool after the other, so that neither takes processor time from the other."""
    if args.only != "csdx":
        compare_stackferry(stack, folders, limited=limited)
    if args.only != "stackferry" and args.csdx:
        compare_csdx(stack, folders, args.csdx, limited=limited)
    elif args.only != "stackferry":
        say("csdx is not run: name it with --csdx")


if __name__ == "__main__":
    main()
