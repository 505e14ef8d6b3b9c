"""What the clients of this package share: a request is sent, its answer read, its refusal told; pages by cursor.

Must never change a payload.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from stackferry import exact_json
from stackferry.errors import AnswerLost, BadAnswer, JsonRefused, ServiceError
from stackferry.json_values import nested, rows_in, text
from stackferry.providers.contentful.api.refused import told
from stackferry.providers.contentful.refusals import refusal
from stackferry.providers.contentful.requests.read import next_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from stackferry.model import JsonObject, Request, Response
    from stackferry.providers.contentful.api.refused import About
    from stackferry.providers.contentful.requests.build import Pairs, Root

Call: TypeAlias = "Callable[[Request], Awaitable[Response]]"
Sleep: TypeAlias = "Callable[[float], Awaitable[None]]"
Answered: TypeAlias = "Callable[[JsonObject], None]"


class Client:
    """Sends requests about one environment through `call` and reads their answers."""

    def __init__(self, call: Call, root: Root) -> None:
        self._call, self._root = call, root

    async def _object(self, request: Request, about: About) -> JsonObject:
        """The object that is answered, as it came. Raises what `_answer` does, and the same for one without an id."""
        answer = await self._answer(request, about)
        if not text(nested(answer, "sys", "id")):
            raise _unread(request, "it does not name its object")
        return answer

    async def _page(self, request: Request, about: About) -> JsonObject:
        """A page of a listing, as it came. Raises BadAnswer where it holds no list."""
        answer = await self._answer(request, about)
        rows_in(answer, "items", f"{request.method} {request.path}")
        return answer

    async def _answer(self, request: Request, about: About) -> JsonObject:
        """The answer, as it came; empty where it has no body.

        Raises Refused, UsageError (no such space or environment) or AccessError for a refusal, BadAnswer for no JSON
        object, AnswerLost for that where the request may have been carried out and must not be repeated.
        """
        response = await self._call(request)
        if not response.ok:
            raise told(refusal(request, response), about, self._root)
        try:
            value = exact_json.loads(response.content or b"{}")
        except JsonRefused as refused:
            raise _unread(request, str(refused)) from refused
        if not isinstance(value, dict):
            raise _unread(request, "it is not a JSON object")
        return value

    async def _pages(self, first: Request, about: About) -> AsyncIterator[JsonObject]:
        """The page of a request, and those that follow by the cursors of their answers.

        Ends also with a service whose pages are all the same.
        """
        request, seen = first, {first.params}
        while True:
            page = await self._page(request, about)
            yield page
            address = text(nested(page, "pages", "next"))
            request = next_page(first.path, address)
            if not address or request.params in seen:
                return
            seen.add(request.params)


def _unread(request: Request, why: str) -> ServiceError:
    said = f"{request.method} {request.path}: the answer cannot be read: {why}"
    # What cannot be read may have been done: only a read is worth another try.
    if request.method == "GET":
        return BadAnswer(said)
    return AnswerLost(f"{said}; the write may or may not have been carried out")


def params(names: Mapping[str, str], given: Mapping[str, object]) -> Pairs:
    """Query parameters, those that were given, in the page's spelling, in its order.

    Several values are parted by commas, as the page writes them.
    """
    return tuple((name, _value(given[key])) for key, name in names.items() if given.get(key) is not None)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    return ",".join(map(str, value)) if isinstance(value, list | tuple | set | frozenset) else str(value)
