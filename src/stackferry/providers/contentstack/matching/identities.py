"""Who became whom, found out by looking: for a target that was filled by somebody else, or long ago.

The same uid, else the same natural key: a name in its folder, a url, a title, where it names one object only.
What cannot be told is left unmatched, never guessed. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.folder_paths import folder_paths
from stackferry.providers.contentstack.matching.assets import match_by_bytes
from stackferry.providers.contentstack.values import as_object, integer, objects, text

if TYPE_CHECKING:
    from stackferry.model import Row
    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.source import RecordStore, TempTables
    from stackferry.providers.target import WriteOptions

_BY_NATURAL = (
    kinds.ENVIRONMENTS,
    kinds.TAXONOMIES,
    kinds.EXTENSIONS,
    kinds.GLOBAL_FIELDS,
    kinds.CONTENT_TYPES,
    kinds.ROLES,
    kinds.WORKFLOWS,
    kinds.LABELS,
    kinds.RELEASES,
    kinds.WEBHOOKS,
)
Key = Callable[[JsonObject], Hashable]


class MatchedIdentity:
    """Identities between two stacks, by uid and natural key."""

    def __init__(
        self, source: RecordStore, target: RecordStore, options: WriteOptions, scratch: TempTables
    ) -> None:
        self._source, self._target, self._options, self._scratch = source, target, options, scratch
        self._targets = scratch.table(3)  # kind, source, target
        self._sources = scratch.table(2)  # kind, target
        self._locales()
        for kind in _BY_NATURAL:
            self._natural(kind)
        self._terms()
        self._entries()
        self._assets()

    def target(self, kind: str, source: str) -> str | None:
        found = self._targets.of(kind, source)
        return found[0][2] if found else None

    def is_target(self, kind: str, target: str) -> bool:
        return bool(self._sources.of(kind, target))

    def _put(self, kind: str, source: str, target: str) -> None:
        self._targets.add([(kind, source, target)])
        self._sources.add([(kind, target)])

    def _pair(
        self, kind: str, ours: Iterable[JsonObject], theirs: Iterable[JsonObject], keys: Iterable[Key]
    ) -> list[tuple[JsonObject, JsonObject]]:
        """Rows that are the same by the first key that names one row on each side."""
        left, right = list(ours), list(theirs)
        pairs: list[tuple[JsonObject, JsonObject]] = []
        for key in (_uid, *keys):
            there = _unique(right, key)
            here = _unique(left, key)
            found = [(row, there[name]) for name, row in here.items() if name in there]
            pairs += found
            left = [row for row in left if all(row is not one for one, _ in found)]
            right = [row for row in right if all(row is not one for _, one in found)]
        for one, other in pairs:
            self._put(kind, text(one.get("uid")), text(other.get("uid")))
        return pairs

    def _locales(self) -> None:
        codes = {
            text(row.get("code")): text(row.get("uid")) for row in self._target.objects(Stream("locales"))
        }
        for row in self._source.objects(Stream("locales")):
            code = text(row.get("code"))
            there = self._options.locales.get(code, code)
            if there in codes:
                self._put("locales", code, there)
                self._put("locale_uids", text(row.get("uid")), codes[there])

    def _natural(self, kind: Kind) -> None:
        def key(row: JsonObject) -> Hashable:
            values = tuple(text(row.get(name)) for name in kind.natural)
            return values if any(values) else None

        stream = Stream(kind.name)
        for one, other in self._pair(
            kind.name, self._source.objects(stream), self._target.objects(stream), [key]
        ):
            if kind is kinds.WORKFLOWS:
                self._stages(one, other)

    def _stages(self, one: JsonObject, other: JsonObject) -> None:
        pairs = zip(objects(one.get("workflow_stages")), objects(other.get("workflow_stages")), strict=False)
        for ours, theirs in pairs:
            self._put("stages", text(ours.get("uid")), text(theirs.get("uid")))

    def _terms(self) -> None:
        there = {
            (row.get("taxonomy"), as_object(row.get("term")).get("uid"))
            for row in self._target.objects(Stream("terms"))
        }
        for row in self._source.objects(Stream("terms")):
            taxonomy, uid = text(row.get("taxonomy")), text(as_object(row.get("term")).get("uid"))
            if (taxonomy, uid) in there:
                self._put("terms", f"{taxonomy}\0{uid}", uid)

    def _assets(self) -> None:
        ours, theirs = folder_paths(self._source), folder_paths(self._target)
        folders = Stream("folders")
        self._pair(
            "folders",
            self._source.objects(folders),
            self._target.objects(folders),
            [lambda row: (ours if _among(row, ours) else theirs).get(text(row.get("uid")))],
        )
        entry, environment = partial(self.target, "entries"), partial(self.target, "environments")
        found = match_by_bytes(self._source, self._target, entry, environment, self._options.locales)
        for uid, there in found.items():
            self._asset(uid, self._target.get(Stream("assets"), there) or {})

    def _asset(self, uid: str, other: JsonObject) -> None:
        """Latest versions pair up."""
        one = self._source.get(Stream("assets"), uid) or {}
        self._put("assets", uid, text(other.get("uid")))
        self._put("asset_urls", uid, text(other.get("url")))
        key = f"{uid}\0{integer(one.get('_version')) or 1}"
        self._put("asset_versions", key, str(integer(other.get("_version")) or 1))

    def _entries(self) -> None:
        for stream in self._source.streams():
            if stream.kind == "entries":
                there = stream._replace(locale=self._options.locales.get(stream.locale, stream.locale))
                self._by_uid(stream, there)
                for name in ("url", "title"):
                    self._by_name(stream, there, name)
                for row in self._source.objects(stream):
                    self._version(stream, there, row)

    def _by_uid(self, stream: Stream, there: Stream) -> None:
        for row in self._source.objects(stream):
            uid = text(row.get("uid"))
            if self.target("entries", uid) is None and self._target.get(there, uid) is not None:
                self._put("entries", uid, uid)

    def _by_name(self, stream: Stream, there: Stream, name: str) -> None:
        """Those of both sides that are left and alone have a name."""
        ours = (
            row
            for row in self._source.objects(stream)
            if self.target("entries", text(row.get("uid"))) is None
        )
        theirs = (
            row for row in self._target.objects(there) if not self.is_target("entries", text(row.get("uid")))
        )
        left, right = (
            self._scratch.table(2, _called(ours, name)),
            self._scratch.table(2, _called(theirs, name)),
        )
        for value, rows in groupby(left, key=itemgetter(0)):
            uids, others = [uid for _, uid in rows], [uid for _, uid in right.of(value)]
            if len(uids) == len(others) == 1:
                self._put("entries", uids[0], others[0])

    def _version(self, stream: Stream, there: Stream, row: JsonObject) -> None:
        """Latest versions pair up. Where uid and number agree, both sides share a history: older ones do too."""
        uid, latest = text(row.get("uid")), integer(row.get("_version")) or 1
        other = self._target.get(there, self.target("entries", uid) or "")
        if other is None:
            return
        theirs = integer(other.get("_version")) or 1
        shared = other.get("uid") == uid and theirs == latest
        for number in range(1 if shared else latest, latest + 1):
            key = "\0".join((stream.type, uid, stream.locale, str(number)))
            self._put("versions", key, str(number if shared else theirs))


def _uid(row: JsonObject) -> Hashable:
    return text(row.get("uid")) or None


def _called(rows: Iterable[JsonObject], name: str) -> Iterator[Row]:
    """What they are called, if they are, and their uids."""
    for row in rows:
        if value := text(row.get(name)):
            yield value.encode("utf-8", "surrogatepass"), text(row.get("uid"))


def _unique(rows: Iterable[JsonObject], key: Key) -> dict[Hashable, JsonObject]:
    grouped: defaultdict[Hashable, list[JsonObject]] = defaultdict(list)
    for row in rows:
        name = key(row)
        if name is not None:
            grouped[name].append(row)
    return {name: members[0] for name, members in grouped.items() if len(members) == 1}


def _among(row: JsonObject, paths: dict[str, str]) -> bool:
    return text(row.get("uid")) in paths
