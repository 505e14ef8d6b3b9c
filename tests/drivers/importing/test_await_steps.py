"""How long an import waits for work that the service does in the background."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from workbench import run_async

from stackferry import exact_json
from stackferry.core.rate_limit import UNLIMITED_IN_FLIGHT
from stackferry.drivers.importer import AWAIT_WAITS, Importer
from stackferry.drivers.run import Run
from stackferry.io.storage.checkpoint import Checkpoint
from stackferry.io.storage.sqlite import TempTables
from stackferry.io.storage.staging import Staging
from stackferry.model import Budget, Gap, JsonObject, Place, Request, Response
from stackferry.providers.target import Await, ImportContext, ImportStage, Observation, Write, WriteOptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from stackferry.io.http.transport import ResponseStream

NOWHERE = Place(system="none", key="", host="", name="")
POLL = Request(method="GET", path="/jobs", budget=Budget.READ)


@dataclass
class UnsteadyBacklog:
    """A service whose number of things left goes up and down for ever."""

    polls: int = 0
    waits: list[float] = field(default_factory=list)

    def in_flight(self, _: Budget) -> int:
        return UNLIMITED_IN_FLIGHT

    async def call(self, request: Request) -> Response:
        assert request is POLL
        self.polls += 1
        return Response(status=200, headers={}, content=exact_json.dumps({"left": 2 + self.polls % 2}))

    def stream(self, request: Request) -> AbstractAsyncContextManager[ResponseStream]:
        raise AssertionError(f"nothing is downloaded here, not even {request.path}")

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        assert len(self.waits) < 100, "it waits for ever"


@dataclass
class Backlog:
    """A service that finishes one thing every `polls_each` requests, until `stalls_at` are left."""

    things: int
    polls_each: int
    stalls_at: int = 0
    polls: int = 0
    waits: list[float] = field(default_factory=list)

    def in_flight(self, _: Budget) -> int:
        return UNLIMITED_IN_FLIGHT

    async def call(self, request: Request) -> Response:
        assert request is POLL
        self.polls += 1
        left = max(self.things - self.polls // self.polls_each, self.stalls_at)
        return Response(status=200, headers={}, content=exact_json.dumps({"left": left}))

    def stream(self, request: Request) -> AbstractAsyncContextManager[ResponseStream]:
        raise AssertionError(f"nothing is downloaded here, not even {request.path}")

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


class AwaitPlan:
    """A plan with one step, which awaits the service."""

    def import_plan(self, _: object) -> Any:
        return self

    def before_writes(self, _: object) -> Sequence[Write]:
        return ()

    def plan(self, context: ImportContext) -> Sequence[ImportStage]:
        del context
        return [ImportStage("wait", (), lambda: iter([self.step()]))]

    def step(self) -> Await:
        def observe(answer: JsonObject) -> Observation:
            left = answer["left"]
            assert isinstance(left, int)
            return Observation(pending=[("missing", str(number), "1") for number in range(left)])

        def gaps(facts: Sequence[tuple[str, str, str]]) -> list[Gap]:
            return [Gap(kind="things", uid=uid, reason="not done") for _, uid, _ in facts]

        return Await(key="wait", kind="things", request=POLL, observe=observe, gaps=gaps)

    def error(self, request: Request, response: Response) -> Exception:
        raise AssertionError(f"{request.path}: {response.status}")


@pytest.mark.parametrize(("things", "polls_each"), [(1, 1), (30, 2), (3, len(AWAIT_WAITS))])
def test_a_shrinking_backlog_is_awaited_to_its_end(tmp_path: Path, things: int, polls_each: int) -> None:
    """C6: however long it is."""
    backlog = Backlog(things, polls_each)
    assert recorded_gaps(tmp_path, backlog) == []
    assert backlog.polls == things * polls_each


def test_a_backlog_that_stops_shrinking_ends_the_wait(tmp_path: Path) -> None:
    """C6: each thing that is left is a gap."""
    backlog = Backlog(5, 1, stalls_at=2)
    assert [gap["uid"] for gap in recorded_gaps(tmp_path, backlog)] == ["0", "1"]
    assert backlog.waits[-len(AWAIT_WAITS) :] == [*AWAIT_WAITS]


def test_an_unsteady_backlog_does_not_wait_for_ever(tmp_path: Path) -> None:
    """Only fewer than ever before counts as progress."""
    backlog = UnsteadyBacklog()
    assert recorded_gaps(tmp_path, backlog) != []
    assert len(backlog.waits) <= 2 * len(AWAIT_WAITS)


def recorded_gaps(tmp_path: Path, backlog: Backlog | UnsteadyBacklog) -> list[JsonObject]:
    """The gaps that are recorded in the end."""
    checkpoint = Checkpoint(tmp_path / "checkpoint.sqlite")
    waiting: Any = AwaitPlan()
    session: Any = backlog
    importer = Importer(Run(waiting, session, NOWHERE, sleep=backlog.sleep), checkpoint)
    empty, scratch = Staging(tmp_path / "empty.sqlite"), TempTables()
    plan = ImportContext(
        source=empty,
        target=empty,
        identity=checkpoint,
        options=WriteOptions(),
        bytes_of=tmp_path.joinpath,
        scratch=scratch,
    )
    try:
        run_async(lambda: importer.run(plan))
        return checkpoint.gaps()
    finally:
        scratch.close()
        empty.close()
        checkpoint.close()
