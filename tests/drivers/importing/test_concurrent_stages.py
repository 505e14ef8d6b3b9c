"""Two sequences of stages at the same time: when the importer starts each step."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from stackferry.drivers.importer import Importer
from stackferry.drivers.run import Run
from stackferry.io.storage.checkpoint import Checkpoint
from stackferry.io.storage.sqlite import TempTables
from stackferry.io.storage.staging import Staging
from stackferry.model import Budget, Gap, Request, Response
from stackferry.providers.target import (
    Concurrent,
    ImportContext,
    ImportStage,
    PreparedWrite,
    Write,
    WriteOptions,
    WriteResult,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from stackferry.io.http.transport import ResponseStream


@dataclass
class Service:
    """Answers every request and logs its start ("+name") and end ("-name").

    The path, "/name/turns", gives the number of turns of the event loop until the answer.
    """

    log: list[str] = field(default_factory=list)

    async def call(self, request: Request) -> Response:
        name, _, turns = request.path.strip("/").partition("/")
        self.log.append(f"+{name}")
        for _ in range(int(turns or 0)):
            await anyio.lowlevel.checkpoint()
        self.log.append(f"-{name}")
        return Response(200, {}, b"{}")

    def stream(self, request: Request) -> AbstractAsyncContextManager[ResponseStream]:
        raise AssertionError(f"nothing is fetched here, not even {request.path}")


@dataclass
class Plan:
    """A plan of the given stages."""

    def import_plan(self, _: object) -> Any:
        return self

    parts: Sequence[ImportStage | Concurrent]

    def plan(self, _: object) -> Sequence[ImportStage | Concurrent]:
        return self.parts

    def error(self, *_: object) -> Exception:
        return AssertionError("nothing is refused here")


def write(name: str, *after: str, turns: int = 0, budget: Budget = Budget.WRITE) -> Write:
    request = Request(method="POST", path=f"/{name}/{turns}", budget=budget)
    return Write(
        key=name,
        kind="things",
        build=lambda: PreparedWrite(request=request),
        read=lambda _: WriteResult(),
        failed=Gap(kind="things", uid=name, reason="refused"),
        after=after,
        budget=budget,
    )


def stage(*steps: Write) -> ImportStage:
    return ImportStage(steps[0].key, (), lambda: iter(steps))


def run_stages(root: Path, *parts: Any) -> list[str]:
    """The starts and ends of all steps, in order; the checkpoint is below `root`."""
    service = Service()
    with (
        closing(Checkpoint(root / "checkpoint.sqlite")) as checkpoint,
        closing(Staging(root / "staging.sqlite")) as staging,
        closing(TempTables()) as scratch,
    ):
        context = ImportContext(
            source=staging,
            target=staging,
            identity=checkpoint,
            options=WriteOptions(),
            bytes_of=root.joinpath,
            scratch=scratch,
        )
        plan: Any = Plan(parts)
        session: Any = service
        anyio.run(Importer(Run(plan, session, plan), checkpoint).run, context)
    return service.log


def test_a_secondary_step_waits_for_a_step_of_a_later_primary_stage(tmp_path: Path) -> None:
    """It begins when that step has ended, not when all primary stages have."""
    primary = [stage(write("a", turns=9)), stage(write("b", turns=9)), stage(write("c", turns=200))]
    log = run_stages(tmp_path, Concurrent(primary, [stage(write("after-b", "b"))]))
    assert log.index("-b") < log.index("+after-b") < log.index("-c")


def test_a_secondary_step_without_dependencies_starts_at_once(tmp_path: Path) -> None:
    primary = [stage(write("a", turns=20)), stage(write("b"))]
    log = run_stages(tmp_path, Concurrent(primary, [stage(write("free"))]))
    assert log.index("+free") < log.index("+b")


def test_a_dependency_that_never_comes_holds_only_until_the_primary_stages_end(tmp_path: Path) -> None:
    log = run_stages(tmp_path, Concurrent([stage(write("a", turns=9))], [stage(write("last", "never"))]))
    assert log == ["+a", "-a", "+last", "-last"]


def test_the_next_stage_waits_for_primary_and_secondary_stages(tmp_path: Path) -> None:
    concurrent = Concurrent([stage(write("a"))], [stage(write("slow", turns=50))])
    log = run_stages(tmp_path, concurrent, stage(write("next")))
    assert log.index("-slow") < log.index("+next")


def test_a_resumed_run_does_not_wait_for_settled_steps(tmp_path: Path) -> None:
    """In the primary as in the secondary stages."""
    concurrent = Concurrent([stage(write("a"))], [stage(write("b", "a"))])
    assert run_stages(tmp_path, concurrent) == ["+a", "-a", "+b", "-b"]
    extended = Concurrent(
        [stage(write("a")), stage(write("c", turns=9))], [stage(write("b", "a"), write("d", "a"))]
    )
    log = run_stages(tmp_path, extended)
    assert "+a" not in log
    assert "+b" not in log
    assert log.index("+d") < log.index("-c")


@pytest.mark.parametrize("many", [20])
def test_waiting_bulk_calls_do_not_delay_a_write_of_the_same_stage(tmp_path: Path, many: int) -> None:
    slow = [write(f"bulk{number}", turns=500, budget=Budget.BULK) for number in range(many)]
    log = run_stages(tmp_path, stage(*slow, write("quick")))
    assert log.index("-quick") < log.index("-bulk0")


def test_a_step_that_waited_goes_before_later_steps_of_the_plan(tmp_path: Path) -> None:
    many = [write(f"n{number}", turns=3) for number in range(40)]
    log = run_stages(tmp_path, stage(write("first", turns=3), write("second", "first"), *many))
    assert log.index("+second") < log.index("+n20")
