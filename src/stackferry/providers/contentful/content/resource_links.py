"""Links across spaces: what a resource name says, and where content and types hold one. Pure.

API pages: "Resource links": `crn:contentful:::content:spaces/S[/environments/E]/entries/ID` is the `urn` of a link, and
the same without an entry is the `source` of what a field allows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_object, nested, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stackferry.model import Json, JsonObject, Place

_NAME: Final = re.compile(
    r"(?P<head>crn:[^:]*:::content:spaces/)(?P<space>[^/]+)(?:/environments/(?P<environment>[^/]+))?(?P<rest>/.*)?"
)
_TYPE: Final = "ResourceLink"


def space_named_in(urn: str) -> str:
    """The id of the space that a resource name is about; empty where it is none."""
    found = _NAME.fullmatch(urn)
    return found["space"] if found else ""


class Spaces(NamedTuple):
    """What spaces are called in the target: the exported one, and those that the user named."""

    origin: Place | None
    place: Place | None
    named: Mapping[str, str]

    def renamed(self, urn: str) -> str:
        """A resource name in the target's terms; one that names another space stays as it is."""
        found = _NAME.fullmatch(urn)
        if found is None:
            return urn
        space, environment = self._in_target(found["space"], found["environment"])
        middle = f"/environments/{environment}" if environment else ""
        return f"{found['head']}{space}{middle}{found['rest'] or ''}"

    def _in_target(self, space: str, environment: str) -> tuple[str, str]:
        if space in self.named:
            return self.named[space], environment
        if self.origin is None or self.place is None or space != self.origin.key:
            return space, environment
        return self.place.key, self.place.name if environment == self.origin.name else environment

    @property
    def is_one(self) -> bool:
        """Whether source and target are two environments of one space, of which one may be a clone of the other."""
        origin, place = self.origin, self.place
        return (
            origin is not None and place is not None and origin.key == place.key and origin.name != place.name
        )

    def of_clone(self, urn: str) -> str:
        """A resource name as the target holds it; in a clone one that names the first environment means the clone."""
        found = _NAME.fullmatch(urn)
        first = self.origin.name if self.is_one and self.origin is not None else None
        return self.renamed(urn) if first and found is not None and found["environment"] == first else urn


def in_value(value: Json, of_field: JsonObject, renamed: Callable[[str], str]) -> Json:
    """A field's value in one locale with its resource names changed; `of_field` is the type's field."""
    kind = of_field.get("type")
    if kind == _TYPE:
        return _link(value, renamed)
    if kind == "Array" and nested(of_field, "items", "type") == _TYPE and isinstance(value, list):
        return [_link(item, renamed) for item in value]
    if kind == "RichText":
        return _node(value, renamed)
    return value


def holds_names(of_field: JsonObject) -> bool:
    """Whether a field of this description can hold resource names."""
    return of_field.get("type") in (_TYPE, "RichText") or nested(of_field, "items", "type") == _TYPE


def in_type(field: JsonObject, renamed: Callable[[str], str]) -> JsonObject:
    """A field of a content type with the sources changed that it allows links to."""
    return {
        name: _sources(value, renamed) if name in ("allowedResources", "validations", "items") else value
        for name, value in field.items()
    }


def _sources(value: Json, renamed: Callable[[str], str]) -> Json:
    if isinstance(value, list):
        return [_sources(item, renamed) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: renamed(inner) if name == "source" and isinstance(inner, str) else _sources(inner, renamed)
        for name, inner in value.items()
    }


def _link(value: Json, renamed: Callable[[str], str]) -> Json:
    urn = text(nested(value, "sys", "urn"))
    if not urn or nested(value, "sys", "type") != _TYPE:
        return value
    return {**as_object(value), "sys": {**as_object(as_object(value)["sys"]), "urn": renamed(urn)}}


def _node(node: Json, renamed: Callable[[str], str]) -> Json:
    """A node of rich text and all below it; the same object where nothing in it names a resource."""
    if not isinstance(node, dict):
        return node
    changed = dict(node)
    if isinstance(target := nested(node, "data", "target"), dict):
        changed["data"] = {**as_object(node["data"]), "target": _link(target, renamed)}
    if isinstance(children := node.get("content"), list):
        changed["content"] = [_node(child, renamed) for child in children]
    return changed
