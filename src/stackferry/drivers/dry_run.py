"""An import that writes nothing: the plan carried out against imagined answers.

The plan and the order are those of the real import, so what it counts is what would be sent, as long as the service
refuses nothing. It works on a copy of the import's checkpoint; it must never send a write or touch the real one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from stackferry.drivers.importer import Caller, Importer
from stackferry.io.storage.checkpoint import State
from stackferry.providers.target import WriteResult

if TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import AbstractAsyncContextManager

    from stackferry.drivers.run import Run
    from stackferry.io.http.transport import ResponseStream
    from stackferry.io.storage.checkpoint import Checkpoint
    from stackferry.model import JsonObject, Request, Response
    from stackferry.providers.target import Await, Concurrent, ImportPlan, Step, Write, WriteOptions

_SKIP = "skip"


@dataclass(slots=True)
class Forecast:
    """What an import would do: for each kind how many of it are created, updated, published, skipped."""

    actions: dict[str, Counter[str]] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, action: str) -> None:
        self.actions.setdefault(kind, Counter())[action] += 1

    def of(self, options: WriteOptions) -> Forecast:
        """Without the kinds that are not replayed and of which nothing would be written."""
        actions = {
            kind: counts
            for kind, counts in self.actions.items()
            if options.includes(kind) or counts.keys() != {_SKIP}
        }
        return replace(self, actions=actions)

    def as_json(self) -> JsonObject:
        return {kind: {**counts} for kind, counts in sorted(self.actions.items())}


class _ReadOnly:
    """A session that refuses to send a write."""

    def __init__(self, session: Caller) -> None:
        self._session = session

    async def call(self, request: Request) -> Response:
        if request.method != "GET":
            raise AssertionError(f"a dry run writes nothing, not even {request.method} {request.path}")
        return await self._session.call(request)

    def stream(self, request: Request) -> AbstractAsyncContextManager[ResponseStream]:
        return self._session.stream(request)


class DryRun(Importer):
    """An importer whose plan imagines the answer to every write. It reads only what the target held before."""

    def __init__(self, plan: ImportPlan, run: Run, checkpoint: Checkpoint) -> None:
        self.forecast = Forecast()
        self._serial = 0
        super().__init__(plan, run, checkpoint)
        self._session = _ReadOnly(self._session)

    async def undo_temporary_changes(self, keep: Collection[str] = ()) -> None:
        """Nothing was changed, so there is nothing to undo."""

    def _must_recheck(self, step: Step) -> bool:
        """A dry run makes no temporary change, so none is in force."""
        del step
        return False

    async def _concurrent(self, both: Concurrent) -> None:
        """One sequence after the other: nothing takes time, so the secondary finds all that it waits for."""
        await self._stages(chain(both.primary, both.secondary))

    async def _write(self, step: Write) -> None:
        built = step.build()
        if built.request is None:
            self.forecast.add(step.kind, _SKIP)
            self._settle(step, State.DONE, built, WriteResult())
            return
        self.forecast.add(step.kind, self._plan.action(step.kind, built.request))
        self.forecast.requests[built.request.budget.value] += 1
        self._serial += 1
        answer = self._plan.imagine(built.request, built.note, self._serial)
        self._settle(step, State.DONE, built, step.read(answer))

    async def _await(self, step: Await) -> None:
        if step.reads_initial_state:
            await super()._await(step)
        else:
            self._checkpoint.settle(step.key, State.DONE, {})
