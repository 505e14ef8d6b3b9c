"""Exports that were stopped at a chosen place, and what the same command then does."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from small_stack import fill_small
from workbench import SOURCE, TARGET, Cut, Record, bench, cut_at, memory, tree

from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Bench


@pytest.fixture
def workbench() -> Iterator[Bench]:
    with memory() as root:
        yield bench(root, fill_small)
        assert not any(root.rglob("*.partial"))


@pytest.mark.parametrize("left", [("lock",), ("staging.sqlite", "lock"), ()], ids=str)
def test_an_export_killed_after_sealing_is_finished_without_requests(
    workbench: Bench, left: tuple[str, ...]
) -> None:
    """I1, I5: the same command removes the working directory."""
    snapshot = workbench.export()
    expected = tree(snapshot.root)
    (snapshot.root / ".work").mkdir()
    for name in left:
        (snapshot.root / ".work" / name).write_bytes(b"left over")
    line = Record(workbench.emulator)
    assert workbench.export(line=line).manifest == snapshot.manifest
    assert line.sent <= 1  # the request for access, where a system has one
    assert tree(snapshot.root) == expected
    assert not (snapshot.root / ".work").exists()


def test_the_working_directory_of_another_export_is_not_removed(workbench: Bench) -> None:
    snapshot = workbench.export()
    (snapshot.root / ".work").mkdir()
    with pytest.raises(UsageError, match="already holds a complete snapshot"):
        workbench.export(key=TARGET)
    with pytest.raises(UsageError, match="already holds a complete snapshot"):
        workbench.export(versions="latest")
    assert (snapshot.root / ".work").is_dir()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_export_cut_at_every_request_resumes_to_the_same_bytes(workbench: Bench, after: bool) -> None:
    """A2, I3, I5, I6: cut before a request is sent or before its answer is seen.

    A resumed export repeats the requests that were in flight, one for each of eight workers, and asks for access once.
    """
    line = Record(workbench.emulator)
    expected = tree(workbench.export("undisturbed", line=line, versions="all").root)
    for number in range(1, line.sent + 1):
        first, second = Record(workbench.emulator, cut_at(number, after=after)), Record(workbench.emulator)
        with pytest.raises(Cut):
            workbench.export("cut", line=first, versions="all")
        assert tree(workbench.export("cut", line=second, versions="all").root) == expected
        assert first.sent + second.sent <= line.sent + 8 + 1
        shutil.rmtree(workbench.root / "cut")


def test_an_interrupted_export_never_writes_to_the_source(workbench: Bench) -> None:
    with pytest.raises(Cut):
        workbench.export(line=Record(workbench.emulator, cut_at(5, after=True)))
    workbench.export()
    assert workbench.writes() == 0
    assert workbench.dump(SOURCE).nodes
