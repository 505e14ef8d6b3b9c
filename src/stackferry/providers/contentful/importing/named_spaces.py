"""The spaces that a snapshot names: in resource links, and in what fields allow links to. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.nearest import suggestion
from stackferry.json_values import as_object, nested, objects, text
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.resource_links import (
    holds_names,
    in_type,
    in_value,
    space_named_in,
)
from stackferry.providers.contentful.kinds import sys_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.system import Held


def unknown_spaces(held: Held, given: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each space that `--space` maps and nothing in the snapshot links to."""
    named = _Named()
    if given:
        named.read(held)
    for space in sorted(given.keys() - named.spaces):
        hint = suggestion(space, named.spaces)
        yield f"nothing in the snapshot links to a space '{space}', which --space maps{hint}"


class _Named:
    def __init__(self) -> None:
        self.spaces = set[str]()

    def read(self, held: Held) -> None:
        """Read every type, and every entry of those that can link to other spaces."""
        for kind in (kinds.CONTENT_TYPES, kinds.PUBLISHED_CONTENT_TYPES):
            for row in held(Stream(kind.name)):
                fields = objects(row.get("fields"))
                for one in fields:
                    in_type(one, self._collect)
                self._read_entries(held, sys_id(row), [one for one in fields if holds_names(one)])

    def _read_entries(self, held: Held, content_type: str, links: list[JsonObject]) -> None:
        for kind in (kinds.ENTRIES, kinds.PUBLISHED_ENTRIES) if links else ():
            for entry in held(Stream(kind.name, content_type)):
                for one in links:
                    for value in as_object(nested(entry, "fields", text(one.get("id")))).values():
                        in_value(value, one, self._collect)

    def _collect(self, urn: str) -> str:
        self.spaces.update(filter(None, [space_named_in(urn)]))
        return urn
