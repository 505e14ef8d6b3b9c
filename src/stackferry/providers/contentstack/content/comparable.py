"""Entries of the snapshot and of the target in a form in which both can be compared.

Needs the schemas and the identities alone, so that `verify` and `diff` compare without planning an import. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_object
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.content.normalize import same_content, strip_for_write
from stackferry.providers.contentstack.references.model import KEEP
from stackferry.providers.contentstack.references.resolver import Resolver
from stackferry.providers.contentstack.references.rewrite import rewrite_references

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Gap, JsonObject
    from stackferry.providers.contentstack.content.entries import EntryVersion
    from stackferry.providers.contentstack.references.model import Resolve
    from stackferry.providers.target import ImportContext


class ComparableEntries:
    """The entries of a snapshot with their references to objects of a target."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._content = context.once(read_content)

    def latest(self) -> Iterator[EntryVersion]:
        """The latest version of every entry in every language."""
        # Record number 0 is the latest version: see `EntryVersion`.
        for entry in self._content.entries:
            yield from (document for document in entry.versions if not document.record_number)

    def expected(self, document: EntryVersion) -> tuple[JsonObject, list[Gap]]:
        """The content that the target should hold, with gaps for references that it cannot."""
        resolver = self._resolver(document)
        return self._rewritten(document, resolver), resolver.gaps

    def written_form(self, content_type: str, row: JsonObject) -> JsonObject:
        """A document that was read from the target, in the form in which it would be written."""
        schema = self._content.schemas[content_type]
        return as_object(
            rewrite_references(schema, strip_for_write(row, schema), lambda _: KEEP, for_write=True)
        )

    def is_same(self, document: EntryVersion, row: JsonObject) -> bool:
        """Whether the target's document has the same content, with dangling references left out or still in it."""
        # An earlier import left dangling references out; a branch of the same stack still holds them.
        same = same_content(self.expected(document)[0], self.written_form(document.content_type, row))
        return same or self.is_same_unresolved(document, row)

    def is_same_unresolved(self, document: EntryVersion, row: JsonObject) -> bool:
        """Whether both have the same content, dangling references included: branches of a stack share their uids."""
        resolver = self._resolver(document)
        rewritten = self._rewritten(document, lambda reference: resolver(reference) or KEEP)
        return same_content(rewritten, self.written_form(document.content_type, row))

    def _resolver(self, document: EntryVersion) -> Resolver:
        return Resolver(self._context, document.content_type, document.uid, document.locale)

    def _rewritten(self, document: EntryVersion, resolve: Resolve) -> JsonObject:
        schema = self._content.schemas[document.content_type]
        plain = strip_for_write(document.load(self._context.source), schema)
        return as_object(rewrite_references(schema, plain, resolve, for_write=True))
