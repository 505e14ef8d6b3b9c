"""Redaction of texts and log records."""

from __future__ import annotations

import base64
import io
import json
import logging
import sys
import threading
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import httpcore
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry.io import redaction
from stackferry.io.redaction import LOGGERS, MASK, RedactingFilter, redact_text
from stackferry.model import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "cs-invented/üñ\"t'o\\ken+6e1d="
redaction.register(Secret(TOKEN))


@pytest.mark.parametrize(
    "form",
    [
        TOKEN,
        quote(TOKEN),
        quote(TOKEN, safe=""),
        quote_plus(TOKEN),
        json.dumps(TOKEN),
        json.dumps(TOKEN, ensure_ascii=False),
        repr(TOKEN),
        repr(TOKEN.encode()),
        base64.b64encode(TOKEN.encode()).decode(),
        "Basic " + base64.b64encode(f":{TOKEN}".encode()).decode(),
    ],
)
def test_a_registered_secret_is_masked_in_every_form_it_takes(form: str) -> None:
    """E1: plain, in an address, in JSON, in a repr, in a Basic header."""
    text = redact_text(f"before {form} after")
    assert "6e1d" not in text
    assert form not in text
    assert text.startswith("before ")
    assert text.endswith(" after")


def test_the_token_inside_a_bearer_header_is_masked_too() -> None:
    """E1: "Bearer x" is registered; x alone is masked."""
    redaction.register(Secret("Bearer cs-invented-bearer-2b"))
    assert redact_text("got cs-invented-bearer-2b") == f"got {MASK}"


def test_a_very_short_secret_does_not_mask_half_the_text() -> None:
    """An empty or tiny setting is not a credential, and masking it would make messages useless."""
    redaction.register(Secret(""))
    redaction.register(Secret("e"))
    assert redact_text("the entry") == "the entry"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[(b'Authorization', b'Bearer x y'), (b'a', b'1')]", "[(b'Authorization', b'***'), (b'a', b'1')]"),
        ("{'authtoken': 'blt\\'x', 'branch': 'main'}", "{'authtoken': '***', 'branch': 'main'}"),
        ('{"management_token": "cs1", "n": 1}', '{"management_token": \'***\', "n": 1}'),
        ("AUTHTOKEN: blt123\r\nbranch: main", "AUTHTOKEN: ***\r\nbranch: main"),
        ("(b'Set-Cookie', b'a=b; c')", "(b'Set-Cookie', b'***')"),
        (
            "https://s3.example/a.png?X-Amz-Expires=5&X-Amz-Signature=abc%2F1&x=2",
            "https://s3.example/a.png?X-Amz-Expires=5&X-Amz-Signature=***&x=2",
        ),
        ("GET /a?sig=1&token=2&accesstoken=3", "GET /a?sig=***&token=***&accesstoken=3"),
        ("http://user:pass@host/a", "http://user:***@host/a"),
        ("https://api.example:8443/v3/a@b", "https://api.example:8443/v3/a@b"),
        ("the authorization failed: no such token", "the authorization failed: no such token"),
    ],
)
def test_unregistered_credentials_are_recognised_by_their_position(text: str, expected: str) -> None:
    """E1: header pairs, header lines, signatures of addresses and passwords in them; nothing else."""
    assert redact_text(text) == expected


@given(text=st.text())
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    """A text that went through once is left alone."""
    once = redact_text(text)
    assert redact_text(once) == once


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger with the filter, and all that its handler writes."""
    text, logger = io.StringIO(), logging.getLogger("stackferry.test_redact")
    handler, redacting = logging.StreamHandler(text), RedactingFilter()
    logger.addHandler(handler)
    logger.addFilter(redacting)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    yield logger, text
    logger.removeHandler(handler)
    logger.removeFilter(redacting)


def test_arguments_exceptions_and_stacks_are_redacted(log: tuple[logging.Logger, io.StringIO]) -> None:
    """E1: what the message, its arguments, a traceback or a stack hold is masked for every handler."""
    logger, text = log
    logger.info("sent %s to %r", TOKEN, {"authtoken": TOKEN})
    try:
        raise ValueError(TOKEN)  # noqa: TRY301 - the traceback is the subject
    except ValueError:
        logger.exception("failed")
    logger.debug("stack", stack_info=True)
    assert "6e1d" not in text.getvalue()
    assert "Traceback" in text.getvalue()
    assert "ValueError: ***" in text.getvalue()


def test_a_redacted_record_holds_no_arguments_and_no_exception() -> None:
    """E1: handlers that serialise the record itself get no arguments and no live exception."""
    try:
        raise ValueError(TOKEN)  # noqa: TRY301 - the traceback is the subject
    except ValueError:
        record = logging.LogRecord("httpx", 10, __file__, 1, "to %s", (TOKEN,), sys.exc_info())
    assert RedactingFilter().filter(record)
    assert record.exc_info is None
    assert "6e1d" not in repr(vars(record))


def test_a_log_call_whose_arguments_do_not_fit_is_still_redacted(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    """E1: a mistake in a log call neither ends a run nor prints what it was given."""
    logger, text = log
    logger.info("%d entries of %s", TOKEN)
    assert "entries" in text.getvalue()
    assert "6e1d" not in text.getvalue()


def test_every_logger_of_the_http_libraries_is_covered() -> None:
    """E1: a library that adds a logger fails this test before it prints a header."""
    assert httpx.__name__
    assert httpcore.__name__
    redaction.install()
    redaction.install()
    names = {name for name in logging.root.manager.loggerDict if name.split(".")[0] in ("httpx", "httpcore")}
    assert names <= set(LOGGERS)
    for name in LOGGERS:
        ours = [one for one in logging.getLogger(name).filters if isinstance(one, RedactingFilter)]
        assert len(ours) == 1


def test_secrets_may_be_registered_while_others_log() -> None:
    """F1: a session that opens in one thread does not break a message in another."""
    stop = threading.Event()
    failures: list[Exception] = []

    def talk() -> None:
        try:
            while not stop.is_set():
                redact_text("nothing to see")
        except RuntimeError as error:  # a set that changes while it is walked
            failures.append(error)

    thread = threading.Thread(target=talk)
    thread.start()
    for number in range(60):
        redaction.register(Secret(f"cs-invented-{number:04}"))
    stop.set()
    thread.join()
    assert failures == []
