"""Random access to the records of a snapshot, under the keys that its export gave them."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from repository import ROOT
from stackferry.errors import CorruptError
from stackferry.io.storage.files import Files
from stackferry.io.storage.sealing import seal
from stackferry.io.storage.snapshot import STAGING, WORK, Snapshot, SnapshotIndex, clear_work
from stackferry.io.storage.staging import Staging
from stackferry.model import JsonObject, Record, Stream, integer_key
from stackferry.providers.contentstack.kinds import record_key

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ROWS: dict[Stream, list[tuple[str, int, JsonObject]]] = {
    Stream("locales"): [("en-us", 0, {"code": "en-us", "uid": "x"}), ("fr", 0, {"code": "fr", "uid": "y"})],
    Stream("assets"): [("a", 0, {"uid": "a", "title": "ünï\u2028\n"}), ("b", 0, {"uid": "b"})],
    Stream("files"): [
        ("a", 1, {"uid": "a", "version": 1, "sha256": "00", "size": 1}),
        ("a", 12, {"uid": "a", "version": 12, "sha256": "00", "size": 1}),
    ],
    Stream("asset_versions"): [("a", 3, {"uid": "a", "_version": 3}), ("a", 4, {"uid": "a", "_version": 4})],
    Stream("terms"): [("t\0x", 0, {"taxonomy": "t", "term": {"uid": "x"}})],
    Stream("notes"): [(integer_key(id_), 0, {"id": id_}) for id_ in (2, 10, 2**63 - 1)],
    Stream("links"): [("a\0b", 0, {"from": "a", "to": "b"}), ("a\0c", 0, {"from": "a", "to": "c"})],
    Stream("entries", "page", "en-us"): [(uid, 0, {"uid": uid, "n": 10**30}) for uid in ("A", "a", "é")],
    Stream("entries", "page", "EN-us"): [("A", 0, {"uid": "A", "other": True})],
    Stream("versions", "a/b", "fr"): [
        ("A", 2, {"uid": "A", "_version": 2}),
        ("A", 10, {"uid": "A", "_version": 10}),
    ],
}


def key_of(kind: str, record: JsonObject) -> tuple[str, int]:
    """What a system says: the key in `ROWS` of the record."""
    return next(
        (uid, number)
        for stream, rows in ROWS.items()
        for uid, number, body in rows
        if stream.kind == kind and body == record
    )


def sealed(root: Path, rows: Iterable[tuple[Stream, Record]]) -> Snapshot:
    files = Files(root)
    files.mkdir(WORK)
    with closing(Staging(files.path(STAGING))) as staging:
        staging.keep("all", [*rows])
        seal(files, staging, {})
    clear_work(files)
    return Snapshot(root)


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """A snapshot of `ROWS`, which arrived in reverse order."""
    records = [
        (stream, Record(uid, body, number)) for stream, rows in ROWS.items() for uid, number, body in rows
    ]
    return sealed(tmp_path / "snapshot", reversed(records))


def test_every_record_is_found_by_its_key(snapshot: Snapshot, tmp_path: Path) -> None:
    """D4, D7: by its own key and no other, whatever its length, case or slash; the records come in their order."""
    for path in (None, tmp_path / "scratch"):
        with closing(SnapshotIndex(snapshot, key_of, path)) as index:
            assert index.streams() == sorted(ROWS)
            for stream, rows in ROWS.items():
                assert [*index.objects(stream)] == [body for _, _, body in rows]
                for uid, number, body in rows:
                    assert index.get(stream, uid, number) == body
                    assert index.get(stream, uid, number + 1) != body
                assert index.get(stream, "nobody") is None


@pytest.mark.parametrize("sample", [ROOT / "sample_exports" / "harbour-guide"], ids=["harbour-guide"])
def test_every_record_of_an_export_is_found_by_the_key_of_its_system(sample: Path) -> None:
    """Records without a uid among them: items of releases, terms, files."""
    with closing(SnapshotIndex(Snapshot(sample), record_key)) as index:
        for stream in index.streams():
            keys = [record_key(stream.kind, record) for record in index.objects(stream)]
            assert keys == sorted({*keys}), stream
            for key, record in zip(keys, index.objects(stream), strict=True):
                assert index.get(stream, *key) == record


def test_a_stream_that_the_snapshot_lacks_is_empty(snapshot: Snapshot) -> None:
    with closing(SnapshotIndex(snapshot, key_of)) as index:
        assert [*index.objects(Stream("webhooks"))] == []
        assert index.get(Stream("webhooks"), "a") is None


def test_an_old_scratch_file_is_replaced(snapshot: Snapshot, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.write_bytes(b"not a database at all" * 300)
    with closing(SnapshotIndex(snapshot, key_of, scratch)) as index:
        assert index.get(Stream("assets"), "b") == {"uid": "b"}


@pytest.mark.parametrize("line", [b"[]\n", b"{\n", b'{"uid": "a", "uid": "b"}\n', b"\xff\n"])
def test_a_line_that_is_no_exact_json_object_is_damage(snapshot: Snapshot, line: bytes) -> None:
    """A9: refused with exit code 6."""
    (snapshot.root / "assets.jsonl").write_bytes(line)
    with pytest.raises(CorruptError, match=r"assets\.jsonl"):
        SnapshotIndex(snapshot, key_of)
