"""A night that was stopped: the next one goes on with it, or says why not."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from command_line import FILLED

from stackferry.errors import ExitCode
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import LOCK, WORK

if TYPE_CHECKING:
    from night import NightWatch


FIRST, SECOND, THIRD = (f"2026-{day}T02-00-00Z" for day in ("11-29", "11-30", "12-01"))


def test_the_next_night_goes_on_with_it_under_its_own_name(watch: NightWatch) -> None:
    watch.stop()
    assert watch.names == [FIRST]
    assert (watch.folder / FIRST / WORK).is_dir()
    stack = watch.night()
    assert (stack.exit_code, stack.resumed, stack.unfinished) == (ExitCode.COMPLETE, FIRST, [])
    assert watch.names == [SECOND, "latest"]
    assert [*watch.sound()] == [SECOND]


def test_what_was_read_is_not_read_again(watch: NightWatch) -> None:
    watch.stop(records=12)
    sent = watch.emulated.emulator.count("read")
    stack = watch.night()
    resumed = watch.emulated.emulator.count("read") - sent
    shutil.rmtree(watch.folder / stack.snapshot.name)  # type: ignore[union-attr]  # it is there
    sent = watch.emulated.emulator.count("read")
    watch.night()
    assert resumed < watch.emulated.emulator.count("read") - sent


def test_it_keeps_the_base_that_it_was_begun_with(watch: NightWatch) -> None:
    first = watch.night()
    watch.stop(records=4)
    stack = watch.night()
    assert (stack.resumed, stack.base) == (SECOND, first.snapshot)
    assert watch.names == [FIRST, THIRD, "latest"]


def test_without_that_base_the_next_one_begins(watch: NightWatch) -> None:
    first = watch.night()
    watch.stop(records=4)
    shutil.rmtree(first.snapshot)  # type: ignore[arg-type]  # it is there
    stack = watch.night()
    assert (stack.exit_code, stack.resumed, stack.base) == (ExitCode.COMPLETE, "", None)
    assert stack.unfinished == [
        {
            "snapshot": str(watch.folder / SECOND),
            "reason": "the snapshot that it was begun on top of is gone",
        }
    ]


def test_a_damaged_base_of_it_is_told_and_the_next_one_begins(watch: NightWatch) -> None:
    first = watch.night()
    watch.stop(records=4)
    (first.snapshot / "locales.jsonl").unlink()  # type: ignore[operator]  # it is there
    stack = watch.night()
    assert (stack.exit_code, stack.resumed, stack.base) == (ExitCode.CORRUPT, "", None)
    assert [row["reason"] for row in stack.unfinished] == [
        "the snapshot that it was begun on top of is damaged"
    ]
    assert stack.damage == []


def test_one_with_other_options_is_left_and_told(watch: NightWatch) -> None:
    watch.stop(reading={"assets": False})
    stack = watch.night()
    assert (stack.resumed, watch.names) == ("", [FIRST, SECOND, "latest"])
    assert [row["reason"] for row in stack.unfinished] == ["it was begun with other options"]
    again = watch.night()
    assert [row["reason"] for row in again.unfinished] == [f"it is older than {SECOND}, which is complete"]


def test_one_of_another_place_is_left_and_told(watch: NightWatch) -> None:
    watch.stop()
    folder = watch.folder
    stack = watch.night(FILLED)
    other = stack.snapshot
    assert other is not None
    shutil.rmtree(other)
    (folder / FIRST).rename(other.with_name(FIRST))
    stack = watch.night(FILLED)
    assert "it is of contentstack://" in str(stack.unfinished[0]["reason"])
    assert (other.with_name(FIRST) / WORK).is_dir()


def test_one_that_a_run_works_in_is_left_and_told(watch: NightWatch) -> None:
    watch.stop()
    with Files(watch.folder / FIRST).lock(LOCK):
        stack = watch.night()
    assert [row["reason"] for row in stack.unfinished] == ["another run works in it"]
    assert watch.names == [FIRST, SECOND, "latest"]


def test_one_that_recorded_nothing_yet_is_gone_on_with(watch: NightWatch) -> None:
    first = watch.night()
    (watch.folder / SECOND / WORK).mkdir(parents=True)
    stack = watch.night()
    assert (stack.resumed, stack.base) == (SECOND, first.snapshot)
    assert stack.unfinished == []


def test_one_whose_working_store_is_damaged_is_left_and_told(watch: NightWatch) -> None:
    watch.stop()
    (watch.folder / FIRST / WORK / "staging.sqlite").write_bytes(b"no database" * 1000)
    stack = watch.night()
    assert (stack.exit_code, stack.resumed) == (ExitCode.COMPLETE, "")
    assert "staging.sqlite" in str(stack.unfinished[0]["reason"])


def test_what_a_run_that_was_killed_at_its_end_left_is_removed(watch: NightWatch) -> None:
    first = watch.night()
    assert first.snapshot is not None
    (first.snapshot / WORK).mkdir()
    (first.snapshot / WORK / "staging.sqlite").write_bytes(b"much")
    second = watch.night()
    assert (second.base, second.exit_code) == (first.snapshot, ExitCode.COMPLETE)
    assert not (first.snapshot / WORK).exists()
