"""An import that stops while it reads back what was published, and is resumed: each publication is still looked for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

from many_cells_stack import fill_many_cells
from workbench import Cut, RecordingTransport, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    import httpx
    from workbench import Workbench

# The first read is about a hundred entries, the second about the others. Of each some are never live.
ENTRIES = 104
NEVER_LIVE = {f"bltcell000{number:06}" for number in (0, 1, 100, 101)}


class Reads:
    """Takes down what is never live, and notes which hundred each read is about; stops at the read number `stop`."""

    def __init__(self, bench: Workbench, stop: int = 0) -> None:
        self._entries = bench.target.main.entries
        self._stop = stop
        self.log: list[str] = []

    def __call__(self, transport: RecordingTransport, request: httpx.Request, done: bool) -> None:
        del transport
        for uid in NEVER_LIVE & self._entries.get("kind_0", {}).keys():
            self._entries["kind_0"][uid].live.clear()
        address = unquote(str(request.url))
        if not done and '"$in"' in address:
            self.log.append("first" if "bltcell000000000" in address else "second")
            if len(self.log) == self._stop:
                raise Cut
        if not done and request.method == "POST" and address.endswith("/publish") and "/bulk/" not in address:
            self.log.append("singly")


def imported(*stops: int) -> tuple[set[object], list[str]]:
    """The uids of the gaps of an import that stops at these reads, each in its turn, and the last run's reads."""
    with memory_directory() as root:
        bench = make_workbench(root, partial(fill_many_cells, types=1, languages=1, entries_each=ENTRIES))
        bench.emulator.switches = Switches(import_keeps_uid=True)
        snapshot = bench.export()
        for stop in stops:
            try:
                bench.import_snapshot(
                    snapshot, transport=RecordingTransport(bench.emulator, Reads(bench, stop))
                )
            except Cut:
                continue
        reads = Reads(bench)
        result = bench.import_snapshot(snapshot, transport=RecordingTransport(bench.emulator, reads))
        return {gap.get("uid") for gap in result.gaps}, reads.log


def test_what_is_not_live_is_a_gap_wherever_the_import_stops() -> None:
    """The first hundred are settled, the others are not: what was missing of the first must not hide any of these."""
    gaps, log = imported()
    assert gaps == NEVER_LIVE
    last = log.index("singly")
    stops = [place + 1 for place in range(last - 4, last) if log[place] == "second"][:2]
    assert stops
    assert [imported(stop)[0] for stop in stops] == [gaps] * len(stops)
