"""One question to the service: a request built, its answer read, its refusal raised.

What the clients of this package share. Must never know what an endpoint means, and never change a payload.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from stackferry import exact_json
from stackferry.errors import AnswerLost, BadAnswer, JsonRefused, ServiceError, UsageError
from stackferry.model import Budget, FormPart, Json, JsonObject, Request, Response
from stackferry.providers.contentstack.paths import API
from stackferry.providers.contentstack.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

Call: TypeAlias = "Callable[[Request], Awaitable[Response]]"
Answered: TypeAlias = "Callable[[JsonObject], None]"
Value: TypeAlias = "str | int | bool | JsonObject | None"
Pairs: TypeAlias = "tuple[tuple[str, str], ...]"


class Client:
    """Sends requests through `call` and reads their answers; the clients of the pages build on it."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def _ask(self, request: Request) -> JsonObject:
        """The answer, as it came. Raises Refused or AccessError for a refusal, BadAnswer for no JSON object,
        AnswerLost for that where the request may have been carried out and must not be repeated.
        """
        response = await self._call(request)
        if not response.ok:
            raise refusal(request, response)
        try:
            value = exact_json.loads(response.content or b"{}")
        except JsonRefused as refused:
            raise _unread(request, str(refused)) from refused
        if not isinstance(value, dict):
            raise _unread(request, "it is not a JSON object")
        return value

    async def _ask_each(self, requests: Iterable[Request], answered: Answered) -> list[JsonObject]:
        """The answers of several requests, one after the other; `answered` hears each as it comes."""
        answers: list[JsonObject] = []
        for request in requests:
            answers.append(await self._ask(request))
            answered(answers[-1])
        return answers


def nobody(_: JsonObject) -> None:
    """Hears an answer, and does nothing."""


def _unread(request: Request, why: str) -> ServiceError:
    said = f"{request.method} {request.path}: the answer cannot be read: {why}"
    if request.repeatable:
        return BadAnswer(said)
    return AnswerLost(f"{said}; the write may or may not have been carried out")


def read(path: str, params: Pairs = (), headers: Pairs = ()) -> Request:
    """A GET of a path under the API's root."""
    return Request(method="GET", path=API + path, params=params, headers=headers)


def write(
    method: str,
    path: str,
    body: JsonObject | None = None,
    *,
    params: Pairs = (),
    headers: Pairs = (),
    parts: tuple[FormPart, ...] = (),
    repeatable: bool = False,
) -> Request:
    """A request that changes something. Only what does the same when it is done twice is `repeatable`."""
    return Request(
        method=method,
        path=API + path,
        params=params,
        headers=headers,
        body=None if body is None else exact_json.dumps(body),
        parts=parts,
        budget=Budget.BULK if path.startswith("/bulk/") else Budget.WRITE,
        repeatable=repeatable,
    )


def under(*segments: str) -> str:
    """A path of segments, each encoded. Raises UsageError for one that would name another path."""
    for segment in segments:
        if segment in ("", ".", ".."):
            raise UsageError(f"'{segment}' is not a uid")
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)


def params(**given: Value) -> Pairs:
    """Query parameters, those that were given, in the spelling of the pages."""
    return tuple((name, _text(value)) for name, value in given.items() if value is not None)


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return exact_json.dumps(value).decode() if isinstance(value, dict) else str(value)


def given(**fields: Json) -> JsonObject:
    """The fields of a body that were given."""
    return {name: value for name, value in fields.items() if value is not None}
