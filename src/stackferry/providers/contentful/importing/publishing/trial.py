"""Whether the target's space publishes single locales: found out with one document, where nothing there shows it.

A space either does or refuses, or takes the request as one of all locales; then what waits in a locale would become
live. So before anything else one document is published in some locales that holds nothing in the others: its answer
tells. Where that is refused, and the same for all locales is not, that tells, too. API page: "Locale-based publishing".
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from stackferry.json_values import integer
from stackferry.providers.contentful.content.states import live_locales, version_of
from stackferry.providers.contentful.importing.documents import BY_LOCALE, MODE, NOT_BY_LOCALE, WHOLE
from stackferry.providers.contentful.importing.publishing.batches import LIVE
from stackferry.providers.contentful.importing.versions import named, pair
from stackferry.providers.contentful.importing.work import TRY, TRY_LIVE_PART, Work
from stackferry.providers.contentful.requests import documents as requests
from stackferry.providers.target import PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.importing.document_writes import DocumentWrites
    from stackferry.providers.contentful.importing.documents import Planned
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

TRIED: Final = "published_to_try"  # identities: "entries/ID" → the place of the body that is live since
AS_WHOLE: Final = "published_as_whole"  # identities: "entries/ID" → locales that are live and were not to be
_TRIES: Final = 3  # documents: one may be refused for what is in it


class Trial:
    """The trial of one import."""

    def __init__(self, context: ImportContext, writes: DocumentWrites, root: Root) -> None:
        self._context, self._writes, self._root = context, writes, root
        self._work = context.once(Work)

    def steps(self) -> Steps:
        """Write and publish a document; further ones where it was refused."""
        if self._is_known:
            return
        found = chain(self._work.of(TRY), self._work.of(TRY_LIVE_PART))
        before = ""
        for planned in islice(found, _TRIES):
            write = self._body(planned, (before,) if before else ())
            bare = self._without_defaults(planned, write.key)
            publish = self._publish(planned, (bare.key,))
            yield from (write, bare, publish)
            before = publish.key

    @property
    def _is_known(self) -> bool:
        return self._work.documents.mode is not None

    def _body(self, planned: Planned, after: tuple[str, ...]) -> Write:
        content = planned.wanted.bodies[0].content
        step = self._writes.body(
            planned,
            0,
            body=lambda: (content, []),
            after=after,
            key=f"tried/{planned.document.key}",
            is_whole=planned.wanted.last == 0,
        )
        return unless(lambda: self._is_known, step)

    def _without_defaults(self, planned: Planned, key: str) -> Write:
        content = planned.wanted.bodies[0].content
        step = self._writes.without_defaults(planned, content, after=(key,), key=key)
        return unless(lambda: self._is_known, step)

    def _publish(self, planned: Planned, after: tuple[str, ...]) -> Write:
        document, live = planned.document, planned.wanted.bodies[0].live

        def build() -> PreparedWrite:
            version = self._writes.version(document)
            if version is None or self._is_known:
                return PreparedWrite()
            made = requests.publish(self._root, document.kind, document.uid, version, live)
            return PreparedWrite(request=made, note={"version": version})

        return Write(
            key=f"published to try/{document.key}",
            kind="publications",
            build=build,
            read=partial(self._read, planned),
            failed=document.gap(""),
            after=after,
            probe=lambda note: Probe(
                request=requests.get_document(self._root, document.kind, document.uid),
                found=lambda row: [row] if version_of(row) == _number(note) + 1 else [],
                required_key="sys",
            ),
            reported_later=True,
            fallback=partial(self._writes.published_as_whole, document),
        )

    def _read(self, planned: Planned, answer: JsonObject) -> WriteResult:
        document = planned.document
        row = named(answer, document.uid)
        codes = beyond(row, self._work.documents.codes, planned.wanted.bodies[0].live)
        found = [pair(document.key, version_of(row)), (LIVE, document.key, "0")]
        found += self._work.documents.history.replayed(document, 0)
        found += [(MODE, "", WHOLE if codes else BY_LOCALE)]
        if planned.wanted.last > 0:
            return WriteResult(identities=found)
        gaps = [document.gap(NOT_BY_LOCALE.format(codes))] if codes else []
        return WriteResult(identities=[*found, (TRIED, document.key, "0")], gaps=gaps)


def beyond(row: JsonObject, codes: Iterable[str], wanted: frozenset[str]) -> str:
    """The locales in which a document is live and was not to be, as text; empty where it is to be live in all."""
    return ", ".join(sorted(live_locales(row, codes) - wanted)) if wanted else ""


def unless(is_so: Callable[[], bool], write: Write) -> Write:
    """A write that is left out where something has become so by the time that it is decided."""
    return replace(write, build=lambda: PreparedWrite() if is_so() else write.build())


def _number(note: JsonObject) -> int:
    return integer(note.get("version")) or 0
