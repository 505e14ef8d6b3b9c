"""Finds the snapshot's older versions of an entry among the versions that the target already holds.

The target has a history of its own, so numbers prove nothing: its versions are read, and only equal content is the
same version. The versions that it shows somewhere come first; all others are read only where an older version was not
found among those. Pure.
API page: "Get a single entry".
"""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.json_values import as_object, integer, objects, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.content.comparable import ComparableEntries
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.content.pinned_versions import ReleasePins
from stackferry.providers.contentstack.content.publications import publish_details
from stackferry.providers.contentstack.importing.answers import read_notice, report_gaps
from stackferry.providers.contentstack.importing.branches.fork import Fork
from stackferry.providers.contentstack.importing.entries.lost_links import keep_live_values
from stackferry.providers.contentstack.importing.entries.not_kept import not_kept
from stackferry.providers.contentstack.importing.entries.write_body import shared_fields
from stackferry.providers.contentstack.importing.promotion import Promotion
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.requests.entries import read_entry
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.target import Await, ImportContext, Observation, PreparedWrite, Step, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.content.entries import Entry, EntryVersion

    Found = tuple[str, str, str]  # kind, source, target

_LACKING = "the target held the entry before, and its history there lacks this version"
RECOGNISED = "recognised"  # the kind of identity of an older version that the target held before
_LOST: Final = "recognised_lost"  # that of the gaps of such a version


def existing_document(context: ImportContext, document: EntryVersion, target: str) -> JsonObject | None:
    """The target's document in that language as it was before the import."""
    stream = Stream("entries", document.content_type, target_locale(context, document.locale))
    return context.target.get(stream, target)


def version_identity(document: EntryVersion, made: JsonObject) -> tuple[str, str, str]:
    """The number that a document has in the target: as a kind of identity, its name and the number."""
    return ("versions", document.version_key, str(integer(made.get("_version")) or 1))


def document_gap(kind: str, document: EntryVersion, reason: str) -> Gap:
    """The gap of a version in one language."""
    return Gap(
        kind=kind,
        uid=document.uid,
        type=document.content_type,
        locale=document.locale,
        path=f"version {document.version}",
        reason=reason,
    )


class HistoryPlan:
    """What becomes of the older versions of these entries, where the target held an entry before."""

    def __init__(self, context: ImportContext, entries: Callable[[], Iterator[Entry]]) -> None:
        self._context = context
        self._entries = entries
        self._matched = context.once(matches).of("entries")
        self._comparable = context.once(ComparableEntries)

    def written(self, entry: Entry) -> tuple[EntryVersion, ...]:
        """The entry's documents that are written, or compared with the target's latest.

        In a locale that the target already has, that is the latest one; where the target is to be updated, the older
        ones that its history lacks come before it.
        """
        target = self._matched.target(entry.uid)
        if target is None:
            return entry.versions
        return tuple(one for one in entry.versions if not one.record_number or self._is_written(one, target))

    def compare_latest(self) -> Iterator[Step]:
        """Find the older versions that the target's latest one is."""
        for _, older, latest in self._histories():
            first = older[0]
            yield Write(
                key=f"recognise/{first.content_type}/{first.uid}/{first.locale}/latest",
                kind="entries",
                build=partial(self._recognise_latest, older, latest),
                read=read_notice,
                failed=document_gap("versions", first, _LACKING),
            )

    def read_likely(self) -> Iterator[Step]:
        """Read the versions that the target shows somewhere or, between branches, that have the same number."""
        for target, older, latest in self._histories():
            if not all(map(self._is_recognised, older)):
                yield from self._reads(target, older, self._likely(target, older, latest))

    def read_others(self) -> Iterator[Step]:
        """Read all its other versions, where an older version was not found among those."""
        for target, older, latest in self._histories():
            if not all(map(self._is_recognised, older)):
                numbers = set(range(1, integer(latest.get("_version")) or 1))
                yield from self._reads(target, older, numbers - self._likely(target, older, latest))

    def _report_recognised(self) -> Iterator[Step]:
        """What of the versions that the target has its history cannot hold: gaps, as when they were written."""
        for _, older, _ in self._histories():
            if gaps := [gap for one in older for gap in self._told(one)]:
                key = f"recognised/{gaps[0].type}/{gaps[0].uid}/{gaps[0].locale}"
                yield report_gaps(key, "entries", gaps)

    def _told(self, document: EntryVersion) -> Iterator[Gap]:
        kept = self._context.identity.target(_LOST, document.version_key) or "[]"
        for row in objects(exact_json.loads(kept.encode())):
            yield Gap(**{name: text(value) for name, value in row.items()})

    def report_missing(self) -> Iterator[Step]:
        """What the target's own history lacks, as gaps: parts of versions; where all were asked for, versions."""
        yield from self._report_recognised()
        for target, older, _ in self._histories() if self._context.options.versions == "all" else ():
            gaps = [
                document_gap("versions", one, _LACKING)
                for one in older
                if one.record_number and not self._is_recognised(one) and not self._is_written(one, target)
            ]
            if gaps:
                key = f"missed/{gaps[0].type}/{gaps[0].uid}/{gaps[0].locale}"
                yield report_gaps(key, "entries", gaps)

    def _is_written(self, older: EntryVersion, target: str) -> bool:
        if existing_document(self._context, older, target) is None:
            return True
        options = self._context.options
        is_updated = options.on_conflict == "update" and options.includes("entries")
        return is_updated and not self._is_recognised(older)

    def _histories(self) -> Iterator[tuple[str, list[EntryVersion], JsonObject]]:
        """For each language the target's uid, the older versions to find, and the target's latest document."""
        for entry in self._entries():
            target = self._matched.target(entry.uid)
            if target is not None:
                older = [document for document in entry.versions if self._is_sought(document)]
                for locale in dict.fromkeys(document.locale for document in older):
                    members = [document for document in older if document.locale == locale]
                    latest = existing_document(self._context, members[0], target)
                    if latest is not None:
                        yield target, members, latest

    def _is_sought(self, document: EntryVersion) -> bool:
        """Whether a version is looked for in the target's history: an older one.

        Where entries are only matched, so is the latest one that a release pins: the target's own latest may be
        another by now.
        """
        if document.record_number or self._context.options.includes("entries"):
            return document.record_number > 0
        names = (document.content_type, document.uid, document.locale, document.version)
        return self._context.once(ReleasePins).has(*names)

    def _likely(self, target: str, older: list[EntryVersion], latest: JsonObject) -> set[int]:
        """The versions of the target that most likely are among the older ones."""
        first = older[0]
        locale = target_locale(self._context, first.locale)
        found = {version for _, code, version in publish_details(latest) if code == locale}
        found.update(self._in_releases(target, locale))
        if target == first.uid:  # branches share their past
            found |= {document.version for document in older}
        return found - {integer(latest.get("_version")) or 1}

    def _in_releases(self, uid: str, locale: str) -> Iterator[int]:
        """The versions of a document that the target's releases name."""
        for row in self._context.target.objects(Stream("release_items")):
            item = as_object(row.get("item"))
            version = integer(item.get("version"))
            if (item.get("uid"), item.get("locale")) == (uid, locale) and version is not None:
                yield version

    def _reads(self, target: str, older: list[EntryVersion], numbers: set[int]) -> Iterator[Step]:
        first, locale = older[0], target_locale(self._context, older[0].locale)
        for number in sorted(numbers):
            version = ("version", str(number))
            yield Await(
                key=f"recognise/{first.content_type}/{first.uid}/{first.locale}/{number}",
                kind="entries",
                request=read_entry(first.content_type, target, ("locale", locale), version),
                observe=partial(self._observe, older, number, locale),
                required_key="entry",
                reads_initial_state=True,  # a dry run sends it, too
            )

    def _observe(
        self, older: list[EntryVersion], number: int, locale: str, answer: JsonObject
    ) -> Observation:
        row = as_object(answer.get("entry"))
        is_asked_for = row.get("_version") == number and text(row.get("locale")) == locale
        return Observation(self._recognised(older, row) if is_asked_for else ())

    def _recognise_latest(self, older: list[EntryVersion], latest: JsonObject) -> PreparedWrite:
        return PreparedWrite(identities=self._recognised(older, latest))

    def _recognised(self, older: list[EntryVersion], row: JsonObject) -> list[Found]:
        """Which of them a version of the target is. What was found before stays, unless this one has its number."""
        number = integer(row.get("_version")) or 1
        sought = [one for one in older if number == one.version or not self._is_recognised(one)]
        same = [one for one in sought if self._is_same(one, row)]
        # Of several with the same content the one of the same number is the likeliest.
        best = [one for one in same if one.version == number] or same
        found = [(kind, one.version_key, str(number)) for one in best for kind in ("versions", RECOGNISED)]
        return [*found, *(lost for one in best for lost in self._lost(one, row))]

    def _lost(self, document: EntryVersion, row: JsonObject) -> Iterator[Found]:
        """What a version of the target lacks of the one that it is, kept as an identity."""
        body, gaps = self._comparable.expected(document, row)
        content = self._context.once(read_content)
        master = Stream("entries", document.content_type, content.master_locale)
        if document.locale != master.locale and self._context.source.get(master, document.uid):
            shared = shared_fields(content.schemas[document.content_type])  # told of the master document
            gaps = [gap for gap in gaps if gap.path.split("/")[1] not in shared]
        _, told, _ = keep_live_values(self._context, document, body, gaps, row)
        if self._context.once(Fork).is_untouched(document.load(self._context.source)):
            told = []
        told += not_kept(self._context, document, row)
        if told or self._context.identity.target(_LOST, document.version_key) is not None:
            yield _LOST, document.version_key, exact_json.dumps([asdict(gap) for gap in told]).decode()

    def _is_same(self, document: EntryVersion, row: JsonObject) -> bool:
        source = document.load(self._context.source)
        promotion, type_ = self._context.once(Promotion), document.content_type
        is_one = promotion.is_one_version("versions", type_, source, row)
        if is_one or self._comparable.is_same(document, row):
            return True
        # Several may be alike in all but the field whose link is lost: the first that is found, the likeliest, stays.
        return not self._is_recognised(document) and self._comparable.is_same_but_lost(document, row)

    def _is_recognised(self, document: EntryVersion) -> bool:
        return self._context.identity.target(RECOGNISED, document.version_key) is not None
