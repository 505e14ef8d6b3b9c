"""Workers share commits to disk, and none continues before its commit is done."""

from __future__ import annotations

import anyio
import pytest
from anyio.lowlevel import checkpoint

from stackferry.drivers.concurrency import COMMIT_TURNS, GroupCommit


class Disk:
    """Counts rows that are written and rows that are durable. `broken` commits, counted from 1, fail."""

    def __init__(self, *broken: int) -> None:
        self.written = self.durable = self.commits = 0
        self.broken = broken

    def commit(self) -> None:
        self.commits += 1
        if self.commits in self.broken:
            self.written = self.durable
            raise OSError("no space left")
        self.durable = self.written


async def send(disk: Disk, commits: GroupCommit, sent: list[int], after: int = 0) -> None:
    """Write a row after some turns of the event loop, and send it once it is durable."""
    for _ in range(after):
        await checkpoint()
    disk.written += 1
    mine = disk.written
    await commits.made()
    assert disk.durable >= mine
    sent.append(mine)


def test_workers_that_wait_together_share_one_commit() -> None:
    """Eight workers cost one commit, a later one costs another."""
    disk, sent = Disk(), list[int]()

    async def run() -> None:
        commits = GroupCommit(disk.commit)
        async with anyio.create_task_group() as group:
            for number in range(8):
                group.start_soon(send, disk, commits, sent, number % 3)
        await send(disk, commits, sent)

    anyio.run(run)
    assert len(sent) == 9
    assert disk.commits == 2


def test_every_worker_that_waits_for_a_failed_commit_gets_its_error() -> None:
    """I4: though a later commit succeeds."""
    disk, sent = Disk(1), list[int]()
    failed: list[str] = []

    async def attempt(commits: GroupCommit, after: int) -> None:
        try:
            await send(disk, commits, sent, after)
        except OSError as error:
            failed.append(str(error))

    async def run() -> None:
        commits = GroupCommit(disk.commit)
        async with anyio.create_task_group() as group:
            for number in range(4):
                group.start_soon(attempt, commits, number)
        await send(disk, commits, sent)

    anyio.run(run)
    assert failed == ["no space left"] * 4
    assert len(sent) == 1


def test_another_worker_commits_if_the_first_is_cancelled() -> None:
    disk, sent = Disk(), list[int]()

    async def run() -> None:
        commits = GroupCommit(disk.commit)
        async with anyio.create_task_group() as group:
            scope = anyio.CancelScope()

            async def first() -> None:
                with scope:
                    await send(disk, commits, sent)

            group.start_soon(first)
            for number in range(3):
                group.start_soon(send, disk, commits, sent, number + 1)
            for _ in range(COMMIT_TURNS // 2):
                await checkpoint()
            scope.cancel()

    anyio.run(run)
    assert sorted(sent) == [2, 3, 4]
    assert disk.durable == 4


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_group_commit_runs_on_both_event_loops(backend: str) -> None:
    disk, sent = Disk(), list[int]()
    anyio.run(send, disk, GroupCommit(disk.commit), sent, backend=backend)
    assert (sent, disk.commits) == ([1], 1)
