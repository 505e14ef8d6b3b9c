"""Imports that are cut off at every request, and go on: as if nothing had happened, and nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from round_trip import judge
from small_stack import fill_small
from workbench import SOURCE, TARGET, Cut, Line, bench, cut_at, memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Bench

    from stackferry.edges.snapshot import Snapshot

REQUESTS = 41  # of the small stack's import; `test_number_of_requests` holds it to that


@pytest.fixture
def desk() -> Iterator[tuple[Bench, Snapshot]]:
    with memory() as root:
        one = bench(root, fill_small)
        yield one, one.export()


def settled(one: Bench, snapshot: Snapshot) -> None:
    """The import, run again, ends; the target is the source, and one more run writes nothing."""
    imported = one.replay(snapshot)
    assert imported.gaps == []
    assert judge(one.dump(SOURCE), one.dump(TARGET), imported.gaps).unexplained == []
    sent = one.writes()
    one.replay(snapshot)
    assert one.writes() == sent
    assert one.emulator.defects == []


def test_number_of_requests(desk: tuple[Bench, Snapshot]) -> None:
    """The storms below reach every request of the import: it has as many as they count."""
    one, snapshot = desk
    line = Line(one.emulator)
    one.replay(snapshot, line=line)
    assert line.sent == REQUESTS


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(1, REQUESTS + 1))
def test_cut_at_every_request(desk: tuple[Bench, Snapshot], number: int, *, after: bool) -> None:
    """A2, C1, C2, C9, C10, I3-I5: cut before a request leaves, or before its answer is seen, and resumed."""
    one, snapshot = desk
    with pytest.raises(Cut):
        one.replay(snapshot, line=Line(one.emulator, cut_at(number, after=after)))
    settled(one, snapshot)


@pytest.mark.parametrize("number", range(3, 23, 4))
def test_cut_again_and_again(desk: tuple[Bench, Snapshot], number: int) -> None:
    """C2: a run that dies every few writes, each time after the service acted, comes to the same end."""
    one, snapshot = desk
    for _ in range(60):
        try:
            one.replay(snapshot, line=Line(one.emulator, cut_at(number, after=True)))
        except Cut:
            continue
        break
    else:
        pytest.fail("the import makes no way")
    settled(one, snapshot)
