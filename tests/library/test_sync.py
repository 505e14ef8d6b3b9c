"""`stackferry.sync`: a twin of each async function, in any thread, never within a running loop."""

from __future__ import annotations

import inspect
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import anyio
import pytest
from command_line import SOURCE, TARGET, TOKEN

import stackferry
from stackferry import Speed, sync
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from command_line import CommandLine

FAST = Speed(rate=0, bulk_rate=0)


def test_there_is_a_twin_of_each_async_function() -> None:
    """With the same arguments, and what it gives when it is awaited."""
    functions = {name: getattr(stackferry, name) for name in stackferry.__all__}
    twins = {name for name, one in functions.items() if inspect.iscoroutinefunction(one)}
    assert twins == {*sync.__all__}
    for name in twins:
        twin = getattr(sync, name)
        assert inspect.signature(twin) == inspect.signature(functions[name])
        assert not inspect.iscoroutinefunction(twin)


def test_a_twin_does_what_the_function_does(emulated: CommandLine) -> None:
    report = sync.export(emulated.place(SOURCE), emulated.home / "a", token=TOKEN, speed=FAST)
    assert report.objects["documents"] == 6
    arrived = sync.import_(
        report.snapshot, emulated.place(TARGET), token=TOKEN, speed=FAST, state=emulated.home / "state"
    )
    assert arrived.is_complete


def test_threads_do_not_disturb_each_other(emulated: CommandLine) -> None:
    def export(number: int) -> stackferry.ExportReport:
        return sync.export(emulated.place(SOURCE), emulated.home / str(number), token=TOKEN, speed=FAST)

    with ThreadPoolExecutor(3) as pool:
        reports = [*pool.map(export, range(3))]
    assert len({report.snapshot.files.digest("manifest.json") for report in reports}) == 1


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_within_a_running_loop_it_is_refused(backend: str, emulated: CommandLine) -> None:
    async def main() -> None:
        with pytest.raises(UsageError, match=r"await stackferry\.export there, or call this one in a thread"):
            sync.export(emulated.place(SOURCE), emulated.home / "a", token=TOKEN, speed=FAST)
        report = await anyio.to_thread.run_sync(
            lambda: sync.export(emulated.place(SOURCE), emulated.home / "b", token=TOKEN, speed=FAST)
        )
        assert report.is_complete

    anyio.run(main, backend=backend)
    assert not (emulated.home / "a").exists()
