"""Finds the snapshot's older versions of an entry among the versions that the target already holds.

The target has a history of its own, so numbers prove nothing: its versions are read, and only equal content is the
same version. The versions that it shows somewhere come first; all others are read only where something
is still sought. Pure.
API page: "Get a single entry".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_object, integer, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.content.publications import publish_details
from stackferry.providers.contentstack.importing.answers import read_notice
from stackferry.providers.contentstack.requests.entries import read_entry
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.target import Await, ImportContext, Observation, PreparedWrite, Step, Write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.content.entries import Entry, EntryVersion

    IsSame = Callable[[EntryVersion, JsonObject], bool]
    Found = tuple[str, str, str]  # kind, source, target

RECOGNISED = "recognised"  # the kind of identity of an older version that the target held before


def existing_document(context: ImportContext, document: EntryVersion, target: str) -> JsonObject | None:
    """The target's document in that language as it was before the import."""
    stream = Stream("entries", document.content_type, target_locale(context, document.locale))
    return context.target.get(stream, target)


class HistoryPlan:
    """What becomes of these entries' older versions. `matched`: the target's uid of an entry that it held before."""

    def __init__(
        self,
        context: ImportContext,
        entries: Callable[[], Iterator[Entry]],
        matched: Callable[[str], str | None],
        is_same: IsSame,
    ) -> None:
        self._context = context
        self._entries = entries
        self._matched = matched
        self._says = is_same

    def written(self, entry: Entry) -> tuple[EntryVersion, ...]:
        """The entry's documents that are written, or compared with the target's latest.

        Of a language in which the target has a history of its own that is the latest one; before it, where the target
        is to be updated, go the older ones that its history lacks.
        """
        target = self._matched(entry.uid)
        if target is None:
            return entry.versions
        return tuple(one for one in entry.versions if not one.record_number or self._is_written(one, target))

    def _is_written(self, older: EntryVersion, target: str) -> bool:
        if existing_document(self._context, older, target) is None:
            return True
        options = self._context.options
        if options.on_conflict != "update" or not options.includes("entries"):
            return False
        return not self._is_recognised(older)

    def latest(self) -> Iterator[Step]:
        """The older versions that the target's latest one is."""
        for _, older, latest in self._histories():
            yield self._compared(older, latest)

    def shown(self) -> Iterator[Step]:
        """Readings of the versions that the target shows somewhere or, between branches, that have the same number."""
        for target, older, latest in self._histories():
            if any(not self._is_recognised(document) for document in older):
                yield from self._looks(target, older, self._candidates(target, older, latest))

    def rest(self) -> Iterator[Step]:
        """Readings of all its other versions, where an older version was not found among those."""
        for target, older, latest in self._histories():
            if any(not self._is_recognised(document) for document in older):
                numbers = set(range(1, integer(latest.get("_version")) or 1))
                yield from self._looks(target, older, numbers - self._candidates(target, older, latest))

    def missed(self) -> Iterator[Step]:
        """Where all versions were asked for: those that the target's own history lacks, as gaps."""
        for target, older, _ in self._histories() if self._context.options.versions == "all" else ():
            lost = [
                one for one in older if not self._is_recognised(one) and not self._is_written(one, target)
            ]
            if lost:
                yield _report_missed(lost)

    def _histories(self) -> Iterator[tuple[str, list[EntryVersion], JsonObject]]:
        """For each language the target's uid, the older versions to find, and the target's latest document."""
        for entry in self._entries():
            target = self._matched(entry.uid)
            older: dict[str, list[EntryVersion]] = {}
            for document in entry.versions if target is not None else ():
                if document.record_number:
                    older.setdefault(document.locale, []).append(document)
            for members in older.values():
                latest = existing_document(self._context, members[0], target or "")
                if latest is not None:
                    yield target or "", members, latest

    def _candidates(self, target: str, older: list[EntryVersion], latest: JsonObject) -> set[int]:
        first = older[0]
        locale = target_locale(self._context, first.locale)
        found = {version for _, code, version in publish_details(latest) if code == locale}
        found |= _versions_in_releases(self._context, target, locale)
        if target == first.uid:  # branches share their past
            found |= {document.version for document in older}
        return found - {integer(latest.get("_version")) or 1}

    def _looks(self, target: str, older: list[EntryVersion], numbers: set[int]) -> Iterator[Step]:
        for number in sorted(numbers):
            yield self._look(target, older, number)

    def _look(self, target: str, older: list[EntryVersion], number: int) -> Await:
        first, locale = older[0], target_locale(self._context, older[0].locale)

        def observe(answer: JsonObject) -> Observation:
            row = as_object(answer.get("entry"))
            is_it = row.get("_version") == number and text(row.get("locale")) == locale
            return Observation(self._same(older, row) if is_it else ())

        return Await(
            key=f"recognise/{first.content_type}/{first.uid}/{first.locale}/{number}",
            kind="entries",
            request=read_entry(first.content_type, target, ("locale", locale), ("version", str(number))),
            observe=observe,
            required_key="entry",
            reads_initial_state=True,
        )

    def _compared(self, older: list[EntryVersion], latest: JsonObject) -> Write:
        first = older[0]
        return Write(
            key=f"recognise/{first.content_type}/{first.uid}/{first.locale}/latest",
            kind="entries",
            build=lambda: PreparedWrite(identities=self._same(older, latest)),
            read=read_notice,
            failed=_gap(first),
        )

    def _same(self, older: list[EntryVersion], row: JsonObject) -> list[Found]:
        """Which of them a version of the target is. What was found before stays, unless this one has its number."""
        number = integer(row.get("_version")) or 1
        sought = [one for one in older if number == one.version or not self._is_recognised(one)]
        same = [one for one in sought if self._says(one, row)]
        same_number = [
            one for one in same if one.version == number
        ]  # of several that say the same, the likeliest
        return [
            (kind, one.version_key, str(number))
            for one in same_number or same
            for kind in ("versions", RECOGNISED)
        ]

    def _is_recognised(self, document: EntryVersion) -> bool:
        return self._context.identity.target(RECOGNISED, document.version_key) is not None


def _report_missed(lost: list[EntryVersion]) -> Write:
    first, gaps = lost[0], [_gap(one) for one in lost]
    return Write(
        key=f"missed/{first.content_type}/{first.uid}/{first.locale}",
        kind="entries",
        build=lambda: PreparedWrite(gaps=gaps),
        read=read_notice,
        failed=gaps[0],
    )


def _gap(older: EntryVersion) -> Gap:
    return Gap(
        kind="versions",
        uid=older.uid,
        type=older.content_type,
        locale=older.locale,
        path=f"version {older.version}",
        reason="the target held the entry before, and its history there lacks this version",
    )


def _versions_in_releases(context: ImportContext, target: str, locale: str) -> set[int]:
    rows = (as_object(row.get("item")) for row in context.target.objects(Stream("release_items")))
    found = (
        integer(item.get("version"))
        for item in rows
        if (item.get("uid"), item.get("locale")) == (target, locale)
    )
    return {version for version in found if version is not None}
