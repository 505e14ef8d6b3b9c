"""Where credentials go, and where they must never be seen: a canary is searched for in everything."""

from __future__ import annotations

import io
import json
import logging
import traceback
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest
from loopback import Behaviour, answer, resets, sends, serving

from stackferry.core.rates import Rates
from stackferry.core.retry import RetryPolicy
from stackferry.errors import BadAnswer, ServiceError
from stackferry.io.http.session import Session, open_session
from stackferry.model import Budget, Request, Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.anyio

CANARY = "cs-invented-canary/41b9+f00d="
READ = Request(method="GET", path="/v3/entries")


@asynccontextmanager
async def session_at(
    origin: str, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Session]:
    async with open_session(
        origin,
        {"authtoken": Secret(CANARY), "authorization": Secret(f"Bearer {CANARY}")},
        rates=Rates(),
        policy=RetryPolicy(attempts=2),
        fraction=lambda: 0.0,
        transport=transport,
    ) as session:
        yield session


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that any logger logs at DEBUG."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.NOTSET)  # a test before this one may have made it quiet
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


def asset(url: str) -> Request:
    return Request(method="GET", path=url, headers=(("branch", "next"),), budget=Budget.ASSET)


def redirect(target: str) -> Behaviour:
    return sends(answer(b"", status="302 Found", headers=f"Location: {target}\r\n"))


def holds_canary(text: str) -> bool:
    return CANARY[:18] in text or CANARY[-6:] in text


async def test_credentials_reach_their_own_origin() -> None:
    """The session's own host gets them, for calls and for assets."""
    async with serving([sends(answer())]) as server, session_at(server.origin) as session:
        await session.call(READ)
        async with session.stream(asset(f"{server.origin}/a.png")) as stream:
            assert stream.ok
    assert all(f"authtoken: {CANARY}" in head and f"Bearer {CANARY}" in head for head in server.heads)


async def test_an_asset_on_another_host_gets_no_credentials() -> None:
    """B5: asset addresses come from the content; another port is another host already."""
    async with (
        serving([sends(answer())]) as home,
        serving([sends(answer())]) as other,
        session_at(home.origin) as session,
        session.stream(asset(f"{other.origin}/a.png")) as stream,
    ):
        assert stream.ok
    assert len(other.heads) == 1
    assert not holds_canary(other.heads[0])
    assert "branch" not in other.heads[0]


async def test_a_redirected_asset_takes_no_credentials_along() -> None:
    """B5: the redirect is followed, to another host without credentials."""
    async with (
        serving([sends(answer(b"bytes"))]) as other,
        serving([redirect(f"{other.origin}/a.png?X-Amz-Signature=abc")]) as home,
        session_at(home.origin) as session,
        session.stream(asset("/v3/assets/a")) as stream,
    ):
        assert b"".join([piece async for piece in stream]) == b"bytes"
    assert holds_canary(home.heads[0])
    assert not holds_canary(other.heads[0])
    assert "GET /a.png?X-Amz-Signature=abc " in other.heads[0]


async def test_a_redirected_api_call_is_not_followed() -> None:
    """B5: a redirect to another host on an API call is an error, at once, and nobody else is asked."""
    async with (
        serving([sends(answer())]) as other,
        serving([redirect(f"{other.origin}/v3")]) as home,
        session_at(home.origin) as session,
    ):
        with pytest.raises(BadAnswer, match="redirected"):
            await session.call(READ)
    assert (len(home.requests), len(other.requests)) == (1, 0)


async def test_a_redirect_loop_ends() -> None:
    """B5: five hops are enough for any delivery network."""
    async with serving([redirect("/again")]) as home, session_at(home.origin) as session:
        with pytest.raises(BadAnswer, match="more than 5"):
            async with session.stream(asset("/v3/assets/a")):
                pass
    assert len(home.requests) == 6


@pytest.mark.parametrize(
    "target", ["http://api.invented.example/a", "file:///etc/passwd", "ftp://x.example/a"]
)
async def test_a_redirect_away_from_https_is_not_followed(target: str) -> None:
    """B5: from https nothing leads to http, a file or anything else."""
    asked: list[httpx.Request] = []

    async def answers(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(302, headers={"location": target})

    async with session_at("https://api.invented.example", httpx.MockTransport(answers)) as session:
        with pytest.raises(BadAnswer, match="not safe"):
            async with session.stream(asset("/v3/assets/a")):
                pass
    assert len(asked) == 1


async def test_cookies_are_not_kept() -> None:
    """A cookie that the service sets is not sent back: the credential is the only identity."""
    cookie = sends(answer(headers="Set-Cookie: session=1; Path=/\r\n"))
    async with serving([cookie]) as server, session_at(server.origin) as session:
        await session.call(READ)
        await session.call(READ)
    assert not [head for head in server.heads if "cookie" in head.lower()]


ECHOES: dict[str, Behaviour] = {
    "good": sends(answer(headers=f"Set-Cookie: a={CANARY}\r\nX-Echo: {CANARY}\r\n")),
    "echo in an error": sends(answer(f'{{"error":"bad token {CANARY}"}}'.encode(), status="503 Down")),
    "echo in a redirect": redirect(f"https://elsewhere.example/{CANARY}?token={CANARY}"),
    "echo in the status line": sends(f"HTTP/1.1 200 {CANARY}\r\nContent-Length: {CANARY}\r\n\r\n".encode()),
    "echo in nonsense": sends(f"{CANARY}\r\n\r\n".encode()),
    "reset": resets,
    "cut": sends(answer(b"{", length=9)),
}


@pytest.mark.parametrize("behaviour", ECHOES)
@pytest.mark.parametrize("streamed", [False, True])
async def test_a_credential_is_in_no_log_message_traceback_or_repr(
    behaviour: str, streamed: bool, logged: io.StringIO
) -> None:
    """E1, E2: logs at DEBUG, tracebacks with all local variables; also if the service echoes it."""
    seen = ""
    async with serving([ECHOES[behaviour]]) as server, session_at(server.origin) as session:
        try:
            await _use(session, streamed=streamed)
        except ServiceError as error:
            calls = traceback.TracebackException.from_exception(error, capture_locals=True)
            seen = "".join(calls.format()) + repr(error) + repr(error.__context__) + repr(error.__cause__)
        seen += repr(session) + repr(vars(session)) + repr(session.counts)
    assert "send_request_headers" in logged.getvalue()
    assert holds_canary(server.requests[0].decode())
    # The first frame is this test's own, whose server has of course seen the canary.
    leaks = [line for line in seen.splitlines() if holds_canary(line) and not line.startswith("    server =")]
    assert leaks == []
    assert not holds_canary(logged.getvalue())


async def test_an_address_is_logged_without_its_signature_or_token(logged: io.StringIO) -> None:
    """E1: the library logs whole addresses at INFO; what signs them is masked."""
    token = CANARY.replace("/", "%2F")
    async with serving([sends(answer())]) as server, session_at(server.origin) as session:
        await session.call(Request(method="GET", path=f"/v3/entries?access_token={token}"))
        async with session.stream(asset(f"{server.origin}/a.png?Signature=s-41b9&Expires=5")) as stream:
            assert stream.ok
    assert "HTTP Request" in logged.getvalue()
    assert "Expires=5" in logged.getvalue()
    assert "s-41b9" not in logged.getvalue()
    assert not holds_canary(logged.getvalue())


async def _use(session: Session, *, streamed: bool) -> None:
    if not streamed:
        await session.call(READ)
        return
    async with session.stream(asset("/v3/assets/a")) as stream:
        async for _ in stream:
            pass


@pytest.mark.parametrize("status", ["401 Unauthorized", "422 Unprocessable Entity"])
async def test_a_refusal_that_repeats_the_credential_reaches_the_caller_masked(status: str) -> None:
    """The service's words become the text of an error, and errors are shown."""
    body = json.dumps({"error_message": f"bad token {CANARY}", "errors": {"token": [quote(CANARY)]}}).encode()
    async with serving([sends(answer(body, status=status))]) as server, session_at(server.origin) as session:
        refused = await session.call(READ)
    assert b"bad token ***" in refused.content
    assert not holds_canary(refused.content.decode())
