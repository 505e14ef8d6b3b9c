"""Pairing assets and folders: by uid, else by place and size; see `rule`. Pure.

Where several are alike on a side (the same file uploaded twice), entries that are paired tell which is which: they
refer to the one where their counterpart refers to the other. Then those that agree in all else are paired, and what is
left in any way.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from stackferry.json_values import as_list, as_object, integer, text
from stackferry.model import Json, JsonObject, Stream
from stackferry.providers.contentstack.content.entries import read_schemas
from stackferry.providers.contentstack.content.locales import fallback_chain
from stackferry.providers.contentstack.content.pinned_versions import ASSET_TYPES
from stackferry.providers.contentstack.content.publications import publish_details
from stackferry.providers.contentstack.content.publish_queue import waiting_schedules
from stackferry.providers.contentstack.file_names import stored_name
from stackferry.providers.contentstack.references.model import ReferenceKind
from stackferry.providers.contentstack.references.rewrite import find_references

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping

    from stackferry.providers.contentstack.references.model import Schema
    from stackferry.providers.source import RecordStore

    # From a uid to the target's uid, for what is in a pair.
    TargetOf = Callable[[str], str | None]
    Votes = Counter[tuple[str, str]]
    # From an asset and the record of its bytes, if there is one: its size, None where it cannot be paired by it.
    Size = Callable[[JsonObject, JsonObject | None], Json]


@dataclass(frozen=True, slots=True)
class Marked:
    """An asset or a folder as it is compared.

    `marks` are equal in a pair; with None only the uid pairs it. `details` decide between several that could be.
    """

    uid: str
    marks: Hashable | None
    details: Hashable


def pair_assets(
    source: RecordStore,
    target: RecordStore,
    entry: TargetOf,
    environment: TargetOf,
    locales: Mapping[str, str],
    paired: Iterable[tuple[str, str]],
) -> dict[str, str]:
    """Source uid → target uid. `entry` and `environment` give the target's uids of those that are paired.

    `paired` are the assets that uids pair.
    """
    found = dict(paired)
    if next(target.objects(Stream("assets")), None) is None:
        return found
    votes = lru_cache(1)(lambda: _count_references(source, target, entry, locales))
    bytes_are_read = any(stream.kind == "files" for stream in target.streams())
    targets = [*_Marks(target, bytes_are_read).of(_announced)]
    sources = _Marks(source, bytes_are_read, environment, locales)
    # What the service says of a file's size is often not the size of its bytes; the same in both stacks will do.
    for size in (_of_bytes, _announced_of_held):
        taken = {*found.values()}
        left = (one for one in sources.of(size) if one.uid not in found)
        found |= _pair_alike(left, (one for one in targets if one.uid not in taken), votes)
    return found


def pair_folders(
    source: RecordStore,
    target: RecordStore,
    assets: Iterable[tuple[str, str]],
    paired: Iterable[tuple[str, str]],
) -> dict[str, str]:
    """The folders that uids pair (`paired`), else by path; of several alike, by the paired `assets` in them."""
    left, right = folder_paths(source), folder_paths(target)
    found = dict(paired)
    taken = {*found.values()}
    sources = [Marked(uid, path, None) for uid, path in left.items() if uid not in found]
    targets = [Marked(uid, path, None) for uid, path in right.items() if uid not in taken]
    return found | _pair_alike(sources, targets, lambda: _neighbours(source, target, assets))


def folder_paths(staged: RecordStore) -> dict[str, str]:
    """Each folder's path from the root, made of names; by uid."""
    rows = {text(row.get("uid")): row for row in staged.objects(Stream("folders"))}
    names = {uid: text(row.get("name")) for uid, row in rows.items()}
    parents = {uid: text(row.get("parent_uid")) for uid, row in rows.items()}

    def path(uid: str) -> str:
        above = [names[one] for one in fallback_chain(uid, parents) if one in names]
        return "".join(f"/{name}" for name in reversed(above))

    return {uid: path(uid) for uid in rows}


def _neighbours(source: RecordStore, target: RecordStore, assets: Iterable[tuple[str, str]]) -> Votes:
    """How often a pair of assets lies in a pair of folders, at whatever depth."""
    found: Votes = Counter()
    for uid, other in assets:
        found.update(zip(_above(source, uid), _above(target, other), strict=False))
    return found


def _above(staged: RecordStore, asset: str) -> Iterator[str]:
    """The folders that an asset lies in, the nearest first."""
    seen: set[str] = set()
    uid = text((staged.get(Stream("assets"), asset) or {}).get("parent_uid"))
    while uid and uid not in seen:
        yield uid
        seen.add(uid)
        uid = text((staged.get(Stream("folders"), uid) or {}).get("parent_uid"))


def _pair_alike(
    sources: Iterable[Marked], targets: Iterable[Marked], votes: Callable[[], Votes]
) -> dict[str, str]:
    """Source uid → target uid of those with equal marks.

    `votes` is asked only where marks do not decide: how often entries speak for a pair.
    """
    found: dict[str, str] = {}
    met = [group for group in _by_marks(sources, targets) if all(group)]
    counted = votes() if any(len(side) > 1 for group in met for side in group) else Counter()
    for group in met:
        found |= _choose(*group, counted)
    return found


def _by_marks(
    sources: Iterable[Marked], targets: Iterable[Marked]
) -> Collection[tuple[list[Marked], list[Marked]]]:
    """Both sides in groups of equal marks."""
    groups: defaultdict[Hashable, tuple[list[Marked], list[Marked]]] = defaultdict(lambda: ([], []))
    for number, side in enumerate((sources, targets)):
        for one in side:
            if one.marks is not None:
                groups[one.marks][number].append(one)
    return groups.values()


def _choose(sources: list[Marked], targets: list[Marked], votes: Votes) -> dict[str, str]:
    found: dict[str, str] = {}
    left, right = {one.uid: one for one in sources}, {one.uid: one for one in targets}
    counted = [(count, pair) for pair, count in votes.items() if pair[0] in left and pair[1] in right]
    for _, pair in sorted(counted, key=lambda vote: (-vote[0], vote[1])):
        _take(pair, left, right, found)
    for key in (lambda one: one.details, lambda _: None):  # those that agree first, then all others
        _pair_by(key, left, right, found)
    return found


def _pair_by(
    key: Callable[[Marked], Hashable],
    left: dict[str, Marked],
    right: dict[str, Marked],
    found: dict[str, str],
) -> None:
    """Pair those that have the same key, in the order of their uids."""
    free: defaultdict[Hashable, list[str]] = defaultdict(list)
    for one in sorted(right.values(), key=lambda one: one.uid, reverse=True):
        free[key(one)].append(one.uid)
    for one in sorted(left.values(), key=lambda one: one.uid):
        if free[key(one)]:
            _take((one.uid, free[key(one)].pop()), left, right, found)


def _take(
    pair: tuple[str, str], left: dict[str, Marked], right: dict[str, Marked], found: dict[str, str]
) -> None:
    if pair[0] in left and pair[1] in right:
        del left[pair[0]], right[pair[1]]
        found[pair[0]] = pair[1]


def _count_references(
    source: RecordStore, target: RecordStore, entry: TargetOf, locales: Mapping[str, str]
) -> Votes:
    """How often paired entries refer to one asset in the source where they refer to another in the target."""
    schemas = read_schemas(source, target.objects(Stream("assets")))
    found: Votes = Counter()
    for stream in source.streams():
        if stream.kind == "entries" and stream.type in schemas:
            target_stream = stream._replace(locale=locales.get(stream.locale, stream.locale))
            for row in source.objects(stream):
                other = target.get(target_stream, entry(text(row.get("uid"))) or "")
                names = [_referenced(schemas[stream.type], one) for one in (row, other) if one is not None]
                if len(names) == 2 and len(names[0]) == len(names[1]):
                    found.update(zip(*names, strict=True))
    return found


def _referenced(schema: Schema, document: JsonObject) -> list[str]:
    return [one.uid for one in find_references(schema, document) if one.kind is ReferenceKind.ASSET]


class _Marks:
    """What the assets of one side are compared by, in the target's terms."""

    def __init__(
        self,
        staged: RecordStore,
        bytes_are_read: bool,
        environment: TargetOf = lambda uid: uid,
        locales: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._staged, self._bytes_are_read = staged, bytes_are_read
        self._environment, self._locales = environment, locales
        self._paths, self._users = folder_paths(staged), _users(staged, locales)

    def of(self, size: Size) -> Iterator[Marked]:
        """Every asset. Hashes stand for the values: there may be very many assets."""
        for row in self._staged.objects(Stream("assets")):
            uid, latest = text(row.get("uid")), integer(row.get("_version")) or 1
            file = self._staged.get(Stream("files"), uid, latest)
            measure, folder = size(row, file), self._paths.get(text(row.get("parent_uid")), "")
            marks = hash((stored_name(row.get("filename")), row.get("title"), folder, str(measure)))
            digest = (file or {}).get("sha256") if self._bytes_are_read else None
            yield Marked(uid, None if measure is None else marks, self._details(row, latest, digest))

    def _details(self, row: JsonObject, latest: int, digest: Json) -> Hashable:
        """Description, tags, bytes, where which version is published, and what uses it."""
        words = tuple(text(tag) for tag in as_list(row.get("tags")))
        shown = sorted(
            (self._environment(where) or "", self._locales.get(code, code), number == latest)
            for where, code, number in publish_details(row)
        )
        used = tuple(sorted(self._users.get(text(row.get("uid")), ())))
        return hash((text(row.get("description")), words, digest, tuple(shown), used))


def _users(staged: RecordStore, locales: Mapping[str, str]) -> dict[str, list[str]]:
    """The releases that hold an asset, by their names, and when something is due to happen to it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    names = {text(row.get("uid")): text(row.get("name")) for row in staged.objects(Stream("releases"))}
    for row in staged.objects(Stream("release_items")):
        item = as_object(row.get("item"))
        if text(item.get("content_type_uid")) in ASSET_TYPES:
            found[text(item.get("uid"))].append(names.get(text(row.get("release")), ""))
    for one in waiting_schedules(staged):
        if not one.content_type:
            found[one.uid].append(f"{one.action} {locales.get(one.locale, one.locale)} {one.at}")
    return found


def _announced(row: JsonObject, _: JsonObject | None) -> Json:
    """How many bytes the service says that a file has."""
    return row.get("file_size")


def _of_bytes(_: JsonObject, file: JsonObject | None) -> Json:
    """How many bytes there are."""
    return None if file is None else file.get("size")


def _announced_of_held(row: JsonObject, file: JsonObject | None) -> Json:
    """The announced size where the bytes are held: without them there is nothing to compare or upload."""
    return None if file is None else row.get("file_size")
