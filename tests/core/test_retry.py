"""The retry policy as a table, and the breaker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry.core.answer_rules import AnswerRules, FailureKind
from stackferry.core.retry import CircuitBreaker, GiveUp, Lost, Retry, RetryPolicy
from stackferry.model import Request, Response

POLICY = RetryPolicy(attempts=5, first=0.5, longest=4.0, patience=60)
MAYBE = [FailureKind.FAILED, FailureKind.LOST, FailureKind.GARBLED]


@given(
    kind=st.sampled_from([*MAYBE, FailureKind.UNUSABLE]),
    attempt=st.integers(1, 100),
    elapsed=st.floats(0, 1000),
    fraction=st.floats(0, 1),
)
def test_a_write_that_may_have_happened_is_never_sent_again(
    kind: FailureKind, attempt: int, elapsed: float, fraction: float
) -> None:
    """C1: timeout, reset, 5xx or a damaged answer after sending: the caller has to probe first."""
    decision = POLICY.decide(kind, repeatable=False, attempt=attempt, elapsed=elapsed, fraction=fraction)
    assert decision == Lost()


@pytest.mark.parametrize("kind", [FailureKind.THROTTLED, FailureKind.UNSENT])
def test_a_write_that_cannot_have_happened_is_sent_again(kind: FailureKind) -> None:
    """B4, B6: a 429 and a refused connection carried nothing out."""
    decision = POLICY.decide(kind, repeatable=False, attempt=1, elapsed=0, fraction=0.5)
    assert isinstance(decision, Retry)


@given(
    kind=st.sampled_from([*MAYBE, FailureKind.UNSENT]),
    attempt=st.integers(1, 10_000),
    fraction=st.floats(0, 1),
)
def test_the_delay_grows_has_full_jitter_and_ends(kind: FailureKind, attempt: int, fraction: float) -> None:
    """B5, B6: at most min(longest, first × 2ⁿ) × chance, and a bounded number of attempts."""
    decision = POLICY.decide(kind, repeatable=True, attempt=attempt, elapsed=0, fraction=fraction)
    if attempt >= 5:
        assert decision == GiveUp()
    else:
        assert decision == Retry(fraction * min(4.0, 0.5 * 2 ** (attempt - 1)))


def test_a_service_that_was_never_reached_is_given_up_soon() -> None:
    """B6: the first attempts are few, however many the policy has for an outage; never more than it has."""

    def decision(policy: RetryPolicy, attempt: int, *, reached: bool) -> object:
        return policy.decide(
            FailureKind.UNSENT, repeatable=True, attempt=attempt, elapsed=0, fraction=0, reached=reached
        )

    few = RetryPolicy(attempts=9, first_attempts=2)
    assert [decision(few, attempt, reached=False) for attempt in (1, 2)] == [Retry(0.0), GiveUp()]
    assert decision(few, 2, reached=True) == Retry(0.0)
    assert decision(RetryPolicy(attempts=1), 1, reached=False) == GiveUp()


@pytest.mark.parametrize("repeatable", [True, False])
def test_throttled_requests_cost_time_and_no_attempt(repeatable: bool) -> None:
    """B4: a storm may refuse a request a hundred times; a service that refuses for ever ends the run."""
    patient = POLICY.decide(FailureKind.THROTTLED, repeatable=repeatable, attempt=100, elapsed=59, fraction=1)
    spent = POLICY.decide(FailureKind.THROTTLED, repeatable=repeatable, attempt=1, elapsed=60, fraction=0)
    assert (patient, spent) == (Retry(0.0), GiveUp())


@pytest.mark.parametrize(
    ("kind", "repeatable"),
    [
        (FailureKind.UNUSABLE, True),
        *(
            (kind, repeatable)
            for kind in (FailureKind.UNSENDABLE, FailureKind.SIGN_IN)
            for repeatable in (True, False)
        ),
    ],
)
def test_what_repeating_cannot_help_is_not_repeated(kind: FailureKind, repeatable: bool) -> None:
    """B5: a redirect, an answer that is too large, a certificate that is not trusted, a sign-in page."""
    assert POLICY.decide(kind, repeatable=repeatable, attempt=1, elapsed=0, fraction=0) == GiveUp()


@given(status=st.integers(100, 999))
def test_only_429_408_and_5xx_are_failures(status: int) -> None:
    """B5: every other status is an answer that the caller has to see."""
    expected = (
        FailureKind.THROTTLED
        if status == 429
        else FailureKind.FAILED
        if status == 408 or status >= 500
        else None
    )
    assert AnswerRules().failure_kind(Request(method="GET", path="/"), Response(status, {}, b"")) is expected


def test_the_breaker_needs_many_failures_in_a_row_over_time() -> None:
    """B6: a burst of failures is not an outage, nor are failures between answers."""
    breaker = CircuitBreaker(failures=3, seconds=10)
    assert [breaker.failed(now) for now in (0, 1, 2, 9)] == [False] * 4
    assert breaker.failed(10)
    breaker.worked()
    assert [breaker.failed(now) for now in (100, 200)] == [False, False]
    assert breaker.failed(300)
