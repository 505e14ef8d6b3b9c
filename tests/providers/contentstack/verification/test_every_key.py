"""A target that differs in one key of one object: verify reports it, whatever the kind and the key.

Every value of every record that a reading of the target holds is changed, left out and added to, one at a time.
What verify does not see must be in the list of what is not compared.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from changed_keys import Row, changes
from every_kind_stack import fill_every_kind
from memory_records import MemoryRecords
from workbench import SOURCE, SYSTEM, TARGET, Workbench, make_workbench, memory_directory

from repository import ROOT
from stackferry.drivers.import_target import CHECKPOINT
from stackferry.emulators.contentstack import Switches
from stackferry.io.storage.checkpoint import Checkpoint
from stackferry.io.storage.snapshot import SnapshotIndex
from stackferry.model import Record
from stackferry.providers.contentstack.kinds import KINDS
from stackferry.providers.contentstack.options import ContentstackWriteOptions
from stackferry.providers.contentstack.verification.not_compared import NOT_COMPARED, is_compared
from stackferry.providers.target import ImportContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject

# Records that hold the object of the API under a key; what stands beside it is the record's own.
INSIDE = {"terms": "term", "release_items": "item", "translations": "names", "variants": "variant"}
# Values that are compared although what lies beside them is not.
ALWAYS = {
    "assets": {"publish_details/0/environment", "publish_details/0/locale", "publish_details/0/version"},
    "entries": {"title", "partner/0/uid", "_workflow/uid", "picture/uid", "publish_details/1/environment"},
    "release_items": {"item/uid", "item/locale", "item/version", "item/action", "item/content_type_uid"},
    "schedules": {"scheduled_at", "action", "entry/uid", "asset/uid", "entry/version"},
    "translations": {"names/name", "names/description"},
    "taxonomies": {"name", "publish_details/0/environment", "publish_details/0/locale"},
    "terms": {"term/name", "term/parent_uid", "term/order"},
    "variants": {"variant/title", "variant/_variant/_change_set/0", "variant/publish_details/0/environment"},
    "workflows": {"workflow_stages/0/name", "workflow_stages/0/next_available_stages/0"},
}


class Comparison:
    """A snapshot and a target that verify finds equal, with the target's records in memory."""

    def __init__(self, bench: Workbench) -> None:
        snapshot = bench.export(versions="all")
        bench.import_snapshot(snapshot, versions="all", enable_webhooks=True)
        there = bench.export("there", key=TARGET, versions="latest")
        self.source = SnapshotIndex(snapshot, SYSTEM.record_key, bench.root / "source.sqlite")
        self.checkpoint = Checkpoint(bench.root / "state" / CHECKPOINT)
        self.rows: list[Row] = []
        self.target = MemoryRecords()
        with closing(SnapshotIndex(there, SYSTEM.record_key, bench.root / "target.sqlite")) as index:
            for stream in index.streams():
                for body in index.objects(stream):
                    self.rows.append(Row(stream, *SYSTEM.record_key(stream.kind, body), body))
        for row in self.rows:
            self.put(row, row.body)
        options = ContentstackWriteOptions(schedules=True, versions="all", enable_webhooks=True)
        self._places = (bench.place(SOURCE), bench.place(TARGET))
        self._options, self._snapshot = options, snapshot

    def put(self, row: Row, body: JsonObject) -> None:
        self.target.put_record(row.stream, Record(row.uid, body, row.number))

    def findings(self) -> list[JsonObject]:
        """Differences and gaps."""
        context = ImportContext(
            source=self.source,
            target=self.target,
            identity=self.checkpoint,
            options=self._options,
            bytes_of=self._snapshot.bytes_of,
            scratch=self.source.scratch,
            origin=self._places[0],
            place=self._places[1],
        )
        equality = SYSTEM.equality(context, [*self._snapshot.gaps(), *self.checkpoint.gaps()])
        return [*(one.as_json() for one in equality.mismatches()), *(gap.as_json() for gap in equality.gaps)]

    def close(self) -> None:
        self.checkpoint.close()
        self.source.close()


@pytest.fixture(scope="module")
def comparison() -> Iterator[Comparison]:
    switches = Switches(settings_access=200)
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind, switches=switches)
        with closing(Comparison(bench)) as made:
            yield made


def test_nothing_differs_before(comparison: Comparison) -> None:
    assert comparison.findings() == []


@pytest.mark.parametrize("kind", sorted(kind.name for kind in KINDS if kind.name != "files"))
def test_a_change_of_any_key_is_seen(comparison: Comparison, kind: str) -> None:
    missed: set[str] = set()
    seen: set[str] = set()
    for row in comparison.rows:
        for path, body in changes(row.body) if row.stream.kind == kind else ():
            if path in seen or (kind in INSIDE and not path.startswith(f"{INSIDE[kind]}/")):
                continue
            if path in missed and not must_be_seen(kind, path):  # tried on one object is enough
                continue
            comparison.put(row, body)
            (seen if comparison.findings() else missed).add(path)
            comparison.put(row, row.body)
    assert {path for path in missed - seen if must_be_seen(kind, path)} == set()
    assert ALWAYS.get(kind, set()) <= seen
    no_import_writes = {"stack_settings"}
    latest_only = {"asset_versions", "versions", "history"}  # verify reads the latest versions only
    assert seen or kind in latest_only | no_import_writes


def must_be_seen(kind: str, path: str) -> bool:
    """All that is compared, but for what lies in the asset that a file field shows."""
    return path in ALWAYS.get(kind, set()) or (is_compared(kind, path) and not path.startswith("picture/"))


def test_the_docs_show_what_is_not_compared() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text()
    for row in NOT_COMPARED:
        assert f"| {row.kind} | `{row.path}` | {row.reason} |" in page
