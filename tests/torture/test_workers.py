"""Workers that fail, are cancelled, or run on another event loop."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from small_stack import fill_small
from workbench import (
    SOURCE,
    SYSTEM,
    TOKEN,
    UNLIMITED,
    InstantClock,
    RecordingTransport,
    Workbench,
    file_digests,
    make_workbench,
    memory_directory,
)

from stackferry.drivers.concurrency import WorkerPool
from stackferry.drivers.export_run import export
from stackferry.drivers.run import Run
from stackferry.errors import ServiceError
from stackferry.io.http.session import open_session
from stackferry.model import Secret
from stackferry.providers.contentstack.connection import headers
from stackferry.providers.source import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


async def exported(workbench: Workbench, name: str, transport: RecordingTransport) -> None:
    place = workbench.place(SOURCE)
    credential = headers(place, ("token", Secret(TOKEN)))
    async with open_session(
        workbench.origin, credential, rates=UNLIMITED, transport=transport, clock=InstantClock()
    ) as session:
        await export(Run(SYSTEM, session, place), workbench.root / name, ReadOptions(versions="all"))


@pytest.mark.parametrize("failing", [{5}, {5, 6}, set(range(5, 13))], ids=len)
def test_a_failing_worker_ends_the_others(failing: set[int]) -> None:
    """F3: one error or several are raised as one group; no job is begun after the first error."""
    begun: list[int] = []

    async def work(job: int) -> None:
        begun.append(job)
        await anyio.lowlevel.checkpoint()
        if job in failing:
            raise ServiceError(f"job {job}")

    jobs = WorkerPool(range(100))

    async def run() -> None:
        await jobs.run(work, lambda: 8)

    with pytest.raises(ExceptionGroup) as raised:
        anyio.run(run)
    assert raised.group_contains(ServiceError)
    assert max(begun) <= max(failing) + 16


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_both_event_loops_make_the_same_snapshot(workbench: Workbench, backend: str) -> None:
    """F4, I6."""
    expected = file_digests(workbench.export("undisturbed", versions="all").root)
    anyio.run(exported, workbench, backend, RecordingTransport(workbench.emulator), backend=backend)
    assert file_digests(workbench.root / backend) == expected


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_export_cancelled_at_any_request_resumes_to_the_same_bytes(
    workbench: Workbench, backend: str
) -> None:
    """F2: no file stays open, and no partial file is left."""
    expected = file_digests(workbench.export("undisturbed", versions="all").root)
    for number in range(1, 26, 3):
        before = descriptors()
        anyio.run(cancelled, workbench, f"cut{number}", number, backend=backend)
        assert descriptors() == before
        assert not list(workbench.root.rglob("*.partial"))
        assert not list(workbench.root.rglob("download.*"))
        assert file_digests(workbench.export(f"cut{number}", versions="all").root) == expected


async def cancelled(workbench: Workbench, name: str, number: int) -> None:
    with anyio.CancelScope() as scope:

        def hook(transport: RecordingTransport, request: httpx.Request, done: bool) -> None:
            del request, done
            if transport.sent == number:
                scope.cancel()

        await exported(workbench, name, RecordingTransport(workbench.emulator, hook))
    assert scope.cancelled_caught


def descriptors() -> Any:
    """The number of open files of this process."""
    return len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else None  # noqa: PTH208 - only the number
