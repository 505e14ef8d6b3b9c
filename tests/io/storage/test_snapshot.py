"""Sealing a snapshot: the manifest last, every file whole, whichever disk operation fails."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest
from disk_faults import FaultyFiles, RecordingFiles

from stackferry.errors import StackferryError, UsageError
from stackferry.io.storage.files import Files
from stackferry.io.storage.sealing import seal
from stackferry.io.storage.snapshot import MANIFEST, STAGING, WORK, Snapshot, clear_work
from stackferry.io.storage.staging import Staging
from stackferry.model import Gap, Record, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def staging(tmp_path: Path) -> Iterator[Staging]:
    Files(tmp_path / "snapshot").mkdir(WORK)
    one = Staging(tmp_path / "snapshot" / STAGING)
    gap = Gap(kind="files", uid="a", reason="gone")
    one.keep(
        "1",
        [(Stream("locales"), Record("en-us", {"code": "en-us"}))],
        gaps=[gap],
        redacted=["webhooks x /token"],
    )
    rows = [Record(f"{number:03}", {"uid": f"{number:03}", "text": "ä" * number}) for number in range(40)]
    one.keep("2", [(Stream("entries", "Page/1", "en-US"), row) for row in rows])
    yield one
    one.close()


def test_the_manifest_lists_every_file_count_gap_and_redaction(tmp_path: Path, staging: Staging) -> None:
    """I1: names of files are safe on every file system."""
    files = Files(tmp_path / "snapshot")
    seal(files, staging, {"source": {"key": "blt"}})
    clear_work(files)
    snapshot = Snapshot(tmp_path / "snapshot")
    assert snapshot.manifest["counts"] == {"entries": 40, "locales": 1}
    assert snapshot.gaps() == [{"kind": "files", "uid": "a", "reason": "gone"}]
    assert snapshot.manifest["redacted"] == ["webhooks x /token"]
    names = dict(snapshot.stream_files())
    assert names[Stream("entries", "Page/1", "en-US")] == "entries/%50age%2F1/en-%55%53.jsonl"
    assert [*snapshot.verify()] == []
    assert sorted(files.walk()) == sorted([MANIFEST, *names.values()])


def test_the_manifest_is_renamed_into_place_last(tmp_path: Path, staging: Staging) -> None:
    """I1, I2: every file is written under another name, synced and renamed."""
    files = RecordingFiles(tmp_path / "snapshot")
    seal(files, staging, {})
    renames = [operation.to for operation in files.record if operation.verb == "rename"]
    assert renames[-1] == MANIFEST
    synced = [operation.name for operation in files.record if operation.verb == "fsync"]
    assert all(operation.name in synced for operation in files.record if operation.verb == "rename")
    created = {operation.name for operation in files.record if operation.verb == "create"}
    assert not created & set(renames)


@pytest.mark.parametrize("late", [False, True])
def test_any_disk_operation_may_fail(tmp_path: Path, staging: Staging, *, late: bool) -> None:
    """A4, I1: there is no manifest afterwards, or a whole snapshot; sealing again completes it."""
    root = tmp_path / "snapshot"
    for at in count(1):
        files = FaultyFiles(root, at=at, late=late)
        try:
            seal(files, staging, {})
        except StackferryError:
            if (root / MANIFEST).exists():
                assert [*Snapshot(root).verify()] == []
                (root / MANIFEST).unlink()
            else:
                with pytest.raises(UsageError, match="unfinished"):
                    Snapshot(root)
            continue
        assert not files.failed
        break
    assert at > 10
    assert [*Snapshot(root).verify()] == []
