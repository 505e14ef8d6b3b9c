"""What a run holds in memory is bounded by its workers, however fast one side and slow the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest

from stackferry.core.rate_limit import UNLIMITED_IN_FLIGHT
from stackferry.drivers.exporter import Exporter
from stackferry.drivers.importer import WINDOW, Importer
from stackferry.drivers.run import Run
from stackferry.io.storage.checkpoint import Checkpoint
from stackferry.io.storage.staging import Staging
from stackferry.model import Budget, Gap, Record, Request, Response, Stream
from stackferry.providers.source import Derived, Fetch, Page, ReadOptions
from stackferry.providers.target import ImportStage, PreparedWrite, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.model import JsonObject

pytestmark = pytest.mark.anyio
MANY = 500
GAP = Gap(kind="invented", uid="*", reason="")


class CountingService:
    """A service that answers at once or late, and counts the jobs taken from the plan and not yet on disk."""

    def __init__(self, *, late: bool) -> None:
        self.late = late
        self.taken = self.done = self.most = 0

    def take(self) -> None:
        self.taken += 1
        self.most = max(self.most, self.taken - self.done)

    def in_flight(self, _: Budget) -> int:
        return UNLIMITED_IN_FLIGHT

    async def call(self, request: Request) -> Response:
        for _ in range(1 + self.taken % 7 if self.late else 1):
            await anyio.lowlevel.checkpoint()
        return Response(200, {}, b'{"row": {"path": "%s"}}' % request.path.encode())

    def answered(self, _: object) -> int:
        return self.taken

    def error(self, request: Request, response: Response) -> Exception:
        raise AssertionError(f"{request.path} was refused with {response.status}")


class Reading(CountingService):
    file_signer = None

    @property
    def stages(self) -> Any:
        return [self.everything]

    def known(self, *_: object) -> Any:
        raise AssertionError("no base was named")

    def derived(self, _: object) -> Derived:
        return Derived()

    def export_plan(self, _: object) -> Any:
        return self

    def everything(self, *_: object) -> Iterator[Fetch]:
        for number in range(MANY):
            self.take()
            request = Request(method="GET", path=f"/{number}")
            yield Fetch(name=str(number), request=request, read=self.read, gap=GAP)

    def read(self, answer: JsonObject) -> Page:
        return Page([(Stream("rows"), Record(str(answer["row"]), answer))], 1)


class Writing(CountingService):
    def import_plan(self, _: object) -> Any:
        return self

    def before_writes(self, _: object) -> Iterator[Write]:
        return iter(())

    def plan(self, _: object) -> Any:
        return [ImportStage("everything", (), self.everything)]

    def everything(self) -> Iterator[Write]:
        for number in range(MANY):
            self.take()
            request = Request(method="PUT", path=f"/{number}")
            yield Write(key=str(number), kind="rows", build=lambda request=request: PreparedWrite(request=request),  # type: ignore[misc]  # bound per row
                        read=lambda _: WriteResult(), failed=GAP)  # fmt: skip


@pytest.mark.parametrize("late", [False, True], ids=["a fast service", "a slow service"])
async def test_an_export_holds_at_most_one_answer_per_worker(tmp_path: Path, late: bool) -> None:
    """F5: a job is taken from the plan when a worker is free, that is when its last answer is on disk."""

    class Disk(Staging):
        def keep(self, job: str, *rest: Any, **more: Any) -> None:
            super().keep(job, *rest, **more)
            reading.done += 1

    reading, staging = Reading(late=late), Disk(tmp_path / "staging.sqlite")
    plan: Any = reading
    blobs: Any = None
    await Exporter(Run(plan, plan, plan), staging, blobs, ReadOptions()).run(downloads=False)
    assert (reading.taken, reading.done, staging.count(Stream("rows"))) == (MANY, MANY, MANY)
    assert reading.most <= UNLIMITED_IN_FLIGHT
    staging.close()


@pytest.mark.parametrize("late", [False, True], ids=["a fast service", "a slow service"])
async def test_an_import_holds_at_most_one_window_of_steps(tmp_path: Path, late: bool) -> None:
    """F5."""

    class Disk(Checkpoint):
        def settle(self, key: str, *rest: Any, **more: Any) -> None:
            super().settle(key, *rest, **more)
            writing.done += 1

    class FakeContext:
        options = type("Options", (), {"as_json": lambda _: {}})()

    writing, checkpoint = Writing(late=late), Disk(tmp_path / "checkpoint.sqlite")
    context: Any = FakeContext()
    plan: Any = writing
    await Importer(Run(plan, plan, plan), checkpoint).run(context)
    assert (writing.taken, writing.done) == (MANY, MANY)
    assert writing.most <= WINDOW + 1  # the one that waits for its place
    checkpoint.close()
