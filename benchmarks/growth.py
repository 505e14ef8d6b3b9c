"""How cost grows with the number of entries, of versions and of locales: stackferry alone, without limits."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.comparison import EXPORT, IMPORT, generated
from benchmarks.results import say
from benchmarks.service import SOURCE, TARGET, running
from benchmarks.stack import Size
from benchmarks.tools import Stackferry, new_home

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PART, KEY = "growth", ("axis", "value", "task")
AXES: dict[str, tuple[int, ...]] = {
    "entries": (1000, 10_000, 100_000),
    "versions": (1, 2, 5, 10, 20),
    "locales": (1, 2, 5, 10),
}
BASES = {
    "entries": Size(entries=1000, locales=1, versions=1, assets=100),
    "versions": Size(entries=200, locales=1, versions=1, assets=100),
    "locales": Size(entries=200, locales=1, versions=1, assets=100),
}
QUICK_AXES: dict[str, tuple[int, ...]] = {"entries": (60, 600), "versions": (1, 3), "locales": (1, 3)}
QUICK_BASES = dict.fromkeys(QUICK_AXES, Size(entries=60, locales=1, versions=1, assets=10))


@dataclass(frozen=True)
class Step:
    """A stack that has `value` instead of the base's number on one axis."""

    axis: str
    value: int
    size: Size


def steps(bases: Mapping[str, Size], axes: Mapping[str, tuple[int, ...]]) -> list[Step]:
    """Every value of every axis, the smallest stacks first."""
    found = [
        Step(axis, value, replace(bases[axis], **{axis: value}))
        for axis, values in axes.items()
        for value in values
    ]
    return sorted(found, key=lambda step: step.size.entries * step.size.versions * step.size.locales)


def measure_step(step: Step, work: Path, folder: Path = results.FOLDER) -> None:
    """Export the stack and import it into an empty one; with every version on the axis of versions."""
    with running(*generated(step.size).options) as service:
        versions = "all" if step.axis == "versions" else "pinned"
        tool = Stackferry(service, new_home(work / "growth"), limited=False, versions=versions)
        for task, run in ((EXPORT, tool.export), (IMPORT, tool.load)):
            around = results.circumstances()
            service.ask("counts")  # resets the counters
            cost = run("first")
            what = {"axis": step.axis, "value": step.value, "task": task, "size": asdict(step.size)}
            facts = {**asdict(cost), **service.ask("counts"), "held": service.ask("held"), **around}
            result = {**what, "version": tool.version, **facts}
            results.keep(PART, result, KEY, folder)
            say(
                f"{step.value:,} {step.axis}: {task}: {result['seconds']:.1f} s, "
                f"{result['memory'] / 2**20:.0f} MiB, requests {result['requests']}, exit code {result['code']}"
            )
        lost = differences(service.ask("held"))
        if lost:
            say(f"  source and target hold different numbers of objects: {lost}")


def differences(held: dict[str, dict[str, int]]) -> dict[str, tuple[int, int]]:
    """What source and target hold in different numbers.

    Versions are left out: an entry in a cycle of references is created before those it refers to exist, and has one
    version more than its source.
    """
    pairs = {name: (number, held[TARGET][name]) for name, number in held[SOURCE].items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1] and name != "versions"}
