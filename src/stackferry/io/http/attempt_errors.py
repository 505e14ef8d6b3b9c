"""What an exception of the libraries, or an answer that cannot be used, means for a request: an `AttemptError`.

The texts hold neither a credential nor the query of an address.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import anyio
import httpx

from stackferry.core.answer_rules import FailureKind
from stackferry.core.retry import AttemptError
from stackferry.errors import BadAnswer, Unreachable
from stackferry.io.redaction import call_name, redact_text

if TYPE_CHECKING:
    from stackferry.model import Request

# What httpx and, past its own mapping, the TLS and socket layers raise while a request is under way.
CONNECTION_ERRORS = (
    httpx.HTTPError,
    httpx.StreamError,
    ssl.SSLError,
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
)
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


# In words, where an exception says nothing of its own.
_WORDS = (
    (httpx.TimeoutException, "no answer came in time"),
    (httpx.NetworkError, "the connection broke"),
    (anyio.BrokenResourceError, "the connection broke"),
    (anyio.ClosedResourceError, "the connection was closed"),
)


def error_text(error: BaseException) -> str:
    """What an exception says, without secrets, or what it means where it says nothing."""
    known = (words for kind, words in _WORDS if isinstance(error, kind))
    return redact_text(str(error)) or next(known, type(error).__name__)


def attempt_error(kind: FailureKind, request: Request, reason: str) -> AttemptError:
    """The error of an attempt that brought no answer, or one that cannot be used."""
    told = f"{call_name(request)}: {reason}"
    if kind in (FailureKind.GARBLED, FailureKind.UNUSABLE):
        return AttemptError(kind, reason, BadAnswer(told))
    error = Unreachable(told)
    error.origin = request.origin
    return AttemptError(kind, reason, error)


def timed_out(request: Request) -> AttemptError:
    return attempt_error(FailureKind.LOST, request, "no complete answer before the deadline")


def unsent(failure: AttemptError) -> AttemptError:
    """The same failure of a request of which nothing was sent, because the connection was not open yet."""
    if failure.kind is FailureKind.UNSENDABLE:
        return failure
    return AttemptError(FailureKind.UNSENT, failure.reason, failure.error)


def connection_failure(request: Request, error: Exception) -> AttemptError:
    if _is_certificate_error(error):
        reason = f"{error_text(error)}: the certificate is not trusted on this machine"
        return attempt_error(FailureKind.UNSENDABLE, request, reason)
    if isinstance(error, _NEVER_SENT):
        return attempt_error(FailureKind.UNSENT, request, error_text(error))
    if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol):
        return attempt_error(FailureKind.UNSENDABLE, request, "the request could not be written")
    return attempt_error(FailureKind.LOST, request, error_text(error))


def _is_certificate_error(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
