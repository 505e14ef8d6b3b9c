"""The bodies that the releases of a snapshot hold of their own, and what each is to be in the target. Pure."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from stackferry.json_values import nested, text
from stackferry.model import Stream
from stackferry.providers.contentful.importing.documents import Document
from stackferry.providers.contentful.importing.terms import Lost, Terms
from stackferry.providers.contentful.importing.unknown_parts import UnknownParts
from stackferry.providers.contentful.kinds import (
    ASSETS,
    ENTRIES,
    RELEASE_ASSETS,
    RELEASE_ENTRIES,
    RELEASES,
    record_key,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.source import Table
    from stackferry.providers.target import ImportContext

_OWN_KINDS: Final = {RELEASE_ENTRIES.name: ENTRIES.name, RELEASE_ASSETS.name: ASSETS.name}


class WantedBodies:
    """The bodies in releases of one import's snapshot. Ask with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._terms = context.once(Terms)

    def all(self) -> Iterator[tuple[str, Document, JsonObject]]:
        """Every body: the release that holds it, and what it is a body of."""
        for kind, own in _OWN_KINDS.items():
            for row in self._context.source.objects(Stream(kind)):
                release, _, uid = record_key(kind, row)[0].partition("\0")
                of_type = text(nested(row, "sys", "contentType", "sys", "id")) if own == ENTRIES.name else ""
                yield release, Document(own, uid, of_type), row

    def of(self, release: str) -> Iterator[tuple[Document, JsonObject]]:
        """The bodies of one release."""
        for _, stream, key, of_type in self._by_release.of(release):
            row = self._context.source.get(Stream(str(stream)), str(key))
            if row is not None:
                uid = str(key).partition("\0")[2]
                yield Document(_OWN_KINDS[str(stream)], uid, str(of_type)), row

    @cached_property
    def _by_release(self) -> Table:
        # On disk: there may be more bodies than fit in memory.
        rows = (
            (one, scoped_kind(document), f"{one}\0{document.uid}", document.type)
            for one, document, _ in self.all()
        )
        return self._context.scratch.table(4, rows)

    def assets(self) -> Iterator[tuple[str, Document, JsonObject]]:
        """Every asset in a release."""
        return (one for one in self.all() if one[1].kind == ASSETS.name)

    def own(self) -> Iterator[tuple[str, str]]:
        """What exists in a release alone: the release, and "entries/ID"."""
        return ((release, document.key) for release, document, _ in self.all() if self.is_own(document))

    def own_of(self, release: str) -> frozenset[str]:
        """What exists in a release alone: "entries/ID"."""
        return frozenset(document.key for document, _ in self.of(release) if self.is_own(document))

    def is_own(self, document: Document) -> bool:
        return self._context.everything.get(document.stream, document.uid) is None

    def content(self, document: Document, row: JsonObject) -> JsonObject:
        return self.in_target(document, row)[0]

    def in_target(self, document: Document, row: JsonObject) -> tuple[JsonObject, list[Lost]]:
        """A body in the target's terms, and what the target has no place for."""
        terms = self._terms
        body, lost = terms.asset(row) if document.kind == ASSETS.name else terms.entry(row, document.type)
        body, left_out = self._context.once(UnknownParts).without_refused(body, document.type)
        return body, [*lost, *(Lost(one.pointer, one.reason) for one in left_out)]


def scoped_kind(document: Document) -> str:
    """The kind of a document's bodies in releases."""
    return RELEASE_ENTRIES.name if document.kind == ENTRIES.name else RELEASE_ASSETS.name


def scoped_key(release: str, document: Document) -> str:
    """The name of a body in a release, among identities."""
    return f"{RELEASES.name}/{release}/{document.key}"
