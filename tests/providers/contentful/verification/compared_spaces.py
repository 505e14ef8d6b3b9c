"""The records of two environments in memory, and what a comparison finds between them."""

from __future__ import annotations

import copy
import hashlib
from typing import TYPE_CHECKING, Any

from changed_keys import Row
from every_kind_space import FILES, OBJECTS, SPACE
from memory_records import MemoryTables
from space_records import SpaceRecords

from stackferry.json_values import nested, text
from stackferry.model import Place, Record, Stream
from stackferry.providers.contentful.exporting.listings import stream_of
from stackferry.providers.contentful.kinds import BY_NAME, record_key
from stackferry.providers.contentful.matching.rule import Matches
from stackferry.providers.contentful.options import ContentfulWriteOptions
from stackferry.providers.contentful.verification import SpaceComparison
from stackferry.providers.target import ImportContext

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.model import JsonObject

HERE = Place(system="contentful", key=SPACE, host="emulator.invented", name="master")
THERE = Place(system="contentful", key=SPACE, host="emulator.invented", name="copy")


def every_kind(environment: str = "master") -> SpaceRecords:
    """All of the space with every kind, as an export of that environment stages it."""
    records = SpaceRecords()
    for kind, rows in OBJECTS.items():
        for raw in rows:
            put(records, kind, in_environment(raw, environment))
    for name, content in FILES.items():
        url = f"/{SPACE}/of-{name}/token/{name}"
        body: JsonObject = {
            "uid": url,
            "version": 0,
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
        }
        records.put_record(Stream("files"), Record(url, body))
    return records


def in_environment(raw: Any, name: str) -> Any:
    """An object with the names of its own environment, in links and in names of resources."""
    if isinstance(raw, list):
        return [in_environment(one, name) for one in raw]
    if isinstance(raw, dict):
        found = {key: in_environment(one, name) for key, one in raw.items()}
        return {**found, "id": name} if raw.get("linkType") == "Environment" else found
    return raw.replace("/environments/master/", f"/environments/{name}/") if isinstance(raw, str) else raw


def put(records: SpaceRecords, kind: str, body: JsonObject) -> Row:
    """Put a record where an export puts it."""
    stream = stream_of(BY_NAME[kind], body)
    uid, number = record_key(kind, body)
    records.put_record(stream, Record(uid, body, number))
    return Row(stream, uid, number, body)


def rows_of(records: SpaceRecords) -> list[Row]:
    """Every record but those of files."""
    return [
        Row(stream, *record_key(stream.kind, body), body)
        for stream in records.streams()
        if stream.kind != "files"
        for body in records.objects(stream)
    ]


class Comparing:
    """A source and a target."""

    def __init__(
        self, source: SpaceRecords, target: SpaceRecords, there: Place = THERE, **options: Any
    ) -> None:
        self.source, self.target, self._there = source, target, there
        self._options = ContentfulWriteOptions(**{"versions": "all", "enable_webhooks": True, **options})
        self.known: list[JsonObject] = []

    def context(self, *, is_one_place: bool = False) -> ImportContext:
        scratch = MemoryTables()
        places = (HERE, HERE if is_one_place else self._there)
        identity = Matches(self.source, self.target, self._options, scratch, places)
        return ImportContext(
            source=self.source,
            target=self.target,
            identity=identity,
            options=self._options,
            bytes_of=_no_bytes,
            scratch=scratch,
            origin=places[0],
            place=places[1],
            is_one_place=is_one_place,
        )

    def found(self) -> list[JsonObject]:
        """Differences and gaps that `verify --against` tells."""
        return told(SpaceComparison(self.context(), self.known))

    def edits(self, *, is_one_place: bool = True) -> list[JsonObject]:
        """What `diff` tells."""
        return told(SpaceComparison(self.context(is_one_place=is_one_place), self.known, tells_edits=True))


def told(comparison: SpaceComparison) -> list[JsonObject]:
    rows = [one.as_json() for one in comparison.mismatches()]
    return [*rows, *(gap.as_json() for gap in comparison.gaps)]


def lines(rows: list[JsonObject]) -> list[str]:
    """Each row as a line: what is known of it, and from what to what."""
    return [_line(row) for row in rows]


def _line(row: JsonObject) -> str:
    names = ("change", "kind", "uid", "title", "path", "of_locale", "from", "reason")
    words = [text(row.get(name)) for name in names if row.get(name)]
    sides = [str(row.get(side, "-")) for side in ("left", "right")]
    return " ".join(words) + (f": {sides[0]} → {sides[1]}" if {"left", "right"} & row.keys() else "")


def _no_bytes(sha256: str) -> Path:
    raise AssertionError(sha256)


def edited(body: JsonObject, *path: str, value: Any) -> JsonObject:
    """The document with another value at a path."""
    found = copy.deepcopy(body)
    inner: Any = nested(found, *path[:-1]) if path[:-1] else found
    inner[path[-1]] = value
    return found
