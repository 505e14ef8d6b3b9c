"""One stack, night after night: what is made on top of what, what is gone on with, what stays whatever fails."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

import anyio
from command_line import FILLED, SOURCE, TARGET, content_type

import stackferry
from stackferry.errors import BusyError, ExitCode
from stackferry.io.storage.files import Files
from stackferry.library.nights.backup import LOCK
from stackferry.library.nights.catalogue import is_whole

if TYPE_CHECKING:
    from pathlib import Path

    from night import NightWatch


def test_a_night_is_named_by_its_time_and_latest_leads_to_it(watch: NightWatch) -> None:
    stack = watch.night()
    assert (stack.exit_code, stack.error, stack.base, stack.previous) == (ExitCode.COMPLETE, "", None, None)
    assert watch.names == ["2026-11-29T02-00-00Z", "latest"]
    assert stack.snapshot == watch.folder / "2026-11-29T02-00-00Z"
    assert str((watch.folder / "latest").readlink()) == "2026-11-29T02-00-00Z"
    assert is_whole(watch.folder / "latest")


def test_the_next_night_is_made_on_top_of_the_last_one(watch: NightWatch) -> None:
    first, second = watch.night(), watch.night()
    assert second.base == second.previous == first.snapshot
    assert second.reused
    assert sum(second.requests.values()) < sum(first.requests.values())
    assert watch.names == ["2026-11-29T02-00-00Z", "2026-11-30T02-00-00Z", "latest"]
    assert is_whole(watch.folder / "latest")
    assert str((watch.folder / "latest").readlink()) == "2026-11-30T02-00-00Z"


def test_two_runs_of_one_second_are_two_snapshots(watch: NightWatch) -> None:
    for _ in range(3):
        watch.all_of(SOURCE)
    assert watch.names[:3] == ["2026-11-29T02-00-00Z", "2026-11-29T02-00-01Z", "2026-11-29T02-00-02Z"]


def test_the_base_is_found_by_its_manifest(watch: NightWatch) -> None:
    """A snapshot of another place is none, whatever its name says, and one without a date is one."""
    first = watch.night()
    assert first.snapshot is not None
    other = watch.night(FILLED)
    assert other.snapshot is not None
    shutil.copytree(other.snapshot, first.snapshot.with_name("2026-11-29T23-00-00Z"))
    first.snapshot.rename(first.snapshot.with_name("by hand"))
    watch.branch.put_content_type(content_type("more"))
    (stack,) = (watch.all_of(SOURCE)).stacks
    assert stack.base == first.snapshot.with_name("by hand")


def test_an_alias_finds_the_base_of_the_branch_that_it_leads_to(watch: NightWatch) -> None:
    stack = watch.emulated.emulator.stacks[TARGET]
    stack.aliases["live"] = "redesign"
    place = watch.emulated.place(TARGET, "live")
    night = partial(stackferry.backup, place, watch.into, token=watch.emulated.token, speed=_FAST)
    first, second = (anyio.run(night).stacks[0] for _ in range(2))
    assert (first.error, second.base) == ("", first.snapshot)


def test_a_damaged_base_is_told_and_the_one_before_it_is_taken(watch: NightWatch) -> None:
    first, second = watch.night(), watch.night()
    assert second.snapshot is not None
    _damage(second.snapshot)
    third = watch.night()
    assert (third.exit_code, third.base, third.damage) == (ExitCode.CORRUPT, first.snapshot, [])
    assert [row["snapshot"] for row in third.damaged] == [str(second.snapshot)]
    assert "locales" in str(third.damaged[0]["reason"])
    fourth = watch.night()
    assert (fourth.exit_code, fourth.base) == (ExitCode.COMPLETE, third.snapshot)


def test_without_a_sound_base_everything_is_read(watch: NightWatch) -> None:
    first = watch.night()
    assert first.snapshot is not None
    _damage(first.snapshot)
    second = watch.night()
    assert (second.exit_code, second.base, second.reused) == (ExitCode.CORRUPT, None, None)
    assert second.requests["read"] == first.requests["read"]


def test_a_failed_night_leaves_everything_as_it_was(watch: NightWatch) -> None:
    watch.night()
    before = watch.sound()
    failed = watch.night(token="cs-wrong-token")
    assert (failed.exit_code, failed.snapshot) == (ExitCode.ACCESS, None)
    assert "cs-wrong-token" not in failed.error
    assert watch.sound() == before
    assert str((watch.folder / "latest").readlink()) == "2026-11-29T02-00-00Z"
    assert [name for name in watch.names if "30T" in name] == []


def test_a_first_night_that_fails_leaves_no_directory(watch: NightWatch) -> None:
    failed = watch.night(token="cs-wrong-token")
    assert failed.exit_code is ExitCode.ACCESS
    assert not watch.into.exists()


def test_another_run_in_the_directory_is_busy(watch: NightWatch) -> None:
    watch.night()
    with Files(watch.folder).lock(LOCK):
        busy = watch.night()
    assert (busy.exit_code, busy.snapshot) == (ExitCode.BUSY, None)
    assert "is running here" in busy.error
    assert BusyError.exit_code is ExitCode.BUSY


def test_a_directory_in_place_of_the_link_costs_the_link_alone(watch: NightWatch) -> None:
    stack = watch.night()
    (watch.folder / "latest").unlink()
    (watch.folder / "latest").mkdir()
    stack = watch.night()
    assert stack.exit_code is ExitCode.COMPLETE
    assert (watch.folder / "latest").is_dir()


_FAST = stackferry.Speed(rate=0, bulk_rate=0)


def _damage(snapshot: Path) -> None:
    """Change a file of this snapshot alone."""
    (file,) = snapshot.glob("locales.jsonl")
    content = file.read_bytes()
    file.unlink()  # not in place: other snapshots may share it
    file.write_bytes(content.replace(b"French", b"Trench"))
