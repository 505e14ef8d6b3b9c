"""With `--locale`: what of each document is kept. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import nested
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.languages import in_languages, is_in_languages, with_fallbacks
from stackferry.providers.contentful.content.links import localized_fields
from stackferry.providers.contentful.exporting.staged import document_of
from stackferry.providers.contentful.kinds import link_id, sys_id

if TYPE_CHECKING:
    from stackferry.model import JsonObject
    from stackferry.providers.selection import Selection
    from stackferry.providers.source import RecordStore

_OF_ASSETS: Final = frozenset({"title", "description", "file"})


class Languages:
    """Cuts documents down to the languages that were asked for; with none asked for, to nothing less."""

    def __init__(self, staged: RecordStore, selection: Selection) -> None:
        self._wanted = selection.locales
        self._localized: dict[str, frozenset[str]] = {}
        if self._wanted:
            types = staged.objects(Stream(kinds.CONTENT_TYPES.name))
            self._localized = {sys_id(row): localized_fields(row) for row in types}
            locales = staged.objects(Stream(kinds.LOCALES.name))
            self._of_assets = with_fallbacks(self._wanted, locales)

    def keeps(self, row: JsonObject) -> bool:
        """Whether an entry says anything in these languages."""
        return not self._wanted or is_in_languages(row, self._wanted, self._fields(row))

    def cut(self, row: JsonObject) -> JsonObject:
        """A record without the values of other languages: an entry, an asset, or a snapshot of an entry."""
        if not self._wanted:
            return row
        document = document_of(row)
        if nested(document, "sys", "type") == "Asset":
            return in_languages(document, self._of_assets, _OF_ASSETS)
        if nested(document, "sys", "type") != "Entry":
            return row
        small = in_languages(document, self._wanted, self._fields(document))
        return small if document is row else {**row, "snapshot": small}

    def _fields(self, document: JsonObject) -> frozenset[str]:
        return self._localized.get(link_id(nested(document, "sys", "contentType")), frozenset())
