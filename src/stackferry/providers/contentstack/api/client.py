"""What the clients of this package share: a request is sent, its answer read, its refusal raised; paging.

Must never know what an endpoint means, and never change a payload.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stackferry import exact_json
from stackferry.errors import AnswerLost, BadAnswer, JsonRefused, ServiceError
from stackferry.json_values import integer, objects
from stackferry.providers.contentstack.refusals import refusal
from stackferry.providers.contentstack.requests.build import PAGE, Pairs, get, write

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from stackferry.model import JsonObject, Request, Response

Call: TypeAlias = "Callable[[Request], Awaitable[Response]]"
Answered: TypeAlias = "Callable[[JsonObject], None]"


class Client:
    """Sends requests through `call` and reads their answers; the clients of the pages build on it."""

    _headers: Pairs = ()  # of every request that `_get` and `_send` make

    def __init__(self, call: Call) -> None:
        self._call = call

    async def _get(self, path: str, asked: Pairs = ()) -> JsonObject:
        return await self._ask(get(path, *asked, headers=self._headers))

    async def _send(
        self, method: str, path: str, body: JsonObject | None, asked: Pairs = (), *, repeatable: bool = False
    ) -> JsonObject:
        request = write(method, path, body, params=asked, headers=self._headers, repeatable=repeatable)
        return await self._ask(request)

    async def _ask(self, request: Request) -> JsonObject:
        """The answer, as it came. Raises Refused or AccessError for a refusal, BadAnswer for no JSON object,
        AnswerLost for that where the request may have been carried out and must not be repeated.
        """
        response = await self._call(request)
        if not response.ok:
            raise refusal(request, response)
        try:
            # Some calls answer 2xx without a body.
            value = exact_json.loads(response.content or b"{}")
        except JsonRefused as refused:
            raise _unread(request, str(refused)) from refused
        if not isinstance(value, dict):
            raise _unread(request, "it is not a JSON object")
        return value

    async def _ask_each(self, requests: Iterable[Request], answered: Answered | None) -> list[JsonObject]:
        """The answers of several requests, one after the other; `answered` hears each as it comes."""
        answers: list[JsonObject] = []
        for request in requests:
            answers.append(await self._ask(request))
            if answered:
                answered(answers[-1])
        return answers


def _unread(request: Request, why: str) -> ServiceError:
    said = f"{request.method} {request.path}: the answer cannot be read: {why}"
    # What cannot be read may have been done: only a repeatable request is worth another try.
    if request.repeatable:
        return BadAnswer(said)
    return AnswerLost(f"{said}; the write may or may not have been carried out")


async def every_row(
    ask: Callable[[int, int], Awaitable[JsonObject]], key: str, most: int | None = None
) -> list[JsonObject]:
    """The rows under `key`, at most `most`; `ask` gets `skip` and `limit` and should ask for the count as well.

    Ends also with a service that pays no heed to `skip`, whose pages are all the same.
    """
    rows: list[JsonObject] = []
    while most is None or len(rows) < most:
        size = PAGE if most is None else min(PAGE, most - len(rows))
        answer = await ask(len(rows), size)
        page, count = objects(answer.get(key)), integer(answer.get("count"))
        # A service that pays no heed to `skip` answers its first page for ever.
        if not page or (rows and page[0] == rows[0]):
            break
        rows += page
        if len(rows) >= count if count is not None else len(page) < size:
            break
    return rows if most is None else rows[:most]
