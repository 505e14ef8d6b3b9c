"""Following a bulk job to its end.

The page "Bulk Operations" names the job of each request and no call to ask for it. The vendor's own clients ask
`GET /bulk/jobs/{job_id}`; a service may lack it, and then a job's end cannot be known here: its status is "unknown".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stackferry.errors import Refused
from stackferry.json_values import integer, objects, text
from stackferry.providers.contentstack.api.client import Call, Client
from stackferry.providers.contentstack.requests.build import BULK, params, segment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from stackferry.model import JsonObject

Sleep: TypeAlias = "Callable[[float], Awaitable[None]]"

UNKNOWN = "unknown"
# How a service refuses a call, or a job, that it does not know.
_NO_SUCH = frozenset({400, 404, 405, 422})
# A status is a number of the bulk task queue, or a word. No page lists the words, and services differ: their beginnings
# decide.
_STATES = {1: "waiting", 2: "queued", 3: "in_progress", 4: "done", 5: "partial", 6: "failed"}
_ENDS = ("complete", "success", "fail", "error", "cancel", "abort", "partial", "done", "finish")
_FAILURES = ("fail", "error", "cancel", "abort", "partial")
_FIRST, _GROWTH, _LONGEST = 0.5, 1.6, 10.0  # seconds between reads


class BulkJobs(Client):
    """Jobs of one stack. Nothing is waited for but by `sleep`."""

    _headers = BULK

    def __init__(self, call: Call, sleep: Sleep) -> None:
        super().__init__(call)
        self._sleep = sleep

    async def status(self, *, job_id: str) -> JsonObject:
        """What the service says of a job; "unknown" where it knows no such call or no such job."""
        try:
            return await self._get(f"/bulk/jobs/{segment(job_id)}")
        except Refused as refused:
            if refused.status not in _NO_SUCH:
                raise
            return {"job_id": job_id, "status": UNKNOWN, "reason": str(refused)}

    async def items(self, *, job_id: str, skip: int | None = None, limit: int | None = None) -> JsonObject:
        """A page of a job's items and what became of each; none where the service has no such call."""
        try:
            return await self._get(f"/bulk/jobs/{segment(job_id)}/items", params(skip=skip, limit=limit))
        except Refused as refused:
            if refused.status not in _NO_SUCH:
                raise
            return {"items": []}

    async def all_items(self, *, job_id: str) -> JsonObject:
        """Every item of a job in one answer. The first page is as long as the service makes it, the others as that."""
        first = await self.items(job_id=job_id)
        total, page = integer(first.get("count")), objects(first.get("items"))
        found, length = [*page], len(page)
        while page and len(page) >= length and (total is None or len(found) < total):
            page = objects((await self.items(job_id=job_id, skip=len(found), limit=length)).get("items"))
            if page == found[-length:]:
                break  # the service does not know how to skip
            found += page
        return {**first, "items": [*found]}

    async def wait(self, *, job_id: str, longest: float = 300.0) -> JsonObject:
        """Follow a job to its end, with ever longer pauses, at most so many seconds; the last status of it.

        Raises what `status` raises. A status that is no end means that the time was up.
        """
        pause, waited = _FIRST, 0.0
        while True:
            found = await self.status(job_id=job_id)
            if is_ended(found) or waited >= longest:
                return found
            await self._sleep(pause)
            waited, pause = waited + pause, min(pause * _GROWTH, _LONGEST)


def state(job: JsonObject) -> str:
    """How far a job is, in a word; a number without a known meaning is shown as it is."""
    number = integer(job.get("status"))
    return text(job.get("status")).casefold() if number is None else _STATES.get(number, str(number))


def is_ended(job: JsonObject) -> bool:
    """Whether more waiting would be of no use."""
    return state(job) == UNKNOWN or state(job).startswith(_ENDS)


def failed(job: JsonObject, items: JsonObject) -> list[JsonObject]:
    """The items that the job did not do; the job itself where it failed and does not say which."""
    ends = ("publish_status", "status")  # of an item, in one client's tests or another's
    rows = [row for row in objects(items.get("items")) if "failed" in {text(row.get(end)) for end in ends}]
    whole = any(word in state(job) for word in _FAILURES)
    return rows or ([job] if whole else [])
