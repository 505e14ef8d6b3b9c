"""Carries out a provider's plan of writes over one session, each write with a durable intent (I4).

A stage begins when the stages that it needs are settled, and a step when everything that it waits for is: what does
not depend on each other is under way at the same time, so that a distant service is kept busy. Steps are taken from
the plan only as fast as they are settled, so memory does not grow with the number of objects. What spends one budget
never waits for what spends another. A write whose answer was lost, or does not name what was written, is probed before
it is sent again; two candidates stop the run. Must never send a write that the checkpoint does not hold.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import anyio

from stackferry.drivers.concurrency import GroupCommit
from stackferry.drivers.events import Event
from stackferry.drivers.import_outcome import Resumed
from stackferry.drivers.probing import InDoubt, TargetReader, as_sent, instead, object_of
from stackferry.drivers.resuming.temporary_changes import TemporaryChanges
from stackferry.drivers.step_order import StepOrder, all_set
from stackferry.errors import AnswerLost, BadAnswer, Forbidden, Refused, ServiceError
from stackferry.io.ordered_semaphore import OrderedSemaphore
from stackferry.io.redaction import mask_gap
from stackferry.io.storage.checkpoint import Checkpoint, Operation, State, undo_as_json
from stackferry.model import Budget, Gap, Request, Response
from stackferry.providers.target import (
    Await,
    ImportContext,
    ImportStage,
    PreparedWrite,
    Step,
    WaitFor,
    Write,
    WriteResult,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.drivers.run import Run
    from stackferry.model import JsonObject

# Steps taken from a stage and not yet settled: several for each that is at work, so that none of these waits for the
# plan; memory is bounded.
WINDOW = 256
SENDS = 4  # how often a write is sent whose answers are lost and whose probes find nothing
RESEND_WAIT = 1.0  # seconds before a repeatable write is sent again
BUSY_WAITS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)  # seconds before one is that was refused for a while only
# Seconds between reads of something slow, such as a bulk job; begun again whenever it gets on.
AWAIT_WAITS = (0.2, 0.5, 1.0, 1.0, 2.0, 2.0, 4.0, 4.0, 8.0, 8.0, 15.0, 15.0)
_NOTHING = WriteResult()


class _SaysNothing(AnswerLost):
    """The service took a write and said nothing of it. `result`: what it made if it was carried out."""

    def __init__(self, result: WriteResult) -> None:
        super().__init__("the answer says nothing")
        self.result = result


class Importer:
    """One import under way."""

    def __init__(self, run: Run, checkpoint: Checkpoint) -> None:
        self._plan = run.system.import_plan(run.place)
        self._session = run.session
        self._checkpoint = checkpoint
        self._emit = run.emit
        self._sleep = run.sleep
        self._reader = TargetReader(run, self._plan, self._call)
        self._workers = {
            budget: OrderedSemaphore(partial(run.session.in_flight, budget)) for budget in Budget
        }
        self._order = StepOrder(self._settled)
        self._progress = anyio.Event()
        self._commits = GroupCommit(checkpoint.commit)
        self.temporary = TemporaryChanges(self._plan, checkpoint, self._reader)
        self._before_writes: dict[str, Write] = {}  # those of them that come before all else, by key
        self._first_writes: frozenset[str] = frozenset()
        self._preparing = anyio.Lock()
        self._is_unprepared = False  # one of them was refused
        self.resumed = Resumed()

    async def run(self, context: ImportContext) -> None:
        """Every stage of the plan, each begun when the stages that it needs are settled.

        Temporary changes that an earlier run left in the target are undone first where it had other options; with the
        same ones they are needed as they are until their step undoes them.
        """
        options = context.options.as_json()
        if self._checkpoint.fact("options") != options:
            await self.temporary.undo()
            self._checkpoint.set_fact("options", options)
        self._before_writes = {step.key: step for step in self._plan.before_writes(context)}
        self._first_writes = frozenset(self._before_writes)
        async with anyio.create_task_group() as group:
            for number, stage in enumerate(self._plan.plan(context)):
                if isinstance(stage, WaitFor):
                    await self._wait_for(stage)
                    continue
                needed = self._order.stages_before(stage)
                # What the stages before it find may settle what comes next in the plan.
                if stage.after is None:
                    self._order.expect(more=False)
                    await all_set(needed)
                    self._order.expect(more=True)
                end = self._order.add_stage(stage.name)
                group.start_soon(self._run_stage, stage, number, needed, end)
            self._order.expect(more=False)
        self._emit(Event("import", is_last=True))  # with fewer steps, maybe, than the snapshot made expect
        await self.temporary.undo()
        self.resumed.taken_back = self.temporary.undone_of_earlier_runs

    async def _prepare(self, step: Write) -> None:
        """Make the changes that come before all else, once, before the first write that is not about them."""
        if self._first_writes.isdisjoint((step.key, step.undoes)):
            async with self._preparing:
                if self._is_unprepared:
                    await anyio.sleep_forever()  # the run ends: another task has raised why
                for first in [*self._before_writes.values()]:
                    await self._write_first(first)
                    del self._before_writes[first.key]

    async def _write_first(self, step: Write) -> None:
        if self._settled(step.key) and not self._must_recheck(step):
            return
        self._order.take(step.key, (-1, 0))
        refused: Exception | None = None
        try:
            await self._write(step)
        except Forbidden as forbidden:
            refused = forbidden
        self._order.settle(step.key)
        if self._is_in(step.key, State.FAILED):
            gaps = (one for one in reversed(self._checkpoint.gaps()) if one.get("uid") == step.failed.uid)
            reason = next(gaps, {}).get("reason")
            refused = ServiceError(f"{step.kind} {step.failed.uid}: {reason}; so nothing was written")
        if refused is not None:
            self._is_unprepared = True
            # None of them stays in force, and the next run tries again.
            pending = (key for key, _ in self._checkpoint.pending_undos())
            await self.temporary.undo(keep=[key for key in pending if key not in self._first_writes])
            self._checkpoint.forget(self._first_writes.__contains__, lambda _kind, _source: False)
            raise refused

    async def _run_stage(
        self, stage: ImportStage, number: int, needed: Sequence[anyio.Event], end: anyio.Event
    ) -> None:
        await all_set(needed)
        self._emit(Event(stage.name))
        self.wake_waiting()
        await self._steps(stage, number)
        end.set()
        self.wake_waiting()
        self._order.wake()

    async def _wait_for(self, wait: WaitFor) -> None:
        while not wait.is_over():
            await self._progress.wait()

    def wake_waiting(self) -> None:
        """Let every `WaitFor` check again: a stage began or ended here, or in the export that feeds this import."""
        self._progress.set()
        self._progress = anyio.Event()

    async def _steps(self, stage: ImportStage, number: int) -> None:
        window = anyio.Semaphore(WINDOW)
        async with anyio.create_task_group() as group:
            for place, step in enumerate(stage.steps()):
                if step is None:  # the plan has worked for a while without a step
                    await anyio.lowlevel.checkpoint()
                    continue
                if isinstance(step, WaitFor):
                    await self._wait_for(step)
                    continue
                if self._settled(step.key) and not self._must_recheck(step):
                    self._emit(Event("import", step.kind, total=1, done=1))
                    continue
                await window.acquire()  # released when the step is settled
                self._order.take(step.key, (number, place))
                self._emit(Event("import", step.kind, total=1))
                group.start_soon(self._step, step, window, stage.until)

    def _settled(self, key: str) -> bool:
        return self._is_in(key, State.DONE, State.FAILED)

    def _is_in(self, key: str, *states: State) -> bool:
        return (found := self._checkpoint.operation(key)) is not None and found.state in states

    def _must_recheck(self, step: Step) -> bool:
        """Whether a step is done again: a look in each run, a refused write that is asked for otherwise now, a
        temporary change that is still needed (this checks that it is in force)."""
        if isinstance(step, Await):
            return step.in_each_run
        if step.undo is None:
            return step.anew and self._is_in(step.key, State.FAILED)
        ends = self._checkpoint.operation(step.undone_by)
        return ends is None and self._checkpoint.has_undo(step.key)

    async def _step(self, step: Step, window: anyio.Semaphore, until: Sequence[str]) -> None:
        for key in step.after:
            await self._order.wait_for(key, until)
        workers = self._workers[step.budget if isinstance(step, Write) else Budget.READ]
        async with workers.slot(self._order.rank(step.key)):
            await (self._write(step) if isinstance(step, Write) else self._await(step))
        self._order.settle(step.key)
        self._emit(Event("import", step.kind, done=1))
        window.release()

    async def _write(self, step: Write) -> None:
        before = self._checkpoint.operation(step.key)
        if before is not None and before.state in (State.OPEN, State.FAILED):
            before = None  # no earlier run came as far as to send it, or it was refused
        step, built = as_sent(step, step.build(), before)
        if built.request is None:
            left = State.OPEN if before is None else before.state
            self._settle(step, State.DONE if built.final else left, built)
            return
        try:
            result = await self._earlier_result(step, built.request, before)
            if before is not None:
                self.resumed.in_doubt += 1
                self.resumed.found += result is not None
                self.resumed.sent += result is None
            if result is None:
                was_sent = before is not None
                built, result = await self._send_or_fall_back(step, built, built.request, was_sent=was_sent)
        except InDoubt as doubt:
            gap = replace(step.failed, reason=str(doubt))
            self._settle(step, State.FAILED, built, WriteResult(gaps=[gap]))
            return
        if result is not None:
            self._settle(step, State.DONE, built, result)

    async def _earlier_result(
        self, step: Write, request: Request, before: Operation | None
    ) -> WriteResult | None:
        """What an earlier run's write made, if it was sent and its result never written down."""
        if before is None or (request.repeatable and step.undo is None):
            return None
        return await self._reader.probe(step, before.note)

    async def _send_or_fall_back(
        self, step: Write, built: PreparedWrite, request: Request, *, was_sent: bool = False
    ) -> tuple[PreparedWrite, WriteResult | None]:
        """What was written in the end, and its result; None where the service refused it, which is then a gap.

        `was_sent`: an earlier run may have sent it.
        """
        try:
            return built, await self._send(step, built, request, was_sent=was_sent)
        except (Refused, Forbidden) as refused:
            other = step.fallback() if step.fallback is not None and isinstance(refused, Refused) else None
            if other is None:
                self._settle_refused(step, built, refused)
                return built, None
            if other.request is None:
                self._settle(step, State.DONE, other)
                return other, None
            return await self._send_or_fall_back(replace(step, fallback=None), instead(other), other.request)

    async def _send(
        self, step: Write, built: PreparedWrite, request: Request, *, was_sent: bool
    ) -> WriteResult:
        """Write down the intent, send the write, and after a lost answer probe for it before it is sent again.

        A refusal of the second sending may mean that the first one arrived after all, only late.
        """
        await self._prepare(step)
        # The undo, the intent and the commit come before the request: a run that dies in between neither leaves a
        # temporary change for ever nor sends a write that nothing knows of (I4).
        if step.undo is not None:
            self._checkpoint.add_undo(step.key, undo_as_json([step.undo, *step.undo_then]))
        if step.new_undo is not None:
            self._checkpoint.replace_undo(step.new_undo[0], undo_as_json(step.new_undo[1]))
        self._checkpoint.intend(step.key, built.note)
        await self._commits.made()
        silent: WriteResult | None = None
        for _ in range(SENDS):
            try:
                return await self._send_once(step, request)
            except AnswerLost as lost:
                was_sent = True
                silent = lost.result if isinstance(lost, _SaysNothing) else silent
                if request.repeatable:  # sent again it changes nothing more, so nothing is looked for
                    await self._sleep(RESEND_WAIT)
                elif (found := await self._reader.probe(step, built.note)) is not None:
                    return found
            except Refused:
                if not was_sent or (found := await self._reader.probe(step, built.note)) is None:
                    raise
                return found
        if silent is not None:  # the service may always answer so
            return silent
        raise ServiceError(
            f"{step.key}: {SENDS} answers to the same write were lost, and nothing shows that it was carried out; "
            "run the same command again to resume"
        )

    async def _send_once(self, step: Write, request: Request) -> WriteResult:
        """The result of a write. Raises AnswerLost also for an answer that does not name what was written."""
        response = await self._accepted(step, replace(request, rank=self._order.rank(step.key)))
        try:
            result = step.read(object_of(request, response))
        except BadAnswer as bad:
            raise AnswerLost(str(bad)) from bad
        if result.says_nothing and request.method != "DELETE":  # a second deletion would find nothing
            raise _SaysNothing(result)
        return await self._reader.confirmed(result)

    async def _accepted(self, step: Write, request: Request) -> Response:
        """The answer to a write. One that is refused for a while only is sent again."""
        for wait in BUSY_WAITS:
            try:
                return await self._call(request)
            except Refused as refused:
                if not step.passes(refused):
                    raise
            await self._sleep(wait)
        return await self._call(request)

    def _settle_refused(self, step: Write, built: PreparedWrite, refused: Refused | Forbidden) -> None:
        # A token without a right fails at every object: better to end than to leave thousands of gaps.
        if step.undo is not None:
            self._checkpoint.remove_undo(step.key)  # refused, so there is no change to undo
        if isinstance(refused, Forbidden) and not step.optional:
            raise refused
        gap = mask_gap(replace(step.failed, reason=f"{step.failed.reason}: {refused}"))
        told = step.told(refused) if isinstance(refused, Refused) else ()
        left, gaps = step.remembers(refused, gap.reason), [] if step.reported_later else [gap]
        self._settle(step, State.FAILED, built, WriteResult(identities=left, gaps=gaps, remarks=told))

    def _settle(
        self, step: Write, state: State, built: PreparedWrite, result: WriteResult = _NOTHING
    ) -> None:
        gaps: Sequence[Gap] = (*built.gaps, *result.gaps)
        identities = (*(built.identities if state is State.DONE else ()), *result.identities)
        undoes = step.undoes if state is State.DONE else ""
        if step.undoes and not undoes:
            state = State.INTENDED  # an undo that failed stays intended: the next run sends it again
        remarks = (*built.remarks, *result.remarks)
        self._checkpoint.settle(step.key, state, built.note, identities, gaps, undoes, remarks)

    async def _await(self, step: Await) -> None:
        request = step.asked()
        if request is None:
            self._checkpoint.settle(step.key, State.DONE, {}, step.unasked)
            return
        fewest, waits = math.inf, iter(AWAIT_WAITS)
        while True:
            seen = step.observe(await self._read(step, request))
            # Fewer than ever before: the service goes on, and this comes to an end.
            if len(seen.pending) < fewest:
                fewest, waits = len(seen.pending), iter(AWAIT_WAITS)
            wait = next(waits, None)
            if not seen.pending or wait is None:
                break
            await self._sleep(wait)
        identities = [*seen.found, *seen.pending]
        self._checkpoint.settle(step.key, State.DONE, {}, identities, step.gaps(seen.pending))

    async def _read(self, step: Await, request: Request) -> JsonObject:
        try:
            return await self._reader.read_pages(request, step.required_key, step.next_page)
        except Forbidden:
            if step.optional:
                return {}
            raise

    async def _call(self, request: Request) -> Response:
        response = await self._session.call(request)
        if not response.ok:
            raise self._plan.error(request, response)
        return response
