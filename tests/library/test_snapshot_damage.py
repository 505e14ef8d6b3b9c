"""A snapshot that was edited and whose manifest was made to fit: what is doubled or missing is still found."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from repository import SAMPLES
from stackferry import verify
from stackferry.errors import SnapshotCorrupt
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import WORK, Snapshot

if TYPE_CHECKING:
    import os
    from pathlib import Path

SAMPLE = SAMPLES / "harbour-guide"


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    return shutil.copytree(SAMPLE, tmp_path / "edited")


def sign(snapshot: Path) -> None:
    """Make the manifest fit the files, as an editor would who knows the format."""
    path = snapshot / "manifest.json"
    manifest: dict[str, Any] = json.loads(path.read_text())
    entries = []
    for entry in manifest["files"]:
        file = snapshot / entry["path"]
        if file.exists():
            data = file.read_bytes()
            facts = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            lines = {"lines": data.count(b"\n")} if "lines" in entry else {}
            entries.append({**entry, **facts, **lines})
    path.write_text(json.dumps({**manifest, "files": entries}))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "name", ["entries/page/en-us.jsonl", "locales.jsonl", "terms.jsonl", "release_items.jsonl"]
)
@pytest.mark.parametrize("is_beside", [True, False])
async def test_a_row_that_is_there_twice_is_damage(edited: Path, name: str, is_beside: bool) -> None:
    file = edited / name
    first, *rest = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([first, first, *rest] if is_beside else [first, *rest, first]))
    sign(edited)
    report = await verify(edited)
    assert [name in line and "two records have the key" in line for line in report.damage] == [True]


@pytest.mark.anyio
async def test_bytes_that_the_manifest_no_longer_lists_are_damage(edited: Path) -> None:
    gone = next(path for path in (edited / "files").rglob("*") if path.is_file())
    gone.unlink()
    sign(edited)
    report = await verify(edited)
    assert any(gone.name in line and "are missing" in line for line in report.damage)


@pytest.mark.anyio
async def test_the_sample_is_whole_and_so_is_a_snapshot_with_kinds_of_a_later_version(edited: Path) -> None:
    assert (await verify(SAMPLE)).damage == []
    path = edited / "manifest.json"
    manifest = json.loads(path.read_text())
    rows = b'{"of":"a","uid":"one"}\n{"of":"b","uid":"one"}\n'
    (edited / "later.jsonl").write_bytes(rows)
    entry = {"kind": "later", "path": "later.jsonl", "lines": 2, "size": len(rows)}
    manifest["files"].append({**entry, "sha256": hashlib.sha256(rows).hexdigest()})
    path.write_text(json.dumps(manifest))
    assert (await verify(Snapshot(edited))).damage == []


class VanishingWork(Files):
    """Files below the working directory are gone when they are looked at: a run removes it at the same moment."""

    def _stat(self, name: str) -> os.stat_result | None:
        if name.startswith(WORK):
            raise SnapshotCorrupt(f"{name}: missing")
        return super()._stat(name)


def test_a_run_that_ends_meanwhile_does_not_make_a_snapshot_damaged(edited: Path) -> None:
    (edited / WORK).mkdir()
    (edited / WORK / "lock").write_text("1")
    snapshot = Snapshot(edited)
    snapshot.files = VanishingWork(edited)
    assert [*snapshot.verify()] == []
