"""The way to a service: `open_session`, then `Session.call`, `Session.download` and `Session.stream`.

A call is a stack of decorators around one attempt: retried(paced(counted(logged(send)))). Each does one
thing. The HTTP library is imported when a session opens, not before.
This module must never know a vendor, and never log a credential.
"""

from __future__ import annotations

import logging
import random
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

import anyio

from stackferry.core.rate_limit import Departure, Pacer, Rates
from stackferry.core.retry import Breaker, Fault, GiveUp, Lost, Outcome, Retry, RetryPolicy, outcome_of
from stackferry.errors import AnswerLost, BadAnswer, Unreachable, UsageError
from stackferry.io import redaction
from stackferry.io.clock import Clock, SystemClock
from stackferry.io.http.limits import Limits
from stackferry.io.recursion_limit import make_room
from stackferry.model import Budget, Request, Response, Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    import httpx

    from stackferry.io.http.transport import ResponseStream, Wire

log = logging.getLogger("stackferry.http")

WORKERS = 8  # more connections make the library slower (measured), and the rate is the limit anyway


class Answer(Protocol):
    """What the decorators need to know of a `Response` or a `ResponseStream`."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


A = TypeVar("A", bound=Answer)
Attempt: TypeAlias = "Callable[[Request, Departure], Awaitable[A]]"
Ask: TypeAlias = "Callable[[Request], Awaitable[A]]"
Call: TypeAlias = "Callable[[Request], Awaitable[Response]]"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Downloaded(Generic[T]):
    """How a download was answered, and what was made of its bytes; None where it was refused."""

    status: int
    headers: Mapping[str, str]
    kept: T | None = None


@dataclass(slots=True)
class Counts:
    """Requests that were sent, by budget, and how many of them were sent again."""

    read: int = 0
    write: int = 0
    bulk: int = 0
    asset: int = 0
    retried: int = 0

    def sent(self, budget: Budget) -> None:
        setattr(self, budget.value, getattr(self, budget.value) + 1)

    def as_json(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in ("read", "write", "bulk", "asset", "retried")}


@dataclass(slots=True, kw_only=True)
class Patience:
    """What `retried` works with; the breaker and the counts are shared by all calls of a session.

    `met`: a connection to the service came about, so its address is right. `answered`: how many calls were, by budget.
    """

    clock: Clock
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    breaker: Breaker = field(default_factory=Breaker)
    fraction: Callable[[], float] = random.random
    counts: Counts = field(default_factory=Counts)
    met: bool = False
    answered: Counter[Budget] = field(default_factory=Counter)


class Session:
    """An open way to one origin, with one credential. Safe to use from many tasks at once."""

    def __init__(self, wire: Wire, *, pacer: Pacer, patience: Patience) -> None:
        self.counts = patience.counts
        self.pacer = pacer
        self._patience = patience
        self._wire = wire
        locks = {budget: anyio.Lock() for budget in Budget}

        def stacked(attempt: Attempt[A]) -> Ask[A]:
            one = counted(logged(attempt, patience.clock), patience.counts)
            return retried(paced(one, pacer, patience.clock, locks), patience)

        def fetching(keep: Callable[[ResponseStream], Awaitable[T]]) -> Ask[Downloaded[T]]:
            return stacked(kept(wire.open, keep))

        self._call: Ask[Response] = stacked(wire.send)
        self._open: Ask[ResponseStream] = stacked(wire.open)
        self._fetching = fetching

    def address(self, headers: Mapping[str, str]) -> None:
        """Send these headers from now on, in place of those of the same names."""
        self._wire.address(headers)

    def answered(self, budget: Budget) -> int:
        """How many calls of a budget were answered so far, be it with a refusal."""
        return self._patience.answered[budget]

    async def call(self, request: Request) -> Response:
        """Send a request and wait for its whole answer, pacing and repeating it as its budget allows.

        A refusal (4xx) is a Response like any other. Raises Unreachable when no attempt brought an
        answer or the service is down, BadAnswer when no answer was usable (cut short, 5xx, a redirect, too
        large), AnswerLost when a request that is not repeatable may have been carried out.
        """
        return await self._call(request)

    async def download(
        self, request: Request, keep: Callable[[ResponseStream], Awaitable[T]]
    ) -> Downloaded[T]:
        """Open a download and have `keep` take all of its bytes.

        Where these stop short, or `keep` raises BadAnswer because they are not the right ones, it is opened again,
        as often as any read is repeated, and `keep` begins again from nothing. Raises what `call` raises for a read.
        """
        return await self._fetching(keep)(request)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[ResponseStream]:
        """Open a download; its bytes come by iteration. A refusal (4xx) is a stream with that status.

        Opening is repeated like a call. Once bytes flow nothing is repeated: iterating raises BadAnswer
        when they stop short, and the caller starts again from nothing.
        """
        stream = await self._open(request)
        try:
            yield stream
        finally:
            await stream.aclose()


@asynccontextmanager
async def open_session(
    origin: str,
    headers: Mapping[str, Secret | str],
    *,
    rates: Rates | None = None,
    clock: Clock | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    limits: Limits | None = None,
    policy: RetryPolicy | None = None,
    pacer: Pacer | None = None,
    fraction: Callable[[], float] = random.random,
    workers: int = WORKERS,
) -> AsyncIterator[Session]:
    """A session with `origin` ("https://host"), sending `headers` there and nowhere else.

    Sessions of one organization share its limits: give them one `pacer`. `transport` replaces the network.
    Raises UsageError for an origin or a header that cannot be sent.
    """
    from stackferry.io.http.transport import (
        open_wire,  # here, because the library takes longer to import than --help takes
    )

    _check(origin, headers)
    make_room()
    for value in headers.values():
        if isinstance(value, Secret):
            redaction.register(value)
    redaction.install()
    clock = clock or SystemClock()
    patience = Patience(clock=clock, policy=policy or RetryPolicy(), fraction=fraction)
    # A worker may call while it downloads: two connections each.
    wire = open_wire(
        origin, headers, clock=clock, limits=limits or Limits(), connections=2 * workers, transport=transport
    )
    async with wire as way:
        yield Session(way, pacer=pacer or Pacer(rates or Rates()), patience=patience)


def kept(
    opened: Attempt[ResponseStream], keep: Callable[[ResponseStream], Awaitable[T]]
) -> Attempt[Downloaded[T]]:
    """A whole download as one attempt: opened, and its bytes taken."""

    async def fetch(request: Request, departure: Departure) -> Downloaded[T]:
        stream = await opened(request, departure)
        try:
            return Downloaded(stream.status, stream.headers, await keep(stream) if stream.ok else None)
        except BadAnswer as error:
            fault = Fault(Outcome.GARBLED, str(error), error)
        finally:
            await stream.aclose()
        raise fault

    return fetch


def logged(attempt: Attempt[A], clock: Clock) -> Attempt[A]:
    """One line for each attempt at DEBUG: what was asked, what came, how long it took."""

    async def send(request: Request, departure: Departure) -> A:
        began, came = clock.monotonic(), "no answer"
        try:
            answer = await attempt(request, departure)
            came = str(answer.status)
        finally:
            took = clock.monotonic() - began
            log.debug("%s %s gave %s after %.3f s", request.method, request.path, came, took)
        return answer

    return send


def counted(attempt: Attempt[A], counts: Counts) -> Attempt[A]:
    """Counts what is really sent, attempt by attempt."""

    async def send(request: Request, departure: Departure) -> A:
        counts.sent(request.budget)
        return await attempt(request, departure)

    return send


def paced(attempt: Attempt[A], pacer: Pacer, clock: Clock, locks: Mapping[Budget, anyio.Lock]) -> Ask[A]:
    """Holds every attempt back until its budget lets it go, first come first served."""

    async def let_go(budget: Budget) -> Departure:
        await anyio.lowlevel.checkpoint_if_cancelled()
        if not locks[budget].locked() and pacer.wait(budget, clock.monotonic()) == 0:  # nobody waits
            return pacer.leave(budget, clock.monotonic())
        async with locks[budget]:
            while (wait := pacer.wait(budget, clock.monotonic())) > 0:
                await clock.sleep(wait)
            return pacer.leave(budget, clock.monotonic())

    async def ask(request: Request) -> A:
        departure = await let_go(request.budget)
        try:
            answer = await attempt(request, departure)
        finally:
            departure.left(departure.at)  # a request that never got out must not hold back the others
        pacer.heard(departure, answer.status, answer.headers, now=clock.monotonic(), now_wall=clock.wall())
        return answer

    return ask


def retried(ask: Ask[A], patience: Patience) -> Ask[A]:
    """Sends again what may be sent again, until it is answered or the policy has had enough."""

    async def call(request: Request) -> A:
        began, attempt = patience.clock.monotonic(), 0
        while True:
            result = await _attempted(ask, request)
            patience.met |= not (isinstance(result, Fault) and result.outcome is Outcome.UNSENT)
            if not isinstance(result, Fault):
                patience.breaker.worked()
                patience.answered[request.budget] += 1
                return result
            attempt += result.outcome is not Outcome.THROTTLED
            delay = _delay(request, result, attempt, began, patience)
            log.info("%s %s again in %.1f s: %s", request.method, request.path, delay, result.reason)
            patience.counts.retried += 1
            await patience.clock.sleep(delay)

    return call


async def _attempted(ask: Ask[A], request: Request) -> A | Fault:
    try:
        answer = await ask(request)
    except Fault as fault:
        return fault.with_traceback(None)
    outcome = outcome_of(answer.status)
    return answer if outcome is None else _failure(request, outcome, answer)


def _failure(request: Request, outcome: Outcome, answer: Answer) -> Fault:
    """A 429, 408 or 5xx as a fault, in the service's own words."""
    words = answer.content[:300].decode(errors="replace") if isinstance(answer, Response) else ""
    reason = redaction.redact_text(f"the service answered {answer.status} {' '.join(words.split())}".rstrip())
    said = f"{request.method} {_path(request)}: {reason}"
    if outcome is Outcome.THROTTLED:
        way_on = "and again for minutes: run the same command again later to resume"
        return Fault(outcome, reason, Unreachable(f"{said}, {way_on}"))
    return Fault(outcome, reason, BadAnswer(f"{said}, at every attempt"))


def _delay(request: Request, fault: Fault, attempt: int, began: float, patience: Patience) -> float:
    """Seconds until the next attempt; raises when there is none."""
    now = patience.clock.monotonic()
    down = _down(fault.outcome, patience.breaker, now)
    verdict = patience.policy.decide(
        fault.outcome,
        repeatable=request.repeatable,
        attempt=attempt,
        elapsed=now - began,
        fraction=patience.fraction(),
        met=patience.met,
    )
    said = f"{request.method} {_path(request)}: {fault.reason}"
    match verdict:
        case Retry(delay) if not down:
            return delay
        case Retry():
            raise Unreachable(f"the service is down ({said}): run the same command again later to resume")
        case Lost():
            raise AnswerLost(f"{said}; the write may or may not have been carried out")
        case GiveUp():
            raise fault.error


def _down(outcome: Outcome, breaker: Breaker, now: float) -> bool:
    """Whether this failure was one too many. A refusal for rate shows that the service is there."""
    if outcome in (Outcome.THROTTLED, Outcome.UNUSABLE, Outcome.HOPELESS):
        breaker.worked()
        return False
    return breaker.failed(now)


def _path(request: Request) -> str:
    return redaction.redact_text(request.path.partition("?")[0])


def _check(origin: str, headers: Mapping[str, Secret | str]) -> None:
    scheme, _, host = origin.partition("://")
    if scheme not in ("https", "http") or not host or set(host) & set("/?#@ \\"):
        raise UsageError(f"not an origin like https://api.example.com: {redaction.redact_text(origin)}")
    for name, value in headers.items():
        text = value.reveal() if isinstance(value, Secret) else value
        if not (text.isascii() and text.isprintable()) or text != text.strip():
            raise UsageError(f"the value for the header {name} holds characters that no credential has")
