"""Files that a Timeline release holds of its own: another file of an asset, and an asset that exists only there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from release_files_space import WANTED, files_in_campaign, fill_release_files
from space_bench import SYSTEM, make_space_bench
from workbench import Cut, RecordingTransport

from stackferry.drivers.verify_run import diff_snapshots

if TYPE_CHECKING:
    from pathlib import Path


def test_they_arrive(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill_release_files)
    snapshot = bench.export()
    done = bench.import_snapshot(snapshot)
    assert [gap for gap in done.gaps if gap["kind"] in ("releases", "assets", "files")] == []
    assert files_in_campaign(bench.target) == WANTED
    assert [one for one in bench.verify(snapshot).differences if "release" in str(one)] == []
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, "again", on_conflict="update")
    assert not [one.path for one in bench.emulator.log if one.method != "GET" and "/assets/" in one.path]


@pytest.mark.parametrize("end", ["/assets/picture", "/assets/logo", "/process"])
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_kill_in_between_loses_none(root: Path, end: str, done: bool) -> None:
    bench = make_space_bench(root / "bench", fill_release_files)
    snapshot = bench.export()

    def cut(_: RecordingTransport, request: Any, is_answered: bool) -> None:
        path = request.url.path
        if request.method == "PUT" and "/releases/" in path and end in path and is_answered is done:
            raise Cut

    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=RecordingTransport(bench.emulator, cut))
    result = bench.import_snapshot(snapshot)
    assert [gap for gap in result.gaps if gap["kind"] in ("releases", "assets", "files")] == []
    assert files_in_campaign(bench.target) == WANTED


def test_a_file_that_fails_is_told(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill_release_files)
    snapshot = bench.export()
    bench.emulator.unprocessable["logo"] = "failed"
    done = bench.import_snapshot(snapshot)
    gaps = [(gap["uid"], gap["path"], gap["reason"]) for gap in done.gaps if gap["kind"] == "releases"]
    reason = "the service could not process the file"
    assert gaps == [("campaign", "/assets/logo/fields/file/en-US", reason)]


@pytest.mark.parametrize("uid", ["logo", "picture"])
@pytest.mark.parametrize("ending", ["failed", "never"])
def test_a_file_that_was_not_processed_is_a_gap_of_the_next_run_too(
    root: Path, uid: str, ending: Any
) -> None:
    """A finished import that is run again tells what it told; it said that the target had changed."""
    bench = make_space_bench(root / "bench", fill_release_files)
    snapshot = bench.export()
    bench.emulator.unprocessable[uid] = ending
    first = bench.import_snapshot(snapshot)
    assert [gap for gap in first.gaps if str(gap.get("path")).startswith(f"/assets/{uid}/fields/file/")]
    bench.emulator.log.clear()
    assert (bench.import_snapshot(snapshot).gaps, bench.writes()) == (first.gaps, 0)
    assert [one for one in bench.verify(snapshot).differences if "release" in str(one)] == []


def test_bodies_that_were_not_exported_are_told(root: Path) -> None:
    """The manifest says that they are left out, and every import which release has current bodies in their place."""
    bench = make_space_bench(root / "bench", fill_release_files)
    snapshot = bench.export(versions="latest")
    assert {"live_bodies", "bodies_in_releases"} <= {str(row["kind"]) for row in snapshot.limits()}
    for state in ("state", "again"):
        gaps = bench.import_snapshot(snapshot, state, on_conflict="update").gaps
        told = [(gap["uid"], gap["reason"]) for gap in gaps if gap.get("path") == "/bodies"]
        assert [(uid, "made with --versions latest" in str(reason)) for uid, reason in told] == [
            ("campaign", True)
        ]
    assert [one for one in bench.verify(snapshot).differences if "release" in str(one)] == []
    whole = bench.export("whole")
    assert [one for one in diff_snapshots(SYSTEM, snapshot, whole).differences if "release" in str(one)] == []
    assert not {"live_bodies", "bodies_in_releases"} & {str(row["kind"]) for row in whole.limits()}
