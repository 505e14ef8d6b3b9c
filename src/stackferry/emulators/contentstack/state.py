"""What the branches of the emulated stacks hold.

Plain dataclasses that a test may read. The `put` and `put_…` methods insert raw objects as they are (uids, versions and
timestamps kept) without any of the checks that the API makes; the package's `__init__` lists them.
A stored version is never changed in place: branches share them.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from heapq import heappush
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args
from urllib.parse import urlsplit

from stackferry.emulators.contentstack.metadata import take_inner
from stackferry.emulators.contentstack.trash import Trash
from stackferry.emulators.values import integer_or, parse_time
from stackferry.json_values import as_object, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path

    from stackferry.model import JsonObject

Rows = dict[str, "JsonObject"]
Versions = dict[int, "JsonObject"]
BranchKind = Literal["global_fields", "extensions", "labels", "variant_groups", "metadata"]


@dataclass(slots=True)
class Publication:
    """One version of a document, live in one environment under one language."""

    environment: str
    locale: str
    version: int
    time: str
    user: str
    source: str  # the locale of the document that was published
    variant: str = ""

    def as_json(self) -> JsonObject:
        detail: JsonObject = {
            "environment": self.environment,
            "locale": self.locale,
            "time": self.time,
            "user": self.user,
            "version": self.version,
        }
        return {**detail, "variant_uid": self.variant} if self.variant else detail

    @classmethod
    def from_json(cls, raw: JsonObject, source: str) -> Publication:
        environment, locale = text(raw.get("environment")), text(raw.get("locale")) or source
        version, time, user = integer_or(raw.get("version"), 1), text(raw.get("time")), text(raw.get("user"))
        return cls(environment, locale, version, time, user, source, text(raw.get("variant_uid")))


Live = dict[tuple[str, str], Publication]  # by environment uid and locale


class ForkTerms(NamedTuple):
    """What a new branch has of its source, beside the content of today."""

    latest_only: bool = False  # no older versions of entries and assets
    live: bool = True  # what is live
    variants: bool = True  # variants and their groups
    live_since: str = ""  # since when it is live there, where that is not the time in its source

    def shown(self, live: Live) -> Live:
        """What of this is live in the new branch."""
        if not self.live:
            return {}
        return {key: replace(one, time=self.live_since or one.time) for key, one in live.items()}


WHOLE = ForkTerms()


@dataclass(slots=True)
class Document:
    """An entry in one language, with its own history of versions, in the order of their numbers."""

    versions: Versions = field(default_factory=dict)
    version_names: Versions = field(default_factory=dict)  # by number
    workflow: JsonObject = field(default_factory=dict)  # the `_workflow` of the API: the stage it is in
    unlinked: frozenset[str] = frozenset()  # instances of groups and blocks that no longer follow the master

    @property
    def version(self) -> int:
        return next(reversed(self.versions), 0)

    @property
    def latest(self) -> JsonObject:
        return self.versions[next(reversed(self.versions))]

    def put(self, number: int, stored: JsonObject) -> None:
        """Add a version; an older one goes to its place in the order."""
        is_older = number < self.version
        self.versions[number] = stored
        if is_older:
            self.versions = dict(sorted(self.versions.items()))

    def fork(self, *, latest_only: bool = False) -> Document:
        kept = {self.version} if latest_only else {*self.versions}
        names = {number: name for number, name in self.version_names.items() if number in kept}
        versions = {number: stored for number, stored in self.versions.items() if number in kept}
        return Document(versions, names, dict(self.workflow), self.unlinked)


@dataclass(slots=True)
class Entry:
    """All languages of one entry, what is live of them, and the variants of it."""

    uid: str
    content_type: str
    documents: dict[str, Document] = field(default_factory=dict)
    live: Live = field(default_factory=dict)
    variants: dict[tuple[str, str], Variant] = field(default_factory=dict)  # by variant uid and locale

    def fork(self, terms: ForkTerms) -> Entry:
        latest_only = terms.latest_only
        documents = {code: one.fork(latest_only=latest_only) for code, one in self.documents.items()}
        variants = {key: one.fork(terms) for key, one in self.variants.items()} if terms.variants else {}
        return Entry(self.uid, self.content_type, documents, terms.shown(self.live), variants)


@dataclass(slots=True)
class Variant:
    """The fields that a variant of an entry changes in one language, version by version."""

    versions: Versions = field(default_factory=dict)
    live: Live = field(default_factory=dict)
    workflow: JsonObject = field(default_factory=dict)  # the stage that it is in: no call of a page sets it

    @property
    def version(self) -> int:
        return max(self.versions, default=0)

    @property
    def latest(self) -> JsonObject:
        return self.versions[self.version]

    def fork(self, terms: ForkTerms) -> Variant:
        versions = {self.version: self.latest} if terms.latest_only else dict(self.versions)
        return Variant(versions, terms.shown(self.live), dict(self.workflow))


@dataclass(slots=True)
class AssetVersion:
    """One upload, or one change of title, tags, description or folder. `unique` is the part of its URL that changes."""

    raw: JsonObject
    content: bytes | Path | None
    unique: str


@dataclass(slots=True)
class Asset:
    """A file or a folder."""

    uid: str
    versions: dict[int, AssetVersion] = field(default_factory=dict)
    live: Live = field(default_factory=dict)
    version_names: Versions = field(default_factory=dict)  # by number
    scan: str = ""  # "pending", "clean", "quarantined", "not_scanned"; empty before scanning came

    @property
    def version(self) -> int:
        return max(self.versions)

    @property
    def latest(self) -> JsonObject:
        return self.versions[self.version].raw

    @property
    def is_folder(self) -> bool:
        return self.latest.get("is_dir") is True

    def fork(self, terms: ForkTerms) -> Asset:
        kept = {self.version} if terms.latest_only else {*self.versions}
        names = {number: name for number, name in self.version_names.items() if number in kept}
        versions = {number: one for number, one in self.versions.items() if number in kept}
        return replace(self, versions=versions, live=terms.shown(self.live), version_names=names)


@dataclass(slots=True)
class Release:
    """A release and the items that are pinned to it."""

    raw: JsonObject
    items: list[JsonObject] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Job:
    """Work that is done once the clock shows `due` (seconds) and `requests` requests were served in all."""

    uid: str
    work: Callable[[], list[JsonObject]]
    due: float
    requests: int
    branch: Branch
    kind: str = "publish"
    items: list[JsonObject] | None = None  # one result each, once it is done


@dataclass(slots=True)
class Branch:
    """One branch: what its header scopes."""

    uid: str
    raw: JsonObject
    master_locale: str
    locales: Rows = field(default_factory=dict)  # by code
    content_types: Rows = field(default_factory=dict)
    global_fields: Rows = field(default_factory=dict)
    extensions: Rows = field(default_factory=dict)
    labels: Rows = field(default_factory=dict)
    variant_groups: Rows = field(default_factory=dict)
    ungrouped_variants: Rows = field(default_factory=dict)
    metadata: Rows = field(default_factory=dict)  # of entries and assets
    queue: Rows = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)  # rows of the queue that are scheduled
    due_times: list[tuple[datetime, str]] = field(default_factory=list)  # a heap: time and row of the queue
    entries: dict[str, dict[str, Entry]] = field(default_factory=dict)  # by content type, then uid
    trash: Trash = field(default_factory=Trash)
    assets: dict[str, Asset] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)
    # Kept for speed: the first two for `documents`, the rows for the later pages of `listing.long_list_answer`.
    value_index: dict[tuple[str, str, str], dict[str, set[str]]] = field(default_factory=dict)
    rte_index: dict[str, set[tuple[str, str, str]]] | None = None
    sorted_rows: dict[tuple[str, ...], list[JsonObject]] = field(default_factory=dict)

    def fork(self, uid: str, raw: JsonObject, terms: ForkTerms = WHOLE) -> Branch:
        """A new branch with this one's content under the same uids; queue and trash start empty."""
        entries = {
            ct: {key: entry.fork(terms) for key, entry in table.items()} for ct, table in self.entries.items()
        }
        tables = ("locales", "content_types", "ungrouped_variants", *get_args(BranchKind))
        copies = {name: copy.deepcopy(getattr(self, name)) for name in tables}
        if not terms.variants:
            copies |= {"variant_groups": {}, "ungrouped_variants": {}}
        assets = {key: asset.fork(terms) for key, asset in self.assets.items()}
        releases = {key: Release(dict(r.raw), list(r.items)) for key, r in self.releases.items()}
        forked = replace(self, uid=uid, raw=raw, entries=entries, assets=assets, releases=releases, **copies)
        empty: dict[str, Any] = {name: {} for name in ("queue", "value_index", "sorted_rows")}
        return replace(forked, trash=Trash(), rte_index=None, waiting=set(), due_times=[], **empty)

    def changed(self) -> None:
        """Forget the sorted rows: entries, assets, what is live of them or the queue have changed."""
        self.sorted_rows.clear()

    def put_locale(self, raw: JsonObject, *, is_master: bool | None = None) -> None:
        """A language, the master one if it `is_master`; where that is not said, if its `fallback_locale` is null."""
        code = text(raw.get("code"))
        if is_master or (is_master is None and raw.get("fallback_locale") is None):
            if code != self.master_locale:
                self.locales.pop(self.master_locale, None)
            self.master_locale = code
        self.locales[code] = raw

    def put_content_type(self, raw: JsonObject) -> None:
        """A content type: a copy, so that stacks filled from one object share nothing."""
        self.content_types[text(raw.get("uid"))] = copy.deepcopy(raw)
        self.entries.setdefault(text(raw.get("uid")), {})  # entries of the type may have been put before it

    def put(self, kind: BranchKind, raw: JsonObject) -> None:
        """An object of a kind that is one table of plain records: a copy of it."""
        getattr(self, kind)[text(raw.get("uid"))] = copy.deepcopy(raw)

    def entry(self, content_type: str, uid: str) -> Entry | None:
        return self.entries.get(content_type, {}).get(uid)

    def put_entry(self, content_type: str, uid: str) -> Entry:
        """The entry of that uid, made when it is not there."""
        return self.entries.setdefault(content_type, {}).setdefault(uid, Entry(uid, content_type))

    def put_entry_version(self, content_type: str, locale: str, raw: JsonObject) -> None:
        """One version of one language. `publish_details` and `_workflow` go where they belong."""
        entry = self.put_entry(content_type, text(raw.get("uid")))
        document = entry.documents.setdefault(locale, Document())
        kept_elsewhere = ("publish_details", "_workflow", "_version_name")
        stored = {key: value for key, value in raw.items() if key not in kept_elsewhere}
        stored = take_inner(self, content_type, entry.uid, locale, {**stored, "locale": locale})
        document.put(integer_or(raw.get("_version"), 1), stored)
        self.value_index.clear()
        self.rte_index = None
        self.changed()
        if "_workflow" in raw and document.version == integer_or(raw.get("_version"), 1):
            document.workflow = as_object(raw["_workflow"])
        for detail in objects(raw.get("publish_details")):
            publication = Publication.from_json(detail, locale)
            key = (publication.environment, publication.locale)
            known = entry.live.get(key)
            if known is None or self._goes_before(publication, known):
                entry.live[key] = publication

    def _goes_before(self, publication: Publication, known: Publication) -> bool:
        """The master document lists every locale, so what a locale's own document lists goes before it."""
        return known.source == self.master_locale or publication.source == publication.locale

    def put_version_name(
        self, content_type: str, uid: str, locale: str, version: int, name: JsonObject
    ) -> None:
        """The name of a version: {"title", "updated_at", "updated_by"}."""
        document = self.put_entry(content_type, uid).documents.setdefault(locale, Document())
        document.version_names[version] = name

    def put_variant(self, content_type: str, entry_uid: str, locale: str, raw: JsonObject) -> None:
        """One version of a variant entry; its `_variant._uid` names the variant."""
        key = (text(as_object(raw.get("_variant")).get("_uid")), locale)
        variant = self.put_entry(content_type, entry_uid).variants.setdefault(key, Variant())
        stored = {name: value for name, value in raw.items() if name not in ("publish_details", "_workflow")}
        variant.versions[integer_or(raw.get("_version"), 1)] = stored
        variant.workflow = as_object(raw.get("_workflow"))
        for detail in objects(raw.get("publish_details")):
            publication = Publication.from_json(detail, locale)
            variant.live[publication.environment, publication.locale] = publication

    def put_asset(self, raw: JsonObject, content: bytes | Path | None = None) -> None:
        """One version of a file, or a folder. Without content its download answers 404."""
        asset = self.assets.setdefault(text(raw.get("uid")), Asset(text(raw.get("uid"))))
        self.changed()
        # The last part but one of an asset's path is its own; what has no such URL gets one that is made up.
        path = urlsplit(text(raw.get("url"))).path.split("/")
        unique = path[-2] if len(path) > 2 and path[-2].isalnum() else f"{len(self.assets):024x}"
        stored = {key: value for key, value in raw.items() if key != "publish_details"}
        asset.versions[integer_or(raw.get("_version"), 1)] = AssetVersion(stored, content, unique)
        for detail in objects(raw.get("publish_details")):
            publication = Publication.from_json(detail, text(detail.get("locale")))
            asset.live[publication.environment, publication.locale] = publication

    def put_release(self, raw: JsonObject, items: Iterable[JsonObject] = ()) -> None:
        """A release; its items may be given, or be in the raw object."""
        stored = {key: value for key, value in raw.items() if key not in ("items", "items_count")}
        self.releases[text(raw.get("uid"))] = Release(stored, [*objects(raw.get("items")), *items])

    def put_queue_item(self, raw: JsonObject) -> None:
        """A row of the publish queue; one that is scheduled is carried out when its time has come."""
        uid = text(raw.get("uid"))
        self.queue[uid] = raw
        self.changed()
        status = raw.get("publish_status") or as_object(raw.get("publish_details")).get("status")
        (self.waiting.add if status == "scheduled" else self.waiting.discard)(uid)
        if uid in self.waiting and (when := parse_time(raw.get("scheduled_at"))) is not None:
            heappush(self.due_times, (when, uid))
