"""The list of files of bytes in a manifest: taken out of it in a few bytes each, whatever program wrote it."""

from __future__ import annotations

import json
import tracemalloc
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from stackferry import exact_json
from stackferry.errors import SnapshotCorrupt
from stackferry.io.storage.blob_list import BlobList, bytes_file, digest_in
from stackferry.io.storage.snapshot import Snapshot

if TYPE_CHECKING:
    from pathlib import Path

STREAM = {"kind": "files", "lines": 1, "path": "files.jsonl", "sha256": "0" * 64, "size": 5}


def blobs(count: int) -> list[Any]:
    digests = [sha256(str(number).encode()).hexdigest() for number in range(count)]
    return [{"path": bytes_file(one), "sha256": one, "size": number} for number, one in enumerate(digests)]


def manifest(files: list[Any], **more: Any) -> dict[str, Any]:
    return {"files": files, "format": 1, "gaps": [], "redacted": [], "tool": "stackferry", **more}


def opened(folder: Path, written: bytes) -> Snapshot:
    (folder / "manifest.json").write_bytes(written)
    return Snapshot(folder)


@pytest.mark.parametrize("streams", [[], [STREAM]], ids=["bytes alone", "with a stream"])
@pytest.mark.parametrize("count", [0, 1, 300])
@pytest.mark.parametrize("indent", [None, 1], ids=["as written", "by another program"])
def test_the_entries_are_those_of_the_file(
    tmp_path: Path, streams: list[Any], count: int, indent: int | None
) -> None:
    files = [*streams, *blobs(count)]
    written = (
        exact_json.dumps(manifest(files))
        if indent is None
        else json.dumps(manifest(files), indent=1).encode()
    )
    snapshot = opened(tmp_path, written)
    assert [*snapshot.file_entries()] == files
    assert snapshot.manifest == manifest(streams)


@pytest.mark.parametrize(
    "change",
    [
        {"size": -1},
        {"size": 10**30},
        {"size": 1.5},
        {"path": "files/ab/else"},
        {"sha256": "AB" * 32},
        {"note": "more"},
    ],
    ids=str,
)
def test_odd_entries_stay_as_they_are_in_their_place(tmp_path: Path, change: dict[str, Any]) -> None:
    for at in (0, 1, 3):
        files = blobs(4)
        files[at] |= change
        assert [*opened(tmp_path, exact_json.dumps(manifest(files))).file_entries()] == files


def test_a_list_elsewhere_is_no_list_of_files(tmp_path: Path) -> None:
    other = {"gaps": [{"kind": "x", "of": blobs(2)}], "redacted": [exact_json.dumps(blobs(1)).decode()]}
    written = exact_json.dumps(manifest([STREAM], **other))
    snapshot = opened(tmp_path, written)
    assert ([*snapshot.file_entries()], snapshot.manifest["gaps"]) == ([STREAM], other["gaps"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"size":1}', b'"size":01}'),
        (b"},{", b"}{"),
        (b"},{", b"},,{"),
        (b'"files":[', b'"files":[,'),
        (b'],"format"', b',],"format"'),
    ],
)
def test_what_is_no_json_is_still_refused(tmp_path: Path, old: bytes, new: bytes) -> None:
    written = exact_json.dumps(manifest(blobs(3)))
    assert old in written
    with pytest.raises(SnapshotCorrupt):
        opened(tmp_path, written.replace(old, new, 1))


def test_paths_that_name_a_digest() -> None:
    digest = sha256(b"x").hexdigest()
    assert digest_in(bytes_file(digest)) == bytes.fromhex(digest)
    others = (f"files/00/{digest}", f"other/{digest[:2]}/{digest}", digest, bytes_file(digest).upper())
    for path in ("files.jsonl", *others):
        assert digest_in(path) is None


def test_a_long_list_takes_a_few_bytes_each(tmp_path: Path) -> None:
    """A release has a log: the list grows with the archive, and the memory that it takes hardly does."""
    written = exact_json.dumps(manifest([STREAM, *blobs(20_000)]))
    tracemalloc.start()
    snapshot = opened(tmp_path, written)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 60 * 20_000
    assert sum(1 for _ in snapshot.file_entries()) == 20_001


def test_digests_and_order_are_kept() -> None:
    rows = [(one["sha256"], one["size"]) for one in blobs(50)]
    made = BlobList(rows)
    assert ([*made.rows()], len(made), len(made.digests())) == (rows, 50, 50)
