"""How a stack is reached: hosts of the regions, headers of a credential, and what a place must answer first.

API page: "Authentication" of the Content Management API; "branch" header on every page.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry.core.rates import Lane, LimitHeaders, Rates
from stackferry.errors import UsageError
from stackferry.json_values import text
from stackferry.model import Budget, Place, Request, Secret
from stackferry.providers.contentstack.requests.build import get

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import JsonObject

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
    host = REGIONS.get(host, host)
    return Place(system="contentstack", key=key, host=host, name=path or MAIN, secure=secure)


def headers(place: Place, credential: tuple[str, Secret]) -> dict[str, Secret | str]:
    """The headers of every request: the stack, the branch and the credential.

    `credential` is its kind (`token`, `authtoken` or `oauth`) and its text.
    """
    kind, secret = credential
    return {**stack_headers(place), **_authorization(kind, secret)}


def stack_headers(place: Place) -> dict[str, str]:
    """The headers that say where a request goes: the stack and the branch."""
    return {"api_key": place.key, "branch": place.name}


def _authorization(kind: str, secret: Secret) -> dict[str, Secret | str]:
    if kind == "authtoken":
        return {"authtoken": secret}
    if kind == "oauth":
        return {"authorization": Secret(f"Bearer {secret.reveal()}")}
    return {"authorization": secret}


def branch_request(place: Place) -> Request:
    """Asks whether the branch is there, and with it whether the stack and the credential are good."""
    return get(f"/stacks/branches/{quote(place.name, safe='')}")


def alias_request(place: Place) -> Request:
    """Asks whether an alias of the name is there, for which there is no branch."""
    return get(f"/stacks/branch_aliases/{quote(place.name, safe='')}")


def branch_of_alias(place: Place, record: JsonObject) -> Place:
    """The branch that the alias in a place points at, as its record says: its uid is the branch's, not its own."""
    names = (text(record.get(name)) for name in ("target_branch", "uid"))
    return replace(place, name=next((name for name in names if name and name != place.name), place.name))


__all__ = [
    "RATES",
    "REGIONS",
    "alias_request",
    "branch_of_alias",
    "branch_request",
    "headers",
    "stack_headers",
]
