"""An import that is resumed a day later: what it had uploaded is gone, and is uploaded again."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from release_files_space import WANTED, add_release_files, files_in_campaign, fill_release_files
from space_bench import TARGET, make_space_bench
from space_state import differences, state_of
from states_space import fill_states
from workbench import Cut, RecordingTransport

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    from space_bench import SpaceBench

    from stackferry.emulators.contentful import Emulator

DAY = timedelta(hours=24)


class CutBetweenUploads(RecordingTransport):
    """Stops the run at the first request of a sort that finds no upload under way.

    An upload whose answer is cut off is rightly made again, however soon, and how many are under way when something
    else is sent depends on the machine.
    """

    def __init__(self, emulator: Emulator, method: str, end: str, *, done: bool) -> None:
        super().__init__(emulator)
        self._cut = (method, end, done)
        self._uploading = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._cut_at(request, done=False)
        is_upload = request.url.path.endswith("/uploads")
        self._uploading += is_upload
        try:
            answer = await super().handle_async_request(request)
        finally:
            self._uploading -= is_upload
        self._cut_at(request, done=True)
        return answer

    def _cut_at(self, request: httpx.Request, *, done: bool) -> None:
        target = request.url.raw_path.decode()
        is_one = request.method == self._cut[0] and re.search(self._cut[1], target)
        if is_one and done is self._cut[2] and self._uploading == 0:
            raise Cut


def uploaded(bench: SpaceBench) -> dict[str, object]:
    """The bytes of every upload that there was, by its id."""
    return {uid: upload.content for uid, upload in bench.target.uploads.items()}


@pytest.mark.parametrize(
    ("method", "end", "done"),
    [
        ("PUT", "/assets/[^/]+$", False),
        ("PUT", "/assets/[^/]+$", True),
        ("PUT", "/process$", False),
        ("PUT", "/process$", True),
        ("GET", "/assets[?]sys.id(%5B|.)in", False),
    ],
    ids=[
        "uploaded",
        "named by an asset in doubt",
        "named by an asset",
        "being processed",
        "one of two processed",
    ],
)
@pytest.mark.parametrize("hours", [1, 24])
def test_files_are_uploaded_again(root: Path, method: str, end: str, done: bool, hours: int) -> None:
    bench = make_space_bench(root / "bench", fill_states)
    snapshot = bench.export()
    transport = CutBetweenUploads(bench.emulator, method, end, done=done)
    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=transport, now=datetime.now(UTC).timestamp())
    before = uploaded(bench)
    assert before
    bench.export("meanwhile", key=TARGET)  # the service ends what it had begun
    bench.emulator.clock = lambda: datetime.now(UTC) + timedelta(hours=hours)
    result = bench.import_snapshot(snapshot, now=bench.emulator.clock().timestamp())
    assert (result.gaps, result.resumed["made_anew"]) == ([], 0)
    sides = [state_of(space, history=False) for space in (bench.source, bench.target)]
    assert [key for key, *_ in differences(*sides) if key[0] in ("assets", "entries")] == []
    # What had not been uploaded by then is no repetition.
    again = [content for uid, content in uploaded(bench).items() if uid not in before]
    assert bool({*before.values()} & {*again}) is (hours >= 24)


@pytest.mark.parametrize(
    ("end", "done"),
    [
        ("/releases/[^/]+/assets/logo$", False),
        ("/releases/[^/]+/assets/logo$", True),
        ("/releases/[^/]+/assets/picture$", True),
        ("/releases/[^/]+/assets/picture/files/[^/]+/process$", False),
        ("/releases/[^/]+/assets/logo/files/[^/]+/process$", True),
    ],
    ids=["uploaded", "named in doubt", "named by another", "named", "one of two processed"],
)
@pytest.mark.parametrize("hours", [1, 24])
@pytest.mark.parametrize("is_held", [False, True], ids=["a new release", "one that is there"])
def test_files_of_releases_are_uploaded_again(
    root: Path, end: str, done: bool, hours: int, is_held: bool
) -> None:
    bench = make_space_bench(root / "bench", fill_every_kind if is_held else fill_release_files)
    snapshot = bench.export()
    if is_held:
        bench.import_snapshot(snapshot)
        add_release_files(bench.source, bench.source.master)
        snapshot = bench.export("later")
    options: dict[str, Any] = {"on_conflict": "update"} if is_held else {}
    transport = CutBetweenUploads(bench.emulator, "PUT", end, done=done)
    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=transport, now=datetime.now(UTC).timestamp(), **options)
    bench.export("meanwhile", key=TARGET)  # the service ends what it had begun
    bench.emulator.clock = lambda: datetime.now(UTC) + timedelta(hours=hours)
    result = bench.import_snapshot(snapshot, now=bench.emulator.clock().timestamp(), **options)
    assert [gap for gap in result.gaps if gap["kind"] in ("releases", "assets", "files")] == []
    assert result.resumed["made_anew"] == 0
    assert files_in_campaign(bench.target) == WANTED
