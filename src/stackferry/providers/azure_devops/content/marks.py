"""The mark of a release that an import made: a property which names the release that it was made after. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_object, text
from stackferry.providers.azure_devops.content.releases import release_id
from stackferry.providers.azure_devops.requests.target import MARK

if TYPE_CHECKING:
    from stackferry.model import JsonObject, Place


def marks_begin(origin: Place) -> str:
    """What the marks of all releases of a project begin with."""
    return f"{origin.key}/{origin.name}/"


def mark_of(origin: Place, release: JsonObject) -> str:
    """The mark of a release that is made after this one."""
    return f"{marks_begin(origin)}{release_id(release)}"


def mark_in(release: JsonObject) -> str:
    """The mark that a release bears; empty without one. The service shows a property as a type and a value."""
    value = as_object(release.get("properties")).get(MARK)
    return text(as_object(value).get("$value")) or text(value)
