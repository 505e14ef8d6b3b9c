"""Exports that were stopped at a chosen place, and what the same command then does."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from small_stack import fill_small
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
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)
        assert not any(root.rglob("*.partial"))


@pytest.mark.parametrize("left", [("lock",), ("staging.sqlite", "lock"), ()], ids=str)
def test_an_export_killed_after_sealing_is_finished_without_requests(
    workbench: Workbench, left: tuple[str, ...]
) -> None:
    """I1, I5: the same command removes the working directory."""
    snapshot = workbench.export()
    expected = file_digests(snapshot.root)
    (snapshot.root / ".work").mkdir()
    for name in left:
        (snapshot.root / ".work" / name).write_bytes(b"left over")
    transport = RecordingTransport(workbench.emulator)
    assert workbench.export(transport=transport).manifest == snapshot.manifest
    assert transport.sent <= 1  # the request for access, where a system has one
    assert file_digests(snapshot.root) == expected
    assert not (snapshot.root / ".work").exists()


def test_the_working_directory_of_another_export_is_not_removed(workbench: Workbench) -> None:
    snapshot = workbench.export()
    (snapshot.root / ".work").mkdir()
    with pytest.raises(UsageError, match="already holds a complete snapshot"):
        workbench.export(key=TARGET)
    with pytest.raises(UsageError, match="already holds a complete snapshot"):
        workbench.export(versions="latest")
    assert (snapshot.root / ".work").is_dir()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("share", sampled(range(4), 1))
def test_an_export_cut_at_every_request_resumes_to_the_same_bytes(
    workbench: Workbench, share: int, after: bool
) -> None:
    """A2, I3, I5, I6: cut before a request is sent or before its answer is seen.

    A resumed export repeats the requests that were in flight, one for each of eight workers, and asks for access once.
    """
    transport = RecordingTransport(workbench.emulator)
    expected = file_digests(workbench.export("undisturbed", transport=transport, versions="all").root)
    for number in range(1 + share, transport.sent + 1, 4):
        first, second = (
            RecordingTransport(workbench.emulator, cut_at(number, after=after)),
            RecordingTransport(workbench.emulator),
        )
        with pytest.raises(Cut):
            workbench.export("cut", transport=first, versions="all")
        assert file_digests(workbench.export("cut", transport=second, versions="all").root) == expected
        assert first.sent + second.sent <= transport.sent + 8 + 1
        shutil.rmtree(workbench.root / "cut")


def test_an_interrupted_export_never_writes_to_the_source(workbench: Workbench) -> None:
    with pytest.raises(Cut):
        workbench.export(transport=RecordingTransport(workbench.emulator, cut_at(5, after=True)))
    workbench.export()
    assert workbench.writes() == 0
    assert workbench.dump(SOURCE).nodes
