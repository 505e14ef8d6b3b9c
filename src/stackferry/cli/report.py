"""What a command did, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackferry.errors import Different, ExitCode, single_errors
from stackferry.json_values import as_object, objects
from stackferry.library.monitor import Monitor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from stackferry.library.reports import ImportReport, PlanReport, RunReport
    from stackferry.model import JsonObject
    from stackferry.providers.system import System


@dataclass(slots=True)
class Report:
    """Facts that a command collects as it goes. `facts` are those of this command alone.

    `lists` are files of JSON lines, one for each list that is too long to be held in memory; `rows` are such lists that
    are read row by row. `minimum`: the fewest requests by budget that a whole run takes; one that was resumed, or that
    finds its objects in the target, sends fewer. `system` has the words that the kinds are shown with; None where the
    command read none. `unfinished`: what is to be said of a command that writes several things and that an error ends;
    it completes the facts, and `so_far` is what it said.
    """

    command: str
    monitor: Monitor = field(default_factory=Monitor)
    objects: Mapping[str, int] = field(default_factory=dict)
    gaps: list[JsonObject] = field(default_factory=list)
    limits: list[JsonObject] = field(default_factory=list)
    left: list[JsonObject] = field(default_factory=list)
    remarks: Mapping[str, Sequence[JsonObject]] = field(default_factory=dict)
    facts: JsonObject = field(default_factory=dict)
    minimum: Mapping[str, int] = field(default_factory=dict)
    lists: dict[str, Path] = field(default_factory=dict)
    rows: dict[str, Sequence[JsonObject]] = field(default_factory=dict)
    system: System | None = None
    seconds: float = 0.0
    exit_code: ExitCode = ExitCode.COMPLETE
    error: str = ""
    unfinished: Callable[[], str] | None = None
    so_far: str = ""

    def take(self, found: RunReport) -> None:
        """Record what an operation of the library reports."""
        self.objects, self.gaps, self.minimum = found.objects, [*found.gaps], found.minimum
        self.limits, self.left = [*found.limits], [*found.left]
        self.remarks = found.remarks

    def take_offline(self, found: JsonObject) -> None:
        """Record what an operation reports that asks nothing online; its requests and seconds are the command's."""
        head = ("objects", "gaps", "requests", "seconds")
        self.facts |= {name: value for name, value in found.items() if name not in head}
        counted = as_object(found["objects"])
        self.objects = {name: count for name, count in counted.items() if isinstance(count, int)}
        self.gaps = objects(found["gaps"])

    def take_import(self, found: ImportReport) -> None:
        """Record what an import or a copy reports."""
        self.take(found)
        self.lists["renumbered"] = found.renumbered
        self.facts |= found.own_json()

    def take_plan(self, found: PlanReport) -> None:
        """Record what an import or a copy would do."""
        self.take(found)
        self.facts |= found.own_json()

    def take_failed_copy(self) -> None:
        """Record what is known of a copy that failed: its checkpoint, and its export if that was complete."""
        if self.monitor.state is not None:
            self.facts["state"] = str(self.monitor.state)
        if self.monitor.exported is not None:
            self.take(self.monitor.exported)

    def take_conflicts(self, error: BaseException) -> None:
        """Record what was edited on both sides, where a command was to stop at that."""
        for one in single_errors(error):
            if isinstance(one, Different) and one.conflicts:
                self.remarks = {"conflicts": one.conflicts}

    @property
    def requests(self) -> dict[str, int]:
        """Requests sent, by budget, and how many of them were sent again."""
        return self.monitor.requests

    @property
    def written(self) -> int:
        """Requests that may have changed a target."""
        return self.requests["write"] + self.requests["bulk"]

    @property
    def sent(self) -> int:
        """All requests."""
        return sum(self.requests[name] for name in ("read", "write", "bulk", "asset"))

    def completed(self) -> ExitCode:
        """How a run ends that did all it could."""
        return ExitCode.GAPS if self.gaps else ExitCode.COMPLETE

    def as_json(self) -> JsonObject:
        return {
            **self.facts,
            "command": self.command,
            "ok": self.exit_code is ExitCode.COMPLETE,
            "exit_code": int(self.exit_code),
            "requests": {**self.requests},
            # Absent where it is not known: 0 would claim that no request was needed.
            **({"minimum": {**self.minimum}} if self.minimum else {}),
            "objects": {**self.objects},
            "gaps": [*self.gaps],
            **({"left": [*self.left]} if self.left else {}),
            **{name: [*rows] for name, rows in self.remarks.items()},
            **({"limits": [*self.limits]} if self.limits else {}),
            "seconds": round(self.seconds, 3),
            **({"error": self.error} if self.error else {}),
        }
