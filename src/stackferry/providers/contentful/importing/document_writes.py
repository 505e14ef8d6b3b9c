"""Writes of single entries and assets: bodies, unarchiving, taking down, archiving; each with what its answer says.

A write names the version that its document has now. Where an answer was lost, the document is read: it shows whether
the write arrived. API pages: "Entries", "Assets", "Content lifecycle".
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry.errors import NotOffered, Refused
from stackferry.json_values import nested
from stackferry.providers.contentful.content.states import live_locales, version_of
from stackferry.providers.contentful.importing.documents import MODE, NOT_BY_LOCALE, WHOLE
from stackferry.providers.contentful.importing.publishing.batches import LIVE
from stackferry.providers.contentful.importing.publishing.refused import (
    RefusedPublishes,
    body_key,
    down_digest,
    down_key,
)
from stackferry.providers.contentful.importing.refused_before import refused_before, remembered, taken
from stackferry.providers.contentful.importing.stored import checked, holds
from stackferry.providers.contentful.importing.types.default_values import FILLED, KEPT, filled
from stackferry.providers.contentful.importing.unknown_parts import UnknownParts
from stackferry.providers.contentful.importing.versions import (
    MOVED,
    Pairs,
    is_conflict,
    named,
    pair,
    probe_newer,
    told_of,
    version_now,
    written_between,
)
from stackferry.providers.contentful.kinds import ASSETS, ENTRIES
from stackferry.providers.contentful.requests import documents as requests
from stackferry.providers.target import PreparedWrite, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import Gap, JsonObject, Request
    from stackferry.providers.contentful.importing.documents import Document, Documents, Planned
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext

WRITTEN: Final = "bodies_written"  # the kind of these identities: "entries/ID" → the place of its newest body
NOT_PUBLISHED: Final = "publishes_refused"  # identities: "entries/ID" → place of the body refused last
TAKEN_OFF: Final = "taken_off"  # identities: "entries/ID" → is it down where single locales were to be
_REFUSED: Final = "the target refused it"
_OTHER_TYPE: Final = (
    "the target has an entry of this id of the type '{}', and no call changes that: delete it there first"
)
_NOT_DONE: Final = "the target took the request and did not do what it asks for"


class DocumentWrites:
    """The writes of one import's entries and assets."""

    def __init__(self, context: ImportContext, documents: Documents, root: Root) -> None:
        self._context, self._documents, self._root = context, documents, root
        self._refused, self._unknown = context.once(RefusedPublishes), context.once(UnknownParts)

    def version(self, document: Document) -> int | None:
        """The version that a document has in the target now; None where it is not there."""
        row = self._documents.row_held(document)
        return version_now(self._context.identity, document.key, row)

    def version_left(self, document: Document) -> Pairs:
        """The version in which a document is left as it is: a later one is an edit of after the import."""
        version = self.version(document)
        return [] if version is None else [pair(document.key, version)]

    def is_written(self, document: Document, at: int) -> bool:
        """Whether the body at this place, or a later one, was written by this import."""
        known = self._context.identity.target(WRITTEN, document.key)
        return known is not None and int(known) >= at

    def is_refused(self, planned: Planned, at: int) -> bool:
        """Whether an earlier import could not write the body at this place, so that this one does not try it."""
        document, content = planned.document, planned.wanted.bodies[at].content
        key, digest = body_key(document, at), partial(self._digest, planned, at, content)
        return bool(refused_before(self._context, document.kind, key, digest))

    def _digest(self, planned: Planned, at: int, content: JsonObject) -> str:
        """What tells the write of a body from any other: of an asset by the source's files, not by their uploads."""
        document = planned.document
        told = planned.wanted.bodies[at].content if document.kind == ASSETS.name else content
        # What is live is not sent again while its edit lies above it (`RefusedPublishes`).
        version = self.version(document) if at == planned.wanted.last else None
        return self._refused.body_digest(document, told, version)

    def body(
        self,
        planned: Planned,
        at: int,
        *,
        body: Callable[[], tuple[JsonObject, list[Gap]]],
        after: tuple[str, ...] = (),
        more: Callable[[], list[tuple[str, str, str]]] = list,
        key: str = "",
        is_whole: bool = True,
    ) -> Write:
        """The write of one body. `body` makes it when it is sent, with the gaps of what it leaves out.

        `more` are identities that hold once it is written. Not `is_whole`: it is no more than a part of what is to be
        written.
        """
        document, key = planned.document, key or body_key(planned.document, at)
        sent, whole = list["JsonObject"](), list["JsonObject"]()
        of_live = "/published" if at != planned.wanted.last else ""  # as comparisons call its places

        def digest() -> str:
            return self._digest(planned, at, whole[0])

        def build(*, reduced: bool = False) -> PreparedWrite:
            content, lost = body()
            content, left_out = self._unknown.without_refused(content, document.type)
            if reduced:
                content, left_out = self._unknown.without_unknown(body()[0], document.type)
            else:
                whole[:] = [content]
            lost += [document.gap(one.reason, f"{of_live}{one.pointer}") for one in left_out]
            sent[:] = [content]
            if not reduced and (reason := refused_before(self._context, document.kind, key, digest)):
                # The files of an asset that is not written were not uploaded for it.
                told = [] if document.kind == ASSETS.name else lost
                gaps = [*planned.gaps, *told, document.gap(reason)]
                return PreparedWrite(gaps=gaps, identities=self.version_left(document))
            version = self.version(document)
            if version is None and (of_type := self._documents.type_held(document)):
                return PreparedWrite(gaps=[*planned.gaps, document.gap(_OTHER_TYPE.format(of_type))])
            request = requests.put_document(
                self._root,
                document.kind,
                document.uid,
                content,
                version=version,
                content_type=document.type,
            )
            identities = [(document.kind, document.uid, document.uid), *more(), *taken(self._context, key)]
            identities += [(WRITTEN, document.key, str(at))] if is_whole else []
            identities += [*self._unknown.taken(content), *self._unknown.refused(left_out, document.type)]
            return PreparedWrite(
                request=request,
                note={"version": version or 0},
                identities=identities,
                gaps=[*planned.gaps, *lost],
                version=(version or 0) + 1,
            )

        def is_there(row: JsonObject) -> bool:
            return holds(row, sent[0])

        write = self._write(key, document, build, is_there, after)
        if document.kind == ENTRIES.name:
            write = replace(write, read=lambda answer: _with_filled(document, sent[0], answer))
        for_good = remembered(key, digest)

        def remembers(refused: Exception, reason: str) -> Pairs:
            return [*for_good(refused, reason), *self._left(document, refused)]

        def without_unknown() -> PreparedWrite | None:
            return build(reduced=True) if self._unknown.without_unknown(sent[0], document.type)[1] else None

        failed = self._documents.gap_at(document, at, _REFUSED)
        return checked(replace(write, remembers=remembers, fallback=without_unknown, failed=failed))

    def without_defaults(
        self, planned: Planned, content: JsonObject, after: tuple[str, ...] = (), key: str = ""
    ) -> Write:
        """The first body of a new entry once more, where the service has put default values of its type into it."""
        document = planned.document
        of_live = "/published" if planned.wanted.last else ""
        again = f"{key or body_key(document, 0)}/without defaults"
        step = self.body(
            replace(planned, gaps=[]), 0, body=lambda: (content, []), after=after, key=again, is_whole=False
        )

        def build() -> PreparedWrite:
            is_filled = self._context.identity.target(FILLED, document.key) == "yes"
            return step.build() if is_filled else PreparedWrite()

        def read(answer: JsonObject) -> WriteResult:
            result = step.read(answer)
            kept = [document.gap(KEPT, f"{of_live}/fields/{name}") for name in filled(answer, content)]
            identities = [one for one in result.identities if one[0] != FILLED]
            return replace(
                result, identities=[*identities, (FILLED, document.key, "no")], gaps=[*result.gaps, *kept]
            )

        return replace(step, build=build, read=read)

    def unarchive(self, document: Document) -> Write:
        return self._change(document, "unarchived", requests.unarchive, lambda row: not _archived(row))

    def published_as_whole(self, document: Document) -> PreparedWrite | None:
        """The publish of a document in all locales; None where it is not there."""
        version = self.version(document)
        if version is None:
            return None
        request = requests.publish(self._root, document.kind, document.uid, version)
        return PreparedWrite(request=request, note={"version": version})

    def archive(self, document: Document) -> Write:
        return self._change(document, "archived", requests.archive, _archived)

    def take_down(self, planned: Planned, locales: frozenset[str], *, is_whole: bool) -> Write:
        """Unpublish a document, as a whole or in these locales."""
        document = planned.document

        def request(root: Root, kind: str, uid: str) -> Request:
            version = self.version(document) or 0
            return requests.unpublish(root, kind, uid, version, () if is_whole else locales)

        stays = document.gap(NOT_BY_LOCALE.format(", ".join(sorted(locales))))

        def is_down(row: JsonObject) -> bool:
            told = nested(row, "sys", "fieldStatus", "*")
            states = [told.get(code) for code in locales] if isinstance(told, dict) else []
            return _is_down(row) if is_whole or not states else all(one in (None, "draft") for one in states)

        step = self._change(document, "unpublished", request, is_down)

        def build() -> PreparedWrite:
            if self._was_never_live(document):
                return PreparedWrite()
            if not is_whole and self._documents.mode == WHOLE:
                return PreparedWrite(gaps=[stays], identities=self.version_left(document))
            return step.build()

        def read(answer: JsonObject) -> WriteResult:
            result = step.read(answer)
            is_off = _is_down(answer) and self._stays_elsewhere(planned, locales)
            if is_whole or (is_down(answer) and not is_off):
                return result
            # It was taken for a request to take all of it down, or to publish all of it.
            gaps = [*(gap for gap in result.gaps if gap.reason != _NOT_DONE), stays]
            known = [(MODE, "", WHOLE), *([(TAKEN_OFF, document.key, "yes")] if is_off else [])]
            return replace(result, gaps=gaps, identities=[*result.identities, *known])

        for_good = remembered(down_key(document), partial(down_digest, locales))

        def remembers(refused: Exception, reason: str) -> Pairs:
            if is_whole:
                return self._left(document, refused)
            mode = [(MODE, "", WHOLE)] if isinstance(refused, NotOffered) else []
            return [*mode, *for_good(refused, reason), *self._left(document, refused)]

        return replace(step, build=build, read=read, remembers=remembers)

    def live_again(self, document: Document, *, after: tuple[str, ...]) -> Write:
        """Publish a document again where all of it was taken down, and single locales were to be."""

        def request(root: Root, kind: str, uid: str) -> Request:
            return requests.publish(root, kind, uid, self.version(document) or 0)

        def build() -> PreparedWrite:
            is_off = self._context.identity.target(TAKEN_OFF, document.key) == "yes"
            return step.build() if is_off else PreparedWrite()

        def read(answer: JsonObject) -> WriteResult:
            result = step.read(answer)
            return replace(result, identities=[*result.identities, (TAKEN_OFF, document.key, "no")])

        step = self._change(document, "live again", request, lambda row: not _is_down(row))
        return replace(step, build=build, read=read, after=after)

    def _stays_elsewhere(self, planned: Planned, locales: frozenset[str]) -> bool:
        """Whether a document is to be, or was, live in other locales than these."""
        row = self._documents.row_held(planned.document) or {}
        return bool(planned.wanted.live or live_locales(row, self._documents.codes | locales) - locales)

    def _was_never_live(self, document: Document) -> bool:
        """Whether a document is new, and the target refused to publish it."""
        told = self._context.identity.target
        is_new = self._documents.row_held(document) is None
        return is_new and not told(LIVE, document.key) and told(NOT_PUBLISHED, document.key) is not None

    def publish(
        self,
        document: Document,
        at: int,
        locales: frozenset[str],
        *,
        shown: Callable[[JsonObject], list[Gap]],
    ) -> Write:
        """Publish a document by itself, in these locales, or as a whole where there are none.

        A space that cannot publish single locales is asked for all of them. `shown`: the gaps of what is live then.
        """
        as_whole = list[bool]()

        def request(root: Root, kind: str, uid: str) -> Request:
            part = () if self._documents.mode == WHOLE else locales
            return requests.publish(root, kind, uid, self.version(document) or 0, part)

        def whole() -> PreparedWrite | None:
            as_whole[:] = [True]
            return self.published_as_whole(document)

        failed = self._documents.gap_at(document, at, _REFUSED)
        step = self._change(document, f"published/{at}", request, lambda row: not _is_down(row), failed)

        def read(answer: JsonObject) -> WriteResult:
            result = step.read(answer)
            found = [*result.identities, (LIVE, document.key, str(at)), *self._refused.taken(document)]
            found += self._documents.history.replayed(document, at)
            found += [(MODE, "", WHOLE)] if as_whole else []  # it was refused in some locales alone
            return replace(result, identities=found, gaps=[*result.gaps, *shown(answer)])

        for_good = self._refused.remembers(document, at)

        def remembers(refused: Exception, reason: str) -> Pairs:
            told = [(NOT_PUBLISHED, document.key, str(at))]
            told += self._documents.history.replayed(document, at, is_live=False)
            return [*told, *for_good(refused, reason), *self._left(document, refused)]

        return replace(step, fallback=whole if locales else None, read=read, remembers=remembers)

    def _change(
        self,
        document: Document,
        name: str,
        request: Callable[[Root, str, str], Request],
        is_done: Callable[[JsonObject], bool],
        failed: Gap | None = None,
    ) -> Write:
        """A write that changes the state of a document, not its body."""
        expected: list[int] = []

        def build() -> PreparedWrite:
            version = self.version(document)
            if version is None:
                return PreparedWrite()  # it was not written: its gap says why
            expected[:] = [version + 1]
            made = request(self._root, document.kind, document.uid)
            return PreparedWrite(request=made, note={"version": version})

        def read(answer: JsonObject) -> WriteResult:
            result = _read(document, answer)
            gaps = [] if is_done(answer) else [document.gap(_NOT_DONE)]
            others = written_between(document.gap(""), expected[0] if expected else 0, answer)
            told = [others[1]] if others else []
            return replace(result, gaps=[*gaps, *([others[0]] if others else [])], remarks=told)

        step = self._write(f"{document.key}/{name}", document, build, is_done)
        return replace(step, read=read, failed=failed or step.failed)

    def _write(
        self,
        key: str,
        document: Document,
        build: Callable[[], PreparedWrite],
        is_done: Callable[[JsonObject], bool],
        after: tuple[str, ...] = (),
    ) -> Write:
        failed, shown = document.gap(_REFUSED), requests.get_document(self._root, document.kind, document.uid)
        return Write(
            key=key,
            kind=document.kind,
            build=build,
            read=partial(_read, document),
            failed=failed,
            after=after,
            probe=lambda note: probe_newer(shown, note, is_done),
            told=told_of(failed),
            remembers=lambda refused, _: self._left(document, refused),
        )

    def _left(self, document: Document, refused: Exception) -> Pairs:
        """What a refusal leaves: its version, or that somebody else wrote it during the import."""
        if isinstance(refused, Refused) and is_conflict(refused):
            return [(MOVED, document.key, "yes")]
        return self.version_left(document)


def _read(document: Document, answer: JsonObject) -> WriteResult:
    made = named(answer, document.uid)
    return WriteResult(identities=[pair(document.key, version_of(made))])


def _with_filled(document: Document, sent: JsonObject, answer: JsonObject) -> WriteResult:
    """What the answer says, and whether the entry has values that nobody sent."""
    result = _read(document, answer)
    if not filled(answer, sent):
        return result
    return replace(result, identities=[*result.identities, (FILLED, document.key, "yes")])


def _archived(row: JsonObject) -> bool:
    return bool(nested(row, "sys", "archivedVersion"))


def _is_down(row: JsonObject) -> bool:
    return nested(row, "sys", "publishedVersion") is None
