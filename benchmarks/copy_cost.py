"""A copy compared with its two halves, an export and an import of the same stack, at the service's limits."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.comparison import EXPORT, IMPORT
from benchmarks.results import say, summary
from benchmarks.service import running
from benchmarks.tools import Stackferry, new_home

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.comparison import Folders, StackToCompare
    from benchmarks.process_cost import Cost
    from benchmarks.service import Service

PART, KEY, COPY = "copy", ("stack", "task"), "copy"


def measure_copy(stack: StackToCompare, folders: Folders) -> None:
    """Export and import, then the copy, from a fresh server each, so that the target is empty both times."""
    with running(*stack.options, "--limited") as service:
        tool = Stackferry(service, new_home(folders.work / "halves"), versions=stack.versions)
        _measure(stack, EXPORT, service, tool, lambda: tool.export("first"), folders.results)
        _measure(stack, IMPORT, service, tool, lambda: tool.load("first"), folders.results)
    with running(*stack.options, "--limited") as service:
        tool = Stackferry(service, new_home(folders.work / "copy"), versions=stack.versions)
        _measure(stack, COPY, service, tool, tool.copy, folders.results)


def _measure(
    stack: StackToCompare,
    task: str,
    service: Service,
    tool: Stackferry,
    run: Callable[[], Cost],
    folder: Path,
) -> None:
    around = results.circumstances()
    service.ask("counts")  # resets the counters
    facts = {**asdict(run()), **service.ask("counts"), "held": service.ask("held"), **around}
    what = {"stack": stack.name, "limited": True, "task": task, "tool": tool.name, "version": tool.version}
    result = {**what, **facts}
    results.keep(PART, result, KEY, folder)
    say(summary(result))
