"""Targets that differ from a real export in one key of one object: verify reports each, whatever the kind and the key.

Each key is changed once for all objects of a kind: its value, without it, with another beside it, in another order.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
from changed_keys import changes
from compared_spaces import Comparing, put, rows_of
from space_bench import DATASETS
from space_records import SpaceRecords

from repository import SHARED
from sampling import rotated
from stackferry import exact_json
from stackferry.json_values import as_object, nested, objects
from stackferry.model import Record, Stream
from stackferry.providers.contentful.verification.not_compared import is_compared

if TYPE_CHECKING:
    from collections.abc import Iterator

    from changed_keys import Row

KINDS = {
    "contentTypes": "content_types",
    "editorInterfaces": "editor_interfaces",
    "tags": "tags",
    "entries": "entries",
    "assets": "assets",
    "locales": "locales",
    "webhooks": "webhooks",
    "roles": "roles",
}
PARTS = 3


def real_space(name: str) -> SpaceRecords:
    """The objects of an export of the vendor, with invented bytes of its files."""
    file = SHARED / "datasets/contentful" / f"{name}.json"
    if not file.exists():
        pytest.skip("the real exports are not beside this project")
    found, records = as_object(exact_json.loads(file.read_bytes())), SpaceRecords()
    for group, kind in KINDS.items():
        for raw in objects(found.get(group)):
            put(records, kind, raw)
            for one in as_object(nested(raw, "fields", "file")).values() if kind == "assets" else ():
                url = str(as_object(one).get("url"))
                records.put_record(Stream("files"), Record(url, {"uid": url, "sha256": url, "size": 1}))
    return records


def changed_rows(rows: list[Row], part: int) -> Iterator[tuple[Row, str, Any]]:
    """Each way to change each key of a kind, at the first object that has it: one part of all."""
    done: set[tuple[str, str, int]] = set()
    for row in rows:
        ways: Counter[str] = Counter()
        for path, body in changes(row.body):
            ways[path] += 1
            key = (row.stream.kind, re.sub(r"\b\d+\b", "*", path), ways[path])
            if key not in done and crc32(repr(key[:2]).encode()) % PARTS == part:
                done.add(key)
                yield row, path, body


LARGE = [pytest.param(DATASETS[2], part, marks=pytest.mark.torture) for part in range(PARTS)]


@pytest.mark.parametrize(("name", "part"), [*rotated(DATASETS[:2], range(PARTS)), *LARGE])
def test_a_change_of_any_key_is_seen(name: str, part: int) -> None:
    comparing = Comparing(real_space(name), real_space(name))
    equal = comparing.found()
    assert {row["reason"] for row in equal} <= {"a side does not say what is live: not compared"}
    seen, missed = set[tuple[str, str]](), set[tuple[str, str]]()
    for row, path, body in changed_rows(rows_of(comparing.target), part):
        comparing.target.put_record(row.stream, Record(row.uid, body, row.number))
        (missed if comparing.found() == equal else seen).add((row.stream.kind, path))
        comparing.target.put_record(row.stream, Record(row.uid, row.body, row.number))
    # Without a key is the same as with its usual value, and so is empty metadata.
    never = {one for one in missed - seen if is_compared(*one)}
    assert never - {("assets", "metadata"), ("entries", "metadata")} == set()
    assert len(seen) > 50
