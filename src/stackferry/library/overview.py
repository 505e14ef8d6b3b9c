"""`stackferry.show`: what a snapshot is, what it holds by language and environment, and what it lacks."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from stackferry.io.storage.named_file import write_named
from stackferry.io.storage.note import note_of
from stackferry.io.storage.snapshot import MANIFEST
from stackferry.json_values import as_list, as_object, nested, text, texts
from stackferry.library.listing import Listing
from stackferry.library.pages import check_outside
from stackferry.library.state import counts, open_snapshot
from stackferry.model import offline_json
from stackferry.providers.reading.told import SumsUp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.library.listing import Listed
    from stackferry.model import JsonObject
    from stackferry.providers.reading.told import Sum

_HEAD = ("source", "options", "master_locale", "redacted", "watermark", "unfinished", "vanished")
_REASON_WORDS = 3  # gaps whose reasons begin with as many equal words are of one sort


class LiveCount(NamedTuple):
    """How many documents are live in an environment and a language; each is empty where the system has none."""

    environment: str
    locale: str
    documents: int


@dataclass(frozen=True, slots=True)
class GapSort:
    """Gaps of one kind whose reasons begin alike."""

    kind: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What a snapshot says of itself.

    `made_at` is when its manifest was written, by the file's own time: a copy that does not keep times has another.
    `note` is what was written beside it. `by_locale`: of each language how many records of each kind. `published`: how
    many documents are live where. `releases`: a line each. `sums`: what the system
    tells besides.
    """

    snapshot: Snapshot
    listing: Listing
    made_at: str
    note: str
    objects: Mapping[str, int]
    by_locale: Mapping[str, Mapping[str, int]]
    published: Sequence[LiveCount]
    releases: Sequence[str]
    sums: Sequence[Sum]
    gaps: Sequence[JsonObject]
    gap_sorts: Sequence[GapSort]
    redacted: Sequence[str]

    @property
    def place(self) -> str:
        """Where it comes from; a converted export does not know its host."""
        place = self.listing.system.place_of(as_object(self.snapshot.manifest.get("source")))
        if place.key and place.host:
            return str(place)
        host = f"@{place.host}" if place.host else ""
        return f"{place.system}://{place.key or '?'}{host}/{place.name}"

    @property
    def made_by(self) -> str:
        """The vendor's tool that made the export; empty of a snapshot."""
        return text(nested(self.snapshot.manifest, "export", "made_by"))

    def documents(self) -> Iterator[Listed]:
        """Every document that can be live, in the order of the files; one at a time in memory."""
        for kind in self.listing.reader.live_kinds:
            yield from self.listing.rows(kind)

    def as_json(self) -> JsonObject:
        """What `show --json` prints."""
        manifest = self.snapshot.manifest
        return {
            "snapshot": str(self.snapshot.root),
            **({"made_by": self.made_by} if self.made_by else {}),
            **{name: manifest[name] for name in _HEAD if name in manifest},
            "made_at": self.made_at,
            **({"note": self.note} if self.note else {}),
            "by_locale": {locale: {**kinds} for locale, kinds in self.by_locale.items()},
            "published": [
                {name: value for name, value in one._asdict().items() if value != ""}
                for one in self.published
            ],
            "releases": [*self.releases],
            **({"sums": {one.name: one.value for one in self.sums}} if self.sums else {}),
            "gap_sorts": [{**asdict(one)} for one in self.gap_sorts],
            "rows": [one.as_json() for one in self.documents()],
            **offline_json(self.objects, self.gaps),
        }


def show(snapshot: str | Path | Snapshot, *, branch: str = "", html: str | Path | None = None) -> Overview:
    """What a snapshot, or an export by the vendor's own CLI, holds and lacks. Nothing is asked online.

    `branch` names the one to read where an export holds several. `html` is a file that gets it as a page. The bytes of
    files are not read. Raises UsageError for a directory that is none, and where the page lies in a snapshot;
    SnapshotCorrupt for a damaged one.
    """
    held = open_snapshot(snapshot, branch=branch)
    if html is not None:
        check_outside(Path(html), (held,))
    found = _overview(held)
    if html is not None:
        from stackferry.library.pages import overview_page

        write_named(Path(html), overview_page(found))
    return found


def _overview(held: Snapshot) -> Overview:
    listing = Listing(held)
    made = held.files.path(MANIFEST).stat().st_mtime
    said, published = _looked_through(listing)
    by_locale = _by_locale(held) or said
    return Overview(
        snapshot=held,
        listing=listing,
        made_at=datetime.fromtimestamp(made, UTC).isoformat(timespec="seconds"),
        note=note_of(held.files),
        objects=counts(held),
        by_locale={code: dict(sorted(kinds.items())) for code, kinds in sorted(by_locale.items())},
        published=published,
        releases=[*listing.reader.releases()],
        sums=listing.reader.sums(held.manifest) if isinstance(listing.reader, SumsUp) else (),
        gaps=held.gaps(),
        gap_sorts=gap_sorts(held.gaps()),
        redacted=texts(as_list(held.manifest.get("redacted"))),
    )


def _by_locale(held: Snapshot) -> dict[str, Counter[str]]:
    """How many records of each kind there are in each language, where it has files of its own."""
    found: dict[str, Counter[str]] = {}
    for stream, count in held.record_counts().items():
        if stream.locale:
            found.setdefault(stream.locale, Counter())[stream.kind] += count
    return found


def _looked_through(listing: Listing) -> tuple[dict[str, Counter[str]], list[LiveCount]]:
    """By what the documents say: how many of each kind there are in each language, and how many are live where."""
    said: dict[str, Counter[str]] = {}
    live: Counter[tuple[str, str]] = Counter()
    for kind in listing.reader.live_kinds:
        for row in listing.rows(kind):
            live.update((one.environment, one.locale) for one in row.facts.published)
            for code in filter(None, row.facts.locale.split(", ")):
                said.setdefault(code, Counter())[kind] += 1
    return said, [LiveCount(*place, count) for place, count in sorted(live.items())]


def gap_sorts(gaps: Sequence[JsonObject]) -> list[GapSort]:
    """How many gaps there are of each sort, most first; the reason is that of the first one."""
    sorts: dict[tuple[str, ...], list[JsonObject]] = {}
    for gap in gaps:
        key = (text(gap.get("kind")), *text(gap.get("reason")).split()[:_REASON_WORDS])
        sorts.setdefault(key, []).append(gap)
    found = [
        GapSort(text(same[0].get("kind")), text(same[0].get("reason")), len(same)) for same in sorts.values()
    ]
    return sorted(found, key=lambda one: (-one.count, one.kind, one.reason))
