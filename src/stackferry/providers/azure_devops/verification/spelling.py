"""Whether a place is the project of a snapshot, named otherwise: the service tells a project's id. Pure.

Names of organizations and projects are one in any letter case, a project has an id beside its name, and the cloud has
two spellings. API page: "Projects: Get".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.providers.azure_devops.hosts import Root
from stackferry.providers.azure_devops.kinds import project_id
from stackferry.providers.azure_devops.requests.target import get_project

if TYPE_CHECKING:
    from stackferry.model import JsonObject, Place, Request
    from stackferry.providers.places import Objects


def spelling_request(origin: Place, place: Place) -> Request | None:
    """The project that a place names, where it is of another name than the origin, in an organization of its name."""
    is_one = origin.identity == place.identity or origin.key.lower() != place.key.lower()
    return None if is_one else get_project(Root.of(place))


def is_spelling(origin: Place, place: Place, source: Objects, answer: JsonObject) -> bool:
    """Whether the project of this answer is that of the archive; by its name where either tells no id."""
    here, there = project_id(source), text(answer.get("id")).lower()
    if here and there:
        return here == there
    return (origin.service, origin.name.casefold()) == (place.service, place.name.casefold())
