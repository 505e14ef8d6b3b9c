"""What all requests are made of: paths, query parameters, JSON bodies, and which rate limit they count against."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from stackferry import exact_json
from stackferry.errors import JsonRefused, UsageError
from stackferry.json_values import as_list, as_object, integer
from stackferry.model import Budget, Request

if TYPE_CHECKING:
    from stackferry.model import FormPart, Json, JsonObject

Pairs: TypeAlias = tuple[tuple[str, str], ...]

API = "/v3"
PAGE = 100  # "This request returns the first 100 entries": the most that a page holds
JSON_TYPE = "application/json"
_TAXONOMY = "taxonomy"
NESTED: Pairs = (("api_version", "3.2"),)
"""Nested global fields in schemas; for publishing, "Nested Reference Publishing"."""
BULK: Pairs = (("bulk_version", "2.0"),)


def get(path: str, *params: tuple[str, str], headers: Pairs = ()) -> Request:
    """A read of a path under the API's root."""
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
        # Bulk calls have a limit of their own: one a second ("Rate limiting").
        budget=Budget.BULK if path.startswith("/bulk/") else Budget.WRITE,
        repeatable=repeatable,
    )


def segment(uid: str) -> str:
    """A uid as a segment of a path. Raises UsageError for one that would name another path."""
    # `quote` leaves dots alone, and with an empty segment the path would be that of the list.
    if uid in ("", ".", ".."):
        raise UsageError(f"'{uid}' is not a uid")
    return quote(uid, safe="")


def sent_body(request: Request) -> JsonObject:
    """The JSON object that a write sends, under the name that its answer has; empty where it sends no JSON."""
    body = request.body or b"{}"
    for part in request.parts:
        if part.media_type == JSON_TYPE and isinstance(part.content, bytes):
            return {part.name: _object_of(part.name, _parsed(part.content))}
    return _parsed(body)


def _object_of(name: str, file: JsonObject) -> JsonObject:
    """The object that a file holds: that of a taxonomy has its terms beside it. An entry may have a field `entry`."""
    return as_object(file[name]) if name == _TAXONOMY and name in file else file


def _parsed(data: bytes) -> JsonObject:
    try:
        return as_object(exact_json.loads(data))
    except JsonRefused:
        return {}


def params(**given: str | int | bool | JsonObject | None) -> Pairs:
    """Query parameters, those that were given, in their order and in the spelling of the API pages."""
    return tuple((name, _text(value)) for name, value in given.items() if value is not None)


def _text(value: str | int | JsonObject) -> str:
    # The pages write booleans in lower case, and a query as JSON.
    if isinstance(value, bool):
        return "true" if value else "false"
    return exact_json.dumps(value).decode() if isinstance(value, dict) else str(value)


def page_params(skip: int, limit: int = 0) -> Pairs:
    """The parameters of one page of a listing; `limit` is how many rows are wanted in all, 0 for every one."""
    size = max(1, min(PAGE, limit - skip)) if limit else PAGE
    return (("include_count", "true"), ("limit", str(size)), ("skip", str(skip)))


def next_page(key: str, request: Request, answer: JsonObject) -> Request | None:
    """The request for the rows of a list after those that the answer holds; None if these are all.

    A page holds as many rows as the service likes, whatever `limit` says. The request must ask for the count.
    """
    there, count = len(as_list(answer.get(key))), integer(answer.get("count"))
    if not there or (count is not None and count <= there):
        return None
    params = (pair for pair in request.params if pair[0] != "skip")
    return replace(request, params=(*params, ("skip", str(there))))


def given(**fields: Json) -> JsonObject:
    """The fields of a body that were given."""
    return {name: value for name, value in fields.items() if value is not None}
