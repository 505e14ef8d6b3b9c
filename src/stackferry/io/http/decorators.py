"""What is done around one attempt at a request: counted and logged, paced, repeated. Each decorator does one thing.

Credentials are never logged.
"""

from __future__ import annotations

import logging
import random
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

import anyio

from stackferry.core.answer_rules import AnswerRules, FailureKind
from stackferry.core.retry import AttemptError, CircuitBreaker, GiveUp, Lost, Retry, RetryPolicy
from stackferry.errors import AnswerLost, BadAnswer, ServiceDown, Unreachable
from stackferry.io import redaction
from stackferry.model import Budget, Request, Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from stackferry.core.rate_limit import Departure, Pacer
    from stackferry.io.clock import Clock
    from stackferry.io.http.transport import ResponseStream
    from stackferry.io.ordered_semaphore import OrderedSemaphore
    from stackferry.model import Rank

log = logging.getLogger("stackferry.http")


class AnyResponse(Protocol):
    """What the decorators need of a `Response`, a `ResponseStream` or a `Downloaded`."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...


A = TypeVar("A", bound=AnyResponse)
Attempt: TypeAlias = "Callable[[Request, Departure], Awaitable[A]]"
Exchange: TypeAlias = "Callable[[Request], Awaitable[A]]"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Downloaded(Generic[T]):
    """How a download was answered, and what `keep` returned for its bytes; None where it was refused."""

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
        return asdict(self)


@dataclass(slots=True, kw_only=True)
class SharedState:
    """What all calls of a session share.

    `reached`: a connection to the service came about, so its address is right. `answered`: how many calls were, by
    budget. Files lie on hosts of their own: whether these are down (`file_breaker`) says nothing about the service.
    """

    clock: Clock
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    rules: AnswerRules = field(default_factory=AnswerRules)
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    file_breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    fraction: Callable[[], float] = random.random
    counts: Counts = field(default_factory=Counts)
    reached: bool = False
    answered: Counter[Budget] = field(default_factory=Counter)

    def breaker_of(self, request: Request) -> CircuitBreaker:
        return self.file_breaker if request.budget is Budget.ASSET else self.breaker


def whole_download(
    opened: Attempt[ResponseStream], keep: Callable[[ResponseStream], Awaitable[T]]
) -> Attempt[Downloaded[T]]:
    """A whole download as one attempt: opened, and its bytes taken."""

    async def fetch(request: Request, departure: Departure) -> Downloaded[T]:
        stream = await opened(request, departure)
        try:
            return Downloaded(stream.status, stream.headers, await keep(stream) if stream.ok else None)
        except BadAnswer as error:
            failure = AttemptError(FailureKind.GARBLED, str(error), error)
        finally:
            await stream.aclose()
        raise failure

    return fetch


def recorded(attempt: Attempt[A], state: SharedState) -> Attempt[A]:
    """Counts every attempt, and logs it at DEBUG: the request, the status, the seconds it took."""

    async def send(request: Request, departure: Departure) -> A:
        state.counts.sent(request.budget)
        began, status = state.clock.monotonic(), "no answer"
        try:
            answer = await attempt(request, departure)
            status = str(answer.status)
        finally:
            took = state.clock.monotonic() - began
            log.debug("%s %s gave %s after %.3f s", request.method, request.path, status, took)
        return answer

    return send


def paced(
    attempt: Attempt[A], pacer: Pacer, state: SharedState, queues: Mapping[Budget, OrderedSemaphore]
) -> Exchange[A]:
    """Holds every attempt back until the limits of its budget allow it, the most urgent first."""
    clock = state.clock

    async def let_go(budget: Budget, rank: Rank) -> Departure:
        # The quick way waits for nothing, so nothing else would notice that the run was cancelled.
        await anyio.lowlevel.checkpoint_if_cancelled()
        if queues[budget].is_idle and pacer.wait(budget, clock.monotonic()) == 0:  # nobody waits
            return pacer.leave(budget, clock.monotonic())
        async with queues[budget].slot(rank):
            while (wait := pacer.wait(budget, clock.monotonic())) > 0:
                await clock.sleep(wait)
            return pacer.leave(budget, clock.monotonic())

    async def exchange(request: Request) -> A:
        departure = await let_go(request.budget, request.rank)
        try:
            answer = await attempt(request, departure)
        except BaseException:
            pacer.ended(request.budget)  # as far as is known it began no action that goes on running
            raise
        finally:
            departure.mark_sent(departure.at)  # a request that never got out must not hold back the others
        pacer.learn(
            departure,
            answer.status,
            answer.headers,
            now=clock.monotonic(),
            now_wall=clock.wall(),
            throttled=_failure_kind(request, answer, state.rules) is FailureKind.THROTTLED,
        )
        return answer

    return exchange


def _failure_kind(request: Request, answer: AnyResponse, rules: AnswerRules) -> FailureKind | None:
    """What is wrong with an answer; the content of a streamed one is not read for it."""
    seen = answer if isinstance(answer, Response) else Response(answer.status, answer.headers, b"")
    return rules.failure_kind(request, seen)


def retried(exchange: Exchange[A], state: SharedState) -> Exchange[A]:
    """Sends again what may be sent again, until it is answered or the policy gives up."""

    async def call(request: Request) -> A:
        began, attempt = state.clock.monotonic(), 0
        while True:
            result = await _attempted(exchange, request, state.rules)
            state.reached |= not (isinstance(result, AttemptError) and result.kind is FailureKind.UNSENT)
            if not isinstance(result, AttemptError):
                state.breaker_of(request).worked()
                state.answered[request.budget] += 1
                return result
            attempt += result.kind is not FailureKind.THROTTLED  # these are bounded by time instead
            delay = _delay(request, result, attempt, began, state)
            log.info("%s %s again in %.1f s: %s", request.method, request.path, delay, result.reason)
            state.counts.retried += 1
            await state.clock.sleep(delay)

    return call


async def _attempted(exchange: Exchange[A], request: Request, rules: AnswerRules) -> A | AttemptError:
    # A function of its own: an answer may repeat a credential, and `call` is in the traceback of what it raises.
    try:
        answer = await exchange(request)
    except AttemptError as failure:
        return failure.with_traceback(None)  # credentials lie in the variables of its frames
    kind = _failure_kind(request, answer, rules)
    return answer if kind is None else _refusal(request, kind, answer)


def _refusal(request: Request, kind: FailureKind, answer: AnyResponse) -> AttemptError:
    """The error of an attempt that was answered with a 429, 408 or 5xx, in the service's own words."""
    words = answer.content[:300].decode(errors="replace") if isinstance(answer, Response) else ""
    reason = redaction.redact_text(f"the service answered {answer.status} {' '.join(words.split())}".rstrip())
    message = f"{redaction.call_name(request)}: {reason}"
    if kind is FailureKind.THROTTLED:
        advice = "and again for minutes: run the same command again later to resume"
        return AttemptError(kind, reason, Unreachable(f"{message}, {advice}"))
    return AttemptError(kind, reason, BadAnswer(f"{message}, at every attempt"))


def _delay(request: Request, failure: AttemptError, attempt: int, began: float, state: SharedState) -> float:
    """Seconds until the next attempt. Raises the error of the call if there is none."""
    now = state.clock.monotonic()
    # Asked for every failure, also for one that is not repeated: it counts too.
    is_down = _is_down(failure.kind, state.breaker_of(request), now)
    decision = state.policy.decide(
        failure.kind,
        repeatable=request.repeatable,
        attempt=attempt,
        elapsed=now - began,
        fraction=state.fraction(),
        reached=state.reached,
    )
    message = f"{redaction.call_name(request)}: {failure.reason}"
    match decision:
        case Retry(delay) if not is_down:
            return delay
        case Retry():
            advice = "run the same command again later to resume"
            raise ServiceDown(f"the service is down ({message}): {advice}", failure.error)
        case Lost():
            raise AnswerLost(f"{message}; the write may or may not have been carried out")
        case GiveUp():
            raise failure.error


def _is_down(kind: FailureKind, breaker: CircuitBreaker, now: float) -> bool:
    """Whether the service must be considered down after this failure. A service that throttles is up."""
    if kind in (FailureKind.THROTTLED, FailureKind.UNUSABLE, FailureKind.UNSENDABLE, FailureKind.SIGN_IN):
        breaker.worked()
        return False
    return breaker.failed(now)
