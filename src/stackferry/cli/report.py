"""What a command came to, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackferry.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from stackferry.model import JsonObject

BUDGETS = ("read", "write", "bulk", "asset", "retried")


@dataclass(slots=True)
class Report:
    """Facts that a command collects as it goes. `facts` are those of this command alone.

    `lists` are files of JSON lines, one for each list that is too long to be held in memory.
    `minimum` says, for some budgets, what a whole run cannot do without; a run that was resumed sends less.
    """

    command: str
    requests: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BUDGETS, 0))
    objects: dict[str, int] = field(default_factory=dict)
    gaps: list[JsonObject] = field(default_factory=list)
    facts: JsonObject = field(default_factory=dict)
    minimum: dict[str, int] = field(default_factory=dict)
    lists: dict[str, Path] = field(default_factory=dict)
    seconds: float = 0.0
    exit_code: ExitCode = ExitCode.COMPLETE
    error: str = ""

    def spent(self, counts: Mapping[str, int]) -> None:
        """Add the requests of one session."""
        for name, count in counts.items():
            self.requests[name] += count

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
            **({"minimum": {**self.minimum}} if self.minimum else {}),
            "objects": {**self.objects},
            "gaps": [*self.gaps],
            "seconds": round(self.seconds, 3),
            **({"error": self.error} if self.error else {}),
        }
