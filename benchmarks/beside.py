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

PART, HISTORY, KEY = "beside", "history", ("stack", "limited", "tool", "task")
EXPORT, IMPORT, FIDELITY = "export", "import", "fidelity"
QUIET, EDITED = "second backup, nothing changed", "second backup, 1 % edited"
MOST = 5  # complaints to show


@dataclass(frozen=True)
class Subject:
    """A stack: what the tables call it, and what the server is told so that it serves it.

    `part` is the table that it belongs to; of a history every version is backed up.
    """

    name: str
    options: tuple[object, ...]
    part: str = PART
    imported: bool = True

    @property
    def versions(self) -> str:
        return "all" if self.part == HISTORY else "pinned"


def generated(size: Size) -> Subject:
    options = [word for name, value in asdict(size).items() for word in (f"--{name}", value)]
    depth = f" × {size.versions} versions" if size.versions > 1 else ""
    name = f"{size.entries:,} entries × {size.locales} locales{depth}, {size.assets} assets"
    return Subject(name, tuple(options))


def real(folder: Path) -> Subject:
    """Somebody's stack, from an export or a snapshot."""
    return Subject(folder.resolve().name, ("--seed", folder.resolve()))


@dataclass(frozen=True)
class Place:
    """Where the tools write and rows are kept."""

    work: Path
    folder: Path = results.FOLDER


def compare_stackferry(subject: Subject, place: Place, *, limited: bool) -> None:
    with running(*subject.options, *condition(limited)) as service:
        home = new_home(place.work / "stackferry")
        tool = Stackferry(service, home, limited=limited, versions=subject.versions)
        Course(subject, limited, service, tool, place).run()


def compare_csdx(subject: Subject, place: Place, program: Path, *, limited: bool) -> None:
    with running(*subject.options, "--asset-origin", f"https://{IMAGES}", *condition(limited)) as service:
        tool = Csdx(service, new_home(place.work / "csdx"), program.resolve(), subject.versions)
        tool.configure()
        Course(subject, limited, service, tool, place).run()


def condition(limited: bool) -> tuple[str, ...]:
    return ("--limited",) if limited else ()


@dataclass(frozen=True)
class Course:
    """The tasks of one tool on one stack under one condition."""

    subject: Subject
    limited: bool
    service: Service
    tool: Tool
    place: Place

    def run(self) -> None:
        """The tasks in turn, each kept as soon as it is done; what they made is judged between them."""
        self._back_up(EXPORT, "first")
        if self.subject.imported:
            self._keep(IMPORT, self._measured(lambda: self.tool.load("first")))
            self._judge()
        self._back_up(QUIET, "quiet", base="first")
        entries = self.service.ask("held")[SOURCE]["entries"]
        self.service.ask(f"edit {max(1, entries // 100)}")
        self._back_up(EDITED, "edited", base="first")
        for line in self.tool.complaints()[:MOST]:
            say(f"  {self.tool.name} said: {line[:300]}")

    def _back_up(self, task: str, name: str, base: str = "") -> None:
        tool = self.tool
        facts = self._measured(lambda: tool.export_again(name, base) if base else tool.export(name))
        held = self.service.ask("held")[SOURCE]["versions"]
        self._keep(task, {**facts, "versions": {"kept": tool.kept(name), "held": held}})

    def _measured(self, work: Callable[[], Cost]) -> Row:
        around = results.circumstances()
        self.service.ask("counts")
        return {**asdict(work()), **self.service.ask("counts"), **around}

    def _judge(self) -> None:
        verdict = judge_stacks(self.service)
        self.service.ask("limit" if self.limited else "free")
        held = self.service.ask("held")
        self._keep(FIDELITY, {**asdict(verdict), "held": held, **results.circumstances()})

    def _keep(self, task: str, facts: Row) -> None:
        who = {"tool": self.tool.name, "version": self.tool.version}
        row = {"stack": self.subject.name, "limited": self.limited, "task": task, **who, **facts}
        results.keep(self.subject.part, row, KEY, self.place.folder)
        say(one_line(row))
