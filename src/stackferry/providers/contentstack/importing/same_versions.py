"""Which versions of the target say what a version of the snapshot says, under another number.

A target has a history of its own: what is live there, pinned by a release, scheduled or named may be another version
than the one that the snapshot's version became, and still have the same content. Then there is nothing to do. So where
both sides name a version in one place and the numbers differ, the target's is read and compared. Of a file the facts
are compared, and then the bytes, unless both versions are one upload. Pure.
API pages: "Get a single entry", "Get a single asset" (`version`).
"""

from __future__ import annotations

from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_object, integer, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.comparable import ComparableEntries
from stackferry.providers.contentstack.content.entries import EntryVersion
from stackferry.providers.contentstack.importing.assets.versions import have_same_facts, upload_of_row
from stackferry.providers.contentstack.requests.assets import download_asset, read_asset
from stackferry.providers.contentstack.requests.entries import read_entry
from stackferry.providers.contentstack.target_names import target_locale, version_key
from stackferry.providers.target import Await, ImportContext, Observation, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stackferry.model import JsonObject, Row

    Found = tuple[str, str, str]  # kind, source, target

# Identities: a version of the target that says the same; a file whose bytes are still to be compared, by its address.
_SAME: Final = "same_versions"
_FILE: Final = "same_facts"


class VersionPair(NamedTuple):
    """A version of the snapshot, and the number of the target's version that stands where it should.

    Of an asset `content_type` and `locale` are empty.
    """

    content_type: str
    uid: str
    locale: str
    version: int
    number: int

    @property
    def key(self) -> str:
        return f"{version_key(*self[:4])}\0{self.number}"


class SameVersions:
    """The pairs of one import that have the same content."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._comparable = context.once(ComparableEntries)

    def is_same(self, pair: VersionPair) -> bool:
        """Whether both have the same content, as far as it was read."""
        if self._context.identity.target(_SAME, pair.key) is not None:
            return True
        latest = self._latest(pair) if pair.content_type else None
        is_latest = latest is not None and _number(latest) == pair.number
        return is_latest and latest is not None and self._is_same_entry(pair, latest)

    def read(self, name: str, pairs: Iterable[VersionPair]) -> Iterator[Step]:
        """One read for each version of the target that some pair names and that the target's listing does not show."""
        rows: Iterator[Row] = (
            (pair.content_type, pair.uid, pair.locale, pair.number, pair.version)
            for pair in pairs
            if not pair.content_type or not self._is_listed(pair)
        )
        ordered = self._context.scratch.table(5, rows)
        for (kind, uid, locale, number), same in groupby(ordered, key=itemgetter(0, 1, 2, 3)):
            versions = sorted({int(row[4]) for row in same})
            members = [VersionPair(text(kind), text(uid), text(locale), one, int(number)) for one in versions]
            if self._target(members[0]) is not None:
                yield self._read_entry(name, members) if kind else self._read_asset(name, members)

    def compare_bytes(self, name: str, pairs: Iterable[VersionPair]) -> Iterator[Step]:
        """One download for each version of a file that has the facts of the snapshot's."""
        for pair in sorted({pair for pair in pairs if not pair.content_type}):
            url = self._context.identity.target(_FILE, pair.key)
            if url:
                yield Await(
                    key=f"{name}/bytes/{pair.uid}/{pair.version}/{pair.number}",
                    kind="assets",
                    request=download_asset(url),
                    observe=partial(self._observe_bytes, pair),
                    reads_initial_state=True,
                )

    def _target(self, pair: VersionPair) -> str | None:
        return self._context.identity.target("entries" if pair.content_type else "assets", pair.uid)

    def _latest(self, pair: VersionPair) -> JsonObject | None:
        """The latest version of the target's document or file, as it was before the import."""
        locale = target_locale(self._context, pair.locale) if pair.locale else ""
        stream = Stream("entries", pair.content_type, locale) if pair.content_type else Stream("assets")
        return self._context.target.get(stream, self._target(pair) or "")

    def _is_listed(self, pair: VersionPair) -> bool:
        return _number(self._latest(pair) or {}) == pair.number

    def _document(self, pair: VersionPair) -> EntryVersion:
        stream = Stream("entries", pair.content_type, pair.locale)
        is_latest = _number(self._context.source.get(stream, pair.uid) or {}) == pair.version
        names = (pair.content_type, pair.uid, pair.locale)
        return EntryVersion(*names, 0 if is_latest else pair.version, pair.version)

    def _is_same_entry(self, pair: VersionPair, row: JsonObject) -> bool:
        return self._comparable.is_same(self._document(pair), row)

    def _read_entry(self, name: str, pairs: Sequence[VersionPair]) -> Await:
        pair, locale = pairs[0], target_locale(self._context, pairs[0].locale)
        number = ("version", str(pair.number))

        def observe(answer: JsonObject) -> Observation:
            row = as_object(answer.get("entry"))
            is_asked_for = _number(row) == pair.number and text(row.get("locale")) == locale
            same = [one for one in pairs if is_asked_for and self._is_same_entry(one, row)]
            return Observation([(_SAME, one.key, "yes") for one in same])

        return Await(
            key=f"{name}/{pair.content_type}/{pair.uid}/{pair.locale}/{pair.number}",
            kind="entries",
            request=read_entry(pair.content_type, self._target(pair) or "", ("locale", locale), number),
            observe=observe,
            required_key="entry",
            reads_initial_state=True,
        )

    def _read_asset(self, name: str, pairs: Sequence[VersionPair]) -> Await:
        pair = pairs[0]

        def observe(answer: JsonObject) -> Observation:
            row = as_object(answer.get("asset"))
            is_asked_for = _number(row) == pair.number
            return Observation([found for one in pairs if is_asked_for for found in self._facts(one, row)])

        return Await(
            key=f"{name}/assets/{pair.uid}/{pair.number}",
            kind="assets",
            request=read_asset(self._target(pair) or "", ("version", str(pair.number))),
            observe=observe,
            required_key="asset",
            reads_initial_state=True,
        )

    def _facts(self, pair: VersionPair, row: JsonObject) -> Iterator[Found]:
        """That a version of a file is the same, or that its bytes must be compared to know it."""
        source = self._context.source.get(Stream("assets"), pair.uid) or {}
        if _number(source) != pair.version:
            source = self._context.source.get(Stream("asset_versions"), pair.uid, pair.version) or {}
        if not have_same_facts(source, row):
            return
        made = self._context.identity.target("asset_versions", f"{pair.uid}\0{pair.version}")
        latest = self._latest(pair) or {}
        # The target's latest version is the snapshot's, and this one is the same upload.
        known = [source, *([latest] if str(_number(latest)) == made else [])]
        is_one_upload = upload_of_row(row) != () and upload_of_row(row) in map(upload_of_row, known)
        yield (_SAME, pair.key, "yes") if is_one_upload else (_FILE, pair.key, text(row.get("url")))

    def _observe_bytes(self, pair: VersionPair, answer: JsonObject) -> Observation:
        file = self._context.source.get(Stream("files"), pair.uid, pair.version) or {}
        digest = answer.get("sha256")
        return Observation([(_SAME, pair.key, "yes")] if digest and digest == file.get("sha256") else [])


def _number(row: JsonObject) -> int:
    return integer(row.get("_version")) or 1
