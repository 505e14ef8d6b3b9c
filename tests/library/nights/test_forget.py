"""What `forget` deletes and never deletes, and that what stays is whole."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from command_line import FILLED

from stackferry import Policy, forget, snapshots
from stackferry.errors import ExitCode, UsageError
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import LOCK as EXPORT_LOCK
from stackferry.io.storage.snapshot import Snapshot, SnapshotIndex
from stackferry.library.nights.backup import LOCK
from stackferry.library.state import system_of_snapshot
from stackferry.model import Stream

if TYPE_CHECKING:
    from pathlib import Path

    from night import NightWatch

    from stackferry import ForgetReport

DAYS = [f"2026-11-{day}T02-00-00Z" for day in (29, 30)] + [f"2026-12-0{day}T02-00-00Z" for day in (1, 2)]


def actions(report: ForgetReport) -> dict[str, str]:
    return {row.path.name: row.action for row in report.rows}


def test_what_no_rule_keeps_goes_and_the_rest_is_whole(watch: NightWatch) -> None:
    """The files that nights share are hard links: they stay in those that stay."""
    for _ in DAYS:
        watch.night()
    before = watch.sound()
    shared = watch.folder / DAYS[3] / "entries" / "page" / "en-us.jsonl"
    assert shared.stat().st_nlink == len(DAYS)
    report = forget(watch.into, Policy(last=2))
    assert actions(report) == dict(zip(reversed(DAYS), ["keep", "keep", "remove", "remove"], strict=True))
    assert shared.stat().st_nlink == 2
    assert watch.names == [*DAYS[2:], "latest"]
    assert watch.sound() == {name: before[name] for name in DAYS[2:]}
    assert (watch.folder / "latest" / "manifest.json").exists()


def test_the_freed_bytes_are_those_that_no_other_has(watch: NightWatch) -> None:
    for _ in DAYS[:3]:
        watch.night()
    planned = forget(watch.into, Policy(last=1), dry_run=True)
    used = snapshots(watch.into).disk_bytes
    done = forget(watch.into, Policy(last=1))
    assert done.freed_bytes == planned.freed_bytes == used - snapshots(watch.into).disk_bytes > 0


def test_a_dry_run_deletes_nothing(watch: NightWatch) -> None:
    for _ in DAYS[:2]:
        watch.night()
    before = watch.names
    report = forget(watch.into, Policy(last=1), dry_run=True)
    assert actions(report) == {DAYS[1]: "keep", DAYS[0]: "remove"}
    assert watch.names == before


def test_each_place_is_judged_for_itself(watch: NightWatch) -> None:
    for key in (None, FILLED, None, FILLED):
        (watch.night() if key is None else watch.night(key))
    report = forget(watch.into, Policy(last=1))
    assert sorted(row.action for row in report.rows) == ["keep", "keep", "remove", "remove"]
    assert len({row.profile for row in report.rows if row.action == "keep"}) == 2


def test_the_only_whole_one_stays_where_the_newest_is_damaged(watch: NightWatch) -> None:
    """Where none that would stay is whole, nothing is deleted at all; `latest` alone is enough to keep one."""
    for _ in DAYS[:3]:
        watch.night()
    (watch.folder / DAYS[2] / "locales.jsonl").unlink()
    (watch.folder / "latest").unlink()
    report = forget(watch.into, Policy(last=1))
    assert (report.exit_code, report.rows) == (ExitCode.CORRUPT, [])
    assert "none of the snapshots of contentstack+http" in str(report.problems[0]["error"])
    assert watch.names == DAYS[:3]
    (watch.folder / "latest").symlink_to(DAYS[1])
    assert actions(forget(watch.into, Policy(last=1))) == {
        DAYS[2]: "keep",
        DAYS[1]: "keep",
        DAYS[0]: "remove",
    }
    assert watch.names == [*DAYS[1:3], "latest"]


def test_what_is_unfinished_stays_unless_it_is_asked_for(watch: NightWatch) -> None:
    watch.stop(reading={"assets": False})
    watch.night()
    watch.stop(reading={"assets": False})
    kept = forget(watch.into, Policy(last=1))
    assert actions(kept) == dict.fromkeys(DAYS[:3], "keep")
    with Files(watch.folder / DAYS[0]).lock(EXPORT_LOCK):
        running = forget(watch.into, Policy(last=1), unfinished=True)
    assert set(actions(running).values()) == {"keep"}
    report = forget(watch.into, Policy(last=1), unfinished=True)
    # The newest one may still be gone on with.
    assert actions(report) == {DAYS[2]: "keep", DAYS[1]: "keep", DAYS[0]: "remove"}
    assert watch.names == [DAYS[1], DAYS[2], "latest"]


def test_what_has_no_date_for_a_name_stays(watch: NightWatch) -> None:
    for _ in DAYS[:2]:
        watch.night()
    shutil.copytree(watch.folder / DAYS[0], watch.folder / "before the relaunch")
    (watch.folder / "notes").mkdir()
    report = forget(watch.into, Policy(last=1))
    reasons = {row.path.name: row.reasons for row in report.rows}
    assert reasons["before the relaunch"] == ["its name is no date"]
    assert watch.names == [DAYS[1], "before the relaunch", "latest", "notes"]


def test_one_whose_manifest_cannot_be_read_stays(watch: NightWatch) -> None:
    for _ in DAYS[:2]:
        watch.night()
    (watch.folder / DAYS[0] / "manifest.json").write_bytes(b"{")
    report = forget(watch.into, Policy(last=1))
    assert actions(report) == dict.fromkeys(DAYS[:2], "keep")


def test_a_directory_in_which_a_backup_runs_is_left(watch: NightWatch) -> None:
    for _ in DAYS[:2]:
        watch.night()
    with Files(watch.folder).lock(LOCK):
        report = forget(watch.into, Policy(last=1))
    assert (report.exit_code, report.rows) == (ExitCode.BUSY, [])
    assert watch.names == [*DAYS[:2], "latest"]


def test_what_a_run_reads_stays(watch: NightWatch) -> None:
    """An import that goes on for hours must find its snapshot to the end, and when it is resumed."""
    first = watch.night()
    watch.night()
    assert first.snapshot is not None
    held = Snapshot(first.snapshot)
    with closing(SnapshotIndex(held, system_of_snapshot(held).record_key)):
        assert actions(forget(watch.into, Policy(last=1), dry_run=True))[DAYS[0]] == "keep"
        kept = {row.path.name: row.reasons for row in forget(watch.into, Policy(last=1)).rows}
        assert kept[DAYS[0]] == ["a run reads it"]
        held.check()
    assert actions(forget(watch.into, Policy(last=1)))[DAYS[0]] == "remove"


@pytest.mark.parametrize("read", ["verify", "objects"])
def test_what_is_checked_or_listed_stays(watch: NightWatch, read: str) -> None:
    """Also before an import has opened its records: checking the bytes of a large snapshot takes its time."""
    first = watch.night()
    watch.night()
    assert first.snapshot is not None
    held, kept = Snapshot(first.snapshot), list[dict[str, str]]()

    def look(_: str) -> None:
        kept.append(actions(forget(watch.into, Policy(last=1), dry_run=True)))

    if read == "verify":
        assert [*held.verify(each=look)] == []
    else:
        for row in held.objects(Stream("entries", "page", "en-us")):
            look(str(row["uid"]))
    assert {one[DAYS[0]] for one in kept} == {"keep"}
    assert actions(forget(watch.into, Policy(last=1)))[DAYS[0]] == "remove"


def test_what_a_killed_run_was_deleting_is_deleted_by_the_next(watch: NightWatch) -> None:
    for _ in DAYS[:2]:
        watch.night()
    shutil.copytree(watch.folder / DAYS[0], watch.folder / ".forgotten-2026-11-01T02-00-00Z")
    assert [row.name for row in snapshots(watch.into).snapshots] == DAYS[:2]
    forget(watch.into, Policy(last=2))
    assert watch.names == [*DAYS[:2], "latest"]


def test_the_next_night_has_a_base_after_everything_old_went(watch: NightWatch) -> None:
    for _ in DAYS[:2]:
        watch.night()
    forget(watch.into, Policy(daily=1))
    stack = watch.night()
    assert (stack.exit_code, stack.base) == (ExitCode.COMPLETE, watch.folder / DAYS[1])


def test_without_a_rule_nothing_is_looked_at(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing says which snapshots to keep"):
        forget(tmp_path / "nowhere", Policy())


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no directory"):
        forget(tmp_path / "nowhere", Policy(last=1))


def test_a_snapshot_itself_is_no_directory_of_snapshots(watch: NightWatch) -> None:
    stack = watch.night()
    assert stack.snapshot is not None
    with pytest.raises(UsageError, match="is a snapshot itself"):
        forget(stack.snapshot, Policy(last=1))
