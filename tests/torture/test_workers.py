"""Workers that fail together, are cancelled anywhere, or run on another event loop."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from small_stack import fill_small
from workbench import SOURCE, SYSTEM, TOKEN, UNLIMITED, Bench, Impatient, Record, bench, memory, tree

from stackferry.drivers.export_run import export
from stackferry.drivers.run import Run
from stackferry.drivers.worker_pool import WorkerPool
from stackferry.errors import ServiceError
from stackferry.io.http.session import open_session
from stackferry.model import Secret
from stackferry.providers.contentstack.connection import headers
from stackferry.providers.source import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


@pytest.fixture
def one() -> Iterator[Bench]:
    with memory() as root:
        yield bench(root, fill_small)


async def exported(one: Bench, name: str, line: Record) -> None:
    place = one.place(SOURCE)
    credential = headers(place, ("token", Secret(TOKEN)))
    async with open_session(
        one.origin, credential, rates=UNLIMITED, transport=line, clock=Impatient()
    ) as session:
        await export(Run(SYSTEM, session, place), one.root / name, ReadOptions(versions="all"))


@pytest.mark.parametrize("failing", [{5}, {5, 6}, set(range(5, 13))], ids=len)
def test_workers_that_fail_end_the_others(failing: set[int]) -> None:
    """F3: one error or several come out as one group; no job is begun after the first."""
    begun: list[int] = []

    async def work(job: int) -> None:
        begun.append(job)
        await anyio.lowlevel.checkpoint()
        if job in failing:
            raise ServiceError(f"job {job}")

    jobs = WorkerPool(range(100))

    async def run() -> None:
        await jobs.run(work)

    with pytest.raises(ExceptionGroup) as raised:
        anyio.run(run)
    assert raised.group_contains(ServiceError)
    assert max(begun) <= max(failing) + 16


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_both_event_loops_bring_the_same_bytes(one: Bench, backend: str) -> None:
    """F4, I6: the snapshot does not show which event loop it was made on."""
    expected = tree(one.export("quiet", versions="all").root)
    anyio.run(exported, one, backend, Record(one.emulator), backend=backend)
    assert tree(one.root / backend) == expected


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_export_that_is_cancelled_at_any_request(one: Bench, backend: str) -> None:
    """F2: nothing stays open and no partial file stays behind; the next run completes the same bytes."""
    expected = tree(one.export("quiet", versions="all").root)
    for number in range(1, 26, 3):
        before = descriptors()
        anyio.run(cancelled, one, f"cut{number}", number, backend=backend)
        assert descriptors() == before
        assert not list(one.root.rglob("*.partial"))
        assert not list(one.root.rglob("download.*"))
        assert tree(one.export(f"cut{number}", versions="all").root) == expected


async def cancelled(one: Bench, name: str, number: int) -> None:
    with anyio.CancelScope() as scope:

        def hook(line: Record, request: httpx.Request, done: bool) -> None:
            del request, done
            if line.sent == number:
                scope.cancel()

        await exported(one, name, Record(one.emulator, hook))
    assert scope.cancelled_caught


def descriptors() -> Any:
    """What this process has open."""
    return len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else None  # noqa: PTH208 - only the number
