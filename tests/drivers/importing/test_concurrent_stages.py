"""Stages that need each other or go on beside each other: when the importer starts each step."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
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
    ImportContext,
    ImportStage,
    PreparedWrite,
    WaitFor,
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

    def in_flight(self, _: Budget) -> int:
        return 8

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

    parts: Sequence[ImportStage | WaitFor]

    def before_writes(self, _: object) -> Sequence[Write]:
        return ()

    def plan(self, _: object) -> Sequence[ImportStage | WaitFor]:
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


def stage(*steps: Write, after: tuple[str, ...] | None = None, until: tuple[str, ...] = ()) -> ImportStage:
    """A stage with the name of its first step and of the place where it is: `in-a`."""
    return ImportStage(f"in-{steps[0].key}", (), lambda: iter(steps), after, until)


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


def test_a_stage_begins_when_those_that_it_needs_have_ended(tmp_path: Path) -> None:
    """The others go on beside it; one that names none begins at once."""
    slow, quick = stage(write("slow", turns=90), after=()), stage(write("quick", turns=9), after=())
    log = run_stages(tmp_path, slow, quick, stage(write("next"), after=("in-quick",)))
    assert log == ["+slow", "+quick", "-quick", "+next", "-next", "-slow"]


def test_a_stage_that_names_none_needs_all_before_it(tmp_path: Path) -> None:
    stages = [stage(write("a", turns=50), after=()), stage(write("b", turns=9), after=())]
    log = run_stages(tmp_path, *stages, stage(write("next")))
    assert log.index("+next") > max(log.index("-a"), log.index("-b"))


def test_a_stage_that_is_no_part_of_the_import_is_not_waited_for(tmp_path: Path) -> None:
    assert run_stages(tmp_path, stage(write("a"), after=("absent",))) == ["+a", "-a"]


def test_every_stage_of_a_name_is_waited_for(tmp_path: Path) -> None:
    """In a copy each part of the export makes stages of the same names."""
    first, second = (replace(stage(write(key, turns=30), after=()), name="part") for key in ("a", "b"))
    log = run_stages(tmp_path, first, second, stage(write("next"), after=("part",)))
    assert log.index("+next") > max(log.index("-a"), log.index("-b"))


def test_a_step_waits_for_a_step_of_a_stage_that_is_to_come(tmp_path: Path) -> None:
    """It begins when that step has ended, not when all stages have."""
    early = stage(write("after-b", "b"), after=(), until=("in-c",))
    stages = [stage(write("a", turns=9), after=()), stage(write("b", turns=9), after=("in-a",))]
    log = run_stages(tmp_path, early, *stages, stage(write("c", turns=200), after=("in-b",)))
    assert log.index("-b") < log.index("+after-b") < log.index("-c")


def test_a_step_waits_for_a_stage(tmp_path: Path) -> None:
    other = stage(write("a", turns=9), write("b", turns=30), after=())
    log = run_stages(tmp_path, other, stage(write("free"), write("next", "in-a"), after=()))
    assert log.index("+free") < log.index("-a") < log.index("-b") < log.index("+next")


def test_a_step_that_never_comes_holds_others_only_until_the_stages_end(tmp_path: Path) -> None:
    early = stage(write("last", "never"), after=(), until=("in-a", "absent"))
    assert run_stages(tmp_path, early, stage(write("a", turns=9), after=())) == ["+a", "-a", "+last", "-last"]


def test_what_an_earlier_stage_writes_leaves_first(tmp_path: Path) -> None:
    """Though it was ready later: its rank is lower."""
    first = stage(write("a", turns=3), write("b", "a"), after=())
    log = run_stages(tmp_path, first, stage(*(write(f"n{one}", turns=3) for one in range(40)), after=()))
    assert log.index("+b") < log.index("+n20")


def test_a_resumed_run_does_not_wait_for_settled_steps(tmp_path: Path) -> None:
    early = stage(write("b", "a"), after=(), until=("in-a",))
    assert run_stages(tmp_path, early, stage(write("a"), after=())) == ["+a", "-a", "+b", "-b"]
    extended = stage(write("b", "a"), write("d", "a"), after=(), until=("in-a", "in-c"))
    log = run_stages(tmp_path, extended, stage(write("a"), after=()), stage(write("c", turns=9), after=()))
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
