"""Answers that were recorded from the service, given again to the same request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.emulators.application import Answer
from stackferry.errors import JsonRefused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.emulators.application import HttpRequest
    from stackferry.emulators.azure_devops.organization import Organization
    from stackferry.emulators.azure_devops.places import Address

Key = tuple[str, str, str, str]
Recorded = dict[Key, list[tuple[bytes, Answer]]]
"""By method, project, path and query: the bodies that were sent, and what they were answered."""


def key_of(method: str, home: Organization, address: Address, query: Iterable[tuple[str, str]]) -> Key:
    """What makes two requests the same: neither the version nor the shape of the address."""
    asked = sorted(f"{name}={value}".lower() for name, value in query if name.lower() != "api-version")
    project = home.project_named(address.project)
    return method, project.id if project else "", f"{home.name}/{address.rest}".lower(), "&".join(asked)


def replay(recorded: Recorded, request: HttpRequest, home: Organization, address: Address) -> Answer | None:
    """The recorded answer to a request; None where there is none."""
    sent = canonical(request.body)
    for body, answer in recorded.get(key_of(request.method, home, address, request.query), ()):
        if body == sent:
            return Answer(answer.body, answer.status, dict(answer.headers))
    return None


def canonical(body: bytes) -> bytes:
    """A body of JSON in one form, whatever its layout; what is none as it is."""
    try:
        return exact_json.dumps(exact_json.loads(body)) if body.strip() else b""
    except JsonRefused:
        return body
