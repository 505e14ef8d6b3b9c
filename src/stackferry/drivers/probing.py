"""Reads of an import's target: whether a write whose answer was lost was carried out, and what became of one.

A probe searches for what was sent. Where nothing bears its name, somebody may have renamed it since: an object that
its own history shows to be the one is taken; where no history tells, two readings remain, and nothing is sent a second
time. Must never write.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.drivers.answers import READ_WAITS, decoded
from stackferry.errors import BadAnswer, Refused, ServiceError
from stackferry.io.storage.files import Digester
from stackferry.json_values import as_list, as_object
from stackferry.model import Budget

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from stackferry.drivers.run import Run, Sleep
    from stackferry.io.http.session import Session
    from stackferry.io.storage.checkpoint import Operation
    from stackferry.model import Gap, JsonObject, Request, Response
    from stackferry.providers.target import (
        FreshUndo,
        ImportPlan,
        NextPage,
        PreparedWrite,
        Suspect,
        Write,
        WriteResult,
    )

_FELL_BACK = "fell_back"  # in the note of a write: it is sent in place of one that was refused
PROBE_WAITS = (0.0, 1.0, 3.0)  # seconds: a service may be slow to show what it did


class InDoubt(Exception):
    """It cannot be told which object a write made. The message says why, as the reason of a gap."""


class TargetReader:
    """Reads what one import's target shows. `call` sends a request and raises the error of a refusal."""

    def __init__(self, run: Run, plan: ImportPlan, call: Callable[[Request], Awaitable[Response]]) -> None:
        self._plan, self._call = plan, call
        self._session: Session = run.session
        self._sleep: Sleep = run.sleep

    async def confirmed(self, result: WriteResult) -> WriteResult:
        """The result, with the gaps that a read of the object shows where the answer to the write left a doubt."""
        if result.confirm is None:
            return result
        shown = await self.read(result.confirm.request, "")
        return replace(result, gaps=[*result.gaps, *result.confirm.gaps(shown)], confirm=None)

    async def probe(self, step: Write, note: JsonObject) -> WriteResult | None:
        """What a lost write made; None if nothing shows it after the service had time to.

        Raises ServiceError where several objects could be its result, InDoubt where one that was renamed could be.
        """
        if step.probe is None:  # the request is repeatable
            return None
        probe = step.probe(note)
        answer: JsonObject = {}
        for wait in PROBE_WAITS:
            await self._sleep(wait)
            answer = await self.read_pages(probe.request, probe.required_key, probe.next_page)
            if found := probe.found(answer):
                self._refuse_several(step, found, probe.if_several)
                return await self.confirmed(step.read(found[0]))
        if probe.newest is not None:
            answer = await self.read_pages(probe.newest, probe.required_key, probe.next_page)
        return await self._renamed(step, probe.suspects(answer))

    async def _renamed(self, step: Write, suspects: Sequence[Suspect]) -> WriteResult | None:
        """The one of these that the write made, as its own history shows."""
        found: list[JsonObject] = []
        renamed: list[Gap] = []
        doubtful: list[str] = []
        for suspect in suspects:
            original = await self.read(suspect.original, "") if suspect.original is not None else {}
            if not original:
                doubtful.append(suspect.label)
            elif (made := suspect.found(original)) is not None:
                found.append(made)
                renamed += suspect.renamed
        if found:
            self._refuse_several(step, found)
            result = await self.confirmed(step.read(found[0]))
            return replace(result, gaps=[*result.gaps, *renamed])
        if doubtful:
            raise InDoubt(
                "the answer to its creation was lost, and the target has since got "
                f"{', '.join(doubtful)}, which may be the same, renamed: it was not made a second time; rename that "
                "one back or delete it, then import with --on-conflict update and a new --state"
            )
        return None

    def _refuse_several(self, step: Write, found: Sequence[JsonObject], if_several: str = "") -> None:
        if len(found) > 1:
            names = ", ".join(map(self._plan.label, found))
            if if_several:
                raise InDoubt(f"{if_several}: {names}")
            raise ServiceError(
                f"{step.key}: an answer was lost and {len(found)} objects in the target could be its result: "
                f"{names}; remove the wrong one and run the same command again"
            )

    async def read(self, request: Request, holds: str) -> JsonObject:
        """The answer to a read; nothing where the service refuses it. Raises BadAnswer if none holds that key."""
        if request.budget is Budget.ASSET:
            return await self._digest(request)
        for wait in READ_WAITS:
            try:
                response = await self._call(request)
            except Refused:
                return {}  # what is not found was not made
            with suppress(BadAnswer):
                answer = object_of(request, response)
                if not holds or isinstance(answer.get(holds), list | dict):
                    return answer
            await self._sleep(wait)
        raise BadAnswer(f"{request.method} {request.path}: the answer does not hold '{holds}'")

    async def all_of(self, requests: Sequence[Request]) -> list[JsonObject]:
        """The answers to these reads, one after the other."""
        return [await self.read(request, "") for request in requests]

    async def undo(self, requests: Sequence[Request], fresh: FreshUndo | None) -> JsonObject:
        """Send what undoes a change; returns the last answer, of a `fresh` one alone.

        A refusal is none where the object is not there any more.
        """
        answer: JsonObject = {}
        for one in requests:
            request = fresh.following(one, answer) if fresh and answer else one
            try:
                response = await self._call(request)
            except Refused:
                look = replace(request, method="GET", body=None, budget=Budget.READ)
                if await self.read(fresh.reads[0] if fresh else look, ""):
                    raise
                continue
            answer = object_of(request, response) if fresh else {}
        return answer

    async def read_pages(self, request: Request, key: str, next_page: NextPage) -> JsonObject:
        """The answer to a read that must hold that key; of a list with the rows of all its pages."""
        answer = await self.read(request, key)
        while (following := next_page(request, answer)) is not None:
            page = await self.read(following, key)
            known, rows = as_list(answer.get(key)), as_list(page.get(key))
            if (
                not rows or rows[-1] in known
            ):  # the count was wrong, or the service gives the same page for ever
                break
            answer = {**page, key: [*known, *rows]}
        return answer

    async def _digest(self, request: Request) -> JsonObject:
        """What the bytes at an address hash to; nothing where there are none."""
        digester = Digester()
        async with self._session.stream(request) as stream:
            if not stream.ok:
                return {}
            async for piece in stream:
                digester.update(piece)
        found = digester.digest()
        return {"sha256": found.sha256, "size": found.size}


def object_of(request: Request, response: Response) -> JsonObject:
    """The JSON object of an answer; an empty one for other JSON and for no body. Raises BadAnswer for no JSON."""
    return as_object(decoded(request, response)) if response.content else {}


def instead(other: PreparedWrite) -> PreparedWrite:
    """What is written in place of a write that was refused: its intent says so, for a run that is resumed."""
    return replace(other, note={**other.note, _FELL_BACK: True})


def as_sent(step: Write, built: PreparedWrite, before: Operation | None) -> tuple[Write, PreparedWrite]:
    """A write as an earlier run sent it: what it wrote in place of what was refused is looked for, and sent again."""
    is_other = before is not None and before.note.get(_FELL_BACK) is True and built.request is not None
    other = step.fallback() if is_other and step.fallback is not None else None
    return (step, built) if other is None else (replace(step, fallback=None), other)
