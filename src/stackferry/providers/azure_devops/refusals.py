"""A refusal of the service as an error of the tree in `errors`, in the service's own words; and what asks to sign in.

Bodies read `{"$id", "innerException", "message", "typeName", "typeKey", "errorCode", "eventId"}`. A token that is none,
or none any more, is answered in four ways: with a sign-in page as 203 or behind a 302, with a bare 401, or with a 401
and a body (TF400813). They mean the same; the reason stands in `X-TFS-ServiceError`, percent-encoded. Must never raise
whatever a broken server sends.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from stackferry import exact_json
from stackferry.errors import (
    Forbidden,
    JsonRefused,
    NoSuchPlace,
    NotOffered,
    NotSignedIn,
    Refused,
    StackferryError,
)
from stackferry.json_values import as_object, integer, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import JsonObject, Request, Response

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SIGN_IN: Final = re.compile(rb"(?i)_signin|sign[ -]?in to|login\.microsoftonline|app\.vssps")
_NO_PROJECT: Final = re.compile(r"TF200016|VS800075|ProjectDoesNotExist|ProjectNotFound")
_OF_AN_OBJECT: Final = re.compile(
    r"Release|Definition|Environment|Deploy|Folder|Task|Log|Gate|Attachment|Snapshot|Approval|Intervention|Tag"
)
_SHOWN: Final = 400  # characters of the service's words


def sign_in_problem(response: Response) -> str:
    """What is wrong with the credential where a web page or a redirect asks to sign in; empty for any other."""
    reason = _service_error(response.headers)
    if response.status in _REDIRECTS:
        target = response.headers.get("location", "").encode("utf-8", "replace")
        return _signed_out(reason) if reason or _SIGN_IN.search(target) else ""
    is_sign_in = response.status == 203 or reason or _SIGN_IN.search(response.content)
    return _signed_out(reason) if is_sign_in else ""


def refusal(request: Request, response: Response) -> StackferryError:
    """The error that an answer outside 2xx means."""
    body = error_body(response)
    reason = _words(body) or _service_error(response.headers) or f"status {response.status}"
    call = f"{request.method} {request.path}"
    activity = response.headers.get("activityid") or response.headers.get("x-vss-e2eid", "")
    asked = f" [activity {activity}]" if activity else ""
    if response.status == 401:
        return NotSignedIn(f"{call}: {_signed_out(_service_error(response.headers) or _words(body))}{asked}")
    if _NO_PROJECT.search(f"{reason} {text(body.get('typeKey'))}"):
        return NoSuchPlace(
            f"{call}: {reason}; check the organization and the project, and that the token may see it"
        )
    # A read's refusal may become part of a snapshot, which is the same each time: without the activity's id.
    message = f"{call}: {reason}{'' if request.method == 'GET' else asked}"
    if response.status == 403:
        return Forbidden(f"{message} (status 403); check the scopes of the token and the rights of its user")
    errors: dict[str, object] = {"type": text(body.get("typeKey")), "activity": activity}
    code = integer(body.get("errorCode"))
    if response.status == 404 and _is_wrong_host(request, text(body.get("typeKey"))):
        if request.path.lower().endswith(_ON_EVERY_SERVER):
            return NoSuchPlace(f"{message}; {_WRONG_HOST}")
        return NotOffered(f"{message}; {_WRONG_HOST}", status=404, errors=errors)
    if response.status == 404 and request.method == "GET":
        hint = f"; {_NO_PEOPLE}" if request.path.lower().endswith("/_apis/identities") else ""
        return NotOffered(f"{message}{hint}", status=404, code=code, errors=errors)
    return Refused(message, status=response.status, code=code, errors=errors)


_ON_EVERY_SERVER: Final = ("/release/definitions", "/release/releases")
_WRONG_HOST: Final = (
    "this host does not serve releases: did you mean the release host, as vsrm.dev.azure.com? It is what "
    "--vsrm-url names. On a server of your own, check the path before the project, as /tfs, and the collection"
)
_NO_PEOPLE: Final = (
    "this host does not serve users and groups, for whom the cloud has a host of its own, vssps.dev.azure.com"
)


def _is_wrong_host(request: Request, type_key: str) -> bool:
    """Whether a 404 is of a host that knows no releases at all, and not of one object."""
    return "/_apis/release/" in request.path.lower() and not _OF_AN_OBJECT.search(type_key)


def error_body(response: Response) -> JsonObject:
    """The object that a refusal's body is; empty where it is none."""
    try:
        return as_object(exact_json.loads(response.content))
    except JsonRefused:
        return {}


def _words(body: JsonObject) -> str:
    return " ".join(text(body.get("message")).split())[:_SHOWN]


def _service_error(headers: Mapping[str, str]) -> str:
    """Why a token was refused; the header is percent-encoded, since it may be in any language."""
    return " ".join(unquote(headers.get("x-tfs-serviceerror", "")).split())[:_SHOWN]


def _signed_out(reason: str) -> str:
    why = reason or "the token is expired, revoked or of another organization"
    return f"the service asks to sign in: {why.rstrip('.')}. Make a new token and run the same command again"
