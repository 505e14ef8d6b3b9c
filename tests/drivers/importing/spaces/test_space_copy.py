"""A copy into an empty space writes while files are still being read, and each file goes on when it has arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest
from small_space import asset, content_type, entry, store_file
from space_bench import make_space_bench
from space_state import differences, state_of
from states_space import fill_states
from workbench import Cut, RecordingTransport, cut_at

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from stackferry.emulators.contentful import Environment, Space


def fill(space: Space, environment: Environment) -> None:
    environment.put_content_type(content_type("page"))
    environment.put_entry(entry("one", {"title": "one"}, 2, 1))
    for name in ("fast", "slow"):
        path = store_file(space, f"/{space.id}/{name}/token/{name}.png", name.encode())
        environment.put_asset(asset(name, {"en-US": path}, size=4))


class Slow(RecordingTransport):
    """Gives the slow file only when the target has got what is to be there before; or after a while, if never."""

    target: RecordingTransport
    waited_for: tuple[str, ...]
    is_overlapped = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/slow.png"):
            for _ in range(2_000):
                sent = [one.partition("/environments/master")[2] or one for one in self.target.log]
                if all(any(want in one for one in sent) for want in self.waited_for):
                    self.is_overlapped = True
                    break
                await anyio.sleep(0.001)
        return await super().handle_async_request(request)


@pytest.mark.parametrize(
    "waited_for", [("/entries/one",), ("/uploads", "/assets/fast")], ids=["entries", "another file"]
)
def test_files_do_not_hold_up_the_rest(root: Path, waited_for: tuple[str, ...]) -> None:
    bench = make_space_bench(root / "bench", fill)
    target = RecordingTransport(bench.emulator)
    source = Slow(bench.emulator)
    source.target, source.waited_for = target, waited_for
    _, done = bench.copy(transports=(source, target))
    assert source.is_overlapped
    assert done.gaps == []
    wanted, found = (state_of(space, history=False) for space in (bench.source, bench.target))
    assert [key for key, *_ in differences(wanted, found) if key[0] in ("assets", "entries")] == []


@pytest.mark.parametrize("number", [2, 9, 16])
def test_a_copy_that_is_killed_goes_on(root: Path, number: int) -> None:
    bench = make_space_bench(root / "bench", fill_states)
    cut = RecordingTransport(bench.emulator, cut_at(number, after=number % 2 == 0, only="write"))
    with pytest.raises(Cut):
        bench.copy(transports=(None, cut))
    snapshot, done = bench.copy()
    assert done.gaps == []
    assert bench.verify(snapshot, None).differences == []
    bench.emulator.log.clear()
    bench.copy("copied again")
    assert bench.writes() == 0


def test_a_file_that_never_comes_is_a_gap(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill)
    files: Any = bench.source.files
    next(one for path, one in files.items() if path.endswith("slow.png")).content = None
    _, done = bench.copy()
    assert {(gap["kind"], gap["uid"]) for gap in done.gaps} >= {("assets", "slow")}
    assert bench.target.master.assets["fast"].state == "published"
