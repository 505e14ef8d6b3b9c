"""How a stack is reached: the hosts of the regions, its rate limits, the headers of every request, the first requests.

API pages: "Base URL", "Authentication" and "Rate limiting" of the Content Management API; "Branches", "Aliases". Pure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry import exact_json
from stackferry.core.rates import Lane, LimitHeaders, Rates
from stackferry.core.regions import host_of
from stackferry.errors import BadAnswer, JsonRefused, UsageError
from stackferry.json_values import as_object, objects, text
from stackferry.model import Budget, Place, Request, Secret
from stackferry.providers.contentstack.refusals import refusal
from stackferry.providers.contentstack.requests.build import get

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Response

REGIONS: Mapping[str, str] = {
    "na": "api.contentstack.io",
    "eu": "eu-api.contentstack.com",
    "au": "au-api.contentstack.com",
    "azure-na": "azure-na-api.contentstack.com",
    "azure-eu": "azure-eu-api.contentstack.com",
    "gcp-na": "gcp-na-api.contentstack.com",
    "gcp-eu": "gcp-eu-api.contentstack.com",
}
MAIN = "main"  # the branch that every stack has

# An organization has 10 reads and 10 writes a second, more by contract, and one bulk call a second ("Rate limiting" of
# the Content Management API). Not every answer carries the headers, and the pages of bulk calls carry the general ones.
_LIMIT = (LimitHeaders(limit="x-ratelimit-limit", remaining="x-ratelimit-remaining"),)
RATES = Rates(
    lanes={
        "read": Lane(rate=10, headers=_LIMIT, may_rise=True),
        "write": Lane(rate=10, headers=_LIMIT, may_rise=True),
        "bulk": Lane(rate=1, headers=_LIMIT),
    },
    spends={Budget.READ: ("read",), Budget.WRITE: ("write",), Budget.BULK: ("bulk",)},
)


def parse_place(key: str, host: str, path: str, *, secure: bool) -> Place:
    """The stack's branch that a URL names. Raises UsageError where the URL lacks the key or the host."""
    if not key or not host:
        raise UsageError(
            "a place reads contentstack://API_KEY@REGION_OR_HOST/BRANCH; this one lacks a key or a host"
        )
    host = host_of(host, REGIONS, secure=secure)
    return Place(system="contentstack", key=key, host=host, name=path or MAIN, secure=secure)


def headers(place: Place, credential: tuple[str, Secret]) -> dict[str, Secret | str]:
    """The headers of every request: the stack, the branch and the credential.

    `credential` is its kind (`token`, `authtoken` or `oauth`) and its text.
    """
    kind, secret = credential
    if kind == "authtoken":
        return {**stack_headers(place), "authtoken": secret}
    value = Secret(f"Bearer {secret.reveal()}") if kind == "oauth" else secret
    return {**stack_headers(place), "authorization": value}


def stack_headers(place: Place) -> dict[str, str]:
    """The headers that name the stack and the branch. Every request has both, stack-wide calls too."""
    return {"api_key": place.key, "branch": place.name}


def access_request(place: Place) -> Request | None:
    """A read of the branch; None for `main`, which every stack has: a stack without branches refuses the question."""
    return None if place.name == MAIN else get(f"/stacks/branches/{quote(place.name, safe='')}")


def check_access(place: Place, request: Request, response: Response) -> Place | Request:
    """The branch; where there is none, the branch that an alias of this name points at.

    A token may work in a branch and yet not ask about it: then something in it is read, and the name is taken as it is.
    A service may know no such question: then what is read has to name the branch, or it may be of another one.
    """
    alias = get(f"/stacks/branch_aliases/{quote(place.name, safe='')}")
    inside = get("/locales", ("limit", "1"))
    named = get("/locales", ("include_branch", "true"), ("limit", "1"))
    if response.ok and request == alias:
        return _branch_of_alias(place, response)
    if response.ok and request == named and not _names_branch(place, response):
        raise UsageError(
            f"stack {place.key} has no branch or alias '{place.name}': what it answers is of another one"
        )
    if response.ok:
        return place
    error = refusal(request, response)
    if response.status in (401, 403) and request not in (inside, named):
        return inside
    # A bad token or API key: it says nothing of the branch.
    if response.status in (401, 403, 412):
        raise error
    if request not in (alias, inside, named):
        return alias
    if request == alias:
        return named
    raise UsageError(f"stack {place.key} has no branch or alias '{place.name}': {error}")


def _names_branch(place: Place, response: Response) -> bool:
    """Whether an answer says that it is of the place's branch: itself, or its rows (page: Languages)."""
    try:
        answer = as_object(exact_json.loads(response.content))
    except JsonRefused:
        return False
    shown = {text(row.get("_branch")) for row in (answer, *objects(answer.get("locales")))}
    return shown - {""} == {place.name}


def _branch_of_alias(place: Place, response: Response) -> Place:
    """The place with the branch that its alias points at."""
    try:
        record = as_object(as_object(exact_json.loads(response.content)).get("branch_alias"))
    except JsonRefused as refused:
        raise BadAnswer(f"the alias's record cannot be read: {refused}") from refused
    # In the alias' record `uid` is the branch's, not its own.
    names = (text(record.get(name)) for name in ("target_branch", "uid"))
    return replace(place, name=next((name for name in names if name and name != place.name), place.name))
