"""When a request counts as sent: with its last byte, so that no service can count eleven in a second."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest
from loopback import answer, sends, serving

from declared_rates import separate_rates
from stackferry.core.answer_rules import AnswerRules
from stackferry.core.rate_limit import MAX_MARGIN, Departure, Pacer
from stackferry.io.clock import SystemClock
from stackferry.io.http.connections import open_pool
from stackferry.io.http.session import ExchangeLimits, open_session
from stackferry.io.http.transport import Sender
from stackferry.model import Budget, FormPart, Request
from virtual_clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

UPLOAD = Request(
    method="POST",
    path="/v3/assets",
    parts=(FormPart("asset[upload]", b"bytes", "a.txt"), FormPart("asset[title]", b"A")),
    budget=Budget.WRITE,
    repeatable=False,
)


@dataclass
class Slow(httpx.AsyncBaseTransport):
    """A transport over which bodies take their time, as while other tasks are at work; it traces as httpcore does."""

    clock: VirtualClock
    delay: Callable[[], float]
    begun: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        trace = request.extensions["trace"]
        await trace("http11.send_request_headers.started", {})
        self.begun.append(self.clock.monotonic())
        await self.clock.sleep(self.delay())
        await request.aread()
        await trace("http11.send_request_body.complete", {})
        self.whole.append(self.clock.monotonic())
        await self.clock.sleep(0.1)
        return httpx.Response(200, json={})


def shortest(times: list[float]) -> float:
    """The shortest time between a request and the tenth after it."""
    ordered = sorted(times)
    return min(late - early for early, late in zip(ordered, ordered[10:], strict=False))


async def sent(wire: Slow, number: int) -> float:
    """How long so many uploads from eight tasks take."""
    clock, left = wire.clock, iter(range(number))
    async with (
        clock.running(),
        open_session(
            "https://invented.example", {}, transport=wire, clock=clock, rates=separate_rates()
        ) as one,
    ):

        async def work() -> None:
            for _ in left:
                assert (await one.call(UPLOAD)).ok

        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(work)
    return clock.monotonic()


@pytest.mark.parametrize("seed", range(4))
async def test_a_strict_service_refuses_no_slow_upload(seed: int) -> None:
    """F1: counted when they begin or when they are complete, never eleven in a second."""
    chance, clock = random.Random(seed), VirtualClock()
    wire = Slow(clock, lambda: chance.choice([0.0, 0.0, 0.0, 0.01, 0.05, 0.2]))
    took = await sent(wire, 250)
    assert shortest(wire.begun) >= 1
    assert shortest(wire.whole) >= 1
    assert took <= 1.1 * 25


async def test_quick_uploads_lose_two_percent() -> None:
    """F1: if bodies take no time, only the margin is lost."""
    wire = Slow(VirtualClock(), lambda: 0.0)
    assert await sent(wire, 250) <= 1.025 * 25


class RecordingDeparture(Departure):
    """Records the calls."""

    def __init__(self) -> None:
        super().__init__(Budget.WRITE, 0.0)
        self.calls: list[str] = []

    def hold(self) -> None:
        self.calls.append("hold")
        super().hold()

    def mark_sent(self, now: float) -> None:
        self.calls.append("left")
        super().mark_sent(now)

    def answer_began(self, now: float) -> None:
        self.calls.append("answer_began")
        super().answer_began(now)


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_real_connection_reports_when_all_is_sent(method: str) -> None:
    """F1: held while it connects and while it is sent, until its last byte; counted when the answer begins."""
    request = UPLOAD if method == "POST" else Request(method="GET", path="/v3/assets")
    departure = RecordingDeparture()
    async with (
        serving([sends(answer())]) as server,
        open_pool(1, None) as pool,
    ):
        clock, limits, rules = SystemClock(), ExchangeLimits(), AnswerRules()
        sender = Sender({"": server.origin}, {}, pool=pool, clock=clock, limits=limits, rules=rules)
        assert (await sender.send(request, departure)).ok
    assert departure.calls == ["hold", "left", "hold", "left", "answer_began"]
    assert not departure.held


def test_refusals_within_the_rate_widen_the_margin() -> None:
    """F1: a service to which distances shrink by 40 ms on the way refuses a few times, and then no more."""
    pacer, now, chance = Pacer(separate_rates()), 0.0, random.Random(3)
    arrived: list[float] = []
    refusals: list[float] = []
    for _ in range(600):
        while (wait := pacer.wait(Budget.WRITE, now)) > 0:
            now += wait
        departure = pacer.leave(Budget.WRITE, now)
        arrival = now + chance.choice([0.0, 0.0, 0.04])
        in_window = [one for one in arrived if arrival - 1 < one <= arrival]
        status = 429 if len(in_window) >= 10 else 200
        (arrived if status == 200 else refusals).append(arrival)
        pacer.learn(departure, status, {}, now=now + 0.1, now_wall=0.0)
        now += 0.02
    assert 1 <= len(refusals) <= 4
    assert refusals[-1] < 30
    assert now <= 60 * (1 + MAX_MARGIN) + 10
