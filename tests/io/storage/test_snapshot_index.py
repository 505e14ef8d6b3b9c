"""Random access to a snapshot's lines agrees with what the export kept, for every kind of line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackferry.errors import CorruptError
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import Snapshot, clear_work, seal
from stackferry.io.storage.snapshot_index import SnapshotIndex
from stackferry.io.storage.snapshot_layout import STAGING, WORK
from stackferry.io.storage.staging import Staging
from stackferry.model import JsonObject, Record, Stream

if TYPE_CHECKING:
    from pathlib import Path


def _file(uid: str, version: int) -> JsonObject:
    return {"uid": uid, "version": version, "sha256": "00", "size": 1}


ROWS: dict[Stream, list[tuple[str, int, JsonObject]]] = {
    Stream("locales"): [("en-us", 0, {"code": "en-us", "uid": "x"}), ("fr", 0, {"code": "fr", "uid": "y"})],
    Stream("assets"): [("a", 0, {"uid": "a", "title": "ünï\u2028\n"}), ("b", 0, {"uid": "b"})],
    Stream("files"): [
        ("a", 1, {"uid": "a", "version": 1, "sha256": "00", "size": 1}),
        ("a", 12, {"uid": "a", "version": 12, "sha256": "00", "size": 1}),
    ],
    Stream("asset_versions"): [("a", 3, {"uid": "a", "_version": 3}), ("a", 4, {"uid": "a", "_version": 4})],
    Stream("terms"): [("t\0x", 0, {"taxonomy": "t", "term": {"uid": "x"}})],
    Stream("entries", "page", "en-us"): [(uid, 0, {"uid": uid, "n": 10**30}) for uid in ("A", "a", "é")],
    Stream("entries", "page", "EN-us"): [("A", 0, {"uid": "A", "other": True})],
    Stream("versions", "a/b", "fr"): [
        ("A", 2, {"uid": "A", "_version": 2}),
        ("A", 10, {"uid": "A", "_version": 10}),
    ],
}


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    files = Files(tmp_path / "snapshot")
    files.mkdir(WORK)
    staging = Staging(files.path(STAGING))
    for number, (stream, rows) in enumerate(ROWS.items()):
        staging.keep(str(number), [(stream, Record(uid, body, place)) for uid, place, body in rows])
    seal(files, staging, {})
    staging.close()
    clear_work(files)
    return Snapshot(tmp_path / "snapshot")


def test_every_line_is_found(snapshot: Snapshot, tmp_path: Path) -> None:
    """D4, D7: each line by its own key and no other, whatever its length, case or slash; all in their order."""
    for place in (None, tmp_path / "scratch"):
        index = SnapshotIndex(snapshot, place)
        assert index.streams() == sorted(ROWS)
        for stream, rows in ROWS.items():
            assert [*index.objects(stream)] == [body for _, _, body in rows]
            for uid, number, body in rows:
                assert index.get(stream, uid, number) == body
                assert index.get(stream, uid, number + 1) != body
            assert index.get(stream, "nobody") is None
        index.close()


def test_shelf_that_is_not_there(snapshot: Snapshot) -> None:
    """What the snapshot does not hold is empty, not an error."""
    index = SnapshotIndex(snapshot)
    assert [*index.objects(Stream("webhooks"))] == []
    assert index.get(Stream("webhooks"), "a") is None
    index.close()


def test_scratch_is_never_trusted(snapshot: Snapshot, tmp_path: Path) -> None:
    """What lies at the scratch's place from an earlier run is thrown away, whatever it is."""
    scratch = tmp_path / "scratch"
    scratch.write_bytes(b"not a database at all" * 300)
    index = SnapshotIndex(snapshot, scratch)
    assert index.get(Stream("assets"), "b") == {"uid": "b"}
    index.close()


@pytest.mark.parametrize("line", [b"[]\n", b"{\n", b'{"uid": "a", "uid": "b"}\n', b"\xff\n"])
def test_line_that_is_no_object(snapshot: Snapshot, line: bytes) -> None:
    """A9: a line that cannot be read exactly is refused as damage, with exit code 6."""
    (snapshot.root / "assets.jsonl").write_bytes(line)
    with pytest.raises(CorruptError, match=r"assets\.jsonl"):
        SnapshotIndex(snapshot)
