"""What a directory of backups is said to hold."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from command_line import FILLED
from hypothesis import given
from hypothesis import strategies as st
from night import FIRST

from stackferry import snapshots
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import LOCK
from stackferry.library.nights.names import directory_name, snapshot_name, time_of
from stackferry.model import Place

if TYPE_CHECKING:
    from night import NightWatch


def test_snapshots_are_listed_by_profile_and_time(watch: NightWatch) -> None:
    watch.add_gap("bltlost")
    watch.night()
    watch.night(FILLED)
    watch.night()
    rows = snapshots(watch.into).snapshots
    assert [(row.profile[:19], row.name[:10], row.state, row.is_latest, len(row.gaps)) for row in rows] == [
        ("blt_invented_filled", "2026-11-30", "whole", True, 0),
        ("blt_invented_source", "2026-11-29", "whole", False, 1),
        ("blt_invented_source", "2026-12-01", "whole", True, 1),
    ]
    assert rows[1].at == FIRST
    assert rows[1].place.startswith("contentstack+http://blt_invented_source@")


def test_bytes_that_nights_share_are_counted_once_on_disk(watch: NightWatch) -> None:
    watch.night()
    (alone,) = snapshots(watch.into).snapshots
    assert alone.shared_bytes == 0
    watch.night()
    listed = snapshots(watch.into)
    assert (
        [row.shared_bytes for row in listed.snapshots]
        == [row.bytes for row in listed.snapshots]
        == [alone.bytes] * 2
    )
    manifests = sum((row.path / "manifest.json").stat().st_size for row in listed.snapshots)
    assert listed.disk_bytes == alone.bytes + manifests


def test_what_is_unfinished_running_or_unreadable_is_said_to_be_so(watch: NightWatch) -> None:
    watch.night()
    watch.stop()
    broken = watch.folder / "2026-11-01"
    broken.mkdir()
    (broken / "manifest.json").write_bytes(b"{")
    states = {row.name: row.state for row in snapshots(watch.into).snapshots}
    assert states == {
        "2026-11-01": "unreadable",
        "2026-11-29T02-00-00Z": "whole",
        "2026-11-30T02-00-00Z": "unfinished",
    }
    with Files(watch.folder / "2026-11-30T02-00-00Z").lock(LOCK):
        assert [row.state for row in snapshots(watch.into).snapshots][-1] == "running"


def test_snapshots_directly_in_the_directory_are_listed(watch: NightWatch) -> None:
    """As the scripts of earlier days made them: named by the date alone, or by hand."""
    stack = watch.night()
    assert stack.snapshot is not None
    flat = watch.emulated.home / "flat"
    shutil.copytree(stack.snapshot, flat / "2026-11-02")
    shutil.copytree(stack.snapshot, flat / "by hand")
    os.utime(flat / "by hand" / "manifest.json", (FIRST.timestamp(), FIRST.timestamp()))
    rows = snapshots(flat).snapshots
    assert [(row.profile, row.name, row.at) for row in rows] == [
        ("", "2026-11-02", datetime(2026, 11, 2, tzinfo=UTC)),
        ("", "by hand", FIRST),
    ]


@given(st.integers(0, 4_000_000_000))
def test_a_name_says_its_time_and_sorts_by_it(at: int) -> None:
    name = snapshot_name(at)
    assert time_of(name) == datetime.fromtimestamp(at, UTC)
    assert name < snapshot_name(at + 1)
    assert snapshot_name(at, {name}) == snapshot_name(at + 1)


@pytest.mark.parametrize(
    "name",
    ["latest", "2026-11-31", "2026-1-5", "2026-11-29T02-00", "20261129", "2026-11-29T02-00-00Z.old", ""],
)
def test_other_names_say_no_time(name: str) -> None:
    assert time_of(name) is None


def test_a_directory_is_named_as_people_named_the_profile() -> None:
    assert directory_name("Production EU") == "Production EU"
    assert directory_name("../up") == "%2E.%2Fup"
    place = Place(system="contentstack", key="blt1", host="eu-api.contentstack.com", name="main")
    assert directory_name(place) == "blt1@eu-api.contentstack.com-main"
