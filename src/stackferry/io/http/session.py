"""A connection to a service: `open_session`, then `Session.call`, `Session.download` and `Session.stream`.

A call is a stack of decorators around one attempt: retried(paced(recorded(send))). The HTTP library is imported
when a session opens, not before.
"""

from __future__ import annotations

import random
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from stackferry.core.answer_rules import AnswerRules
from stackferry.core.rate_limit import MOST_IN_FLIGHT, Pacer
from stackferry.core.rates import Rates
from stackferry.core.retry import RetryPolicy
from stackferry.errors import UsageError
from stackferry.io import redaction
from stackferry.io.clock import Clock, SystemClock
from stackferry.io.http.decorators import (
    A,
    Attempt,
    Downloaded,
    Exchange,
    SharedState,
    paced,
    recorded,
    retried,
    whole_download,
)
from stackferry.io.ordered_semaphore import OrderedSemaphore
from stackferry.io.recursion_limit import make_room
from stackferry.model import Budget, Request, Response, Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping

    import httpx

    from stackferry.io.http.transport import ResponseStream, Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeLimits:
    """Bounds on one exchange, in seconds and bytes.

    `connect` and `silence` bound a single step. `deadline` bounds the whole exchange, however steadily its bytes come;
    large bodies get, on top, the time that they take at `slowest` bytes a second. `body` is the largest answer that is
    held in memory, and `objects` how many JSON objects it may hold: each takes some 500 bytes more than in the answer.
    Downloads have no such bound. No page names a limit: 100 entries with 100 fields of 12 KB each are 120 MB, and the
    same with the largest rich texts (30 KB) hold some 600,000 objects.
    """

    connect: float = 15.0
    silence: float = 60.0
    deadline: float = 180.0
    slowest: float = 16 * 1024.0
    body: int = 128 * 1024 * 1024
    objects: int = 1_000_000


T = TypeVar("T")


class Session:
    """An open connection to one place, with one credential. Safe to use from many tasks at once."""

    def __init__(self, sender: Sender, *, pacer: Pacer, state: SharedState) -> None:
        self.counts = state.counts
        self.pacer = pacer
        self._state = state
        self._sender = sender
        self._queues = {budget: OrderedSemaphore(lambda: 1) for budget in Budget}
        self._call = self._decorated(sender.send)
        self._open = self._decorated(sender.open)

    def _decorated(self, attempt: Attempt[A]) -> Exchange[A]:
        one = recorded(attempt, self._state)
        return retried(paced(one, self.pacer, self._state, self._queues), self._state)

    def replace_headers(self, headers: Mapping[str, str]) -> None:
        """Send these headers from now on, in place of those of the same names."""
        self._sender.replace_headers(headers)

    def wall(self) -> float:
        """The time in seconds since 1970."""
        return self._state.clock.wall()

    def answered(self, budget: Budget) -> int:
        """How many calls of a budget were answered so far, refusals among them."""
        return self._state.answered[budget]

    def in_flight(self, budget: Budget) -> int:
        """How many calls of a budget may usefully be under way at once: more, the longer answers take."""
        return self.pacer.in_flight(budget)

    def action_ended(self, budget: Budget) -> None:
        """A running action has ended that a call of this budget began: its lane has room for another.

        Only for budgets whose lanes count running actions. A call that was refused began none.
        """
        self.pacer.ended(budget)

    async def call(self, request: Request) -> Response:
        """Send a request and wait for its whole answer, pacing and repeating it as its budget allows.

        Of several that wait for their budget the most urgent leaves first (`Request.rank`).

        A refusal (4xx) is a Response like any other, with credentials that the service repeats in it masked: its words
        go into errors (I8). Raises Unreachable when no attempt brought an answer or the
        service is down, BadAnswer when no answer was usable (cut short, 5xx, a redirect, too large), AnswerLost when
        a request that is not repeatable may have been carried out, AccessError when a sign-in page came.
        """
        # A good answer is content, in which a text that is equal to a credential must stay.
        response = await self._call(request)
        return response if response.ok else replace(response, content=_masked(response.content))

    async def download(
        self, request: Request, keep: Callable[[ResponseStream], Awaitable[T]]
    ) -> Downloaded[T]:
        """Open a download and have `keep` take all of its bytes.

        If these are cut short, or `keep` raises BadAnswer because they are not the right ones, it is opened again, as
        often as any read is repeated, and `keep` begins again from nothing. Raises what `call` raises for a read.
        The budget decides what is paced: `Budget.READ` for bytes that the API itself serves.
        """
        return await self._decorated(whole_download(self._sender.open, keep))(request)

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[ResponseStream]:
        """Open a download; its bytes come by iteration. A refusal (4xx) is a stream with that status.

        Opening is repeated like a call. Once bytes flow nothing is repeated: iterating raises BadAnswer when they are
        cut short, and the caller starts again from nothing.
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
    origins: Mapping[str, str] | None = None,
    rates: Rates | None = None,
    rules: AnswerRules | None = None,
    clock: Clock | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    limits: ExchangeLimits | None = None,
    policy: RetryPolicy | None = None,
    pacer: Pacer | None = None,
    fraction: Callable[[], float] = random.random,
) -> AsyncIterator[Session]:
    """A session with `origin` ("https://host"), sending `headers` there and nowhere else.

    `origins` are other origins of the place, which receive the headers too; requests name them by their keys. `rates`
    are the limits that the system declares; without them nothing is limited. Sessions of one organization share its
    limits: give them one `pacer`. `rules` declare what answers of the system mean. `transport` replaces the
    network. Raises UsageError for an origin or a header that cannot be sent.
    """
    # Imported here, because the HTTP library takes longer to import than --help takes.
    from stackferry.io.http.connections import open_pool
    from stackferry.io.http.transport import Sender

    declared = {**(origins or {}), "": origin}
    _check(declared.values(), headers)
    make_room()  # answers may nest deeper than Python's usual recursion limit
    _mask(headers.values())
    state = SharedState(
        clock=clock or SystemClock(),
        policy=policy or RetryPolicy(),
        rules=rules or AnswerRules(),
        fraction=fraction,
    )
    # For the requests of two budgets: what is needed is opened, and most sessions need few.
    async with open_pool(2 * MOST_IN_FLIGHT, transport, declared.values()) as pool:
        bounds = limits or ExchangeLimits()
        sender = Sender(declared, headers, pool=pool, clock=state.clock, limits=bounds, rules=state.rules)
        yield Session(sender, pacer=pacer or Pacer(rates or Rates()), state=state)


def _mask(values: Iterable[Secret | str]) -> None:
    """Let no credential appear in what is logged or printed."""
    for value in values:
        if isinstance(value, Secret):
            redaction.register(value)
    redaction.install()


def _check(origins: Iterable[str], headers: Mapping[str, Secret | str]) -> None:
    for origin in origins:
        scheme, _, host = origin.partition("://")
        if scheme not in ("https", "http") or not host or set(host) & set("/?#@ \\"):
            raise UsageError(f"not an origin like https://api.example.com: {redaction.redact_text(origin)}")
    for name, value in headers.items():
        if not _fits_a_header(value.reveal() if isinstance(value, Secret) else value):
            raise UsageError(f"the value for the header {name} holds characters that no credential has")


def _fits_a_header(text: str) -> bool:
    return text.isascii() and text.isprintable() and text == text.strip()


def _masked(content: bytes) -> bytes:
    text = content.decode("utf-8", "surrogateescape")
    return redaction.mask(text).encode("utf-8", "surrogateescape")
