"""Files that the service scans: one in quarantine is a gap at once, one that is pending is asked for again, later.

The judge is the emulator's count of downloads, and the snapshot's files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_stack import PICTURE, fill_small
from workbench import SYSTEM, TARGET, RecordingTransport, Workbench, make_workbench

from stackferry.drivers.verify_run import diff_snapshots
from stackferry.emulators.contentstack import Switches
from stackferry.model import Stream

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.emulators.contentstack import Stack
    from stackferry.io.storage.snapshot import Snapshot


def bench_with(root: Path, scan: str) -> Workbench:
    def fill(stack: Stack) -> None:
        fill_small(stack)
        stack.main.assets[PICTURE].scan = scan

    return make_workbench(root, fill)


def downloads(transport: RecordingTransport) -> int:
    return sum(f"/{PICTURE}/0" in one or f"/{PICTURE}/1" in one for one in transport.log)


def gaps_of(snapshot: Snapshot) -> list[str]:
    return [str(gap["reason"]) for gap in snapshot.gaps() if (gap["kind"], gap["uid"]) == ("files", PICTURE)]


def test_a_file_in_quarantine_is_a_gap_and_never_asked_for(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, "quarantined")
    transport = RecordingTransport(bench.emulator)
    snapshot = bench.export(transport=transport, versions="latest")
    (reason,) = gaps_of(snapshot)
    assert "quarantine" in reason
    assert downloads(transport) == 0
    assert any(row["uid"] == PICTURE for row in snapshot.objects(Stream("assets")))
    result = bench.import_snapshot(snapshot)
    assert any(gap["uid"] == PICTURE for gap in result.gaps)


@pytest.mark.parametrize("cleared_at", [1, 2])
def test_a_pending_file_is_asked_for_after_all_others_and_once_more(tmp_path: Path, cleared_at: int) -> None:
    """It comes as soon as its scan is done: before it is first asked for, or at the second attempt."""
    bench = bench_with(tmp_path, "pending")
    asset, seen = bench.source.main.assets[PICTURE], 0

    def hook(_: RecordingTransport, request: Any, done: bool) -> None:
        nonlocal seen
        if not done and f"/{PICTURE}/0" in request.url.path:
            seen += 1
            asset.scan = "clean" if seen >= cleared_at else asset.scan

    transport = RecordingTransport(bench.emulator, hook)
    snapshot = bench.export(transport=transport, versions="latest")
    assert gaps_of(snapshot) == []
    assert downloads(transport) == cleared_at
    assert any(row["uid"] == PICTURE for row in snapshot.objects(Stream("files")))
    bench.import_snapshot(snapshot)


def test_a_file_that_stays_pending_is_a_gap_after_two_attempts(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, "pending")
    transport = RecordingTransport(bench.emulator)
    snapshot = bench.export(transport=transport, versions="latest")
    (reason,) = gaps_of(snapshot)
    assert "not given yet" in reason
    assert downloads(transport) == 2


def test_a_copy_asks_in_the_same_way(tmp_path: Path) -> None:
    """The bytes of a file that was cleared meanwhile are there when the assets are written."""
    bench = bench_with(tmp_path, "pending")
    asset = bench.source.main.assets[PICTURE]

    def hook(_: RecordingTransport, request: Any, done: bool) -> None:
        if done and f"/{PICTURE}/" in request.url.path:
            asset.scan = "clean"

    _, result = bench.copy(transports=(RecordingTransport(bench.emulator, hook), None))
    assert [gap for gap in result.gaps if gap["uid"] == PICTURE] == []


def test_the_status_of_the_target_is_not_compared(tmp_path: Path) -> None:
    """An upload begins as pending: what the service sets is no difference."""
    bench = make_workbench(tmp_path, fill_small, switches=Switches(scan_of_uploads="clean"))
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    assert {asset.scan for asset in bench.target.main.assets.values() if not asset.is_folder} == {"clean"}

    found = diff_snapshots(SYSTEM, snapshot, bench.export("there", key=TARGET)).differences
    assert [one for one in found if one["kind"] == "assets"] == []


def test_a_file_of_the_target_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Verify does not claim that its bytes are the same."""
    bench = make_workbench(tmp_path, fill_small)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    pictures = [asset for asset in bench.target.main.assets.values() if not asset.is_folder]
    pictures[0].scan = "quarantined"
    gaps = diff_snapshots(SYSTEM, snapshot, bench.export("there", key=TARGET)).gaps
    assert any("not compared" in str(gap["reason"]) for gap in gaps) is (len(pictures) > 1)
