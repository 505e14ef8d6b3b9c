"""Keeps credentials out of messages and logs.

The HTTP libraries log whole addresses at INFO and headers at DEBUG, and a service may repeat a token in
an error body. Every text that leaves the process as a message goes through `redact_text`.
This module must never keep a credential anywhere but in the set that it searches for.
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
    from stackferry.model import Gap, Secret

MASK = "***"

# The libraries log under these names; a filter on a parent does not see its children's records.
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

_SHORTEST = 4  # a shorter text would mask half of every message
_needles: tuple[str, ...] = ()  # longest first; replaced as a whole, so that other threads see a whole one

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
    """From now on mask this credential, and the forms it takes in addresses, JSON and Basic headers."""
    global _needles
    text = secret.reveal()
    parts = [text, *text.split(maxsplit=1)[1:]]  # "Bearer x" holds x
    forms = {form for part in parts if len(part) >= _SHORTEST for form in _forms(part)}
    _needles = tuple(sorted(forms.union(_needles), key=len, reverse=True))


def _forms(text: str) -> set[str]:
    raw = text.encode()
    encoded = {base64.b64encode(raw).decode(), base64.b64encode(b":" + raw).decode()}
    quoted = {quote(text, safe=""), quote(text), quote_plus(text)}
    as_json = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    return {text, repr(text)[1:-1], repr(raw)[2:-1]} | encoded | quoted | as_json


def mask(document: str) -> str:
    """A document without registered credentials, and otherwise as it was: what only looks like one may be content."""
    for needle in _needles:
        document = document.replace(needle, MASK)
    return document


def cleaned(gap: Gap) -> Gap:
    """A gap as it may be kept: its reason is in the service's words, and a service may repeat a credential."""
    return replace(gap, reason=mask(gap.reason))


def redact_text(text: str) -> str:
    """The text without registered credentials, credential headers, and signatures in addresses."""
    text = _HEADER_PAIR.sub(rf"\1'{MASK}'", mask(text))
    text = _HEADER_LINE.sub(rf"\1\2{MASK}", text)
    text = _QUERY_VALUE.sub(rf"\1{MASK}", text)
    return _USERINFO.sub(rf"\1{MASK}\2", text)


class RedactingFilter(logging.Filter):
    """Rewrites a record so that no handler, of whatever kind, can print a credential."""

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
    except (TypeError, ValueError):  # arguments that do not fit: a log call must not end a run
        return f"{record.msg} {record.args!r}"


_FILTER = RedactingFilter()


def install() -> None:
    """Put the filter on the loggers of the HTTP libraries and on our own; again does nothing more."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)  # adding a filter twice keeps one
