"""Exports that are cut at any request and resumed, and directories that an export must not touch."""

from __future__ import annotations

from collections import Counter
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

from sampling import sampled
from stackferry.core.rate_limit import UNLIMITED_IN_FLIGHT
from stackferry.emulators.contentstack import Fault
from stackferry.errors import BusyError, CheckpointCorrupt, ExitCode, UsageError
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import LOCK, WORK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("share", sampled(range(3), 1))
def test_an_export_cut_at_any_request_resumes_to_the_same_bytes(
    workbench: Workbench, share: int, *, after: bool
) -> None:
    """A2, I3, I5, I6: at most one request per worker is sent twice."""
    transport = RecordingTransport(workbench.emulator)
    whole = file_digests(workbench.export("whole", transport=transport).root)
    assert max(Counter(transport.log).values()) == 2  # read, and looked at again
    for number in range(1 + share, transport.sent + 1, 3):
        first = RecordingTransport(workbench.emulator, cut_at(number, after=after))
        with pytest.raises(Cut):
            workbench.export(f"cut at {number}", transport=first)
        second = RecordingTransport(workbench.emulator)
        assert file_digests(workbench.export(f"cut at {number}", transport=second).root) == whole
        assert first.sent + second.sent <= transport.sent + UNLIMITED_IN_FLIGHT
    assert workbench.writes() == 0


def test_an_export_that_dies_at_every_ninth_request_ends(workbench: Workbench) -> None:
    """I5: answers received before are kept."""
    whole = file_digests(workbench.export("whole").root)
    for _ in range(30):
        try:
            assert (
                file_digests(
                    workbench.export(
                        transport=RecordingTransport(
                            workbench.emulator, cut_at(UNLIMITED_IN_FLIGHT + 1, after=True)
                        )
                    ).root
                )
                == whole
            )
        except Cut:
            continue
        return
    pytest.fail("the export makes no progress")


def test_an_unfinished_export_is_not_resumed_with_another_source_or_options(workbench: Workbench) -> None:
    with pytest.raises(Cut):
        workbench.export(transport=RecordingTransport(workbench.emulator, cut_at(9, after=True)))
    before = file_digests(workbench.root / "snapshot")
    with pytest.raises(UsageError, match=f"unfinished export of .*{SOURCE}"):
        workbench.export(key=TARGET)
    with pytest.raises(UsageError, match="unfinished export"):
        workbench.export(versions="all")
    assert {name for name in before if not name.endswith(("-wal", "-shm"))} <= file_digests(
        workbench.root / "snapshot"
    ).keys()
    workbench.export()


def test_a_directory_that_holds_something_else_is_refused(workbench: Workbench) -> None:
    """C8: it is not changed; a file is refused too."""
    (workbench.root / "home").mkdir()
    (workbench.root / "home" / "letter.txt").write_text("dear", "utf-8")
    with pytest.raises(UsageError, match="holds something else"):
        workbench.export("home")
    with pytest.raises(UsageError, match="is a file"):
        workbench.export("home/letter.txt")
    assert [*file_digests(workbench.root / "home")] == ["letter.txt"]
    assert not [*(workbench.root / "home").rglob(WORK)]


def test_an_empty_directory_is_accepted(workbench: Workbench) -> None:
    (workbench.root / "empty").mkdir()
    assert workbench.export("empty").manifest


def test_a_directory_with_a_complete_snapshot_is_refused(workbench: Workbench) -> None:
    """I2: it is never written again."""
    before = file_digests(workbench.export().root)
    with pytest.raises(UsageError, match="already holds a complete snapshot"):
        workbench.export()
    assert file_digests(workbench.root / "snapshot") == before


def test_a_directory_that_another_run_uses_is_busy(workbench: Workbench) -> None:
    """A7: the second run ends at once, with exit code 7."""
    with pytest.raises(Cut):
        workbench.export(transport=RecordingTransport(workbench.emulator, cut_at(9, after=True)))
    with Files(workbench.root / "snapshot").lock(LOCK), pytest.raises(BusyError) as busy:
        workbench.export()
    assert busy.value.exit_code is ExitCode.BUSY
    assert workbench.export().manifest


def test_a_damaged_staging_database_is_named(workbench: Workbench) -> None:
    """A8: exit code 6, and the message says how to start again."""
    with pytest.raises(Cut):
        workbench.export(transport=RecordingTransport(workbench.emulator, cut_at(9, after=True)))
    for name in ("staging.sqlite", "staging.sqlite-wal"):
        (workbench.root / "snapshot" / WORK / name).write_bytes(
            b"not a database, and long enough to be one" * 200
        )
    with pytest.raises(CheckpointCorrupt, match=r"staging\.sqlite.*\.work") as damaged:
        workbench.export()
    assert damaged.value.exit_code is ExitCode.CORRUPT


def test_missing_bytes_of_an_asset_are_a_gap(workbench: Workbench) -> None:
    """B5: it names the asset and the version; all else is exported."""
    workbench.emulator.faults.add(Fault(path=f"^/v3/assets/{SOURCE}/{PICTURE}", status=404, times=2))
    snapshot = workbench.export()
    gaps = [(gap["kind"], gap["uid"], gap["path"]) for gap in snapshot.gaps()]
    assert gaps == [("files", PICTURE, "version 1"), ("files", PICTURE, "version 2")]
    assert [*snapshot.verify()] == []


def test_a_missing_version_is_a_gap(workbench: Workbench) -> None:
    """B5: it says what refers to the version."""
    body = b'{"error_message": "Gone.", "error_code": 141, "errors": {}}'
    workbench.emulator.faults.add(Fault(path=r"[?&]version=1", status=422, body=body, times=9))
    gaps = workbench.export().gaps()
    assert {gap["kind"] for gap in gaps} == {"versions", "asset_versions"}
    assert all("published" in str(gap["reason"]) or "release" in str(gap["reason"]) for gap in gaps)


def test_an_answer_with_another_version_is_a_gap(workbench: Workbench) -> None:
    """B7: the service answers with the latest version in place of the one asked for."""
    latest = workbench.source.main.assets[PICTURE].latest
    body = b'{"asset": {"uid": "%s", "_version": %d}}' % (PICTURE.encode(), 2)
    assert latest["_version"] == 2
    workbench.emulator.faults.add(Fault(path=f"^/v3/assets/{PICTURE}.*version=1", status=200, body=body))
    gaps = workbench.export().gaps()
    assert [(gap["kind"], gap["uid"], gap["path"]) for gap in gaps] == [
        ("asset_versions", PICTURE, "version 1")
    ]
