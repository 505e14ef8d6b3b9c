"""A document's body in the target's terms: its locales and the spaces it names; and what the target has no place for.

Ids stay: the service keeps those that a write names. All of a body but `sys` is sent as the snapshot has it, also keys
that this version does not know. Pure.
API pages: "Entries", "Assets", "Localization", "Resource links".
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from stackferry.json_values import as_object, objects, text
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.resource_links import Spaces, holds_names, in_value
from stackferry.providers.contentful.options import write_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Json, JsonObject
    from stackferry.providers.target import ImportContext

Fields = dict[str, "JsonObject"]  # the fields of a content type, by id


class Lost(NamedTuple):
    """What a body holds and the target has no place for; `path` is a JSON pointer."""

    path: str
    reason: str
    locale: str = ""


class Terms:
    """What the snapshot's locales, spaces and types are in the target."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        options = write_options(context.options)
        self.spaces = Spaces(context.origin, context.place, options.spaces)
        self._codes = options.locales
        self._types: dict[str, Fields] = {}
        self._kept: dict[str, frozenset[str]] = {}

    def locale(self, code: str) -> str:
        """A locale's code in the target."""
        return self._codes.get(code, code)

    @cached_property
    def locales(self) -> tuple[str, ...]:
        """The codes of the snapshot's locales."""
        rows = self._context.source.objects(Stream(kinds.LOCALES.name))
        return tuple(text(row.get("code")) for row in rows)

    @cached_property
    def target_locales(self) -> frozenset[str]:
        """The codes that the target has once the locales are written. Without a list of them, every code is taken."""
        held = {text(row.get("code")) for row in self._context.target.objects(Stream(kinds.LOCALES.name))}
        return frozenset(held | {self.locale(code) for code in self.locales})

    def fields_of(self, content_type: str) -> Fields:
        """The fields that the target's type has after the import, by id; empty where the snapshot lacks the type."""
        if content_type not in self._types:
            found: Fields = {}
            for kind in (kinds.PUBLISHED_CONTENT_TYPES.name, kinds.CONTENT_TYPES.name):
                row = self._context.everything.get(Stream(kind), content_type) or {}
                found |= {text(field.get("id")): field for field in objects(row.get("fields"))}
            self._types[content_type] = found
        return self._types[content_type]

    def kept_fields(self, content_type: str) -> frozenset[str]:
        """The fields that only the target's type has, and that it keeps: so entries keep their values in them."""
        if content_type not in self._kept:
            options, known = self._context.options, self.fields_of(content_type)
            held = self._context.target.get(Stream(kinds.CONTENT_TYPES.name), content_type) or {}
            ids = {text(field.get("id")) for field in objects(held.get("fields"))}
            stays = known and not (options.mirror and options.in_place)
            self._kept[content_type] = frozenset(ids - known.keys()) if stays else frozenset()
        return self._kept[content_type]

    def entry(self, body: JsonObject, content_type: str) -> tuple[JsonObject, list[Lost]]:
        """The body of an entry, and what of it the target has no field or no locale for."""
        fields = self.fields_of(content_type)
        kept: JsonObject = {}
        lost: list[Lost] = []
        for name, values in as_object(body.get("fields")).items():
            if fields and name not in fields:
                lost.append(Lost(f"/fields/{name}", "the content type has no such field any more"))
            else:
                kept[name] = self._values(name, as_object(values), fields.get(name, {}), lost)
        return {**_without_sys(body), "fields": kept}, lost

    def asset(self, body: JsonObject) -> tuple[JsonObject, list[Lost]]:
        """The body of an asset, its files as the snapshot has them, and what the target has no locale for."""
        lost: list[Lost] = []
        fields = as_object(body.get("fields"))
        kept: JsonObject = {
            name: self._values(name, as_object(values), {}, lost) for name, values in fields.items()
        }
        return {**_without_sys(body), "fields": kept}, lost

    def _values(
        self, name: str, values: Mapping[str, Json], of_field: JsonObject, lost: list[Lost]
    ) -> JsonObject:
        """A field's values by the target's locales."""
        renamed = self.spaces.renamed if holds_names(of_field) else None
        found: JsonObject = {}
        for code, value in values.items():
            target = self.locale(code)
            if target not in self.target_locales and self.target_locales:
                lost.append(Lost(f"/fields/{name}/{code}", "the target has no such locale", code))
            else:
                found[target] = value if renamed is None else in_value(value, of_field, renamed)
        return found


def _without_sys(body: JsonObject) -> JsonObject:
    return {name: value for name, value in body.items() if name != "sys"}
