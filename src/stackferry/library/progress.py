"""How far a run is, phase by phase, under names that users know: content types, assets, entries, publishing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.drivers.events import Event
    from stackferry.library.monitor import Monitor

READING: Final = "reading"
# Stages whose events count, and the phases of those that do not count by kind. Other stages only begin.
_PHASES: Final = {"verify": "verifying", "looking_again": "looking again"}
_COUNTED: Final = frozenset({"export", "import", "convert", *_PHASES})
_RATED: Final = (Budget.READ, Budget.WRITE, Budget.BULK)


@dataclass(slots=True)
class KindProgress:
    """How much of one kind was handled, and how much is known to be there."""

    done: int = 0
    total: int = 0


@dataclass(slots=True)
class Phase:
    """One part of a run: what it has handled of each kind, and what is `expected` of them, where a plan says it."""

    name: str
    kinds: dict[str, KindProgress] = field(default_factory=dict)
    expected: Mapping[str, int] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return sum(one.done for one in self.kinds.values())

    @property
    def total(self) -> int:
        """As many as are expected, and never fewer than are known or done."""
        kinds = self.kinds.keys() | self.expected.keys()
        return sum(self.total_of(kind) for kind in kinds)

    @property
    def is_least(self) -> bool:
        """Whether more may come: nobody has counted them, or there are more than was expected."""
        return any(max(one.total, one.done) > self.expected.get(kind, 0) for kind, one in self.kinds.items())

    def done_of(self, kind: str) -> int:
        return self.kinds[kind].done if kind in self.kinds else 0

    def total_of(self, kind: str) -> int:
        known = self.kinds.get(kind, KindProgress())
        return max(self.expected.get(kind, 0), known.total, known.done)

    @property
    def count(self) -> str:
        """As in "12 of 40"; "12 of at least 40" where more may come, "12" where all that is known is done."""
        if self.total == self.done and (self.is_least or not self.done):
            return f"{self.done:,}"
        return f"{self.done:,} of {'at least ' if self.is_least else ''}{self.total:,}"


class Progress:
    """Adds up the events of a run. `exports`: it is one whose reading is the work, so reading has phases, too."""

    def __init__(self, monitor: Monitor, *, exports: bool) -> None:
        self._monitor = monitor
        self._counted_apart = {"import", "convert", *({"export"} if exports else ())}
        self._expected: Mapping[str, int] = {}
        self.phases: dict[str, Phase] = {}

    def take(self, event: Event) -> Phase | None:
        """Count an event; the phase that it belongs to, or None where it only says what begins."""
        self._expect()
        if event.stage not in _COUNTED or not event.kind:
            if event.is_last:
                self._end()
            return None
        phase = self._phase(self.name_of(event))
        kind = phase.kinds.setdefault(event.kind, KindProgress())
        kind.done += event.done
        kind.total += event.total
        if event.stage in _PHASES:  # these know from the start how much there is
            phase.expected = {**phase.expected, event.kind: kind.total}
        return phase

    def _end(self) -> None:
        """What was expected and has not come does not come any more."""
        for phase in self.phases.values():
            known = {kind: one.total for kind, one in phase.kinds.items()}
            phase.expected = dict.fromkeys(phase.expected, 0) | known

    def name_of(self, event: Event) -> str:
        """The phase of an event."""
        if event.stage in self._counted_apart:
            return self._name_of_kind(event.kind)
        return _PHASES.get(event.stage, READING)

    def _name_of_kind(self, kind: str) -> str:
        phases = self._monitor.phases
        return phases.get(kind, "settings") if phases else kind.replace("_", " ")

    def _phase(self, name: str) -> Phase:
        return self.phases.setdefault(name, Phase(name))

    def _expect(self) -> None:
        """Take over what the monitor says lies ahead."""
        if self._expected is self._monitor.expected:
            return
        self._expected = self._monitor.expected
        by_phase: dict[str, dict[str, int]] = {}
        for kind, count in self._expected.items():
            by_phase.setdefault(self._name_of_kind(kind), {})[kind] = count
        for name, expected in by_phase.items():
            if sum(expected.values()):
                self._phase(name).expected = expected

    def seconds_left(self, phase: Phase) -> float | None:
        """The least time that the rest of a phase takes at the service's limit; None where that cannot be told.

        The rest is taken to need as many requests for each object as the run has needed so far.
        """
        done = sum(one.done for one in self.phases.values())
        sent = self._monitor.requests
        busiest = max(_RATED, key=lambda budget: sent[budget])
        limit = self._monitor.rate_limit(busiest)
        if not done or not limit:
            return None
        return (phase.total - phase.done) * sent[busiest] / done / limit
