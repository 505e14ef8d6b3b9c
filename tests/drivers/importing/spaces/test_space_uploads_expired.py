"""An import that is resumed a day later: what it had uploaded is gone, and is uploaded again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from space_bench import TARGET, make_space_bench
from space_state import differences, state_of
from states_space import fill_states
from workbench import Cut, RecordingTransport, memory_directory

from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx

    Hook = Callable[[RecordingTransport, httpx.Request, bool], None]

DAY = timedelta(hours=24)


@pytest.fixture
def root() -> Iterator[Path]:
    with memory_directory() as path:
        yield path


def cut_at(number: int, method: str, end: str, *, done: bool) -> Hook:
    """A hook that stops the run at this request of those whose path ends so, each path counted once."""
    seen = set[str]()

    def hook(_: RecordingTransport, request: httpx.Request, is_answered: bool) -> None:
        path = request.url.path
        if request.method == method and re.search(end, path) and is_answered is done:
            seen.add(path)
            if len(seen) >= number:
                raise Cut

    return hook


@pytest.mark.parametrize(
    ("method", "end", "done"),
    [("PUT", "/assets/[^/]+$", False), ("PUT", "/process$", False), ("PUT", "/process$", True)],
    ids=["uploaded", "named by an asset", "being processed"],
)
@pytest.mark.parametrize("hours", [1, 24])
def test_files_are_uploaded_again(root: Path, method: str, end: str, done: bool, hours: int) -> None:
    bench = make_space_bench(root / "bench", fill_states)
    snapshot = bench.export()
    # At the last asset every upload is known: one whose answer is cut off is made again, however soon. Files are
    # processed while others are still uploaded, so there that may still happen.
    number = sum(1 for _ in snapshot.objects(Stream("assets"))) if "process" not in end else 1
    transport = RecordingTransport(bench.emulator, cut_at(number, method, end, done=done))
    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=transport, now=datetime.now(UTC).timestamp())
    uploads = len([one for one in bench.emulator.log if one.path.endswith("/uploads")])
    assert uploads
    bench.export("meanwhile", key=TARGET)  # the service ends what it had begun
    bench.emulator.clock = lambda: datetime.now(UTC) + timedelta(hours=hours)
    result = bench.import_snapshot(snapshot, now=bench.emulator.clock().timestamp())
    assert (result.gaps, result.resumed["made_anew"]) == ([], 0)
    sides = [state_of(space, history=False) for space in (bench.source, bench.target)]
    assert [key for key, *_ in differences(*sides) if key[0] in ("assets", "entries")] == []
    again = len([one for one in bench.emulator.log if one.path.endswith("/uploads")]) - uploads
    assert (again > 0) is (hours >= 24)
