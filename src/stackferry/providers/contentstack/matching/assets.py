"""Which assets of a snapshot a target already holds: by uid, else by folder, name and size or bytes.

Where several are alike on a side (the same file uploaded twice), entries that are known on both sides tell which is
which: they refer to the one where their counterpart refers to the other. Then what says the same comes together; of
what is left every pairing is as right as another. Pure: looks only at rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.content.documents import read_schemas
from stackferry.providers.contentstack.content.folder_paths import folder_paths
from stackferry.providers.contentstack.content.pinned_versions import ASSET_TYPES
from stackferry.providers.contentstack.content.publications import publish_details
from stackferry.providers.contentstack.content.publish_queue import waiting_schedules
from stackferry.providers.contentstack.matching.entries import match_entries
from stackferry.providers.contentstack.references.model import ReferenceKind
from stackferry.providers.contentstack.references.rewrite import find_references
from stackferry.providers.contentstack.values import as_list, as_object, integer, text

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

    from stackferry.providers.contentstack.references.rewrite import Schema
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import Replay

    # From a uid to the target's uid, for what has one.
    Known = Callable[[str], str | None]
    Votes = Counter[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Marked:
    """An asset as it is compared: `marks` must be equal, and are None where it can be told by its uid alone."""

    uid: str
    marks: Hashable | None
    says: Hashable


def match_assets(replay: Replay) -> dict[str, str]:
    """The assets that the target held before the import: source uid → target uid."""
    environment = _known(replay, "environments")
    by_size = bool(replay.options.on_conflict or replay.options.only)
    ours = _marked(replay.source, _file_size(replay.source) if by_size else _nothing, environment)
    theirs = _marked(replay.target, _told_size if by_size else _nothing, lambda uid: uid)

    def votes() -> Votes:
        entry = replay.once(match_entries).get
        return witnesses(replay.source, replay.target, entry, replay.options.locales)

    return pair_up(ours, theirs, votes)


def match_folders(replay: Replay) -> dict[str, str]:
    """The folders that the target held before: by uid, else by path; of several alike, by the assets in them."""
    sides = [
        [Marked(uid, path, None) for uid, path in folder_paths(staged).items()]
        for staged in (replay.source, replay.target)
    ]
    return pair_up(sides[0], sides[1], lambda: _neighbours(replay))


def _neighbours(replay: Replay) -> Votes:
    """How often a pair of assets lies in a pair of folders, at whatever depth."""
    found: Votes = Counter()
    for uid, there in replay.once(match_assets).items():
        chains = (_above(replay.source, uid), _above(replay.target, there))
        found.update(zip(*chains, strict=False))
    return found


def _above(staged: RecordStore, asset: str) -> Iterator[str]:
    """The folders that an asset lies in, the nearest first."""
    seen: set[str] = set()
    uid = text((staged.get(Stream("assets"), asset) or {}).get("parent_uid"))
    while uid and uid not in seen:
        yield uid
        seen.add(uid)
        uid = text((staged.get(Stream("folders"), uid) or {}).get("parent_uid"))


def match_by_bytes(
    source: RecordStore, target: RecordStore, entry: Known, environment: Known, locales: Mapping[str, str]
) -> dict[str, str]:
    """The same, where the bytes of both sides are at hand."""
    ours = _marked(source, _digest(source), environment)
    theirs = _marked(target, _digest(target), lambda uid: uid)
    return pair_up(ours, theirs, lambda: witnesses(source, target, entry, locales))


def pair_up(ours: Iterable[Marked], theirs: Iterable[Marked], votes: Callable[[], Votes]) -> dict[str, str]:
    """Source uid → target uid. `votes` is asked only where marks leave a choice: how often which pair is spoken for."""
    left, right = {one.uid: one for one in ours}, {one.uid: one for one in theirs}
    found = {uid: uid for uid in left if uid in right}
    groups: defaultdict[Hashable, tuple[list[Marked], list[Marked]]] = defaultdict(lambda: ([], []))
    for number, side in enumerate((left, right)):
        for one in side.values():
            if one.uid not in found and one.marks is not None:
                groups[one.marks][number].append(one)
    met = [group for group in groups.values() if all(group)]
    non_empty_fields = votes() if any(len(side) > 1 for group in met for side in group) else Counter()
    for group in met:
        found |= _choose(*group, non_empty_fields)
    return found


def _choose(ours: list[Marked], theirs: list[Marked], votes: Votes) -> dict[str, str]:
    found: dict[str, str] = {}
    left, right = {one.uid: one for one in ours}, {one.uid: one for one in theirs}
    non_empty_fields = [
        (count, pair) for pair, count in votes.items() if pair[0] in left and pair[1] in right
    ]
    for _, pair in sorted(non_empty_fields, key=lambda one: (-one[0], one[1])):
        _take(pair, left, right, found)
    for key in (lambda one: one.says, lambda _: None):  # the equal ones first, then whoever is left
        free: defaultdict[Hashable, list[str]] = defaultdict(list)
        for one in sorted(right.values(), key=lambda one: one.uid, reverse=True):
            free[key(one)].append(one.uid)
        for one in sorted(left.values(), key=lambda one: one.uid):
            if free[key(one)]:
                _take((one.uid, free[key(one)].pop()), left, right, found)
    return found


def _take(
    pair: tuple[str, str], left: dict[str, Marked], right: dict[str, Marked], found: dict[str, str]
) -> None:
    if pair[0] in left and pair[1] in right:
        del left[pair[0]], right[pair[1]]
        found[pair[0]] = pair[1]


def witnesses(source: RecordStore, target: RecordStore, entry: Known, locales: Mapping[str, str]) -> Votes:
    """How often entries known on both sides name one asset here where they name another there."""
    schemas = read_schemas(source, target.objects(Stream("assets")))
    found: Votes = Counter()
    for stream in source.streams():
        if stream.kind == "entries" and stream.type in schemas:
            there = stream._replace(locale=locales.get(stream.locale, stream.locale))
            for row in source.objects(stream):
                other = target.get(there, entry(text(row.get("uid"))) or "")
                names = [_named(schemas[stream.type], one) for one in (row, other) if one is not None]
                if len(names) == 2 and len(names[0]) == len(names[1]):
                    found.update(zip(*names, strict=True))
    return found


def _named(schema: Schema, document: JsonObject) -> list[str]:
    return [one.uid for one in find_references(schema, document) if one.kind is ReferenceKind.ASSET]


def _marked(
    staged: RecordStore, size: Callable[[JsonObject], Hashable | None], environment: Known
) -> Iterator[Marked]:
    paths, users = folder_paths(staged), _users(staged)
    for row in staged.objects(Stream("assets")):
        measure, folder = size(row), paths.get(text(row.get("parent_uid")), "")
        marks = hash((row.get("filename"), row.get("title"), folder, measure))
        yield Marked(text(row.get("uid")), None if measure is None else marks, _says(row, environment, users))


def _says(row: JsonObject, environment: Known, users: Mapping[str, list[str]]) -> Hashable:
    """What else tells two alike apart: their description, their tags, where which version is shown, what uses them."""
    words = tuple(text(tag) for tag in as_list(row.get("tags")))
    latest = integer(row.get("_version")) or 1
    shown = sorted(
        (environment(where) or "", code, number == latest) for where, code, number in publish_details(row)
    )
    used = tuple(sorted(users.get(text(row.get("uid")), ())))
    return hash((text(row.get("description")), words, tuple(shown), used))


def _users(staged: RecordStore) -> dict[str, list[str]]:
    """The releases that hold an asset, by their names, and when something is due to happen to it."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    names = {text(row.get("uid")): text(row.get("name")) for row in staged.objects(Stream("releases"))}
    for row in staged.objects(Stream("release_items")):
        item = as_object(row.get("item"))
        if text(item.get("content_type_uid")) in ASSET_TYPES:
            found[text(item.get("uid"))].append(names.get(text(row.get("release")), ""))
    for one in waiting_schedules(staged):
        if not one.content_type:
            found[one.uid].append(f"{one.action} {one.locale} {one.at}")
    return found


def _known(replay: Replay, kind: str) -> Known:
    return lambda uid: replay.identity.target(kind, uid)


def _nothing(_: JsonObject) -> None:
    return None


def _told_size(row: JsonObject) -> str:
    return str(row.get("file_size"))


def _file_size(staged: RecordStore) -> Callable[[JsonObject], str | None]:
    def size(row: JsonObject) -> str | None:
        facts = _facts(staged, row)
        return None if facts is None else str(facts.get("size"))

    return size


def _digest(staged: RecordStore) -> Callable[[JsonObject], str]:
    return lambda row: text((_facts(staged, row) or {}).get("sha256"))


def _facts(staged: RecordStore, row: JsonObject) -> JsonObject | None:
    return staged.get(Stream("files"), text(row.get("uid")), integer(row.get("_version")) or 1)
