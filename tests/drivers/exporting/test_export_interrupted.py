"""Exports that stop at every request and go on, and directories that an export must leave alone."""

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
from stackferry.io.storage.snapshot_layout import LOCK, WORK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench


@pytest.fixture
def one() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_stopped_at_every_request(one: Workbench, *, after: bool) -> None:
    """A2, I3, I5, I6: taken up again it is the same snapshot, byte for byte, at most one request a worker twice."""
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


def test_stopped_again_and_again(one: Workbench) -> None:
    """I5: an export that dies at every ninth request comes to its end, since all before the ninth is kept."""
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


def test_other_source_does_not_go_on(one: Workbench) -> None:
    """An unfinished export of one stack, or with other options, is not taken up as another."""
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


def test_directory_of_somebody_else(one: Workbench) -> None:
    """C8: a directory that holds anything else is refused and left as it is; so is a file."""
    (one.root / "home").mkdir()
    (one.root / "home" / "letter.txt").write_text("dear", "utf-8")
    with pytest.raises(UsageError, match="holds something else"):
        one.export("home")
    with pytest.raises(UsageError, match="is a file"):
        one.export("home/letter.txt")
    assert [*file_digests(one.root / "home")] == ["letter.txt"]
    assert not [*(one.root / "home").rglob(WORK)]


def test_empty_directory_will_do(one: Workbench) -> None:
    """A directory that is there and empty is as good as a new one."""
    (one.root / "empty").mkdir()
    assert one.export("empty").manifest


def test_finished_directory_is_refused(one: Workbench) -> None:
    """I2: a complete snapshot is never written to again."""
    before = file_digests(one.export().root)
    with pytest.raises(UsageError, match="already holds a complete snapshot"):
        one.export()
    assert file_digests(one.root / "snapshot") == before


def test_directory_at_work_is_busy(one: Workbench) -> None:
    """A7: while another run holds the directory the second one ends at once, with exit code 7."""
    with pytest.raises(Cut):
        one.export(transport=RecordingTransport(one.emulator, cut_at(9, after=True)))
    with Files(one.root / "snapshot").lock(LOCK), pytest.raises(BusyError) as busy:
        one.export()
    assert busy.value.exit_code is ExitCode.BUSY
    assert one.export().manifest


def test_damaged_checkpoint_is_named(one: Workbench) -> None:
    """A8: a checkpoint that cannot be read ends the run with exit code 6 and says how to begin afresh."""
    with pytest.raises(Cut):
        one.export(transport=RecordingTransport(one.emulator, cut_at(9, after=True)))
    for name in ("staging.sqlite", "staging.sqlite-wal"):
        (one.root / "snapshot" / WORK / name).write_bytes(b"not a database, and long enough to be one" * 200)
    with pytest.raises(CheckpointCorrupt, match=r"staging\.sqlite.*\.work") as damaged:
        one.export()
    assert damaged.value.exit_code is ExitCode.CORRUPT


def test_bytes_that_are_gone(one: Workbench) -> None:
    """B5: an asset whose bytes are not to be had is a gap that names it and its version; the rest is there."""
    one.emulator.faults.add(Fault(path=f"^/v3/assets/{SOURCE}/{PICTURE}", status=404, times=2))
    snapshot = one.export()
    gaps = [(gap["kind"], gap["uid"], gap["path"]) for gap in snapshot.gaps()]
    assert gaps == [("files", PICTURE, "version 1"), ("files", PICTURE, "version 2")]
    assert [*snapshot.verify()] == []


def test_version_that_is_gone(one: Workbench) -> None:
    """B5: a published version that the service no longer has is a gap that says what points at it."""
    body = b'{"error_message": "Gone.", "error_code": 141, "errors": {}}'
    one.emulator.faults.add(Fault(path=r"[?&]version=1", status=422, body=body, times=9))
    gaps = one.export().gaps()
    assert {gap["kind"] for gap in gaps} == {"versions", "asset_versions"}
    assert all("published" in str(gap["reason"]) or "release" in str(gap["reason"]) for gap in gaps)


def test_version_that_is_another(one: Workbench) -> None:
    """B7: a service that answers with the latest version in place of the one asked for is found out."""
    latest = one.source.main.assets[PICTURE].latest
    body = b'{"asset": {"uid": "%s", "_version": %d}}' % (PICTURE.encode(), 2)
    assert latest["_version"] == 2
    one.emulator.faults.add(Fault(path=f"^/v3/assets/{PICTURE}.*version=1", status=200, body=body))
    gaps = one.export().gaps()
    assert [(gap["kind"], gap["uid"], gap["path"]) for gap in gaps] == [
        ("asset_versions", PICTURE, "version 1")
    ]
