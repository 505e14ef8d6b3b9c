"""Both tools side by side: each has an emulator of its own, does the same tasks in the same order, and is judged alike.

Tasks: a backup, its import into an empty stack, a backup after a night in which nothing changed, and one after a night
in which one entry of a hundred was edited.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.judging import judge_stacks
from benchmarks.service import SOURCE, running
from benchmarks.telling import one_line, say
from benchmarks.tools import IMAGES, Csdx, Stackferry, new_home

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.measuring import Cost
    from benchmarks.results import Row
    from benchmarks.service import Service
    from benchmarks.stack import Size
    from benchmarks.tools import Tool

PART, KEY = "beside", ("stack", "limited", "tool", "task")
EXPORT, IMPORT, FIDELITY = "export", "import", "fidelity"
QUIET, EDITED = "second backup, nothing changed", "second backup, 1 % edited"
MOST = 5  # complaints to show


@dataclass(frozen=True)
class Subject:
    """A stack: what the tables call it, and what the server is told so that it serves it."""

    name: str
    options: tuple[object, ...]


def generated(size: Size) -> Subject:
    options = [word for name, value in asdict(size).items() for word in (f"--{name}", value)]
    return Subject(f"{size.entries:,} entries × {size.locales} locales, {size.assets} assets", tuple(options))


def real(folder: Path) -> Subject:
    """Somebody's stack, from an export or a snapshot."""
    return Subject(folder.resolve().name, ("--seed", folder.resolve()))


@dataclass(frozen=True)
class Place:
    """Where rows are kept and the tools write; `csdx` is the vendor's program, None where it is not compared."""

    work: Path
    folder: Path = results.FOLDER
    csdx: Path | None = None


def compare_stackferry(subject: Subject, place: Place, *, limited: bool) -> None:
    with running(*subject.options, *condition(limited)) as service:
        home = new_home(place.work / "stackferry")
        Course(subject.name, limited, service, Stackferry(service, home, limited=limited), place).run()


def compare_csdx(subject: Subject, place: Place, program: Path, *, limited: bool) -> None:
    with running(*subject.options, "--asset-origin", f"https://{IMAGES}", *condition(limited)) as service:
        tool = Csdx(service, new_home(place.work / "csdx"), program.resolve())
        tool.configure()
        Course(subject.name, limited, service, tool, place).run()


def condition(limited: bool) -> tuple[str, ...]:
    return ("--limited",) if limited else ()


@dataclass(frozen=True)
class Course:
    """The tasks of one tool on one stack under one condition."""

    stack: str
    limited: bool
    service: Service
    tool: Tool
    place: Place

    def run(self) -> None:
        """The tasks in turn, each kept as soon as it is done; what they made is judged between them."""
        self._take(EXPORT, lambda: self.tool.export("first"))
        self._take(IMPORT, lambda: self.tool.load("first"))
        held = self._judge()
        self._take(QUIET, lambda: self.tool.export_again("quiet", "first"))
        self.service.ask(f"edit {max(1, held[SOURCE]['entries'] // 100)}")
        self._take(EDITED, lambda: self.tool.export_again("edited", "first"))
        for line in self.tool.complaints()[:MOST]:
            say(f"  {self.tool.name} said: {line[:300]}")

    def _take(self, task: str, work: Callable[[], Cost | None]) -> None:
        around = results.circumstances()
        self.service.ask("counts")
        cost = work()
        if cost is None:
            say(f"{self.tool.name}: {task}: there is no such option yet; skipped")
            return
        self._keep(task, {**asdict(cost), **self.service.ask("counts"), **around})

    def _judge(self) -> Row:
        verdict = judge_stacks(self.service)
        self.service.ask("limit" if self.limited else "free")
        held = self.service.ask("held")
        self._keep(FIDELITY, {**asdict(verdict), "held": held, **results.circumstances()})
        return held

    def _keep(self, task: str, facts: Row) -> None:
        who = {"tool": self.tool.name, "version": self.tool.version}
        row = {"stack": self.stack, "limited": self.limited, "task": task, **who, **facts}
        results.keep(PART, row, KEY, self.place.folder)
        say(one_line(row))
