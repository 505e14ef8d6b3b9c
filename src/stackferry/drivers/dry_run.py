"""An import that writes nothing: the plan carried out against answers that are made up.

The same plan and the same order as the real one, so what it counts is what would be sent, as long as the service
refuses nothing. Works on a copy of the import's checkpoint; must never send a write or touch the real one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.drivers.events import Emit, silent
from stackferry.drivers.importer import Caller, Importer
from stackferry.errors import JsonRefused
from stackferry.io.storage.checkpoint import State
from stackferry.providers.target import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection
    from contextlib import AbstractAsyncContextManager

    from stackferry.io.http.transport import ResponseStream
    from stackferry.io.storage.checkpoint import Checkpoint
    from stackferry.model import Json, JsonObject, Request, Response
    from stackferry.providers.target import Await, Concurrent, ImportPlan, Step, Write, WriteOptions

_SKIP = "skip"
_VERBS = {"POST": "create", "PUT": "update", "DELETE": "delete"}


@dataclass(slots=True)
class Forecast:
    """What an import would do: for each kind how many of it are created, updated, published, skipped."""

    actions: dict[str, Counter[str]] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)

    def saw(self, kind: str, action: str) -> None:
        self.actions.setdefault(kind, Counter())[action] += 1

    def of(self, options: WriteOptions) -> Forecast:
        """Without the kinds that are not replayed and of which nothing would be written."""
        told = {
            kind: counts
            for kind, counts in self.actions.items()
            if options.includes(kind) or counts.keys() != {_SKIP}
        }
        return replace(self, actions=told)

    def as_json(self) -> JsonObject:
        return {kind: {**counts} for kind, counts in sorted(self.actions.items())}


class _Looking:
    """A session that would tell if anything were written."""

    def __init__(self, session: Caller) -> None:
        self._session = session

    async def call(self, request: Request) -> Response:
        if request.method != "GET":
            raise AssertionError(f"a rehearsal writes nothing, not even {request.method} {request.path}")
        return await self._session.call(request)

    def stream(self, request: Request) -> AbstractAsyncContextManager[ResponseStream]:
        return self._session.stream(request)


class DryRun(Importer):
    """A replayer whose every write is answered by imagination. It looks only at what was there before."""

    def __init__(
        self, writing: ImportPlan, session: Caller, checkpoint: Checkpoint, emit: Emit = silent
    ) -> None:
        self.forecast = Forecast()
        self._serial = 0
        super().__init__(writing, _Looking(session), checkpoint, emit)

    async def take_back(self, but: Collection[str] = ()) -> None:
        """Nothing was changed, so nothing is taken back."""

    def _in_force(self, step: Step) -> bool:
        """To look is no write."""
        del step
        return False

    async def _alongside(self, both: Concurrent) -> None:
        """One sequence after the other: nothing takes time, and so what trails finds all it waits for."""
        await self._stages(chain(both.primary, both.secondary))

    async def _write(self, step: Write) -> None:
        built = step.build()
        if built.request is None:
            self.forecast.saw(step.kind, _SKIP)
            self._settle(step, State.DONE, built, Outcome())
            return
        self.forecast.saw(step.kind, _action(step.kind, built.request))
        self.forecast.requests[built.request.budget.value] += 1
        answer = self._imagined(built.request, built.note)
        self._settle(step, State.DONE, built, step.read(answer))

    async def _await(self, step: Await) -> None:
        if step.before:
            await super()._await(step)
        else:
            self._checkpoint.settle(step.key, State.DONE, {})

    def _imagined(self, request: Request, note: JsonObject) -> JsonObject:
        """What the service would answer if it did as asked."""
        self._serial += 1
        sent = _sent(request)
        version = note.get("version")
        made: JsonObject = {"uid": f"planned-{self._serial}", "_version": version if version else 1}
        return {name: {**value, **made} for name, value in sent.items() if isinstance(value, dict)}


def _action(kind: str, request: Request) -> str:
    return "publish" if kind == "publications" else _VERBS.get(request.method, request.method)


def _sent(request: Request) -> JsonObject:
    """What a request says, under the name that its answer has."""
    for part in request.parts:
        if part.media_type == "application/json" and isinstance(part.content, bytes):
            return {part.name: _parsed(part.content)}
    if request.parts:
        return {"asset": {}}
    body = _parsed(request.body or b"{}")
    return body if isinstance(body, dict) else {}


def _parsed(data: bytes) -> Json:
    try:
        return exact_json.loads(data)
    except JsonRefused:
        return {}
