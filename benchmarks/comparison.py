"""Both tools on the same stack: each has an emulator of its own and does the same tasks in the same order.

Tasks: a backup, its import into an empty stack, a second backup when nothing has changed, and one after one entry of a
hundred was edited. After the import, `benchmarks.fidelity` compares source and target.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.fidelity import compare_stacks
from benchmarks.results import say, summary
from benchmarks.service import SOURCE, running
from benchmarks.tools import ASSET_HOST, Csdx, Stackferry, new_home

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.process_cost import Cost
    from benchmarks.results import Result
    from benchmarks.service import Service
    from benchmarks.stack import Size
    from benchmarks.tools import Tool

PART, HISTORY, KEY = "comparison", "history", ("stack", "limited", "tool", "task")
EXPORT, IMPORT, FIDELITY = "export", "import", "fidelity"
UNCHANGED, EDITED = "second backup, nothing changed", "second backup, 1 % edited"
MAX_MESSAGES = 5  # of a tool's own messages to show


@dataclass(frozen=True)
class StackToCompare:
    """A stack: its name in the tables, and the options with which `benchmarks.server` serves it.

    `part` is the result file; with `HISTORY` every version is backed up, else the pinned ones. Without `imported`
    there are backups only.
    """

    name: str
    options: tuple[object, ...]
    part: str = PART
    imported: bool = True

    @property
    def versions(self) -> str:
        return "all" if self.part == HISTORY else "pinned"


def generated(size: Size) -> StackToCompare:
    options = [word for name, value in asdict(size).items() for word in (f"--{name}", value)]
    depth = f" × {size.versions} versions" if size.versions > 1 else ""
    name = f"{size.entries:,} entries × {size.locales} locales{depth}, {size.assets} assets"
    return StackToCompare(name, tuple(options))


def real(folder: Path) -> StackToCompare:
    """A real stack, from an export or a snapshot."""
    return StackToCompare(folder.resolve().name, ("--seed", folder.resolve()))


@dataclass(frozen=True)
class Folders:
    """Where the tools write, and where results are kept."""

    work: Path
    results: Path = results.FOLDER


def compare_stackferry(stack: StackToCompare, folders: Folders, *, limited: bool) -> None:
    with running(*stack.options, *server_options(limited)) as service:
        home = new_home(folders.work / "stackferry")
        tool = Stackferry(service, home, limited=limited, versions=stack.versions)
        Tasks(stack, limited, service, tool, folders).run()


def compare_csdx(stack: StackToCompare, folders: Folders, program: Path, *, limited: bool) -> None:
    # csdx rewrites asset URLs only for the vendor's own hosts, so the emulator's URLs must name one of them.
    origin = ("--asset-origin", f"https://{ASSET_HOST}")
    with running(*stack.options, *origin, *server_options(limited)) as service:
        tool = Csdx(service, new_home(folders.work / "csdx"), program.resolve(), stack.versions)
        tool.configure()
        Tasks(stack, limited, service, tool, folders).run()


def server_options(limited: bool) -> tuple[str, ...]:
    return ("--limited",) if limited else ()


@dataclass(frozen=True)
class Tasks:
    """The tasks of one tool on one stack, with or without the service's limits."""

    stack: StackToCompare
    limited: bool
    service: Service
    tool: Tool
    folders: Folders

    def run(self) -> None:
        """All tasks in order; each result is kept as soon as its task has ended."""
        self._back_up(EXPORT, "first")
        if self.stack.imported:
            self._keep(IMPORT, self._measured(lambda: self.tool.load("first")))
            self._compare()
        self._back_up(UNCHANGED, "unchanged", base="first")
        entries = self.service.ask("held")[SOURCE]["entries"]
        self.service.ask(f"edit {max(1, entries // 100)}")
        self._back_up(EDITED, "edited", base="first")
        for line in self.tool.messages()[:MAX_MESSAGES]:
            say(f"  {self.tool.name} reported: {line[:300]}")

    def _back_up(self, task: str, name: str, base: str = "") -> None:
        tool = self.tool
        facts = self._measured(lambda: tool.export_again(name, base) if base else tool.export(name))
        held = self.service.ask("held")[SOURCE]["versions"]
        self._keep(task, {**facts, "versions": {"kept": tool.kept(name), "held": held}})

    def _measured(self, work: Callable[[], Cost]) -> Result:
        around = results.circumstances()
        self.service.ask("counts")  # resets the counters
        return {**asdict(work()), **self.service.ask("counts"), **around}

    def _compare(self) -> None:
        """Source and target as they are after the import. Reading them lifts the limits, which are set again."""
        fidelity = compare_stacks(self.service)
        self.service.ask("limit" if self.limited else "free")
        held = self.service.ask("held")
        self._keep(FIDELITY, {**asdict(fidelity), "held": held, **results.circumstances()})

    def _keep(self, task: str, facts: Result) -> None:
        tool = {"tool": self.tool.name, "version": self.tool.version}
        result = {"stack": self.stack.name, "limited": self.limited, "task": task, **tool, **facts}
        results.keep(self.stack.part, result, KEY, self.folders.results)
        say(summary(result))
