"""What the selected entries need of a target that is in use: it is made where it is missing, and nothing else is. Pure.

An import of some entries into a stack with content writes these entries and their assets. Types, languages, terms and
so on are there already, and belong to the people who work in it: they are matched, and left as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_list, as_object, text
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.content.locales import locale_fallbacks
from stackferry.providers.contentstack.content.publications import publish_details
from stackferry.providers.contentstack.content.variants import variant_of
from stackferry.providers.contentstack.schema.transform import needs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.target import ImportContext

_TYPES = ("content_types", "global_fields")


class Needed:
    """What the selected entries need, by kind and uid (of a locale its code, of a term its taxonomy and uid).

    Ask for it with `context.once`.
    """

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._found: set[tuple[str, str]] = set()
        for stream in context.source.streams():
            self._add_stream(stream)
        for row in context.source.objects(Stream("assets")):
            self._add_above("folders", text(row.get("parent_uid")), "parent_uid")
            self._add_places(row)
        self._add_fallbacks()

    def _add_stream(self, stream: Stream) -> None:
        rows = self._context.source.objects(stream)
        if stream.kind in ("entries", "variants") and next(rows, None) is not None:
            self._add_type(stream.type)
            self._found.add(("locales", stream.locale))
        if stream.kind == "entries":
            for row in self._context.source.objects(stream):
                self._add_entry(row)
        if stream.kind == "variants":
            self._found.update(("variant_groups", uid) for uid in self._groups_of(stream))

    def _add_fallbacks(self) -> None:
        fallbacks = locale_fallbacks(self._context.source)
        for kind, code in [*self._found]:
            while kind == "locales" and code in fallbacks and ("locales", fallbacks[code]) not in self._found:
                code = fallbacks[code]
                self._found.add(("locales", code))

    def has(self, kind: str, uid: str) -> bool:
        return (kind, uid) in self._found

    def _add_type(self, uid: str) -> None:
        """A type that the target lacks, and what it is made of."""
        waiting = [("content_types", uid)]
        while waiting:
            kind, name = waiting.pop()
            row = self._context.source.get(Stream(kind), name)
            if (kind, name) in self._found or row is None:
                continue
            self._found.add((kind, name))
            if kind in _TYPES and self._context.target.get(Stream(kind), name) is None:
                waiting += needs(row)

    def _add_entry(self, row: JsonObject) -> None:
        self._add_places(row)
        for tag in map(as_object, as_list(row.get("taxonomies"))):
            taxonomy, uid = text(tag.get("taxonomy_uid")), text(tag.get("term_uid"))
            self._found.add(("taxonomies", taxonomy))
            while uid and ("terms", f"{taxonomy}\0{uid}") not in self._found:
                self._found.add(("terms", f"{taxonomy}\0{uid}"))
                held = self._context.source.get(Stream("terms"), f"{taxonomy}\0{uid}") or {}
                uid = text(as_object(held.get("term")).get("parent_uid"))

    def _add_places(self, row: JsonObject) -> None:
        self._found.update(("environments", where) for where, _, _ in publish_details(row))

    def _add_above(self, kind: str, uid: str, parent: str) -> None:
        while uid and (kind, uid) not in self._found:
            self._found.add((kind, uid))
            uid = text((self._context.source.get(Stream(kind), uid) or {}).get(parent))

    def _groups_of(self, stream: Stream) -> Iterator[str]:
        """The groups of the variants that selected entries have."""
        used = {
            text(as_object(row.get("variant")).get("uid")) for row in self._context.source.objects(stream)
        }
        used |= {variant_of(row) for row in self._context.source.objects(stream)}
        for group in self._context.source.objects(Stream("variant_groups")):
            if used & {text(as_object(one).get("uid")) for one in as_list(group.get("variants"))}:
                yield text(group.get("uid"))
