"""What an import has to do with each entry and asset, found in one pass and kept on disk. Pure.

Each document is compared with what the target holds of it once. A stage then goes through the documents that it has
something to do with, and no others. What is found follows from the snapshot and from what the target held before the
import: so a resumed import finds the same.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import objects_within
from stackferry.providers.contentful.content.states import State
from stackferry.providers.contentful.importing.assets.files import AssetFiles, files_in
from stackferry.providers.contentful.importing.document_writes import WRITTEN
from stackferry.providers.contentful.importing.documents import (
    BY_LOCALE,
    NOT_BY_LOCALE,
    WHOLE,
    Document,
    Documents,
)
from stackferry.providers.contentful.importing.environments.promotion import Promotion
from stackferry.providers.contentful.importing.moves import Moves, moves, moves_of_new
from stackferry.providers.contentful.importing.publishing.refused import (
    RefusedPublishes,
    down_digest,
    down_key,
)
from stackferry.providers.contentful.importing.refused_before import asked_before
from stackferry.providers.contentful.importing.types.default_values import may_be_filled
from stackferry.providers.contentful.kinds import ASSETS, ENTRIES, ENTRY_SNAPSHOTS
from stackferry.providers.promotion import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Gap, JsonObject, Row
    from stackferry.providers.contentful.importing.documents import Planned
    from stackferry.providers.contentful.importing.moves import Body, Held, Locales
    from stackferry.providers.source import Table
    from stackferry.providers.target import ImportContext

UNARCHIVE: Final = "unarchive"
TAKE_DOWN: Final = "take down"
TAKE_DOWN_FIRST: Final = "take down first"  # before the current body is written
ARCHIVE: Final = "archive"
NEWER: Final = "newer"  # it was edited in the target alone, and stays
CONFLICT: Final = "conflict"  # it was edited on both sides
EQUAL: Final = "equal"  # both sides have it alike in the end
HELD: Final = "held"  # whatever else is done: the target held it before
TRY: Final = "try"  # whether single locales can be published, with a document as it is to be,
TRY_LIVE_PART: Final = "try with what is live"  # or with what is live of it, which is not all
NOT_LIVE: Final = "not live"  # an earlier import could not publish it, and nothing has changed since
BEYOND: Final = "live beyond"  # in locales that cannot be taken down by themselves
MAY_BE_FILLED: Final = (
    "may get default values"  # it is made anew, without a value that its type has a default for
)
TELL: Final = "tell"  # what of it the target has no place for, where nothing of it is written
SHORT: Final = "short"  # the target held it before, without versions that were live in the source
_WRITE, _PUBLISH = "write", "publish"
_MAY_PUBLISH: Final = (
    "it is not known whether the target's space publishes single locales; to take one down there could publish"
    " the edits in others"
)


def writing(at: int) -> str:
    """The work of writing the body at a place."""
    return f"{_WRITE}/{at:06}"


def publishing(at: int) -> str:
    """The work of publishing the body at a place."""
    return f"{_PUBLISH}/{at:06}"


class ToCome(NamedTuple):
    """What an import is still to do with a document: how many times its version rises, and whether it is taken down."""

    writes: int = 0
    takes_down: bool = False


class Work:
    """The work of one import, by what is done: documents by kind, type and id."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self.documents, self._promotion = context.once(Documents), context.once(Promotion)
        self._files = context.once(AssetFiles)
        self._refused = context.once(RefusedPublishes)
        self.waves = 0
        """How many bodies the document has that gets most of them."""
        self.files = 0
        """How many files the asset has that has most of them: so many rounds of processing there are."""
        self._table: Table = context.scratch.table(4, self._rows())

    def of(self, what: str, *kinds: str) -> Iterator[Planned]:
        """The documents of these kinds, or of both, with which this is to be done."""
        for kind in kinds or (ASSETS.name, ENTRIES.name):
            for _, _, of_type, uid in self._table.each(what, kind):
                document = Document(kind, str(uid), str(of_type))
                row = self._context.source.get(document.stream, document.uid)
                if row is not None:
                    yield self.documents.planned(document, row)

    def held(self) -> Iterator[Document]:
        """The documents that the target held before."""
        return self.marked(HELD)

    def marked(self, what: str) -> Iterator[Document]:
        """The documents that are so, without planning them."""
        for kind in (ASSETS.name, ENTRIES.name):
            for _, _, of_type, uid in self._table.each(what, kind):
                yield Document(kind, str(uid), str(of_type))

    def bodies(self, at: int, kind: str) -> Iterator[Planned]:
        """The documents whose body at a place is to be written. Where one does for two, the second is none."""
        return (planned for planned in self.of(writing(at), kind) if at <= planned.wanted.last)

    def _rows(self) -> Iterator[Row]:
        for document, row in self.documents.all(ASSETS.name, ENTRIES.name):
            planned = self.documents.planned(document, row)
            found, why_not_live = self._found(planned)
            self.waves = max(self.waves, *(at + 1 for at in found.writes | found.publishes), 0)
            if document.kind == ASSETS.name:
                self.files = max(self.files, *map(_count_files, planned.wanted.bodies))
            is_held = self.documents.row_held(document) is not None
            lacks = planned.gaps or (is_held and next(self.lacking(planned), None))
            is_short = is_held and self._may_write(planned) and self._lacks_versions(document, row)
            tells = lacks and not found.writes and self._may_write(planned)
            fills = 0 in found.writes and self._may_be_filled(planned)
            not_live = bool(why_not_live)
            marks = (
                (HELD, is_held),
                (BEYOND, is_held and self._may_write(planned) and bool(self.stays_live(planned))),
                (TELL, tells),
                (NOT_LIVE, not_live),
                (SHORT, is_short),
                (MAY_BE_FILLED, fills),
            )
            more = (*(mark for mark, is_so in marks if is_so), *self._promoted(planned))
            for what in (*_named(found, is_changed=planned.wanted.is_changed), *self._to_try(planned), *more):
                yield what, document.kind, document.type, document.uid

    def _may_be_filled(self, planned: Planned) -> bool:
        """Whether the service may put default values into an entry that it does not have yet."""
        document, documents = planned.document, self.documents
        if document.kind != ENTRIES.name or documents.row_held(document) is not None:
            return False
        return may_be_filled(planned.wanted.bodies[0].content, documents.terms.fields_of(document.type))

    def lacking(self, planned: Planned) -> Iterator[Gap]:
        """The gaps of the files of an asset that cannot be had, where the target's stays as it is."""
        document, bodies = planned.document, planned.wanted.bodies
        if document.kind == ASSETS.name:
            held = self.documents.row_held(document) or {}
            yield from self._files.lacking(document, bodies[-1].content, held)

    def _lacks_versions(self, document: Document, row: JsonObject) -> bool:
        options = self._context.options
        is_asked = not options.in_place and options.includes(ENTRY_SNAPSHOTS.name)
        return is_asked and next(self.documents.history.lacking(document, row), None) is not None

    def _promoted(self, planned: Planned) -> Iterator[str]:
        """What is told of a document that comes from another environment of the space."""
        if not self._promotion.is_on or not self._may_write(planned):
            return
        held = self.documents.held(planned.document)
        differs = held is not None and self._over(planned, held)[0]
        verdict, is_kept = self._verdict(planned) if differs else (Verdict.WRITE, False)
        if verdict is not Verdict.WRITE:
            yield NEWER if verdict is Verdict.KEEP else CONFLICT
        if not is_kept and not self.documents.only.codes:  # in some locales alone it is not equal
            yield EQUAL

    def _verdict(self, planned: Planned) -> tuple[Verdict, bool]:
        """What becomes of a document that differs, and whether the target's stays."""
        document = planned.document
        row = self._context.source.get(document.stream, document.uid) or {}
        held = self.documents.row_held(document) or {}
        return self._promotion.verdict(document.key, row, held), self._promotion.keeps(
            document.key, row, held
        )

    def _to_try(self, planned: Planned) -> Iterator[str]:
        """Whether a document can show if the target's space publishes single locales: it links to nothing."""
        first, document = planned.wanted.bodies[0], planned.document
        is_part = bool(first.live) and not first.live >= self.documents.codes
        is_new = document.kind == ENTRIES.name and self.documents.row_held(document) is None
        if is_part and is_new and not _links(first.content):
            yield TRY if planned.wanted.last == 0 else TRY_LIVE_PART

    def moves(self, planned: Planned) -> Moves:
        """What is to be done with a document."""
        return self._found(planned)[0]

    def to_come(self, document: Document) -> ToCome:
        """What is still to be done with a document when the last wave has been published."""
        row = self._context.source.get(document.stream, document.uid)
        if row is None:
            return ToCome()
        newest = int(self._context.identity.target(WRITTEN, document.key) or -1)
        planned = self.documents.planned(document, row)
        found = self.moves(planned)
        writes = sum(at > newest for at in found.writes) + found.archives
        is_later = bool(found.takes_down) and not planned.wanted.is_changed
        return ToCome(writes + is_later, is_later and not planned.wanted.live)

    def not_published(self, planned: Planned) -> str:
        """Why a document is not published this time; empty where it is, or need not be."""
        return self._found(planned)[1]

    def _found(self, planned: Planned) -> tuple[Moves, str]:
        """What is to be done with a document, and why it is not published."""
        if not self._may_write(planned):
            return Moves(), ""
        held = self.documents.held(planned.document)
        if held is None:
            return moves_of_new(planned.wanted), ""
        found, why_not = self._over(planned, held)
        is_kept = found and self._promotion.is_on and self._verdict(planned)[1]
        return Moves() if is_kept else found, why_not

    def _over(self, planned: Planned, held: Held) -> tuple[Moves, str]:
        """What makes the target's document that of the source; and why it is not published, where it is to be and the
        target refuses that for good."""
        same, mode = self.documents.same(planned.document), self.documents.mode_before
        wanted = replace(planned.wanted, leaves_live=True) if self.stays_live(planned) else planned.wanted
        found = moves(wanted, held, same, by_locale=mode == BY_LOCALE)
        why_not = self._refused.reason(planned, held) if found.publishes else ""
        return moves(
            replace(wanted, live_at=None, leaves_live=True), held, same
        ) if why_not else found, why_not

    def stays_live(self, planned: Planned) -> str:
        """Why a document stays live in locales in which it is not to be; empty where there are none, or may be none."""
        wanted, held = planned.wanted, self.documents.held(planned.document)
        if held is None or wanted.leaves_live or not (wanted.live or self.documents.only.codes):
            return ""  # new, or taken down as a whole
        codes = held.live_locales - wanted.live
        return self._stays_live_in(codes, planned, held) if codes else ""

    def _stays_live_in(self, codes: Locales, planned: Planned, held: Held) -> str:
        mode, is_edited = self.documents.mode_before, held.is_edited or State.CHANGED in held.states.values()
        if self.documents.only.codes and mode is None and is_edited:
            return _MAY_PUBLISH
        if mode == WHOLE:
            return NOT_BY_LOCALE.format(", ".join(sorted(codes)))
        key, digest = down_key(planned.document), partial(down_digest, codes)
        return asked_before(self._context, planned.document.kind, key, digest)

    def _may_write(self, planned: Planned) -> bool:
        """Whether a document is to be as the snapshot has it."""
        options, document = self._context.options, planned.document
        is_new = self.documents.row_held(document) is None
        return options.includes(document.kind) and (is_new or options.on_conflict == "update")


def _links(content: JsonObject) -> bool:
    return any("linkType" in one for one in objects_within(content.get("fields")))


def _named(found: Moves, *, is_changed: bool) -> Iterator[str]:
    yield from map(writing, found.writes)
    yield from map(publishing, found.publishes)
    for is_done, what in (
        (found.unarchives, UNARCHIVE),
        (found.takes_down, TAKE_DOWN_FIRST if is_changed else TAKE_DOWN),
        (found.archives, ARCHIVE),
    ):
        if is_done:
            yield what


def _count_files(body: Body) -> int:
    return sum(1 for _ in files_in(body.content))
