"""What the selected entries and assets need of a target that is in use: it is made where it is missing. Pure.

An import of some entries into a space with content writes these entries and their assets. Types, locales, tags and so
on are there already, and belong to the people who work in it: they are matched, and left as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, nested, text
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.exporting.languages import Languages
from stackferry.providers.contentful.exporting.staged import document_of, rows
from stackferry.providers.contentful.exporting.taxonomy import metadata_links, with_related
from stackferry.providers.contentful.importing.types.fields import named_types
from stackferry.providers.contentful.kinds import link_id
from stackferry.providers.contentful.options import write_options

if TYPE_CHECKING:
    from stackferry.model import JsonObject
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.target import ImportContext

_DOCUMENTS: Final = (
    *(kinds.ENTRIES, kinds.PUBLISHED_ENTRIES, kinds.ENTRY_SNAPSHOTS, kinds.RELEASE_ENTRIES),
    *(kinds.ASSETS, kinds.PUBLISHED_ASSETS, kinds.RELEASE_ASSETS),
)
_TYPES: Final = Stream(kinds.CONTENT_TYPES.name)


class Needed:
    """What the selected entries and assets need, by kind and id (of a locale its code). Ask with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._codes, self._types = set[str](), set[str]()
        self._tags, taxonomy = set[str](), set[tuple[str, str]]()
        languages = Languages(context.source, context.options.selection)
        for kind in _DOCUMENTS:
            for row in rows(context.source, kind):
                document = document_of(languages.cut(row))
                self._add(document)
                taxonomy.update(metadata_links(document, "concepts"))
        self._add_types()
        for uid in self._types:
            row = context.source.get(_TYPES, uid) or {}
            taxonomy.update(metadata_links(row, "taxonomy"))
        self._add_fallbacks()
        concepts, schemes = with_related(context.source, taxonomy) if taxonomy else (set[str](), set[str]())
        self._found = {
            kinds.LOCALES.name: self._codes,
            kinds.CONTENT_TYPES.name: self._types,
            kinds.EDITOR_INTERFACES.name: self._types,
            kinds.TAGS.name: self._tags,
            kinds.CONCEPTS.name: concepts,
            kinds.CONCEPT_SCHEMES.name: schemes,
        }

    def has(self, kind: str, uid: str) -> bool:
        return uid in self._found.get(kind, ())

    def _add(self, document: JsonObject) -> None:
        for values in as_object(document.get("fields")).values():
            self._codes.update(as_object(values))
        self._tags.update(uid for _, uid in metadata_links(document, "tags"))
        if of_type := link_id(nested(document, "sys", "contentType")):
            self._types.add(of_type)

    def _add_types(self) -> None:
        """Of a type that the target lacks also the types that its rules name: it may be refused without them."""
        waiting = [*self._types]
        while waiting:
            uid = waiting.pop()
            if self._context.target.get(_TYPES, uid) is None:
                new = named_types(self._context.source.get(_TYPES, uid) or {}) - self._types
                self._types |= new
                waiting += new

    def _add_fallbacks(self) -> None:
        locales = self._context.source.objects(Stream(kinds.LOCALES.name))
        fallbacks = {text(row.get("code")): text(row.get("fallbackCode")) for row in locales}
        for code in [*self._codes]:
            while (code := fallbacks.get(code, "")) and code not in self._codes:
                self._codes.add(code)


def is_asked(context: ImportContext, kind: Kind, uid: str, *, is_held: bool) -> bool:
    """Whether an object is written: its kind is imported, or the target lacks it and the selected entries need it."""
    if context.options.includes(kind.name):
        return True
    return not is_held and write_options(context.options).is_part and context.once(Needed).has(kind.name, uid)
