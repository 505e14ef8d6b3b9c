"""Objects and files whose answers cannot be used: tried once more when the rest of the stage is there, then a gap.

An object is bad where the service answers others; where it answers nothing, the service is down, which ends the run
that the same command resumes. Files lie on hosts that nothing else is asked of: where no file comes at all, the first
such run ends with the error, because the host may come back, and the next one with gaps. How often a job has failed is
on disk, so attempts count whatever run they fell into."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stackferry.errors import BadAddress, BadAnswer, ServiceDown, StackferryError, Unreachable
from stackferry.json_values import integer
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from stackferry.drivers.run import Run
    from stackferry.io.storage.staging import Staging
    from stackferry.model import Request
    from stackferry.providers.source import Download, Fetch

_ENDED = "files were not to be had"  # the fact that an earlier run ended for this reason


@dataclass(slots=True)
class FailedReads:
    """What failed in a stage, and whether it is tried again, becomes a gap or ends the run."""

    run: Run
    staging: Staging
    is_up: Callable[[], Awaitable[bool]]
    _waiting: int = 0  # jobs that failed and have another attempt ahead
    _is_second_pass: bool = False
    _began: dict[str, int] = field(
        default_factory=dict
    )  # how much was answered when a failed job first began
    _files_are_down: bool = False
    _end: StackferryError | None = None
    _good_file: Request | None = None  # one that came in this run

    def begin_second_pass(self) -> bool:
        """Whether jobs of the stage are to be tried again now."""
        self._is_second_pass, self._files_are_down = bool(self._waiting), False
        return self._is_second_pass

    def end_stage(self) -> None:
        """Raise the error that ends the run, if one does."""
        if self._end is not None:
            self.staging.set_fact(_ENDED, {})
            raise self._end
        self._waiting, self._is_second_pass = 0, False
        self._began.clear()

    async def watch(self, job: Fetch | Download, do: Callable[..., Awaitable[None]]) -> None:
        """Do a job. Raises what ends the run at once."""
        if self._files_are_down and job.request.budget is Budget.ASSET:
            self._leave(job, "its host answers nothing")
            return
        began = self._began.get(job.name)
        before = self.run.session.answered(job.request.budget) if began is None else began
        try:
            await do(job)
        except BadAddress as error:
            self._make_gap(job, str(error))
        except (BadAnswer, Unreachable) as error:
            self._began[job.name] = before
            await self._failed(job, error)
        else:
            if job.request.budget is Budget.ASSET:
                self._good_file = job.request

    async def _failed(self, job: Fetch | Download, error: StackferryError) -> None:
        is_file = job.request.budget is Budget.ASSET
        if isinstance(error, ServiceDown):
            if not is_file:
                raise error
            self._files_are_down = True
        times = self._count(job)
        if (times > 1 or self._is_second_pass) and await self._are_others_answered(job):
            self._make_gap(job, str(error))
        elif not self._is_second_pass:
            self._waiting += 1
        elif is_file:
            self._files_are_down = True
            self._leave(job, str(error), error)
        else:
            raise error

    def _leave(self, job: Fetch | Download, reason: str, error: StackferryError | None = None) -> None:
        """A file while no file comes: it waits; at the end of the first such run it stays undone, later it is a gap."""
        if not self._is_second_pass:
            self._waiting += 1
        elif self.staging.fact(_ENDED) is not None:
            self._make_gap(job, f"{reason}; nor did any other file come, in this run and in an earlier one")
        elif self._end is None and error is not None:
            advice = (
                "no file could be had: run the same command again later; what does not come then is left out"
            )
            self._end = type(error)(f"{error}; {advice}")

    def _count(self, job: Fetch | Download) -> int:
        """How often the job has failed by now, in whatever run."""
        fact = f"failed {job.name}"
        times = (integer((self.staging.fact(fact) or {}).get("times")) or 0) + 1
        self.staging.set_fact(fact, {"times": times})
        return times

    async def _are_others_answered(self, job: Fetch | Download) -> bool:
        """Whether anything was answered since the job first began, or is when asked again."""
        budget = job.request.budget
        if self.run.session.answered(budget) != self._began[job.name]:
            return True
        return await (self._do_files_come() if budget is Budget.ASSET else self.is_up())

    async def _do_files_come(self) -> bool:
        """Whether a file that came in this run still comes: then the other one is bad, and not its host."""
        if self._good_file is None:
            return False
        try:
            async with self.run.session.stream(self._good_file) as stream:
                return stream.ok
        except (BadAnswer, Unreachable):
            return False

    def _make_gap(self, job: Fetch | Download, error: str) -> None:
        reason = f"{job.gap.reason or 'not to be had'}: {error}"
        self.staging.keep(job.name, gaps=[replace(job.gap, reason=reason)])
