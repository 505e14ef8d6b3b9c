"""Answers that were recorded from the service, given again to the same request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.emulators.application import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.emulators.application import HttpRequest
    from stackferry.emulators.azure_devops.places import Address

Key = tuple[str, str, str, str]
Recorded = dict[Key, list[tuple[bytes, Answer]]]
"""By method, organization, path and query: the bodies that were sent, and what they were answered."""


def key_of(method: str, address: Address, query: Iterable[tuple[str, str]]) -> Key:
    """What makes two requests the same: not the version, nor the shape of the address."""
    asked = sorted(f"{name}={value}".lower() for name, value in query if name.lower() != "api-version")
    path = f"{address.project}/{address.rest}".lower()
    return method, address.organization.lower(), path, "&".join(asked)


def replay(recorded: Recorded, request: HttpRequest, address: Address) -> Answer | None:
    """The recorded answer to a request; None where there is none."""
    sent = canonical(request.body)
    for body, answer in recorded.get(key_of(request.method, address, request.query), ()):
        if body == sent:
            return Answer(answer.body, answer.status, dict(answer.headers))
    return None


def canonical(body: bytes) -> bytes:
    """A body of JSON in one form, whatever its layout."""
    return exact_json.dumps(exact_json.loads(body)) if body.strip() else b""
