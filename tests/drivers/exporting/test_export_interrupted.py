"""Exports that are cut at any request and resumed, and directories that an export must not touch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_stack import PICTURE, fill_small
from workbench import (
    SOURCE,
    TARGET,
    Cut,
    RecordingTransport,
    cut_at,
    file_digests,
    make_workbench,
    memory_directory,
)

from stackferry.drivers.concurrency import WORKERS
from stackferry.emulators.contentstack import Fault
from stackferry.errors import BusyError, CheckpointCorrupt, ExitCode, UsageError
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import LOCK, WORK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench


@pytest.fixture
def one() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_export_cut_at_any_request_resumes_to_the_same_bytes(one: Workbench, *, after: bool) -> None:
    """A2, I3, I5, I6: at most one request per worker is sent twice."""
    transport = RecordingTransport(one.emulator)
    whole = file_digests(one.export("whole", transport=transport).root)
    assert transport.sent == len(set(transport.log))
    for number in range(1, transport.sent + 1):
        first = RecordingTransport(one.emulator, cut_at(number, after=after))
        with pytest.raises(Cut):
            one.export(f"cut at {number}", transport=first)
        second = RecordingTransport(one.emulator)
        assert file_digests(one.export(f"cut at {number}", transport=second).root) == whole
        assert first.sent + second.sent <= transport.sent + WORKERS
    assert one.writes() == 0


def test_an_export_that_dies_at_every_ninth_request_ends(one: Workbench) -> None:
    """I5: answers received before are kept."""
    whole = file_digests(one.export("whole").root)
    for _ in range(30):
        try:
            assert (
                file_digests(
                    one.export(
                        transport=RecordingTransport(one.emulator, cut_at(WORKERS + 1, after=True))
                    ).root
                )
                == whole
            )
        except Cut:
            continue
        return
    pytest.fail("the export makes no way")


def test_an_unfinished_export_is_not_resumed_with_another_source_or_options(one: Workbench) -> None:
    with pytest.raises(Cut):
        one.export(transport=RecordingTransport(one.emulator, cut_at(9, after=True)))
    before = file_digests(one.root / "snapshot")
    with pytest.raises(UsageError, match=f"unfinished export of .*{SOURCE}"):
        one.export(key=TARGET)
    with pytest.raises(UsageError, match="unfinished export"):
        one.export(versions="all")
    assert {name for name in before if not name.endswith(("-wal", "-shm"))} <= file_digests(
        one.root / "snapshot"
    ).keys()
    one.export()


def test_a_directory_that_holds_something_else_is_refused(one: Workbench) -> None:
    """C8: it is not changed; a file is refused too."""
    (one.root / "home").mkdir()
    (one.root / "home" / "letter.txt").write_text("dear", "utf-8")
    with pytest.raises(UsageError, match="holds something else"):
        one.export("home")
    with pytest.raises(UsageError, match="is a file"):
        one.export("home/letter.txt")
    assert [*file_digests(one.root / "home")] == ["letter.txt"]
    assert not [*(one.root / "home").rglob(WORK)]


def test_an_empty_directory_is_accepted(one: Workbench) -> None:
    (one.root / "empty").mkdir()
    assert one.export("empty").manifest


def test_a_directory_with_a_complete_snapshot_is_refused(one: Workbench) -> None:
    """I2: it is never written again."""
    before = file_digests(one.export().root)
    with pytest.raises(UsageError, match="already holds a complete snapshot"):
        one.export()
    assert file_digests(one.root / "snapshot") == before


def test_a_directory_that_another_run_uses_is_busy(one: Workbench) -> None:
    """A7: the second run ends at once, with exit code 7."""
    with pytest.raises(Cut):
        one.export(transport=RecordingTransport(one.emulator, cut_at(9, after=True)))
    with Files(one.root / "snapshot").lock(LOCK), pytest.raises(BusyError) as busy:
        one.export()
    assert busy.value.exit_code is ExitCode.BUSY
    assert one.export().manifest


def test_a_damaged_staging_database_is_named(one: Workbench) -> None:
    """A8: exit code 6, and the message says how to start again."""
    with pytest.raises(Cut):
        one.export(transport=RecordingTransport(one.emulator, cut_at(9, after=True)))
    for name in ("staging.sqlite", "staging.sqlite-wal"):
        (one.root / "snapshot" / WORK / name).write_bytes(b"not a database, and long enough to be one" * 200)
    with pytest.raises(CheckpointCorrupt, match=r"staging\.sqlite.*\.work") as damaged:
        one.export()
    assert damaged.value.exit_code is ExitCode.CORRUPT


def test_missing_bytes_of_an_asset_are_a_gap(one: Workbench) -> None:
    """B5: it names the asset and the version; all else is exported."""
    one.emulator.faults.add(Fault(path=f"^/v3/assets/{SOURCE}/{PICTURE}", status=404, times=2))
    snapshot = one.export()
    gaps = [(gap["kind"], gap["uid"], gap["path"]) for gap in snapshot.gaps()]
    assert gaps == [("files", PICTURE, "version 1"), ("files", PICTURE, "version 2")]
    assert [*snapshot.verify()] == []


def test_a_missing_version_is_a_gap(one: Workbench) -> None:
    """B5: it says what refers to the version."""
    body = b'{"error_message": "Gone.", "error_code": 141, "errors": {}}'
    one.emulator.faults.add(Fault(path=r"[?&]version=1", status=422, body=body, times=9))
    gaps = one.export().gaps()
    assert {gap["kind"] for gap in gaps} == {"versions", "asset_versions"}
    assert all("published" in str(gap["reason"]) or "release" in str(gap["reason"]) for gap in gaps)


def test_an_answer_with_another_version_is_a_gap(one: Workbench) -> None:
    """B7: the service answers with the latest version in place of the one asked for."""
    latest = one.source.main.assets[PICTURE].latest
    body = b'{"asset": {"uid": "%s", "_version": %d}}' % (PICTURE.encode(), 2)
    assert latest["_version"] == 2
    one.emulator.faults.add(Fault(path=f"^/v3/assets/{PICTURE}.*version=1", status=200, body=body))
    gaps = one.export().gaps()
    assert [(gap["kind"], gap["uid"], gap["path"]) for gap in gaps] == [
        ("asset_versions", PICTURE, "version 1")
    ]
