"""The documents of an import as they are sent: every field, and what of it the target cannot hold. Pure.

API pages: "Update an entry" (fields that are not named stay as they are), "Localize an entry".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_object
from stackferry.model import Stream
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.content.normalize import non_empty_fields, strip_for_write
from stackferry.providers.contentstack.importing.entries.write_body import (
    fixed_fields,
    localized_write,
)
from stackferry.providers.contentstack.references.model import fields_by_uid
from stackferry.providers.contentstack.references.resolver import Resolver
from stackferry.providers.contentstack.references.rewrite import rewrite_references

if TYPE_CHECKING:
    from stackferry.model import Gap, JsonObject
    from stackferry.providers.contentstack.content.entries import EntryVersion
    from stackferry.providers.target import ImportContext

# Remembers that this service fills a new language's fields from the language that it falls back to.
INHERITS = ("service", "inherits", "yes")


class EntryBodies:
    """What is sent of each document of one import."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._content = context.once(read_content)

    def body(
        self,
        document: EntryVersion,
        previous: EntryVersion | None = None,
        omitted: frozenset[str] = frozenset(),
    ) -> tuple[JsonObject, list[Gap]]:
        """The document in the target's uids, and the gaps for what the target cannot hold.

        `previous` is the version of the same language that is written before it, if there is one. References to the
        entries `omitted` are left out and are no gap: a later write has them.
        """
        schema = self._content.schemas[document.content_type]
        master = self._master_document(document)
        fields = localized_write(schema, master, self._stripped(document), master)
        is_new_language = previous is None and document.locale != self._content.master_locale
        # Where the service fills in fields of a new language, each is named, so that none is filled in. Otherwise
        # that is seen in the answer and emptied in another version: of an older version there can be no other.
        if is_new_language and (document.record_number or self._context.identity.target(*INHERITS[:2])):
            fields = {**dict.fromkeys(self.own_fields(document)), **fields}
        if previous is not None:
            # What is not localizable is the master's: nothing of it is sent, also not that it is empty.
            own = self.own_fields(document)
            cleared = {name: None for name in _cleared(self._stripped(previous), fields) if name in own}
            fields = {**cleared, **fields}
        resolver = Resolver(self._context, document.content_type, document.uid, document.locale, omitted)
        return as_object(rewrite_references(schema, fields, resolver, for_write=True)), resolver.gaps

    def over(self, document: EntryVersion, existing: JsonObject, body: JsonObject) -> JsonObject:
        """The body that makes the target's document `existing` equal: a write merges, so other fields are emptied."""
        own = self.own_fields(document)
        return {**{name: None for name in _cleared(existing, body) if name in own}, **body}

    def own_fields(self, document: EntryVersion) -> set[str]:
        """The fields of its type, without those that it has from the master document."""
        fields = self._content.schemas[document.content_type].fields
        return fields_by_uid(fields).keys() - self.shared_fields(document)

    def shared_fields(self, document: EntryVersion) -> set[str]:
        """The fields that are not localizable, of a document beside a master document."""
        has_master = self._master_document(document) is not None
        return fixed_fields(self._content.schemas[document.content_type]) if has_master else set()

    def filled_in(self, document: EntryVersion, sent: JsonObject, made: JsonObject) -> list[str]:
        """The fields that the service filled where nothing was sent: from a default, or from another language."""
        return sorted((self.own_fields(document) & non_empty_fields(made)) - sent.keys())

    def _stripped(self, document: EntryVersion) -> JsonObject:
        schema = self._content.schemas[document.content_type]
        return strip_for_write(document.load(self._context.source), schema)

    def _master_document(self, document: EntryVersion) -> JsonObject | None:
        """The entry's master document, for a document in another language."""
        master = self._content.master_locale
        stream = Stream("entries", document.content_type, master)
        return self._context.source.get(stream, document.uid) if document.locale != master else None


def _cleared(before: JsonObject, now: JsonObject) -> JsonObject:
    """The fields that were there before and are not any more, as null."""
    return {name: None for name in before if name not in now}
