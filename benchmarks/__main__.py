"""`python -m benchmarks`: every measurement of docs/performance.md, or the parts that are named.

python -m benchmarks --csdx /tmp/csdx/node_modules/.bin/csdx --real ../shared/datasets/contentstack/…
python -m benchmarks limited --quick
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks import growth, results
from benchmarks.beside import HISTORY, Place, Subject, compare_csdx, compare_stackferry, generated, real
from benchmarks.halves import measure_halves
from benchmarks.page import fill
from benchmarks.service import running
from benchmarks.stack import Size
from benchmarks.telling import say
from benchmarks.tools import Stackferry, new_home

PARTS = {
    "limited": "both tools at 10 reads, 10 writes and 1 bulk call a second and 100 ms latency",
    "open": "both tools without limit or latency",
    "history": "backups of every version, by both tools, at the limits",
    "halves": "stackferry alone: a copy beside its export and its import, at the limits",
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
        epilog="; ".join(f"{name}: {told}" for name, told in PARTS.items()),
    )
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all of them by default"
    )
    parser.add_argument(
        "--csdx", type=Path, help="the vendor's program (node_modules/.bin/csdx); without it: not run"
    )
    parser.add_argument("--only", choices=("stackferry", "csdx"), help="run one of the tools")
    parser.add_argument(
        "--real", type=Path, action="append", default=[], help="a real stack as well (repeatable)"
    )
    parser.add_argument("--no-generated", action="store_true", help="real stacks only")
    parser.add_argument(
        "--backups-only", action="store_true", help="import nothing: what is known of that stays"
    )
    for name, default in vars(Size()).items():
        parser.add_argument(
            f"--{name}", type=int, default=default, help=f"of the generated stack [{default}]"
        )
    parser.add_argument("--most", type=int, help="the longest value of an axis of growth")
    parser.add_argument(
        "--quick", action="store_true", help="small stacks, results into --work: to see that it runs"
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
        place = Place(work, work / "results" if args.quick else results.FOLDER)
        for part in args.parts or PARTS:
            carry_out(part, args, place)


def carry_out(part: str, args: argparse.Namespace, place: Place) -> None:
    if part == "growth":
        axes, bases = growth.AXES, growth.BASES
        if args.quick:
            axes, bases = growth.QUICK_AXES, growth.QUICK_BASES
        for step in growth.steps(bases, axes):
            if step.value <= (args.most or step.value):
                growth.measure_step(step, place.work, place.folder)
    elif part == "page":
        fill(place.folder)
    elif part == "halves":
        for subject in (generated(wanted(args)), every_version(args)):
            measure_halves(subject, place)
    elif part == "history":
        compare(replace(every_version(args), imported=False), args, place, limited=True)
    else:
        for subject in subjects(args):
            imported = not args.backups_only
            compare(replace(subject, imported=imported), args, place, limited=part == "limited")


def save(args: argparse.Namespace, home: Path) -> None:
    """The generated stack as `stackferry emulate` can be seeded with it."""
    with running(*generated(wanted(args)).options) as service:
        Stackferry(service, home, limited=False, versions="all").export(args.save.resolve())
    say(f"stackferry emulate {args.save}")


def wanted(args: argparse.Namespace) -> Size:
    return QUICK if args.quick else Size(args.entries, args.locales, args.versions, args.assets)


def every_version(args: argparse.Namespace) -> Subject:
    return replace(generated(QUICK_DEEP if args.quick else DEEP), part=HISTORY)


def subjects(args: argparse.Namespace) -> list[Subject]:
    return [*([] if args.no_generated else [generated(wanted(args))]), *map(real, args.real)]


def compare(subject: Subject, args: argparse.Namespace, place: Place, *, limited: bool) -> None:
    """One tool after the other: neither takes processor time from the other."""
    if args.only != "csdx":
        compare_stackferry(subject, place, limited=limited)
    if args.only != "stackferry" and args.csdx:
        compare_csdx(subject, place, args.csdx, limited=limited)
    elif args.only != "stackferry":
        say("csdx is not run: name it with --csdx")


if __name__ == "__main__":
    main()
