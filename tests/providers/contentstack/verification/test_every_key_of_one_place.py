"""A key of one object that is another on the second night: diff tells it, whatever the kind and the key."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from changed_keys import Row, changes
from every_kind_stack import fill_every_kind
from memory_records import MemoryRecords
from workbench import SOURCE, SYSTEM, Workbench, make_workbench, memory_directory

from stackferry.drivers.verify_run import SameUids
from stackferry.io.storage.snapshot import SnapshotIndex
from stackferry.model import HEAD, JsonObject, Record
from stackferry.providers.contentstack.kinds import KINDS
from stackferry.providers.contentstack.options import ContentstackWriteOptions
from stackferry.providers.contentstack.verification.not_compared import is_compared
from stackferry.providers.target import ImportContext

if TYPE_CHECKING:
    from collections.abc import Iterator


# A version never changes; that a file is another one shows in its asset.
NEVER_EDITED = {"files", "versions", "asset_versions", "history"}
# Records that hold the object of the API under a key; what stands beside it is the record's own.
INSIDE = {"terms": "term/", "release_items": "item/", "translations": "names/", "variants": "variant/"}
# A variant is shown as its whole entry: it has nothing of its own but what it changes.
NOT_OWN = {"variants": {"variant/invented_key"}}


class Nights:
    """Two readings of one place, the second one in memory."""

    def __init__(self, bench: Workbench) -> None:
        self._snapshot = bench.export(versions="all")
        self.left = SnapshotIndex(self._snapshot, SYSTEM.record_key, bench.root / "left.sqlite")
        self._place, self.right, self.rows = bench.place(SOURCE), MemoryRecords(), list[Row]()
        for stream in self.left.streams():
            for body in self.left.objects(stream):
                self.rows.append(Row(stream, *SYSTEM.record_key(stream.kind, body), body))
        self.right.put_record(HEAD, Record("", self._snapshot.manifest))
        for row in self.rows:
            self.put(row, row.body)

    def put(self, row: Row, body: JsonObject) -> None:
        self.right.put_record(row.stream, Record(row.uid, body, row.number))

    def told(self) -> list[JsonObject]:
        context = ImportContext(
            source=self.left,
            target=self.right,
            identity=SameUids(),
            options=ContentstackWriteOptions(),
            bytes_of=self._snapshot.bytes_of,
            scratch=self.left.scratch,
            origin=self._place,
            place=self._place,
            is_one_place=True,
        )
        found = SYSTEM.changes(context, [])
        return [*(one.as_json() for one in found.mismatches()), *(gap.as_json() for gap in found.gaps)]


@pytest.fixture(scope="module")
def nights() -> Iterator[Nights]:
    with memory_directory() as root:
        made = Nights(make_workbench(root, fill_every_kind))
        with closing(made.left):
            yield made


def test_nothing_is_told_before(nights: Nights) -> None:
    assert nights.told() == []


@pytest.mark.parametrize("kind", sorted({kind.name for kind in KINDS} - NEVER_EDITED))
def test_an_edit_of_any_key_is_told(nights: Nights, kind: str) -> None:
    told, missed = dict[str, int](), set[str]()
    for row in nights.rows:
        for path, body in changes(row.body) if row.stream.kind == kind else ():
            # What names a record is never edited: with another name it is another record.
            if path not in told and SYSTEM.record_key(kind, body) == (row.uid, row.number):
                nights.put(row, body)
                if found := nights.told():
                    told[path] = len(found)
                else:
                    missed.add(path)
                nights.put(row, row.body)
    missed = {path for path in missed - told.keys() if path.startswith(INSIDE.get(kind, ""))}
    missed = {path for path in missed if not path.startswith("picture/")}  # a copy of the asset
    assert {path for path in missed if is_compared(kind, path)} == NOT_OWN.get(kind, set())
