"""Runs that were stopped at one chosen place: what the same command then does."""

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
def one() -> Iterator[Bench]:
    with memory() as root:
        yield bench(root, fill_small)
        assert not any(root.rglob("*.partial"))


@pytest.mark.parametrize("left", [("lock",), ("staging.sqlite", "lock"), ()], ids=str)
def test_an_export_that_died_while_it_tidied_up(one: Bench, left: tuple[str, ...]) -> None:
    """I1, I5: sealed, but its working directory is still there: the same command tidies up and asks nothing more."""
    snapshot = one.export()
    expected = tree(snapshot.root)
    (snapshot.root / ".work").mkdir()
    for name in left:
        (snapshot.root / ".work" / name).write_bytes(b"left over")
    line = Record(one.emulator)
    assert one.export(line=line).manifest == snapshot.manifest
    assert line.sent <= 1  # the knock at the door, where a system has one
    assert tree(snapshot.root) == expected
    assert not (snapshot.root / ".work").exists()


def test_another_export_does_not_tidy_up(one: Bench) -> None:
    """What another export left is not taken for one's own."""
    snapshot = one.export()
    (snapshot.root / ".work").mkdir()
    with pytest.raises(UsageError, match="already holds a complete snapshot"):
        one.export(key=TARGET)
    with pytest.raises(UsageError, match="already holds a complete snapshot"):
        one.export(versions="latest")
    assert (snapshot.root / ".work").is_dir()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_export_cut_at_every_request(one: Bench, after: bool) -> None:
    """A2, I3, I5, I6: cut before a request leaves or before its answer is seen, resumed to the same bytes.

    A resumed export asks again for what was under way, eight workers' pages at most, and knocks at the door.
    """
    line = Record(one.emulator)
    expected = tree(one.export("quiet", line=line, versions="all").root)
    for number in range(1, line.sent + 1):
        first, second = Record(one.emulator, cut_at(number, after=after)), Record(one.emulator)
        with pytest.raises(Cut):
            one.export("cut", line=first, versions="all")
        assert tree(one.export("cut", line=second, versions="all").root) == expected
        assert first.sent + second.sent <= line.sent + 8 + 1
        shutil.rmtree(one.root / "cut")


def test_the_source_is_never_written_to(one: Bench) -> None:
    """No export sends a write, whatever interrupts it."""
    with pytest.raises(Cut):
        one.export(line=Record(one.emulator, cut_at(5, after=True)))
    one.export()
    assert one.writes() == 0
    assert one.dump(SOURCE).nodes
