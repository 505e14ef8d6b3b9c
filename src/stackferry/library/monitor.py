"""What can be read while a run goes on, and after it failed."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from stackferry.model import BUDGETS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from stackferry.io.http.session import Session
    from stackferry.library.reports import ExportReport
    from stackferry.model import Budget


class Monitor:
    """Give one to a function of the library and read its attributes at any time.

    `phases`: which part of a run each kind belongs to, in the system's words, once a session is open.
    `expected`: how many steps of each kind are known to lie ahead; a new mapping whenever a new piece of work begins.
    `state`: the directory of the import's checkpoint, once it is known. `exported`: what the export half of a copy
    reports, once it is complete. `defers`: the caller shows what an operation reports and then calls `reported`; until
    then a run that is killed counts as one that nobody was told of, and the next one reports it.
    """

    def __init__(self) -> None:
        self.expected: Mapping[str, int] = {}
        self.phases: Mapping[str, str] = {}
        self.state: Path | None = None
        self.exported: ExportReport | None = None
        self.defers = False
        self.when_reported: list[Callable[[], None]] = []
        self._began = time.monotonic()
        self._sessions: list[Session] = []
        self._counts: Counter[str] = Counter()

    @property
    def requests(self) -> dict[str, int]:
        """Requests that were sent, by budget, and how many of them were sent again (`retried`)."""
        counts = self._counts.copy()  # of sessions that are over
        for session in self._sessions:
            counts.update(session.counts.as_json())
        return {budget: counts[budget] for budget in BUDGETS}

    def reported(self) -> None:
        """What the operation reported was shown."""
        while self.when_reported:
            self.when_reported.pop()()

    @property
    def seconds(self) -> float:
        """Since the monitor was made."""
        return time.monotonic() - self._began

    def rate_limit(self, budget: Budget) -> float | None:
        """Requests a second that the service, or the user, allows now; None: no limit, or no session is open."""
        return self._sessions[-1].pacer.rate(budget) if self._sessions else None

    def opened(self, session: Session) -> None:
        """From now on a session's requests count."""
        self._sessions.append(session)

    def closed(self, session: Session) -> None:
        """A session is over; its requests stay counted."""
        self._sessions.remove(session)
        self.add(session.counts.as_json())

    def add(self, counts: Mapping[str, int]) -> None:
        """Count requests that were sent elsewhere."""
        self._counts.update(counts)
