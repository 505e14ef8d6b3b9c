"""Faults of real connections: a server on loopback breaks the rules of HTTP.

Times are short and never asserted; back-off is switched off by the chance that is passed in.
"""

from __future__ import annotations

import gzip
import tracemalloc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import pytest
from loopback import Behaviour, Server, answer, resets, sends, serving, stalls

from stackferry.core.rates import Rates
from stackferry.core.retry import RetryPolicy
from stackferry.errors import AnswerLost, BadAnswer, ServiceError, Unreachable
from stackferry.io.http.session import ExchangeLimits, Session, open_session
from stackferry.model import Budget, Request, Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

READ = Request(method="GET", path="/v3/entries")
WRITE = Request(method="POST", path="/v3/entries", body=b"{}", budget=Budget.WRITE, repeatable=False)
GOOD = sends(answer())
BODY = b'{"entries":[1,2,3]}'
ATTEMPTS = 3


@asynccontextmanager
async def session_against(
    *behaviours: Behaviour, limits: ExchangeLimits | None = None
) -> AsyncIterator[tuple[Session, Server]]:
    async with (
        serving(behaviours) as server,
        open_session(
            server.origin,
            {"authtoken": Secret("cs-invented-token")},
            rates=Rates(),
            policy=RetryPolicy(attempts=ATTEMPTS),
            fraction=lambda: 0.0,
            limits=limits,
        ) as session,
    ):
        yield session, server


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end


def gzipped(body: bytes, *, keep: int | None = None, framed: bool = True) -> bytes:
    data = gzip.compress(body, mtime=0)[:keep]
    if framed:
        return answer(data, headers="Content-Encoding: gzip\r\n")
    return b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + data


DAMAGED = {
    "cut at 0": sends(answer(b"", length=len(BODY))),
    "cut at 1": sends(answer(BODY[:1], length=len(BODY))),
    "cut at half": sends(answer(BODY[:9], length=len(BODY))),
    "cut at n-1": sends(answer(BODY[:-1], length=len(BODY))),
    "length too large": sends(answer(BODY, length=len(BODY) + 5)),
    "length too small": sends(answer(BODY, length=len(BODY) - 4)),
    "JSON cut, sound length": sends(answer(BODY[:-2])),
    "length is no number": sends(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + BODY),
    "two lengths": sends(answer(BODY, headers="Content-Length: 3\r\n")),
    "no final chunk": sends(chunked(BODY, end=b"")),
    "cut inside a chunk": sends(chunked(BODY)[:-12]),
    "chunk size is no number": sends(chunked(end=b"zz\r\n")),
    "gzip cut": sends(gzipped(BODY * 50, keep=-9)),
    "gzip cut, no length": sends(gzipped(BODY * 50, keep=-9, framed=False)),
    "not gzip at all": sends(answer(BODY, headers="Content-Encoding: gzip\r\n")),
    "an encoding not asked for": sends(answer(BODY, headers="Content-Encoding: br\r\n")),
    "JSON cut, no length": sends(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + BODY[:-1]),
    "no header end": sends(b"HTTP/1.1 200 OK\r\nContent-Type: app"),
    "not HTTP": sends(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "closed without a word": sends(),
    "reset": resets,
    "a web page": sends(
        answer(b"<html>sign in</html>").replace(b"application/json", b"text/html; charset=utf-8")
    ),
    "502": sends(answer(b"bad gateway", status="502 Bad Gateway")),
    "408": sends(answer(b"", status="408 Request Timeout")),
}


@pytest.mark.parametrize("damage", DAMAGED)
async def test_a_damaged_answer_to_a_read_is_asked_for_again(damage: str) -> None:
    """B1, B5, B6: nothing damaged is ever returned; the read is repeated and its whole answer returned."""
    async with session_against(DAMAGED[damage], sends(answer(BODY))) as (session, server):
        response = await session.call(READ)
    assert (response.status, response.content) == (200, BODY)
    assert (len(server.requests), session.counts.retried) == (2, 1)


@pytest.mark.parametrize("damage", DAMAGED)
async def test_a_damaged_answer_to_a_write_is_lost_and_never_repeated(damage: str) -> None:
    """C1: the write may have been carried out, so it is sent exactly once and the caller gets AnswerLost."""
    async with session_against(DAMAGED[damage], GOOD) as (session, server):
        with pytest.raises(AnswerLost, match="may or may not"):
            await session.call(WRITE)
    assert len(server.requests) == 1


@pytest.mark.parametrize("damage", DAMAGED)
async def test_an_answer_that_is_always_damaged_ends_in_an_error(damage: str) -> None:
    """B1, B5: a bounded number of attempts, then an error that names the call."""
    async with session_against(DAMAGED[damage]) as (session, server):
        with pytest.raises(ServiceError, match="GET /v3/entries"):
            await session.call(READ)
    assert len(server.requests) == ATTEMPTS


@pytest.mark.parametrize(
    "good",
    [
        chunked(BODY[:7], BODY[7:]),
        gzipped(BODY),
        gzipped(BODY, framed=False),
        answer(
            gzip.compress(BODY[:7], mtime=0) + gzip.compress(BODY[7:], mtime=0),
            headers="Content-Encoding: x-gzip\r\n",
        ),
        b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + BODY,
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + answer(BODY),
    ],
)
async def test_every_framing_of_a_complete_answer_is_read(good: bytes) -> None:
    """B1: chunked, gzip of one or two members, and a body that ends with the connection."""
    async with session_against(sends(good)) as (session, server):
        response = await session.call(READ)
    assert response.content == BODY
    assert len(server.requests) == 1


@pytest.mark.parametrize("request_", [READ, WRITE])
async def test_a_refused_connection_may_be_tried_again_and_ends_as_unreachable(request_: Request) -> None:
    """B6: not a byte was sent, so even a write is tried again, and the error is not AnswerLost."""
    async with session_against(GOOD) as (_, server):
        origin = server.origin
    policy = RetryPolicy(attempts=ATTEMPTS)
    async with open_session(origin, {}, policy=policy, fraction=lambda: 0.0, rates=Rates()) as session:
        with pytest.raises(Unreachable):
            await session.call(request_)
    assert session.counts.retried == ATTEMPTS - 1


async def test_a_name_that_does_not_exist_is_unreachable() -> None:
    """B6: a DNS failure is a connection fault, not a crash."""
    policy = RetryPolicy(attempts=1)
    async with open_session("http://nowhere.invalid", {}, policy=policy) as session:
        with pytest.raises(Unreachable):
            await session.call(READ)


async def test_a_server_without_tls_is_unreachable_even_for_a_write() -> None:
    """B6: the handshake fails before the request is written."""
    async with session_against(GOOD) as (_, server):
        origin = server.origin.replace("http:", "https:")
        brief = ExchangeLimits(connect=0.2)
        async with open_session(origin, {}, policy=RetryPolicy(attempts=1), limits=brief) as session:
            with pytest.raises(Unreachable):
                await session.call(WRITE)


@pytest.mark.parametrize(
    "slow",
    [
        stalls,
        sends(*(bytes([one]) for one in answer()), pause=0.05),
        sends(answer()[:70], *[b" "] * 100, pause=0.05),
    ],
    ids=["silence", "a byte at a time", "stops in the body"],
)
@pytest.mark.parametrize(("request_", "error"), [(READ, Unreachable), (WRITE, AnswerLost)])
async def test_a_slow_answer_ends_at_the_deadline(
    slow: Behaviour, request_: Request, error: type[ServiceError]
) -> None:
    """B6: every byte comes in time and the whole never does: the deadline of the exchange counts."""
    limits = ExchangeLimits(silence=10, deadline=0.3)
    async with session_against(slow, limits=limits) as (session, _):
        with pytest.raises(error, match="deadline"):
            await session.call(request_)


async def test_silence_ends_before_the_deadline() -> None:
    """B6: no byte at all for `silence` seconds is enough."""
    async with session_against(stalls, GOOD, limits=ExchangeLimits(silence=0.1)) as (session, server):
        assert (await session.call(READ)).ok
    assert len(server.requests) == 2


async def test_a_gzip_bomb_is_refused_in_bounded_memory() -> None:
    """B8: 64 MB of zeros in 64 kB; refused at the cap, in a small multiple of it, and not repeated."""
    bomb = gzipped(bytes(64 << 20))
    tracemalloc.start()
    try:
        async with session_against(sends(bomb), limits=ExchangeLimits(body=1 << 20)) as (session, server):
            with pytest.raises(BadAnswer, match="too large"):
                await session.call(READ)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12 << 20
    assert len(server.requests) == 1


async def test_an_answer_of_two_million_rows_is_refused_in_bounded_memory() -> None:
    """Each object takes much more memory than it has bytes: they are counted before they are made."""
    rows = b'{"entries": [' + b",".join([b'{"uid":"a"}'] * 2_000_000) + b"]}"
    tracemalloc.start()
    try:
        async with session_against(sends(answer(rows))) as (session, _):
            with pytest.raises(BadAnswer, match="more than 1000000 objects"):
                await session.call(READ)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(rows)


async def test_a_write_with_an_unusable_answer_is_lost() -> None:
    """C1: an answer too large to read, or a redirect, does not mean that nothing was carried out."""
    big, elsewhere = (
        sends(answer(bytes(2000))),
        sends(answer(b"", status="303 See Other", headers="Location: /x\r\n")),
    )
    async with session_against(big, elsewhere, limits=ExchangeLimits(body=1000)) as (session, server):
        for _ in range(2):
            with pytest.raises(AnswerLost):
                await session.call(WRITE)
    assert len(server.requests) == 2


async def test_an_announced_size_above_the_cap_is_refused_before_it_is_read() -> None:
    """B8: the header is enough."""
    async with session_against(sends(answer(b"", length=1 << 40))) as (session, server):
        with pytest.raises(BadAnswer, match="too large"):
            await session.call(READ)
    assert len(server.requests) == 1


async def test_a_connection_that_the_server_closed_meanwhile_does_not_lose_a_write() -> None:
    """C1: an idle connection that was closed is noticed before the next write goes out on it."""
    async with session_against(GOOD) as (session, server):
        for _ in range(3):
            assert (await session.call(WRITE)).ok
            await anyio.sleep(0.05)
    assert len(server.requests) == 3


@pytest.mark.parametrize("damage", ["cut at half", "no final chunk", "reset", "gzip cut"])
async def test_a_download_that_stops_short_is_an_error(damage: str) -> None:
    """B1: an asset's bytes are whole or BadAnswer, never silently fewer."""
    asset = Request(method="GET", path="/asset", budget=Budget.ASSET)
    async with session_against(DAMAGED[damage]) as (session, _):
        with pytest.raises((BadAnswer, Unreachable)):
            async with session.stream(asset) as stream:
                _ = [piece async for piece in stream]


async def test_a_slow_download_is_given_up() -> None:
    """B6: a download slower than the slowest useful rate ends, though each byte comes in time."""
    asset = Request(method="GET", path="/asset", budget=Budget.ASSET)
    drip = sends(answer(b"", length=1000), *[b"x"] * 1000, pause=0.05)
    async with (
        session_against(drip, limits=ExchangeLimits(deadline=0.3)) as (session, _),
        session.stream(asset) as stream,
    ):
        with pytest.raises(BadAnswer, match="cut short"):
            _ = [piece async for piece in stream]


async def test_a_download_can_be_left_early() -> None:
    """F2: leaving the block in the middle of a body closes the connection and leaves nothing behind."""
    asset = Request(method="GET", path="/asset", budget=Budget.ASSET)
    async with session_against(sends(answer(bytes(1 << 20)))) as (session, server):
        for _ in range(20):
            async with session.stream(asset) as stream:
                async for piece in stream:
                    assert piece
                    break
    assert len(server.requests) == 20


@pytest.mark.parametrize("headers", ["", "Content-Type: application/json\r\n", "Content-Length: 0\r\n"])
async def test_an_answer_without_content_is_whole(headers: str) -> None:
    """A 204 ends with its headers: it needs no length, and what type it names means nothing."""
    nothing = sends(f"HTTP/1.1 204 No Content\r\n{headers}\r\n".encode())
    async with session_against(nothing) as (session, server):
        response = await session.call(Request(method="DELETE", path="/v3/entries/one"))
    assert (response.status, response.content, len(server.requests)) == (204, b"", 1)
