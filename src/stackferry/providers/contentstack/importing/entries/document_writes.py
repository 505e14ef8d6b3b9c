"""The writes of an entry's documents: the first creates the entry, each other one is a version of a language. Pure.

A write knows what it sent, because its answer is read beside it. What all of them have in common is in `writes`.
API pages: "Import an entry", "Import an existing entry", "Create an entry with master locale", "Update an entry"
(fields that are not named stay as they are), "Localize an entry".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stackferry.json_values import as_object, integer, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.added_fields import (
    AddedFields,
    keeps_added_fields,
    with_added,
    without_added,
)
from stackferry.providers.contentstack.content.comparable import (
    rewritten_for_write,
    same_content,
)
from stackferry.providers.contentstack.importing.answers import object_in
from stackferry.providers.contentstack.importing.branches.fork import Fork, document_name, promoted
from stackferry.providers.contentstack.importing.deleted import ANEW
from stackferry.providers.contentstack.importing.deletions.made_before import version_back
from stackferry.providers.contentstack.importing.entries.instances import keep_instances
from stackferry.providers.contentstack.importing.entries.lost_links import keep_live_values
from stackferry.providers.contentstack.importing.entries.not_kept import (
    emptied,
    is_written_over,
    not_kept,
    still_not_kept,
)
from stackferry.providers.contentstack.importing.entries.second_look import conflict
from stackferry.providers.contentstack.importing.entries.stage_locks import lock_of
from stackferry.providers.contentstack.importing.entries.version_matching import (
    document_gap,
    existing_document,
    version_identity,
)
from stackferry.providers.contentstack.importing.entries.withheld import (
    because,
    why_no_entry,
    why_not_made,
    withheld,
)
from stackferry.providers.contentstack.importing.entries.write_body import fresh_rich_text, with_emptied
from stackferry.providers.contentstack.importing.promotion import (
    Promotion,
)
from stackferry.providers.contentstack.requests import entries as requests
from stackferry.providers.contentstack.requests.build import params
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.promotion import Verdict
from stackferry.providers.target import PreparedWrite, Probe, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import Gap, JsonObject, Remark, Request
    from stackferry.providers.contentstack.content.entries import Entry, EntryVersion
    from stackferry.providers.contentstack.importing.entries.writes import EntryWrites
    from stackferry.providers.target import ImportContext


@dataclass
class DocumentWrite:
    """One document on its way."""

    writes: EntryWrites
    entry: Entry
    document: EntryVersion
    sent: JsonObject = field(init=False, default_factory=dict)
    gaps: Sequence[Gap] = field(init=False, default=())

    def step(self, key: str, after: Sequence[str], kind: str = "entries") -> Write:
        return Write(
            key=key,
            kind=kind,
            build=self.build,
            read=self.read,
            fallback=self.prepare_again,
            failed=document_gap("entries", self.document, f"the target refused it{self.lock()}"),
            after=after,
            probe=self.probe,
        )

    def prepare(self, body: JsonObject, gaps: Sequence[Gap]) -> PreparedWrite:
        """The write of this body; `gaps` are what of the document it does not hold."""
        self.sent, self.gaps = body, gaps
        request, note = self.request(body), self.note(body)
        return PreparedWrite(request=request, note=note, gaps=gaps, version=self.version)

    def prepare_again(self) -> PreparedWrite | None:
        """With new uids for its rich texts: a stack may refuse a uid that it has seen in another entry."""
        # "Duplicate UID": the root of a rich text must be unique in the stack when its entry is created.
        body = as_object(fresh_rich_text(self.sent, text(self.sent.get("title"))))
        return None if body == self.sent else self.prepare(body, self.gaps)

    @property
    def version(self) -> int | None:
        """The number of the version that is made if nobody else writes, where that is known."""
        return None

    def lock(self) -> str:
        """What is told of a stage that locks the document, where the target refuses to write it."""
        return ""

    def build(self) -> PreparedWrite:
        raise NotImplementedError

    def read(self, answer: JsonObject) -> WriteResult:
        raise NotImplementedError

    def request(self, body: JsonObject) -> Request:
        raise NotImplementedError

    def note(self, body: JsonObject) -> JsonObject:
        """What a probe searches for."""
        raise NotImplementedError

    def probe(self, note: JsonObject) -> Probe:
        raise NotImplementedError


@dataclass
class NextVersion(DocumentWrite):
    """A document of an entry that exists: the next version of a language, or the first one in it.

    `previous` is the document of the entry that is written before it."""

    previous: EntryVersion | None
    kept: frozenset[str] = field(init=False, default=frozenset())  # what is not written: it would lose a link
    unchanged: frozenset[str] = field(
        init=False, default=frozenset()
    )  # nor is this: the target says the same

    def lock(self) -> str:
        context, target = self.writes.context, self.writes.matched.target(self.entry.uid)
        return lock_of(context, existing_document(context, self.document, target)) if target else ""

    @property
    def follows(self) -> bool:
        """Whether the document before it is the version of the same language before it."""
        return self.previous is not None and self.previous.locale == self.document.locale

    @property
    def target(self) -> str | None:
        """The entry's uid in the target."""
        return self.writes.context.identity.target("entries", self.entry.uid)

    @property
    def existing(self) -> JsonObject | None:
        """What the target held in this language before the import; nothing once this import wrote over it."""
        if self.follows or self.target is None:
            return None
        return existing_document(self.writes.context, self.document, self.target)

    @property
    def back(self) -> int:
        """The version in which the trash gave it back, where this import had made it before; 0 for any other."""
        document = self.document
        stream = Stream("entries", document.content_type, document.locale)
        return version_back(self.writes.context, stream, document.uid) or 0

    def build(self) -> PreparedWrite:
        """Write the document, or find that the target's own says the same or may not be touched."""
        writes, document = self.writes, self.document
        if self.target is None:
            is_told = not writes.is_written or document == self.entry.versions[0]  # by the creation
            why = why_no_entry(writes.context, self.entry.content_type, self.entry.uid)
            gap = document_gap("entries", document, because("its entry could not be created", why))
            return PreparedWrite(gaps=() if is_told else [gap])
        # What a stage locks takes no later version either: that is one gap.
        why = why_not_made(writes.context, self.previous) if self.follows and self.previous else ""
        if why and self.lock():
            return PreparedWrite(identities=[withheld(document, why)])
        existing, before = self.existing, existing_document(writes.context, document, self.target)
        body, gaps, is_same = self._body(existing, before)
        body, gaps, self.kept = keep_live_values(writes.context, document, body, gaps, before)
        if existing is not None and (is_same or self._is_unedited(existing) or self.may_stay(existing, body)):
            return self._same(existing, gaps)
        if not writes.is_written:
            return PreparedWrite()
        if before is not None and writes.context.once(Promotion).is_kept("entries", self.name):
            return self._left_alone()
        return self._over(body, gaps, existing)

    def _body(
        self, existing: JsonObject | None, before: JsonObject | None
    ) -> tuple[JsonObject, list[Gap], bool]:
        """What the document shall say, and whether the target's says the same; `before` is what it said at first."""
        writes, document = self.writes, self.document
        body, gaps = writes.body(document, self.previous if self.follows else None, held=existing)
        # What it held in fields that the snapshot's type does not have stays.
        added = writes.context.once(AddedFields).of(document.content_type)
        if before is not None and keeps_added_fields(writes.context.options):
            body = with_added(body, before, added)
        if existing is None:
            if self.back and not self.follows:  # it says what it said when it was deleted
                body = {**dict.fromkeys(sorted(writes.own_fields(document))), **body}
            return body, gaps, False
        if writes.comparable.is_same_unresolved(document, without_added(existing, added)):
            return body, gaps, True
        # A write merges, so fields that only the target's document has are emptied.
        own, schema = writes.own_fields(document), writes.content.schemas[document.content_type]
        body = with_emptied(schema, body, existing, shared=not writes.has_master(document))
        return {**{name: None for name in existing if name in own and name not in body}, **body}, gaps, False

    def _same(self, existing: JsonObject, gaps: Sequence[Gap]) -> PreparedWrite:
        """Nothing to write: the target's document says what this one says, but for these gaps."""
        found = [version_identity(self.document, existing), *self.promoted(existing)]
        found += self.writes.renamed_in(self.document, existing)
        if not self.writes.is_written:
            return PreparedWrite(identities=found)
        row = self.document.load(self.writes.context.source)
        is_untouched = self.writes.context.once(Fork).is_untouched(row) or self._is_unedited(existing)
        lost = () if is_untouched else gaps
        return PreparedWrite(identities=found, gaps=[*lost, *self._not_kept(existing)])

    def _is_unedited(self, existing: JsonObject) -> bool:
        """Whether the target's branch has this very version: nothing of it is to be brought."""
        context, document = self.writes.context, self.document
        row = {} if document.record_number else document.load(context.source)
        return context.once(Promotion).is_one_version("entries", document.content_type, row, existing)

    def _not_kept(self, existing: JsonObject) -> list[Gap]:
        """What a document that stays does not hold, because its entry's master document has another value."""
        context, document, locale = self.writes.context, self.document, self.writes.content.master_locale
        for master in self.entry.versions if document.locale != locale else ():
            held = existing_document(context, master, self.target or "") if master.locale == locale else None
            if held is not None and is_written_over(context, master, held):
                return still_not_kept(context, document, existing, master, held)
        return not_kept(context, document, existing)

    def _left_alone(self) -> PreparedWrite:
        """The target's document stays, because it was edited in its branch."""
        promotion, document = self.writes.context.once(Promotion), self.document
        # Both branches have the versions from before they parted.
        number = promotion.shared_version("entries", self.name, document.load(self.writes.context.source))
        return PreparedWrite(
            identities=[version_identity(document, {"_version": number})] if number else [],
            gaps=self.kept_gaps(promotion),
            remarks=self.conflict(promotion),
        )

    def _over(self, body: JsonObject, gaps: list[Gap], existing: JsonObject | None) -> PreparedWrite:
        """What to write over the target's document: what differs, unless somebody has edited it meanwhile."""
        writes, document = self.writes, self.document
        if existing is not None:
            body, self.unchanged = self.changed_only(existing, body)
            if not body:
                return PreparedWrite(identities=[version_identity(document, existing)], gaps=gaps)
        failed, locale = document_gap("entries", document, ""), target_locale(writes.context, document.locale)
        moved = conflict(writes.context, self.target or "", locale, failed, text(body.get("title")))
        remarks = self.conflict(writes.context.once(Promotion))
        body, kept = keep_instances(document.uid, body, existing or {})
        return moved or replace(self.prepare(body, gaps), remarks=remarks, identities=kept)

    @property
    def name(self) -> str:
        """What a promotion knows the document by."""
        document = self.document
        return document_name(document.content_type, document.uid, document.locale)

    def promoted(self, made: JsonObject) -> list[tuple[str, str, str]]:
        return promoted_document(self.writes.context, self.document, made)

    def conflict(self, promotion: Promotion) -> list[Remark]:
        """What is told where the document was edited on both sides."""
        context, document, target = self.writes.context, self.document, self.target or ""
        held = existing_document(context, document, target) if promotion.is_on else None
        if held is None or document.record_number:
            return []
        row = document.load(context.source)
        if promotion.verdict("entries", self.name, row, held) is not Verdict.CONFLICT:
            return []
        return [promotion.conflict("entries", self.name, row, held)]

    def kept_gaps(self, promotion: Promotion) -> list[Gap]:
        """A gap where the source's edits stay out."""
        told = [one.reason for one in self.conflict(promotion)]
        return [document_gap("entries", self.document, reason) for reason in told]

    def written_over(self) -> tuple[str, str, str, int] | None:
        """The target's document that this write replaces: its type, language, uid and version."""
        existing, target = self.existing, self.target
        if existing is None or target is None or self.build().request is None:
            return None
        locale = target_locale(self.writes.context, self.document.locale)
        return self.document.content_type, locale, target, integer(existing.get("_version")) or 1

    def may_stay(self, existing: JsonObject, body: JsonObject) -> bool:
        """Whether the target's own document says just what would be written, or may not be touched."""
        if self.writes.is_written and self.writes.context.options.on_conflict == "skip":
            return True
        added = self.writes.context.once(AddedFields).of(self.document.content_type)
        own, body = without_added(existing, added), without_added(body, added)
        held = self.writes.comparable.written_form(self.document.content_type, own, body)
        # Shared fields are not part of the body: they are compared in the master document.
        absent = (self.writes.shared_fields(self.document) | self.kept) - body.keys()
        return same_content({name: value for name, value in held.items() if name not in absent}, body)

    def changed_only(self, existing: JsonObject, body: JsonObject) -> tuple[JsonObject, frozenset[str]]:
        """Of an entry that is restored singly the fields that differ, and the names of the others.

        A write leaves alone what it does not name: that stays an editor's, also where it is edited meanwhile.
        """
        document, writes = self.document, self.writes
        is_older = document.record_number and document.locale == writes.content.master_locale
        if not writes.context.options.selection.uids or is_older:
            return body, frozenset()
        schema = writes.content.schemas[document.content_type]
        held = rewritten_for_write(schema, existing)
        same = {name for name, value in body.items() if same_content({name: held.get(name)}, {name: value})}
        return {name: value for name, value in body.items() if name not in same}, frozenset(same)

    def request(self, body: JsonObject) -> Request:
        document, target = self.document, self.target or ""
        content_type, master = document.content_type, self.writes.content.master_locale
        # With this uid the calls write the entry that exists, and make no second one.
        whole: JsonObject = {**body, "uid": target}
        if self.makes_master():
            # It starts from a copy of another language: what this document does not have must be emptied.
            fields = self.writes.own_fields(document)
            locale = params(locale=target_locale(self.writes.context, document.locale), copy_to_master=True)
            return requests.create_entry(content_type, {**dict.fromkeys(sorted(fields)), **whole}, locale)
        if document.record_number and document.locale == master:
            return requests.import_entry(content_type, whole, self.writes.locale(document), target)
        return requests.update_entry(content_type, target, body, self.writes.locale(document))

    def makes_master(self) -> bool:
        """Whether this is the first master document of an entry that the target held in other languages only."""
        is_first = self.document == self.entry.versions[0]
        is_master = is_first and self.document.locale == self.writes.content.master_locale
        return is_master and self.writes.matched.target(self.entry.uid) is not None and self.existing is None

    def note(self, body: JsonObject) -> JsonObject:
        # No page says which number a master document gets that an entry lacked: there is none but the one made here.
        number = None if self.makes_master() else self.next_number()
        return {"target": self.target, "version": number, "title": body.get("title")}

    @property
    def version(self) -> int | None:
        # An entry that this import made had no document before; of what is written again numbers are forgotten.
        is_again = self.writes.context.identity.target(ANEW, self.entry.uid) is not None
        is_new = not is_again and self.writes.matched.target(self.entry.uid) is None
        return self.next_number() if is_new or self.existing is not None or self.follows else None

    def next_number(self) -> int:
        """The version that the write will make if nobody else writes."""
        versions, locale = self.entry.versions, self.document.locale
        older = [one for one in versions[: versions.index(self.document)] if one.locale == locale]
        # What was refused has no number.
        made = [self.writes.version_made(one) or 0 for one in older]
        held = existing_document(self.writes.context, self.document, self.target or "")
        before = (integer(held.get("_version")) or 1) if held is not None else 0
        # Created without some references, the entry's first document already is version 1.
        is_new = self.writes.matched.target(self.entry.uid) is None
        return max([*made, before, self.back, int(is_new and versions[0].locale == locale)]) + 1

    def read(self, answer: JsonObject) -> WriteResult:
        made = object_in(answer, "entry", "uid", "_version")
        lost = [(gap, gap.path.split("/")[1]) for gap in not_kept(self.writes.context, self.document, made)]
        # Only an update of the language cuts an instance off from the master: see `EntryWrites.empty`.
        is_first = not self.follows and not self.document.record_number
        again = frozenset(name for _, name in lost if is_first and name in self.sent)
        # What keeps its value was not filled in by the service.
        sent = {**dict.fromkeys(self.kept | self.unchanged), **self.sent}
        identities = self.writes.identities(self.document, sent, made, again) + self.promoted(made)
        gaps = [gap for gap, name in lost if name not in again]
        return WriteResult(
            identities=identities,
            gaps=[*gaps, *emptied(self.document, self.existing or {}, made, self.unchanged)],
        )

    def probe(self, note: JsonObject) -> Probe:
        return self.writes.probe_version(self.document, note)


def promoted_document(
    context: ImportContext, document: EntryVersion, made: JsonObject
) -> list[tuple[str, str, str]]:
    """That the latest version and the target's are the same from now on, where they are of two branches."""
    if document.record_number or not context.once(Promotion).is_on:
        return []
    name = document_name(document.content_type, document.uid, document.locale)
    return [promoted("entries", name, {"_version": document.version}, made)]
