"""A copy beside its halves: an export and an import of the same stack, one after the other, at the limits."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.beside import EXPORT, IMPORT
from benchmarks.service import running
from benchmarks.telling import one_line, say
from benchmarks.tools import Stackferry, new_home

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.beside import Place, Subject
    from benchmarks.measuring import Cost
    from benchmarks.service import Service

PART, KEY, COPY = "halves", ("stack", "task"), "copy"


def measure_halves(subject: Subject, place: Place) -> None:
    """Each of the three into a stack that was empty before."""
    with running(*subject.options, "--limited") as service:
        tool = Stackferry(service, new_home(place.work / "halves"), versions=subject.versions)
        _keep(subject, EXPORT, service, tool, lambda: tool.export("first"), place.folder)
        _keep(subject, IMPORT, service, tool, lambda: tool.load("first"), place.folder)
    with running(*subject.options, "--limited") as service:
        tool = Stackferry(service, new_home(place.work / "whole"), versions=subject.versions)
        _keep(subject, COPY, service, tool, tool.copy, place.folder)


def _keep(
    subject: Subject, task: str, service: Service, tool: Stackferry, run: Callable[[], Cost], folder: Path
) -> None:
    around = results.circumstances()
    service.ask("counts")
    facts = {**asdict(run()), **service.ask("counts"), "held": service.ask("held"), **around}
    what = {"stack": subject.name, "limited": True, "task": task, "tool": tool.name, "version": tool.version}
    row = {**what, **facts}
    results.keep(PART, row, KEY, folder)
    say(one_line(row))
