"""What a system may say of itself when a session opens: meanings of answers, several origins, running actions."""

from __future__ import annotations

import zipfile
from contextlib import asynccontextmanager
from io import BytesIO
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest
from loopback import Behaviour, answer, sends, serving

from stackferry import __version__
from stackferry.core.answer_rules import AnswerRules
from stackferry.core.rates import Lane, Rates
from stackferry.core.retry import RetryPolicy
from stackferry.errors import AccessError, AnswerLost, BadAnswer, SnapshotCorrupt
from stackferry.io.http.session import Session, open_session
from stackferry.model import Budget, FormPart, Request, Response, Secret
from virtual_clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from stackferry.io.http.transport import ResponseStream

pytestmark = pytest.mark.anyio

READ = Request(method="GET", path="/v1/notes")
WRITE = Request(method="POST", path="/v1/notes", body=b"{}", budget=Budget.WRITE, repeatable=False)
JOB = Request(method="POST", path="/v1/jobs", body=b"{}", budget=Budget.BULK, repeatable=False)
HEADERS = {"authorization": Secret("invented-token-55c1")}
SHARED = Rates(
    lanes={"requests": Lane(rate=10), "jobs": Lane(running=2)},
    spends={Budget.READ: ("requests",), Budget.WRITE: ("requests",), Budget.BULK: ("requests", "jobs")},
)


def sign_in_problem(response: Response) -> str:
    """As a service does whose expired tokens are answered with a page, and whose reason stands in a header."""
    if response.status == 203 or "/_signin" in response.headers.get("location", ""):
        return response.headers.get("x-problem", "sign in again")
    return "sign in again" if b"<title>Sign in" in response.content else ""


RULES = AnswerRules(
    is_throttling=lambda _, response: b"RateLimit" in response.content, sign_in_problem=sign_in_problem
)


@asynccontextmanager
async def session_at(origin: str, **given: str) -> AsyncIterator[Session]:
    """A session with these other origins."""
    async with open_session(
        origin,
        HEADERS,
        origins=given,
        rules=RULES,
        policy=RetryPolicy(attempts=3),
        fraction=lambda: 0.0,
    ) as session:
        yield session


@asynccontextmanager
async def session_over(
    respond: Callable[[httpx.Request], httpx.Response], rates: Rates = SHARED
) -> AsyncIterator[tuple[Session, VirtualClock]]:
    """A session over a transport in memory, under a virtual clock. Answers take 0.1 s."""
    clock = VirtualClock()

    async def later(request: httpx.Request) -> httpx.Response:
        await clock.sleep(0.1)
        return respond(request)

    transport = httpx.MockTransport(later)
    async with (
        clock.running(),
        open_session(
            "https://invented.example", HEADERS, rates=rates, rules=RULES, clock=clock, transport=transport
        ) as session,
    ):
        yield session, clock


# The server closes each connection after one answer, and says so: else the next request could meet the closing.
CLOSE = "Connection: close\r\n"
FINE = sends(answer(headers=CLOSE))


def page(body: bytes, status: str = "200 OK", headers: str = "") -> Behaviour:
    whole = answer(body, status=status, headers=headers + CLOSE)
    return sends(whole.replace(b"application/json", b"text/html; charset=utf-8"))


async def whole(stream: ResponseStream) -> bytes:
    return b"".join([piece async for piece in stream])


async def test_a_429_that_is_no_throttling_goes_to_the_caller_and_pauses_nobody() -> None:
    """A job that is already running: the provider waits for it; requests go on."""
    busy = httpx.Response(429, json={"id": "JobRunning"}, headers={"retry-after": "60"})
    async with session_over(lambda request: busy if request.method == "POST" else httpx.Response(200)) as (
        one,
        clock,
    ):
        assert (await one.call(JOB)).status == 429
        assert (await one.call(READ)).ok
        assert clock.monotonic() < 1
    assert one.counts.retried == 0


async def test_a_429_that_is_throttling_is_waited_out() -> None:
    answers = iter([httpx.Response(429, json={"id": "RateLimit"}, headers={"retry-after": "60"})])
    async with session_over(lambda _: next(answers, httpx.Response(200))) as (one, clock):
        assert (await one.call(WRITE)).ok
        assert clock.monotonic() > 60


SIGN_IN = {
    "203 with the reason in a header": page(
        b"<html>", "203 Non-Authoritative", "X-Problem: the token has expired\r\n"
    ),
    "200 with a page": page(b"<title>Sign in</title>"),
    "302": sends(answer(b"", status="302 Found", headers="Location: /_signin?realm=1\r\n")),
}


@pytest.mark.parametrize("behaviour", SIGN_IN)
@pytest.mark.parametrize("request_", [READ, WRITE])
async def test_a_sign_in_page_ends_the_run_at_once(behaviour: str, request_: Request) -> None:
    """Neither repeated nor taken for a lost answer: nothing was carried out."""
    async with serving([SIGN_IN[behaviour]]) as server, session_at(server.origin) as session:
        with pytest.raises(AccessError, match=r"/v1/notes: (sign in again|the token has expired)"):
            await session.call(request_)
    assert len(server.requests) == 1


async def test_a_token_in_the_reason_of_a_sign_in_page_is_masked() -> None:
    echo = page(b"<html>", "203 Non-Authoritative", "X-Problem: invented-token-55c1 has expired\r\n")
    async with serving([echo]) as server, session_at(server.origin) as session:
        with pytest.raises(AccessError, match="has expired") as caught:
            await session.call(READ)
    assert "55c1" not in str(caught.value)


@pytest.mark.parametrize("behaviour", ["203 with the reason in a header", "302"])
async def test_a_sign_in_page_in_place_of_a_file_ends_the_run_at_once(behaviour: str) -> None:
    async with serving([SIGN_IN[behaviour]]) as server, session_at(server.origin) as session:
        with pytest.raises(AccessError):
            await session.download(READ, whole)
    assert len(server.requests) == 1


async def test_any_other_web_page_is_asked_for_again() -> None:
    """A proxy's page: a read is repeated; a write may have been carried out."""
    proxy = page(b"<title>Bad gateway</title>")
    async with serving([proxy, FINE, proxy]) as server, session_at(server.origin) as session:
        assert (await session.call(READ)).ok
        with pytest.raises(AnswerLost, match="web page"):
            await session.call(WRITE)
    assert len(server.requests) == 3


async def test_a_request_to_another_origin_of_the_place_carries_the_credential() -> None:
    """A call, and an address on that origin that stands in content."""
    async with (
        serving([FINE]) as home,
        serving([FINE]) as uploads,
        session_at(home.origin, uploads=uploads.origin) as session,
    ):
        await session.call(Request(method="POST", path="/v1/uploads", body=b"{}", origin="uploads"))
        await session.download(
            Request(method="GET", path=f"{uploads.origin}/a.png", budget=Budget.ASSET), whole
        )
        await session.call(READ)
    assert [head.partition(" HTTP")[0] for head in uploads.heads] == ["POST /v1/uploads", "GET /a.png"]
    assert [head.partition(" HTTP")[0] for head in home.heads] == ["GET /v1/notes"]
    assert all("authorization: invented-token-55c1" in head for head in [*uploads.heads, *home.heads])


async def test_a_download_that_is_redirected_to_another_origin_of_the_place_keeps_the_credential() -> None:
    async with (
        serving([sends(answer(b"log"))]) as logs,
        serving([sends(answer(b"", status="302 Found", headers=f"Location: {logs.origin}/l\r\n"))]) as home,
        session_at(home.origin, logs=logs.origin) as session,
    ):
        assert (await session.download(READ, whole)).kept == b"log"
    assert "invented-token-55c1" in logs.heads[0]


async def test_an_origin_that_the_system_does_not_declare_is_never_asked() -> None:
    """A request cannot bring its own host."""
    async with serving([FINE]) as server, session_at("https://invented.example") as session:
        with pytest.raises(ValueError, match="declares no origin"):
            await session.call(Request(method="GET", path="/v1", origin=server.origin))
    assert server.requests == []


def zipped() -> bytes:
    gzipped = BytesIO()
    with zipfile.ZipFile(gzipped, "w") as archive:
        archive.writestr("1/task.log", "done\n" * 1000)
    return gzipped.getvalue()


ZIP = zipped()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nConnection: close\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n%s\r\n0\r\n\r\n" % (len(ZIP), ZIP)


@pytest.mark.parametrize("framing", [CHUNKED, HEAD + b"\r\n" + ZIP])
async def test_bytes_that_the_api_itself_serves_are_streamed_without_a_length(framing: bytes) -> None:
    """With the credential, counted as a read."""
    logs = Request(method="GET", path="/v1/runs/7/logs")
    async with serving([sends(framing)]) as server, session_at(server.origin) as session:
        assert (await session.download(logs, whole)).kept == ZIP
    assert "invented-token-55c1" in server.heads[0]
    assert session.counts.as_json() == {"read": 1, "write": 0, "bulk": 0, "asset": 0, "retried": 0}


async def test_a_stream_that_stops_before_its_last_chunk_is_fetched_again() -> None:
    async with serving([sends(CHUNKED[:-5]), sends(CHUNKED)]) as server, session_at(server.origin) as session:
        assert (await session.download(READ, whole)).kept == ZIP
    assert len(server.requests) == 2


async def test_downloads_under_the_api_limit_keep_it() -> None:
    """Reads and downloads share the lane: 41 take four seconds at ten a second."""
    async with session_over(lambda _: httpx.Response(200, content=b"bytes")) as (one, clock):
        async with anyio.create_task_group() as group:
            for number in range(41):
                group.start_soon(*((one.call, READ) if number % 2 else (one.download, READ, whole)))
        assert 3.7 <= clock.monotonic() <= 4.5


async def test_a_file_is_streamed_as_the_body_with_its_length_and_type(tmp_path: Path) -> None:
    """Again from its start when the first attempt was throttled."""
    path = tmp_path / "bytes"
    path.write_bytes(bytes(range(256)) * 4000)
    upload = Request(
        method="POST",
        path="/v1/uploads",
        file=path,
        media_type="application/octet-stream",
        budget=Budget.WRITE,
    )
    refusal = sends(answer(b'{"id":"RateLimit"}', status="429 Slow", headers=f"Retry-After: 0\r\n{CLOSE}"))
    async with serving([refusal, FINE]) as server, session_at(server.origin) as session:
        assert (await session.call(upload)).ok
    assert len(server.requests) == 2
    for head, request in zip(server.heads, server.requests, strict=True):
        assert f"content-length: {path.stat().st_size}\r\n" in f"{head}\r\n"
        assert "content-type: application/octet-stream\r\n" in f"{head}\r\n"
        assert request.partition(b"\r\n\r\n")[2] == path.read_bytes()


async def test_a_file_that_is_gone_is_a_damaged_snapshot(tmp_path: Path) -> None:
    async with session_at("https://invented.example") as session:
        with pytest.raises(SnapshotCorrupt, match="cannot read"):
            await session.call(Request(method="POST", path="/v1/uploads", file=tmp_path / "gone"))


async def test_a_body_carries_its_media_type() -> None:
    patch = Request(method="PATCH", path="/v1/notes/1", body=b"[]", media_type="application/json-patch+json")
    async with serving([FINE]) as server, session_at(server.origin) as session:
        await session.call(patch)
    assert "content-type: application/json-patch+json" in server.heads[0]


async def test_the_client_names_itself_on_every_request() -> None:
    """Calls, uploads, downloads, and files from hosts that are not the service's."""
    form = Request(method="POST", path="/v1/files", parts=(FormPart("file", b"x", "x"),))
    async with (
        serving([FINE]) as elsewhere,
        serving([FINE]) as server,
        session_at(server.origin) as session,
    ):
        for request in (READ, WRITE, form):
            await session.call(request)
        await session.download(READ, whole)
        await session.download(Request(method="GET", path=elsewhere.origin, budget=Budget.ASSET), whole)
    heads = [*server.heads, *elsewhere.heads]
    assert len(heads) == 5
    assert [head.lower().count("user-agent:") for head in heads] == [1] * 5
    assert all(f"user-agent: stackferry/{__version__}\r\n" in f"{head}\r\n" for head in heads)


async def test_a_session_starts_no_more_actions_than_may_run() -> None:
    """The third job is sent when one of the first two has ended."""
    async with session_over(lambda _: httpx.Response(200)) as (one, clock):
        for _ in range(2):
            await one.call(JOB)
        sent: list[float] = []

        async def third() -> None:
            await one.call(JOB)
            sent.append(clock.monotonic())

        async with anyio.create_task_group() as group:
            group.start_soon(third)
            await clock.sleep(30)
            assert sent == []
            assert (await one.call(READ)).ok  # a look at a running job
            one.action_ended(Budget.BULK)
            await clock.sleep(1)
            assert len(sent) == 1


async def test_an_action_whose_request_failed_does_not_run() -> None:
    """A lost answer leaves no lane occupied for ever."""

    def cut(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("reset")

    async with session_over(cut) as (one, _):
        for _number in range(5):
            with pytest.raises(AnswerLost):
                await one.call(JOB)


async def test_without_rules_a_web_page_and_a_redirect_are_no_sign_in_pages() -> None:
    async with serving([SIGN_IN["302"]]) as server, open_session(server.origin, HEADERS) as session:
        with pytest.raises(BadAnswer, match="redirected"):
            await session.call(READ)
