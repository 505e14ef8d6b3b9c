"""Work that the service does later: processing of files, bulk actions, release actions, scheduled actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from stackferry.emulators.contentful.app import Emulator
    from stackferry.emulators.contentful.environment import Environment


@dataclass(slots=True, eq=False)
class Job:
    """Work that is done once the clock shows `due` (seconds) and `requests` requests were served in all."""

    work: Callable[[], object]
    due: float
    requests: int
    environment: Environment | None = None


class Jobs:
    """The jobs that are not done yet, in the order in which they were begun."""

    def __init__(self, service: Emulator) -> None:
        self._service = service
        self.open: list[Job] = []

    def start(self, environment: Environment, work: Callable[[], object]) -> Job:
        """Work that ends as the switches say; at the earliest before the next request."""
        service = self._service
        due = service.time().timestamp() + service.switches.job_seconds
        job = Job(work, due, service.requests_served + 1 + service.switches.job_requests, environment)
        self.open.append(job)
        return job

    def at(self, environment: Environment, moment: datetime, work: Callable[[], object]) -> Job:
        """Work that is planned for a time."""
        job = Job(work, moment.timestamp(), 0, environment)
        self.open.append(job)
        return job

    def cancel(self, job: Job) -> None:
        """Never do it."""
        if job in self.open:
            self.open.remove(job)

    def finish_due(self) -> None:
        """Do the work of the jobs that are due by now."""
        if not self.open:
            return
        now, served = self._service.time().timestamp(), self._service.requests_served
        for job in [job for job in self.open if job.due <= now and job.requests <= served]:
            self.open.remove(job)
            job.work()
            if job.environment is not None:
                job.environment.changed()
