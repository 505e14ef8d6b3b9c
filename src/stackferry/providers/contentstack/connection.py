"""How a stack is reached: hosts of the regions, headers of a credential, and what a place must answer first.

API page: "Authentication" of the Content Management API; "branch" header on every page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry.model import Place, Request, Secret
from stackferry.providers.contentstack.reading import API, get

if TYPE_CHECKING:
    from collections.abc import Mapping

REGIONS: Mapping[str, str] = {
    "na": "api.contentstack.io",
    "eu": "eu-api.contentstack.com",
    "au": "au-api.contentstack.com",
    "azure-na": "azure-na-api.contentstack.com",
    "azure-eu": "azure-eu-api.contentstack.com",
    "gcp-na": "gcp-na-api.contentstack.com",
    "gcp-eu": "gcp-eu-api.contentstack.com",
}


def headers(place: Place, credential: tuple[str, Secret]) -> dict[str, Secret | str]:
    """The headers of every request: the stack, the branch and the credential.

    `credential` is its kind (`token`, `authtoken` or `oauth`) and its text.
    """
    kind, secret = credential
    return {"api_key": place.key, "branch": place.branch, **_authorization(kind, secret)}


def _authorization(kind: str, secret: Secret) -> dict[str, Secret | str]:
    if kind == "authtoken":
        return {"authtoken": secret}
    if kind == "oauth":
        return {"authorization": Secret(f"Bearer {secret.reveal()}")}
    return {"authorization": secret}


def branch_request(place: Place) -> Request:
    """Asks whether the branch is there, and with it whether the stack and the credential are good."""
    return get(f"/stacks/branches/{quote(place.branch, safe='')}")


__all__ = ["API", "REGIONS", "branch_request", "headers"]
