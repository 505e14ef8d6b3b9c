"""What an exception of the libraries, or an answer that cannot be used, means for a request: a `AttemptError`.

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
from stackferry.io.redaction import redact_text

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


def call_name(request: Request) -> str:
    """The method and the path, as messages name a call."""
    return f"{request.method} {shortened(request.path)}"


def shortened(text: str) -> str:
    """The beginning of an address, without its query, which may hold a signature."""
    return redact_text(text.partition("?")[0])[:200]


def error_text(error: BaseException) -> str:
    """What an exception says, without secrets; its class where it says nothing."""
    return redact_text(str(error)) or type(error).__name__


def unusable(request: Request, reason: str) -> AttemptError:
    """An answer came, and another attempt would bring no better one."""
    return AttemptError(FailureKind.UNUSABLE, reason, BadAnswer(f"{call_name(request)}: {reason}"))


def garbled(request: Request, reason: str) -> AttemptError:
    """An answer came that is not complete, or not what the service sends."""
    return AttemptError(FailureKind.GARBLED, reason, BadAnswer(f"{call_name(request)}: {reason}"))


def _unreachable(outcome: FailureKind, request: Request, reason: str) -> AttemptError:
    return AttemptError(outcome, reason, Unreachable(f"{call_name(request)}: {reason}"))


def timed_out(request: Request) -> AttemptError:
    """The deadline of the whole exchange has passed."""
    return _unreachable(FailureKind.LOST, request, "no complete answer before the deadline")


def unsent(fault: AttemptError) -> AttemptError:
    """The same fault of a request of which nothing was sent, because the connection was not open yet."""
    return (
        fault
        if fault.outcome is FailureKind.UNSENDABLE
        else AttemptError(FailureKind.UNSENT, fault.reason, fault.error)
    )


def connection_fault(request: Request, error: Exception) -> AttemptError:
    """What an exception of the libraries means for the request."""
    if _is_certificate_error(error):
        reason = f"{error_text(error)}: the certificate is not trusted on this machine"
        return _unreachable(FailureKind.UNSENDABLE, request, reason)
    if isinstance(error, _NEVER_SENT):
        return _unreachable(FailureKind.UNSENT, request, error_text(error))
    if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol):
        return _unreachable(FailureKind.UNSENDABLE, request, "the request could not be written")
    return _unreachable(FailureKind.LOST, request, error_text(error))


def _is_certificate_error(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
