"""Names of the source's space in somebody's data: in the JSON of a field, in parameters, settings and filters. Pure.

Only a link of the service is known to mean another space after an import, and is renamed. In other data a name is sent
as it is, and told: whether it is to mean the target its owner alone can say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from stackferry.core.json_diff import escaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentful.content.resource_links import Spaces

    Find: TypeAlias = Callable[[Json], Iterator[str]]

NAMES_SOURCE: Final = "it names the source's space, and was written as it is"


# The members of an object that hold data which the service does not look into, wherever they stand; of other kinds
# everything else names fields, widgets and types, or is an author's words.
_DATA: Final[Mapping[str, frozenset[str]]] = {
    "app_installations": frozenset({"parameters"}),
    "editor_interfaces": frozenset({"settings"}),
    "extensions": frozenset({"parameters"}),
    "releases": frozenset({"metadata"}),
    "ui_config": frozenset({"filters"}),
    "webhooks": frozenset({"filters", "headers", "transformation"}),
    "workflow_definitions": frozenset({"configuration"}),
}


def is_data_of(kind: str, path: str) -> bool:
    """Whether a JSON pointer into an object of a kind leads into data that the service does not look into."""
    return not _DATA.get(kind, frozenset()).isdisjoint(path.split("/"))


def is_data(of_field: JsonObject) -> bool:
    """Whether the values of a field of this description are data that the service does not look into."""
    return of_field.get("type") == "Object"


def names_space_of(spaces: Spaces) -> Find | None:
    """A function that finds the values which name the source's space, as JSON pointers; None where that is no other.

    Such a value is the id of the space, or the name of a resource that an import would rename in a link.
    """
    origin, place = spaces.origin, spaces.place
    if origin is None or place is None or not origin.key or origin.key == place.key:
        return None

    def found(value: Json, path: str = "") -> Iterator[str]:
        if isinstance(value, str):
            if value == origin.key or spaces.renamed(value) != value:
                yield path
        elif isinstance(value, dict):
            for name, inner in value.items():
                yield from found(inner, f"{path}/{escaped(name)}")
        elif isinstance(value, list):
            for place_, inner in enumerate(value):
                yield from found(inner, f"{path}/{place_}")

    return found
