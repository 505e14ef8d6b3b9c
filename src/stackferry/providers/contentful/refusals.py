"""A refusal of the service (an answer outside 2xx) as an error of the tree in `errors`, in the service's own words.

API page: "Errors" of the Content Management API: `{"sys": {"type": "Error", "id"}, "message", "details", "requestId"}`.
Must never raise whatever a broken server sends: it returns the error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.errors import AccessError, Forbidden, JsonRefused, NotOffered, Refused, StackferryError
from stackferry.json_values import as_object, nested, objects, text

if TYPE_CHECKING:
    from stackferry.model import JsonObject, Request, Response

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, TOO_LARGE, BUSY = 401, 403, 404, 409, 413, 429
THROTTLED: Final = "RateLimitExceeded"
_TOO_LARGE: Final = re.compile(r"(?i)response size too big(?:\D*(\d+))?")
# Features that a plan lacks are refused as if the token lacked a right; only the words differ.
_NOT_IN_PLAN: Final = re.compile(
    r"(?i)not (included|available|enabled|part of)[^.]*\b(plan|space|organi[sz]ation|feature)\b|upgrade your"
)
# What a plan has no room for is refused as if the token lacked a right, too; some answers say "not authorized … or
# exceeded your plan limits" of both.
_NO_ROOM: Final = re.compile(r"(?i)\blimits?\b|\bquota\b|\bexceeded\b")
# Such an answer that speaks of nothing else is about this one object: all that needs no more room can be written.
_FULL: Final = re.compile(
    r"(?i)\b(usage|quota|limit|maximum)\b[^.]*\b(reached|exceed\w*)\b"
    r"|\b(reached|exceed\w*)\b[^.]*\b(usage|quota|limit|maximum)\b|\bat most \d"
)
_OF_RIGHTS: Final = re.compile(r"(?i)authori[sz]|permission|\brights?\b|not allowed")
_MORE_ROOM: Final = (
    "the plan has no room for it: delete what is not used, or get more; then import with --on-conflict update"
)
_IN_EVERY_SPACE: Final = re.compile(
    r"/spaces/[^/]+(/environments/[^/]+/(public/)?(locales|content_types|entries|assets))?"
)
_NO_RELEASES: Final = (
    "this token may not see the releases, or an entry in one of them, or the space's plan has none"
)
_SHOWN: Final = 3  # details that a message names
_RELEASES: Final = re.compile(r"/spaces/[^/]+/environments/[^/]+/releases")
_ENTITIES: Final = ("Entry", "Asset")
# What one release, or the space's bulk actions, refuse because one of theirs is under way.
_BUSY_ROUTES: Final = re.compile(r"/(releases/[^/]+/(published|validate|archived)|bulk_actions(/[^/]+)?)$")


def read_refusal(request: Request, response: Response) -> StackferryError:
    """The error of a read. What every space has is not missing: a token that may not see it is answered 404, too."""
    if response.status == NOT_FOUND and _IN_EVERY_SPACE.fullmatch(request.path):
        message = f"{request.method} {request.path}: {_reason(error_body(response), response.status)}"
        return Forbidden(f"{message} (status {response.status}); check the token's rights")
    error = refusal(request, response)
    return (
        Forbidden(f"{error} (status {response.status}); {_NO_RELEASES}") if _hides(request, error) else error
    )


def _hides(request: Request, error: StackferryError) -> bool:
    """Whether releases are refused to the token, as their page says of 404.

    A list of Timeline releases alone is not offered in plans without them; but not where it says that it holds an
    entry which the token may not read.
    """
    if not isinstance(error, NotOffered) or not _RELEASES.fullmatch(request.path):
        return False
    return "sys.schemaVersion" not in dict(request.params) or error.errors.get("type") in _ENTITIES


def refusal(request: Request, response: Response) -> StackferryError:
    """The error that an answer outside 2xx means."""
    body = error_body(response)
    # A read's refusal may become part of a snapshot, which is the same each time: without the request's id.
    reason = _reason(body, response.status, names_request=request.method != "GET")
    message = f"{request.method} {request.path}: {reason}"
    details = as_object(body.get("details"))
    # `id` is that of the error; of the object that the details are about it is `object`.
    errors: dict[str, object] = {**details, "id": error_id(body), "object": details.get("id")}
    if response.status == UNAUTHORIZED:
        return AccessError(f"{message} (status {response.status}); check the space and the token")
    if _NOT_IN_PLAN.search(message):
        return NotOffered(message, status=response.status, errors=errors)
    if response.status == FORBIDDEN:
        if request.method != "GET" and _is_full(reason):
            return Refused(f"{message} ({_MORE_ROOM})", status=response.status, errors=errors)
        return _forbidden(message, reason)
    if response.status == NOT_FOUND and request.method == "GET":
        return NotOffered(message, status=response.status, errors=errors)
    return Refused(message, status=response.status, errors=errors)


def _forbidden(message: str, reason: str) -> Forbidden:
    room = ", and whether the plan has room for it" if _NO_ROOM.search(reason) else ""
    return Forbidden(f"{message} (status {FORBIDDEN}); check the token's rights{room}")


def _is_full(reason: str) -> bool:
    """Whether an answer says that there is no room, and not that the token may lack a right."""
    return bool(_FULL.search(reason)) and not _OF_RIGHTS.search(reason)


def is_busy(refused: Refused) -> bool:
    """Whether a write was refused because something else is under way: it is worth asking again after a while."""
    return refused.status == BUSY


def error_body(response: Response) -> JsonObject:
    """The object that a refusal's body is; empty where it is none."""
    try:
        return as_object(exact_json.loads(response.content))
    except JsonRefused:
        return {}


def error_id(body: JsonObject) -> str:
    """What the service calls the error: `sys.id`."""
    return text(nested(body, "sys", "id"))


def is_too_large(error: Exception) -> bool:
    """Whether a page was refused because its answer would be larger than the service sends."""
    return isinstance(error, Refused) and bool(_TOO_LARGE.search(str(error)))


def most_bytes(error: Exception) -> int:
    """How many bytes an answer may have, as such a refusal says; 0 where it does not."""
    found = _TOO_LARGE.search(str(error))
    return int(found[1] or 0) if found else 0


def is_throttling(request: Request, response: Response) -> bool:
    """Whether a 429 asks to send more slowly; else one release or the bulk actions are busy.

    Neither the status nor the id of the error tells these apart by itself: a busy release may be refused as
    `RateLimitExceeded`, without the header that says when requests are let through again, or with 0.
    """
    name = error_id(error_body(response))
    if name and name != THROTTLED:
        return False
    reset = response.headers.get("x-contentful-ratelimit-reset", "").strip()
    if reset and reset.strip("0."):
        return True
    return request.method == "GET" or not _BUSY_ROUTES.search(request.path)


def _reason(body: JsonObject, status: int, *, names_request: bool = False) -> str:
    """The service's words: the message, the first of its details, and the id by which support finds the request."""
    words = text(body.get("message")) or error_id(body) or f"status {status}"
    details = body.get("details")
    shown = details if isinstance(details, str) else _details(as_object(details))
    shown = shown or text(nested(body, "details", "reasons")).replace(words, "")
    request = text(body.get("requestId")) if names_request else ""
    return " ".join(
        filter(None, [words, f"({shown})" if shown else "", f"[request {request}]" if request else ""])
    )


def _details(details: JsonObject) -> str:
    return "; ".join(filter(None, map(detail_words, objects(details.get("errors"))[:_SHOWN])))


def detail_words(row: JsonObject) -> str:
    """One of the `details.errors` of a refusal: where something is wrong, and what."""
    path = row.get("path")
    place = "/".join(map(str, path)) if isinstance(path, list) else text(path)
    words = text(row.get("details")) or text(row.get("name"))
    return f"{place}: {words}" if place and words else place or words
