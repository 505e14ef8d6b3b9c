"""Links of entries to what an import does not bring and the target lacks: each is a gap, and stays a link. Pure.

The service takes a link to what is not there; where it is brought later, the link leads to it. Publishing may be
refused until then, which is a gap of its own. A link may lead nowhere in the source already: the import writes it as it
is, and tells it each time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import nested
from stackferry.model import Gap, Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.links import ENTRY, links_of, opaque_fields
from stackferry.providers.contentful.importing.documents import Documents
from stackferry.providers.contentful.importing.reports import report
from stackferry.providers.contentful.importing.terms import REFERENCES
from stackferry.providers.contentful.kinds import link_id, sys_id
from stackferry.providers.contentful.matching.held import Held
from stackferry.providers.contentful.matching.rule import matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.content.links import Link
    from stackferry.providers.contentful.importing.documents import Document
    from stackferry.providers.target import ImportContext, Steps

_CUT: Final = "it links to {} {}, which is neither selected nor in the target"
_MISSING: Final = "it links to {} {}, which is neither in the snapshot nor in the target"


def tell(context: ImportContext) -> Steps:
    """A step for every selected entry that has such a link."""
    found = _Links(context)
    for document, row in context.once(Documents).all(kinds.ENTRIES.name):
        gaps = [*found.gaps(document, row)]
        if gaps:
            yield report(f"links/{document.key}", gaps)


class _Links:
    """The links of one import's entries."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._only = context.once(Documents).only
        self._selected = Held(context.source, context.scratch)
        self._whole = Held(context.everything, context.scratch)
        types = context.everything.objects(Stream(kinds.CONTENT_TYPES.name))
        self._opaque = {sys_id(row): opaque_fields(row) for row in types}

    def gaps(self, document: Document, row: JsonObject) -> Iterator[Gap]:
        """The links of an entry's bodies that lead nowhere, each once."""
        opaque = self._opaque.get(link_id(nested(row, "sys", "contentType")), frozenset())
        live = self._context.source.get(document.live_stream, document.uid) or {}
        links = dict.fromkeys(link for body in (row, live) for link in links_of(self._only.cut(body), opaque))
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
        is_written = self._selected.holds(kind, link.uid) and self._context.options.includes(kind)
        if is_written or self._context.once(matches).counterpart(kind, link.uid) is not None:
            return ""
        return _CUT if self._whole.holds(kind, link.uid) else _MISSING
