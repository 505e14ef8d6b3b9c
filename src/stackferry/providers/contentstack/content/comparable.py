"""Entries' documents in the form in which they are compared: the snapshot's in the target's terms, the target's own.

Needs no more than the schemas and who became whom, so that a comparison plans nothing. Pure.
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
    from stackferry.providers.target import Replay


class ComparableEntries:
    """What the entries of one snapshot say, in the words of one target."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._content = replay.once(read_content)

    def latest(self) -> Iterator[EntryVersion]:
        """The latest version of every entry in every language."""
        for entry in self._content.entries:
            yield from (document for document in entry.versions if not document.record_number)

    def whole(self, document: EntryVersion) -> tuple[JsonObject, list[Gap]]:
        """The document in the target's terms, as a reading of the target should show it."""
        resolver = self._resolver(document)
        return self._rewritten(document, resolver), resolver.gaps

    def plain(self, content_type: str, row: JsonObject) -> JsonObject:
        """A document as it was read from the target, in the form in which it would be written."""
        schema = self._content.schemas[content_type]
        return as_object(
            rewrite_references(schema, strip_for_write(row, schema), lambda _: KEEP, for_write=True)
        )

    def is_same(self, document: EntryVersion, row: JsonObject) -> bool:
        """Whether the target's row says what the document says, as it would arrive or as it is."""
        same = same_content(self.whole(document)[0], self.plain(document.content_type, row))
        return same or self.is_same_unresolved(document, row)

    def is_same_unresolved(self, document: EntryVersion, row: JsonObject) -> bool:
        """Whether both say the same, what refers to nothing included: branches of a stack share that, too."""
        resolver = self._resolver(document)
        ours = self._rewritten(document, lambda one: resolver(one) or KEEP)
        return same_content(ours, self.plain(document.content_type, row))

    def _resolver(self, document: EntryVersion) -> Resolver:
        return Resolver(self._replay, document.content_type, document.uid, document.locale)

    def _rewritten(self, document: EntryVersion, resolve: Resolve) -> JsonObject:
        schema = self._content.schemas[document.content_type]
        plain = strip_for_write(document.load(self._replay.source), schema)
        return as_object(rewrite_references(schema, plain, resolve, for_write=True))
