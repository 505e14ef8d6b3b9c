"""How a space is reached: the hosts of the regions, its rate limit, the headers of every request, the first requests.

API pages: "Base URL", "Authentication", "API rate limits", "Environments", "Environment aliases", "Uploads". Pure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.core.answer_rules import AnswerRules
from stackferry.core.rates import Lane, LimitHeaders, Rates
from stackferry.core.regions import host_of
from stackferry.errors import BadAnswer, JsonRefused, UsageError
from stackferry.json_values import as_object, nested, text
from stackferry.model import Budget, Place, Request, Secret
from stackferry.providers.contentful.kinds import Scope
from stackferry.providers.contentful.refusals import FORBIDDEN, UNAUTHORIZED, is_throttling, refusal
from stackferry.providers.contentful.requests.build import UPLOADS, Root, get

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Response

REGIONS: Mapping[str, str] = {"na": "api.contentful.com", "eu": "api.eu.contentful.com"}
_UPLOAD_HOSTS: Mapping[str, str] = {
    "api.contentful.com": "upload.contentful.com",
    "api.eu.contentful.com": "upload.eu.contentful.com",
}
MASTER = "master"  # the environment that every space has

# Reads, writes and uploads count against one limit: 7 requests a second on free plans, more on others, which every
# answer says ("API rate limits").
_LIMIT = LimitHeaders(
    limit="x-contentful-ratelimit-second-limit",
    remaining="x-contentful-ratelimit-second-remaining",
    reset="x-contentful-ratelimit-reset",
)
RATES = Rates(
    lanes={"api": Lane(rate=7, headers=(_LIMIT,), may_rise=True)},
    spends={Budget.READ: ("api",), Budget.WRITE: ("api",), Budget.BULK: ("api",)},
)
RULES = AnswerRules(is_throttling=is_throttling)


def parse_place(key: str, host: str, path: str, *, secure: bool) -> Place:
    """The environment that a URL names. Raises UsageError where the URL lacks the space or the host."""
    if not key or not host:
        raise UsageError(
            "a place reads contentful://SPACE@REGION_OR_HOST/ENVIRONMENT; this one lacks a space or a host"
        )
    host = host_of(host, REGIONS, secure=secure)
    return Place(system="contentful", key=key, host=host, name=path or MASTER, secure=secure)


def origins(place: Place) -> Mapping[str, str]:
    """Where files are uploaded to: a host of its own for each region, and otherwise the place's own."""
    host = _UPLOAD_HOSTS.get(place.host, place.host)
    return {UPLOADS: replace(place, host=host).origin}


def headers(place: Place, credential: tuple[str, Secret]) -> dict[str, Secret | str]:
    """The headers of every request: whatever kind of credential it is, it is sent as a bearer token."""
    del place
    return {"authorization": Secret(f"Bearer {credential[1].reveal()}")}


def routing_headers(place: Place) -> dict[str, str]:
    """None: the path names the place."""
    del place
    return {}


def access_request(place: Place) -> Request:
    """A read of the environment."""
    return get(Root.of(place).in_environment(""))


def check_access(place: Place, request: Request, response: Response) -> Place | Request:
    """The environment; where the name is an alias, the environment that it points at.

    Where there is none, the space is asked for, so that the error says which of the two is missing.
    """
    space = get(Root.of(place).path(Scope.SPACE, ""))
    if response.ok and request != space:
        return replace(place, name=_environment(response) or place.name)
    if response.ok:
        raise UsageError(
            f"space {place.key} has no environment or alias '{place.name}' that this token may read"
        )
    error = refusal(request, response)
    if response.status in (UNAUTHORIZED, FORBIDDEN):
        raise error
    if request != space:
        return space
    raise UsageError(f"there is no space '{place.key}', or the token may not read it: {error}")


def _environment(response: Response) -> str:
    """The environment that an answer is about. Through an alias, that is not the one that was asked for."""
    try:
        record = as_object(exact_json.loads(response.content))
    except JsonRefused as refused:
        raise BadAnswer(f"the environment's record cannot be read: {refused}") from refused
    return text(nested(record, "sys", "aliasedEnvironment", "sys", "id")) or text(nested(record, "sys", "id"))
