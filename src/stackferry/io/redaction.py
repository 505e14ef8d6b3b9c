"""Keeps credentials out of messages and logs.

httpx logs whole URLs at INFO and httpcore logs headers at DEBUG, and a service may repeat a token in the body of an
error. Every text that leaves the process as a message goes through `redact_text`.
This module must never store a credential anywhere but in the set of texts that it searches for.
"""

from __future__ import annotations

import base64
import json
import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from stackferry.model import Gap, Remark, Request, Secret

MASK = "***"

# The libraries log under these names. A filter on a logger does not see the records of loggers below it.
LOGGERS = (
    "httpx",
    "httpcore",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
    "stackferry.http",
)

_SHORTEST = 4  # characters; a shorter credential would mask half of every message
# Longest first, so that a credential is masked before a part of it is. Replaced as a whole, never changed in place:
# other threads log meanwhile.
_needles: tuple[str, ...] = ()

_HEADER_NAMES = (
    "authorization|proxy-authorization|authtoken|access[_-]?token|management[_-]?token|api[_-]?secret|x-api-key|"
    "cookie|set-cookie"
)
# (b'Authorization', b'...') of a header list, 'authtoken': '...' of a dict, "Authorization: ..." of a dump
_HEADER_PAIR = re.compile(
    rf"""(?i)(b?['"](?:{_HEADER_NAMES})['"]\s*[,:]\s*b?)('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
)
_HEADER_LINE = re.compile(rf"""(?im)(?<![\w-])({_HEADER_NAMES})(:\s*)(?!b?['"])[^\r\n,;)\]}}'"]+""")
_QUERY_NAMES = (
    "x-amz-signature|x-amz-credential|x-amz-security-token|x-goog-signature|x-goog-credential|awsaccesskeyid|"
    "signature|sig|policy|key-pair-id|hdnts|hmac|jwt|token|access_token|auth|authtoken|api_secret|password"
)
_QUERY_VALUE = re.compile(rf"""(?i)(?<![\w-])((?:{_QUERY_NAMES})=)[^&\s'"<>\\)]+""")
_USERINFO = re.compile(r"(?i)(https?://[^\s/:@'\"]*:)[^\s/@'\"]+(@)")


def register(secret: Secret) -> None:
    """Mask this credential from now on, also as it is spelled in URLs, JSON and Basic headers."""
    global _needles
    text = secret.reveal()
    parts = [text, *text.split(maxsplit=1)[1:]]  # of "Bearer x" also x alone
    forms = {form for part in parts if len(part) >= _SHORTEST for form in _forms(part)}
    _needles = tuple(sorted(forms.union(_needles), key=len, reverse=True))


def _forms(text: str) -> set[str]:
    """A credential as it may be spelled in a log: plain, repr, percent-encoded, JSON, Base64 of a Basic header."""
    raw = text.encode()
    encoded = {base64.b64encode(raw).decode(), base64.b64encode(b":" + raw).decode()}
    quoted = {quote(text, safe=""), quote(text), quote_plus(text)}
    as_json = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    return {text, repr(text)[1:-1], repr(raw)[2:-1]} | encoded | quoted | as_json


def mask(document: str) -> str:
    """Replace registered credentials and nothing else: a text that merely looks like a credential may be content."""
    for needle in _needles:
        document = document.replace(needle, MASK)
    return document


def mask_gap(gap: Gap) -> Gap:
    """Mask credentials in the reason of a gap: the service words it, and may repeat a credential."""
    return replace(gap, reason=mask(gap.reason))


def mask_remark(remark: Remark) -> Remark:
    """Mask credentials in the reason of a remark."""
    return replace(remark, reason=mask(remark.reason))


def redact_text(text: str) -> str:
    """Mask registered credentials, the values of credential headers, and signatures and passwords in URLs."""
    text = _HEADER_PAIR.sub(rf"\1'{MASK}'", mask(text))
    text = _HEADER_LINE.sub(rf"\1\2{MASK}", text)
    text = _QUERY_VALUE.sub(rf"\1{MASK}", text)
    return _USERINFO.sub(rf"\1{MASK}\2", text)


def call_name(request: Request) -> str:
    """The method and the path, as messages name a call."""
    return f"{request.method} {shortened(request.path)}"


def shortened(address: str) -> str:
    """The beginning of an address, without its query, which may hold a signature."""
    return redact_text(address.partition("?")[0])[:200]


class RedactingFilter(logging.Filter):
    """Redacts a log record in place, so that no handler can print a credential."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact_text(_message(record)), ()
        if record.exc_info:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        if record.exc_text:
            record.exc_text = redact_text(record.exc_text)
        if record.stack_info:
            record.stack_info = redact_text(record.stack_info)
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):  # arguments that do not match the format: a log call must not end a run
        return f"{record.msg} {record.args!r}"


_FILTER = RedactingFilter()


def install() -> None:
    """Add the filter to the loggers of the HTTP libraries and to ours. Calling it again changes nothing."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)  # a logger ignores a filter that it has already
