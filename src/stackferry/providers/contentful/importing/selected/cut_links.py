"""Links of entries to what an import does not bring and the target lacks: each is a gap, and stays a link. Pure.

The service takes a link to what is not there; where it is brought later, the link leads to it. Publishing may be
refused until then, which is a gap of its own. A link may lead nowhere in the source already: the import writes it as it
is, and tells it each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import integer, nested
from stackferry.model import Gap, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.links import ENTRY, links_of, opaque_fields
from stackferry.providers.contentful.importing.documents import Document, Documents
from stackferry.providers.contentful.importing.releases.wanted import WantedBodies
from stackferry.providers.contentful.importing.reports import report
from stackferry.providers.contentful.importing.terms import REFERENCES
from stackferry.providers.contentful.kinds import link_id, sys_id
from stackferry.providers.contentful.matching.held import Held
from stackferry.providers.contentful.matching.rule import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.content.links import Link
    from stackferry.providers.target import ImportContext, Steps

_CUT: Final = "it links to {} {}, which is neither selected nor in the target"
_MISSING: Final = "it links to {} {}, which is neither in the snapshot nor in the target"
_DELETED: Final = "it links to {} {}, which is not in the snapshot: the mirror deletes it in the target"


def tell(context: ImportContext) -> Steps:
    """A step for every selected entry that has such a link, in a version that this import brings."""
    found, documents = _Links(context), context.once(Documents)
    for document, row in documents.all(kinds.ENTRIES.name):
        is_new = documents.row_held(document) is None
        older = documents.older(document, row) if is_new else ()
        gaps = [*found.gaps(document, row, older)]
        if gaps:
            yield report(f"links/{document.key}", gaps)


def tell_of_releases(context: ImportContext) -> Steps:
    """A step for every entry in a release that has such a link there."""
    found, bodies = _Links(context), context.once(WantedBodies)
    own = context.scratch.table(2, bodies.own())
    for release, document, row in bodies.all():
        if document.kind != kinds.ENTRIES.name or context.in_target(kinds.RELEASES.name, release) is None:
            continue
        links = (link for link in found.links(row) if not own.of(release, _key(link)))
        gaps = [*found.told(links, Document(document.kind, f"{release}/{document.uid}", document.type))]
        if gaps:
            yield report(f"links/{release}/{document.key}", gaps)


def _key(link: Link) -> str:
    return f"{kinds.ENTRIES.name if link.kind == ENTRY else kinds.ASSETS.name}/{link.uid}"


class _Links:
    """The links of one import's entries."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._only = context.once(Documents).only
        self._selected = Held(context.source, context.scratch)
        self._whole = Held(context.everything, context.scratch)
        types = context.everything.objects(Stream(kinds.CONTENT_TYPES.name))
        self._opaque = {sys_id(row): opaque_fields(row) for row in types}

    def links(self, row: JsonObject) -> Iterator[Link]:
        """The links of a body, in the locales that are imported."""
        opaque = self._opaque.get(link_id(nested(row, "sys", "contentType")), frozenset())
        return links_of(self._only.cut(row), opaque)

    def gaps(self, document: Document, row: JsonObject, older: Iterable[JsonObject]) -> Iterator[Gap]:
        """The links of an entry's bodies that lead nowhere: each once, also where an earlier version had it."""
        live = self._context.source.get(document.live_stream, document.uid) or {}
        of_type: JsonObject = {"contentType": nested(row, "sys", "contentType")}
        known = dict.fromkeys(link for body in (row, {**live, "sys": of_type}) for link in self.links(body))
        yield from self.told(known, document)
        for body in older:
            number = integer(nested(body, "sys", "version"))
            for link in self.links({**body, "sys": of_type}):
                if link not in known:
                    known[link] = None
                    yield from self.told([link._replace(path=f"/versions/{number}{link.path}")], document)

    def told(self, links: Iterable[Link], document: Document) -> Iterator[Gap]:
        for link in links:
            if words := self._cut(link):
                reason = words.format("entry" if link.kind == ENTRY else "asset", link.uid)
                yield Gap(
                    kind=REFERENCES,
                    uid=document.uid,
                    type=document.type,
                    locale=link.locale,
                    path=link.path,
                    reason=reason,
                )

    def _cut(self, link: Link) -> str:
        """Why a link leads nowhere; empty where the target has what is linked, or gets it."""
        kind = kinds.ENTRIES.name if link.kind == ENTRY else kinds.ASSETS.name
        is_included, is_whole = self._context.options.includes(kind), self._whole.holds(kind, link.uid)
        if is_included and self._selected.holds(kind, link.uid):
            return ""
        if self._context.once(matches).counterpart(kind, link.uid) is None:
            return _CUT if is_whole else _MISSING
        return _DELETED if self._context.options.mirror and is_included and not is_whole else ""
