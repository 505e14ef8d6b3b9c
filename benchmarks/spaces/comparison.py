"""Both tools on the same space: each has an emulator of its own and does the same tasks in the same order.

Tasks: a backup; its import into an empty space, after which the whole-space oracle compares both; the same import
again; a second backup when nothing has changed, and one after one entry of a hundred was edited, with its import.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.results import cost_summary, say
from benchmarks.service import running
from benchmarks.spaces.server import SOURCE, TARGET
from benchmarks.spaces.tools import Stackferry, VendorTools
from benchmarks.tools import new_home

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.process_cost import Cost
    from benchmarks.results import Result
    from benchmarks.service import Service
    from benchmarks.spaces.tools import SpaceTool

PART, KEY = "spaces", ("space", "limited", "tool", "task")
MODULE = "benchmarks.spaces.server"
EXPORT, IMPORT, AGAIN = "export", "import", "the same import again"
UNCHANGED, EDITED = "second backup, nothing changed", "second backup, 1 % edited"
EDITED_IMPORT, FIDELITY = "import of what was edited", "fidelity"
TASKS = (EXPORT, IMPORT, AGAIN, UNCHANGED, EDITED, EDITED_IMPORT)


@dataclass(frozen=True)
class Folders:
    """Where the tools write, and where results are kept."""

    work: Path
    results: Path = results.FOLDER


def compare_tools(
    space: str, options: tuple[object, ...], folders: Folders, *, limited: bool, modules: Path | None
) -> None:
    """Measure stackferry on a space that is served with these options, then the vendor's tools if they are there."""
    _measure(space, options, folders, limited, lambda service, home: Stackferry(service, home, limited))
    if modules:
        _measure(space, options, folders, limited, lambda service, home: VendorTools(service, home, modules))


def _measure(
    space: str,
    options: tuple[object, ...],
    folders: Folders,
    limited: bool,
    make: Callable[[Service, Path], SpaceTool],
) -> None:
    tls = ("--tls", folders.work / "tls", *(("--limited",) if limited else ()))
    with running(*options, *tls, module=MODULE) as service:
        tool = make(service, new_home(folders.work / "tool"))
        Tasks(space, limited, service, tool, folders).run()


@dataclass(frozen=True)
class Tasks:
    """The tasks of one tool on one space, with or without the service's limit."""

    space: str
    limited: bool
    service: Service
    tool: SpaceTool
    folders: Folders

    def run(self) -> None:
        """All tasks in order; each result is kept as soon as its task has ended."""
        self._keep(EXPORT, self._measured(lambda: self.tool.export("first")))
        self._keep(IMPORT, self._measured(lambda: self.tool.load("first")))
        self._compare()
        self._keep(AGAIN, self._measured(lambda: self.tool.load("first")))
        self._keep(UNCHANGED, self._measured(lambda: self.tool.export("unchanged", "first")))
        entries = self.service.ask("held")[SOURCE]["entries"]
        self.service.ask(f"edit {max(1, entries // 100)}")
        self._keep(EDITED, self._measured(lambda: self.tool.export("edited", "first")))
        self._keep(EDITED_IMPORT, self._measured(lambda: self.tool.load("edited")))

    def _measured(self, work: Callable[[], Cost]) -> Result:
        around = results.circumstances()
        self.service.ask("counts")  # resets the counters
        return {**asdict(work()), **self.service.ask("counts"), **around}

    def _compare(self) -> None:
        found = self.service.ask("equal")
        total, equal = (sum(pair[n] for pair in found["kinds"].values()) for n in (0, 1))
        held = self.service.ask("held")[TARGET]
        self._keep(
            FIDELITY, {**found, "equal": equal, "total": total, "held": held, **results.circumstances()}
        )

    def _keep(self, task: str, facts: Result) -> None:
        tool = {"tool": self.tool.name, "version": self.tool.version}
        result = {"space": self.space, "limited": self.limited, "task": task, **tool, **facts}
        results.keep(PART, result, KEY, self.folders.results)
        told = f"{facts['equal']} of {facts['total']} equal" if "total" in facts else cost_summary(result)
        say(f"{self.space}: {self.tool.name} {task}: {told}")
