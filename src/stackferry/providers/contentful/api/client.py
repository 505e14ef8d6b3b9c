"""What the clients of this package share: a request is sent, its answer read, its refusal told; pages by cursor.

Must never change a payload.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from stackferry import exact_json
from stackferry.errors import AnswerLost, BadAnswer, JsonRefused, Refused, ServiceError
from stackferry.json_values import as_list, integer, nested, rows_in, text
from stackferry.providers.contentful.api.refused import told
from stackferry.providers.contentful.refusals import is_too_large, refusal
from stackferry.providers.contentful.requests.read import next_page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from stackferry.model import JsonObject, Request, Response
    from stackferry.providers.contentful.api.refused import About
    from stackferry.providers.contentful.requests.build import Pairs, Root

Call: TypeAlias = "Callable[[Request], Awaitable[Response]]"
Sleep: TypeAlias = "Callable[[float], Awaitable[None]]"
Answered: TypeAlias = "Callable[[JsonObject], None]"

_BAD_REQUEST: Final = 400
_LIMIT: Final = re.compile(r"(?i)\blimit is\b|\bmaximum limit\b|\blimit must\b")


class Client:
    """Sends requests about one environment through `call` and reads their answers."""

    def __init__(self, call: Call, root: Root) -> None:
        self._call, self._root = call, root

    async def _object(self, request: Request, about: About, uid: str = "") -> JsonObject:
        """The object that is answered, as it came. Raises what `_answer` does, and the same for one without an id.

        With `uid` it must be that one: an answer about another object is no answer.
        """
        answer = await self._answer(request, about)
        found = text(nested(answer, "sys", "id"))
        if not found:
            raise _unread(request, "it does not name its object")
        if uid and found != uid:
            raise _unread(request, f"it is about '{found}'")
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
        """The page of a request, and those that follow: by the cursors of the answers, else by offset.

        Ends also with a service whose pages are all the same.
        """
        request: Request | None = first
        seen: set[Pairs] = set()
        rows = 0
        while request is not None and request.params not in seen:
            seen.add(request.params)
            request, page = await self._fitting_page(request, about)
            yield page
            rows += len(as_list(page.get("items")))
            request = following(request, page, rows)

    async def _fitting_page(self, request: Request, about: About) -> tuple[Request, JsonObject]:
        """A page and its request, with fewer rows where the service refuses so many."""
        while True:
            try:
                return request, await self._page(request, about)
            except Refused as refused:
                limit = int(dict(request.params).get("limit", "0"))
                if limit < 2 or not _is_of_size(refused):
                    raise
                request = with_param(request, "limit", str(limit // 2))


def following(request: Request, page: JsonObject, rows: int) -> Request | None:
    """The request of the page after this one, when there were so many rows in all; None where there is none."""
    if address := text(nested(page, "pages", "next")):
        return next_page(request.path, address)
    if as_list(page.get("items")) and rows < (integer(page.get("total")) or 0):
        return with_param(request, "skip", str(rows))
    return None


def with_param(request: Request, name: str, value: str) -> Request:
    """The same request with another value of a parameter."""
    others = tuple(pair for pair in request.params if pair[0] != name)
    return replace(request, params=(*others, (name, value)))


def _is_of_size(refused: Refused) -> bool:
    """Whether fewer rows may be answered: the page is too large, or has more rows than the service allows."""
    return refused.status == _BAD_REQUEST and (is_too_large(refused) or bool(_LIMIT.search(str(refused))))


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
