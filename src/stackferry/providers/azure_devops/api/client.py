"""What the clients of this package share: a request is sent, its answer read, its refusal told; pages by token.

Must never change a payload.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from stackferry import exact_json
from stackferry.errors import AnswerLost, BadAnswer, JsonRefused, ServiceError
from stackferry.json_values import objects, rows_in
from stackferry.providers.azure_devops.api.advice import told
from stackferry.providers.azure_devops.refusals import refusal
from stackferry.providers.azure_devops.requests.read import PAGE, TOKEN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from stackferry.model import Json, JsonObject, Request, Response
    from stackferry.providers.azure_devops.hosts import Root
    from stackferry.providers.azure_devops.requests.read import Pairs

Call: TypeAlias = "Callable[[Request], Awaitable[Response]]"

_IDLE_PAGES: Final = (
    10  # pages without a new row that may follow one another: the service may filter after paging
)


class Found(NamedTuple):
    """Rows of a list, each once, and the token of the page that would follow; empty where there is none."""

    rows: list[JsonObject]
    token: str

    def as_json(self) -> JsonObject:
        """The rows in the wrapper of the service."""
        value: list[Json] = [*self.rows]
        return {"count": len(value), "value": value}


class RowPage(NamedTuple):
    """One page of a list: the answer as it came, and the token of the next page; empty on the last one."""

    answer: JsonObject
    token: str

    @property
    def rows(self) -> list[JsonObject]:
        return objects(self.answer.get("value"))

    @property
    def found(self) -> Found:
        return Found(self.rows, self.token)


class Client:
    """Sends requests about one project through `call` and reads their answers."""

    def __init__(self, call: Call, root: Root) -> None:
        self._call, self._root = call, root

    async def _response(self, request: Request, subject: str) -> Response:
        """An answer of any form. Raises the error that a refusal means, beginning with its subject."""
        response = await self._call(request)
        if not response.ok:
            raise told(refusal(request, response), subject)
        return response

    async def _answer(self, request: Request, subject: str) -> JsonObject:
        """The object that is answered, as it came.

        Raises what `_response` does; BadAnswer for no JSON object, and AnswerLost for that where the request may have
        been carried out.
        """
        return _read_object(request, await self._response(request, subject))

    async def _object(self, request: Request, subject: str, number: int | None = None) -> JsonObject:
        """The object that is answered; with `number` it must have this id. One without an id is no answer."""
        answer = await self._answer(request, subject)
        found = answer.get("id")
        if not isinstance(found, int) or number not in (None, found):
            raise _unread(request, f"it is about {found!r}" if found else "it does not name its object")
        return answer

    async def _page(self, request: Request, subject: str) -> RowPage:
        """A page of a list, as it came. Raises BadAnswer where it holds no list."""
        response = await self._response(request, subject)
        answer = _read_object(request, response)
        rows_in(answer, "value", f"{request.method} {request.path}")
        return RowPage(answer, response.headers.get(TOKEN, ""))

    async def _found(
        self, ask: Callable[[str, int], Request], subject: str, *, token: str = "", most: int | None = None
    ) -> Found:
        """Each row of a list once: all, or at most so many, from the page of a token on.

        `ask` makes the request of a token and a number of rows. Raises BadAnswer where the service leads to a page
        again, or never ends.
        """
        rows, seen, idle = dict[str, Any](), set[tuple[str, int]](), 0
        left = size = PAGE if most is None else min(PAGE, most)
        while (token, size) not in seen:
            seen.add((token, size))
            page, known = await self._page(ask(token, size), subject), len(rows)
            for row in page.rows:
                rows.setdefault(str(row.get("id")), row)
            new = len(rows) - known
            token, idle = page.token, 0 if new else idle + 1
            if not token or (most is not None and len(rows) >= most):
                return Found([*rows.values()][:most], token)
            if idle == _IDLE_PAGES:
                why = f"{idle} pages in a row hold no new row, and there is no last one"
                raise BadAnswer(f"{subject}: {why}; the list is not complete")
            left = PAGE if most is None else most - len(rows)
            # Some services name the last row of a page, which the next page then repeats.
            size = min(PAGE, left + len(page.rows) - new)
        raise BadAnswer(f"{subject}: the service leads to the same page again; the list is not complete")


def params(names: Mapping[str, str], given: Mapping[str, object]) -> Pairs:
    """Query parameters, those that were given, in the page's spelling and order. Several values have commas between."""
    return tuple((name, _value(given[key])) for key, name in names.items() if given.get(key) is not None)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value)


def _read_object(request: Request, response: Response) -> JsonObject:
    try:
        value = exact_json.loads(response.content)
    except JsonRefused as refused:
        raise _unread(request, str(refused)) from refused
    if not isinstance(value, dict):
        raise _unread(request, "it is not a JSON object")
    return value


def _unread(request: Request, why: str) -> ServiceError:
    said = f"{request.method} {request.path}: the answer cannot be read: {why}"
    # What cannot be read may have been done: only a read is worth another try.
    if request.method == "GET":
        return BadAnswer(said)
    return AnswerLost(f"{said}; the write may or may not have been carried out")
