"""The session over a transport in memory, under a virtual clock: days of pacing in milliseconds."""

from __future__ import annotations

import gc
import random
import warnings
from contextlib import asynccontextmanager
from itertools import count, pairwise
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from declared_rates import separate_rates
from stackferry.core.rate_limit import Pacer
from stackferry.core.retry import RetryPolicy
from stackferry.errors import AnswerLost, BadAnswer, SnapshotCorrupt, Unreachable, UsageError
from stackferry.io.http.session import Session, open_session
from stackferry.model import Budget, FormPart, Request, Secret
from virtual_clock import VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

    from stackferry.core.rates import Rates

    Handler = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]

pytestmark = pytest.mark.anyio

ORIGIN = "https://api.invented.example"
TOKEN = Secret("cs-invented-token-7f3a")
READ = Request(method="GET", path="/v3/entries")
ASSET = Request(method="GET", path=f"{ORIGIN}/a.png", budget=Budget.ASSET)
WRITE = Request(method="POST", path="/v3/entries", body=b"{}", budget=Budget.WRITE, repeatable=False)


class Service:
    """A transport that answers from a list, then with 200, and records the requests and their times."""

    def __init__(
        self, clock: VirtualClock, *answers: httpx.Response | Exception, latency: float = 0.2
    ) -> None:
        self.clock = clock
        self.answers = list(answers)
        self.latency = latency
        self.requests: list[httpx.Request] = []
        self.bodies: list[bytes] = []
        self.times: list[float] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.times.append(self.clock.monotonic())
        self.bodies.append(await request.aread())
        await self.clock.sleep(self.latency)
        answer = self.answers.pop(0) if self.answers else httpx.Response(200, json={"ok": True})
        if isinstance(answer, Exception):
            raise answer
        return answer


@asynccontextmanager
async def session_over_transport(
    service: Handler, clock: VirtualClock, *, rates: Rates | None = None, policy: RetryPolicy | None = None
) -> AsyncIterator[Session]:
    chance = random.Random(1)
    async with (
        clock.running(),
        open_session(
            ORIGIN,
            {"authorization": TOKEN, "api_key": "blt0invented"},
            transport=httpx.MockTransport(service),
            clock=clock,
            rates=rates or separate_rates(),
            policy=policy,
            fraction=chance.random,
        ) as session,
    ):
        yield session


async def call_many(session: Session, number: int, *, workers: int = 8, request: Request = READ) -> None:
    """Send `number` requests from `workers` tasks."""
    left = iter(range(number))

    async def work() -> None:
        for _ in left:
            assert (await session.call(request)).ok

    async with anyio.create_task_group() as group:
        for _ in range(workers):
            group.start_soon(work)


async def test_a_steady_run_keeps_the_limit_and_wastes_little() -> None:
    """F1: eight tasks, 200 requests: never eleven in a second, and within 5 % of the limit."""
    clock = VirtualClock()
    service = Service(clock, latency=0.3)
    async with session_over_transport(service, clock) as session:
        await call_many(session, 200)
    assert min(late - early for early, late in zip(service.times, service.times[10:], strict=False)) >= 1
    assert service.times[-1] <= 1.05 * 20
    assert session.counts.as_json() == {"read": 200, "write": 0, "bulk": 0, "asset": 0, "retried": 0}


async def test_sessions_of_one_organization_share_one_pacer() -> None:
    """F1: a copy reads from two stacks; both count against one limit."""
    clock, pacer = VirtualClock(), Pacer(separate_rates())
    service = Service(clock)
    transport = httpx.MockTransport(service)
    async with (
        clock.running(),
        open_session(ORIGIN, {}, transport=transport, clock=clock, pacer=pacer) as one,
        open_session(
            "https://eu.invented.example", {}, transport=transport, clock=clock, pacer=pacer
        ) as other,
        anyio.create_task_group() as group,
    ):
        group.start_soon(call_many, one, 50)
        group.start_soon(call_many, other, 50)
    assert min(late - early for early, late in zip(service.times, service.times[10:], strict=False)) >= 1


@pytest.mark.parametrize("request_", [READ, WRITE])
@pytest.mark.parametrize("after", ["7", "Tue, 14 Nov 2023 22:13:28 GMT"])
async def test_one_refusal_pauses_every_task(request_: Request, after: str) -> None:
    """B4: Retry-After in seconds or as a date; nobody sends before, and the refused write is sent again."""
    clock = VirtualClock()
    refusal = httpx.Response(429, headers={"retry-after": after, "date": "Tue, 14 Nov 2023 22:13:21 GMT"})
    service = Service(clock, refusal)
    async with session_over_transport(service, clock) as session:
        await call_many(session, 30, request=request_)
    gaps = [late - early for early, late in pairwise(service.times)]
    assert max(gaps) >= 7 - 0.2
    assert not [time for time in service.times if 0.2 + 1e-6 < time < 7.2 - 1e-6]
    assert (len(service.times), session.counts.retried) == (31, 1)


async def test_a_storm_of_refusals_loses_nothing() -> None:
    """B4: nine of ten refused for half a minute; every request is answered in the end."""
    clock, chance = VirtualClock(), random.Random(4)
    good = Service(clock)

    async def stormy(request: httpx.Request) -> httpx.Response:
        if 5 < clock.monotonic() < 35 and chance.random() < 0.9:
            return httpx.Response(429, headers={"retry-after": "1"})
        return await good(request)

    async with session_over_transport(stormy, clock) as session:
        await call_many(session, 400)
    assert len(good.times) == 400
    assert session.counts.read == 400 + session.counts.retried
    assert good.times[-1] <= 40 * 1.1 + 30 + 5  # 5 s: what the climb back to the full rate costs once


async def test_throttling_without_end_ends_the_run_with_advice() -> None:
    """B4: after minutes of 429 the error says that the same command resumes."""
    clock = VirtualClock()

    async def refuses(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(429, json={"error_message": "slow down"})

    async with session_over_transport(refuses, clock) as session:
        with pytest.raises(Unreachable, match=r"429.*slow down.*run the same command again"):
            await session.call(READ)
    assert 300 <= clock.monotonic() < 600


@pytest.mark.parametrize("status", [200, 201, 204, 400, 401, 403, 404, 409, 412, 422])
async def test_every_answer_of_the_api_itself_goes_to_the_caller(status: int) -> None:
    """B5: a 4xx is the provider's to read; it is not raised, not repeated and not slowed down."""
    clock = VirtualClock()
    service = Service(clock, httpx.Response(status, content=b'{"error_code":119}', headers={"X-Thing": "1"}))
    async with session_over_transport(service, clock) as session:
        response = await session.call(WRITE)
    assert (response.status, response.headers["x-thing"], response.content) == (
        status,
        "1",
        b'{"error_code":119}',
    )
    assert len(service.requests) == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 599])
async def test_a_failing_read_is_repeated_with_growing_delays_and_given_up(status: int) -> None:
    """B5: eight attempts with back-off, then BadAnswer with the service's own words."""
    clock = VirtualClock()
    service = Service(clock, *[httpx.Response(status, json={"error_message": "out of luck"})] * 20)
    async with session_over_transport(service, clock) as session:
        with pytest.raises(BadAnswer, match=f"{status}.*out of luck"):
            await session.call(READ)
    assert len(service.requests) == 8
    assert 1 < service.times[-1] < 65


async def test_retry_after_on_a_503_is_honoured() -> None:
    """B5: as a service in maintenance sends it."""
    clock = VirtualClock()
    service = Service(clock, httpx.Response(503, headers={"retry-after": "20"}))
    async with session_over_transport(service, clock) as session:
        assert (await session.call(READ)).ok
    assert service.times[1] >= 20


async def test_a_service_that_is_down_ends_the_run_in_bounded_time() -> None:
    """B6: after a minute of failures alone; the error says that the same command resumes."""
    clock = VirtualClock()
    service = Service(clock, *[httpx.ReadError("reset")] * 10_000)
    patient = RetryPolicy(attempts=1000)
    async with session_over_transport(service, clock, policy=patient) as session:
        with pytest.raises(Unreachable, match=r"down.*run the same command again"):
            await session.call(READ)
    assert 60 <= clock.monotonic() < 600


async def test_one_poisoned_object_does_not_look_like_an_outage() -> None:
    """B5: one path that always fails gives up alone while the others go on."""
    clock = VirtualClock()
    good = Service(clock)

    async def poisoned(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500) if request.url.path == "/v3/poisoned" else await good(request)

    async with session_over_transport(poisoned, clock) as session, anyio.create_task_group() as group:
        group.start_soon(call_many, session, 600)
        for _ in range(4):
            with pytest.raises(BadAnswer):
                await session.call(Request(method="GET", path="/v3/poisoned"))
    assert len(good.times) == 600


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("late"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("cut"),
        httpx.WriteError(""),
    ],
)
async def test_a_write_whose_answer_is_lost_is_not_repeated(error: Exception) -> None:
    """C1: after the first byte only the caller can find out what happened."""
    clock = VirtualClock()
    service = Service(clock, error)
    async with session_over_transport(service, clock) as session:
        with pytest.raises(AnswerLost, match="POST /v3/entries"):
            await session.call(WRITE)
    assert len(service.requests) == 1


async def test_a_repeatable_write_is_repeated_after_a_lost_answer() -> None:
    clock = VirtualClock()
    service = Service(clock, httpx.ReadError("reset"))
    async with session_over_transport(service, clock) as session:
        put = Request(method="PUT", path="/v3/labels/x", body=b"{}", budget=Budget.WRITE)
        assert (await session.call(put)).ok
    assert session.counts.as_json()["write"] == 2


async def test_a_request_is_sent_as_it_was_built() -> None:
    """The address, parameters, JSON body and headers arrive as given, and the session's headers with them."""
    clock = VirtualClock()
    service = Service(clock)
    async with session_over_transport(service, clock) as session:
        await session.call(
            Request(
                method="PUT",
                path="/v3/content_types/a%2Fb",
                params=(("locale", "en-us"), ("query", '{"a":1}'), ("locale", "de")),
                headers=(("branch", "next"), ("API_KEY", "blt1other")),
                body='{"title":"Grüße"}'.encode(),
                budget=Budget.WRITE,
            )
        )
    (request,) = service.requests
    address = b"/v3/content_types/a%2Fb?locale=en-us&query=%7B%22a%22%3A1%7D&locale=de"
    assert request.url.raw_path == address
    assert request.headers["branch"] == "next"
    assert request.headers.get_list("api_key") == ["blt1other"]
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == TOKEN.reveal()
    assert request.headers["accept-encoding"] == "gzip"
    assert service.bodies == ['{"title":"Grüße"}'.encode()]


async def test_a_form_is_streamed_from_disk_again_at_every_attempt(tmp_path: Path) -> None:
    """C1: an upload that is refused is sent whole a second time; the file is never held in memory."""
    clock = VirtualClock()
    service = Service(clock, httpx.Response(429, headers={"retry-after": "0"}))
    path = tmp_path / "bytes"
    path.write_bytes(bytes(range(256)) * 4000)
    parts = (
        FormPart("asset[upload]", path, filename='ma"p\r\nX: 1 é.png', media_type="image/png\r\nX-Evil: 1"),
        FormPart("asset[title]", "Straße".encode()),
    )
    async with session_over_transport(service, clock) as session:
        await session.call(Request(method="POST", path="/v3/assets", parts=parts, budget=Budget.WRITE))
    assert len(service.requests) == 2
    for request, body in zip(service.requests, service.bodies, strict=True):
        assert int(request.headers["content-length"]) == len(body)
        boundary = request.headers["content-type"].partition("boundary=")[2].encode()
        first, second, end = (piece.strip(b"-") for piece in body.split(boundary)[1:])
        head, _, content = first.partition(b"\r\n\r\n")
        assert head.decode().split("\r\n") == [
            "",
            'Content-Disposition: form-data; name="asset[upload]"; filename="ma%22p%0D%0AX: 1 é.png"',
            "Content-Type: application/octet-stream",
        ]
        assert content.removesuffix(b"\r\n") == path.read_bytes()
        assert second == b'\r\nContent-Disposition: form-data; name="asset[title]"\r\n\r\nStra\xc3\x9fe\r\n'
        assert end == b"--\r\n".strip(b"-")


async def test_an_upload_whose_file_is_gone_or_changes_is_a_damaged_snapshot(tmp_path: Path) -> None:
    """I7: a file that is not what the snapshot says is never sent as if it were."""
    path = tmp_path / "bytes"
    upload = Request(
        method="POST", path="/v3/assets", parts=(FormPart("asset[upload]", path, "a"),), budget=Budget.WRITE
    )

    class Grows(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            path.write_bytes(b"longer than before")
            await request.aread()
            return httpx.Response(200)

    async with open_session(ORIGIN, {}, transport=Grows()) as session:
        with pytest.raises(SnapshotCorrupt, match="cannot read"):
            await session.call(upload)
        path.write_bytes(b"short")
        with pytest.raises(SnapshotCorrupt, match="changed while"):
            await session.call(upload)


@pytest.mark.parametrize("what", ["a form", "a file", "bytes"])
async def test_a_body_that_is_broken_off_leaves_nothing_open(tmp_path: Path, what: str) -> None:
    """Its connection breaks after a piece: on trio, whatever would read on is told of when it is collected."""
    path, clock = tmp_path / "bytes", VirtualClock()
    path.write_bytes(bytes(1 << 20))
    upload = Request(
        method="POST",
        path="/v3/assets",
        parts=(FormPart("asset[upload]", path, "a"),) if what == "a form" else (),
        file=path if what == "a file" else None,
        body=b"{}" if what == "bytes" else None,
        budget=Budget.WRITE,
        repeatable=False,
    )
    taken: list[int] = []

    class Breaks(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            assert isinstance(request.stream, httpx.AsyncByteStream)
            async for piece in request.stream:
                taken.append(len(piece))
                raise httpx.WriteError("the connection is gone")
            raise AssertionError("there was no piece")

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        async with clock.running(), open_session(ORIGIN, {}, transport=Breaks(), clock=clock) as session:
            with pytest.raises(AnswerLost):
                await session.call(upload)
        gc.collect()
        await anyio.lowlevel.checkpoint()
    assert taken
    assert [str(one.message) for one in told] == []


async def test_opening_a_download_is_repeated_as_a_call_is() -> None:
    """B5: asset bytes have their own budget and no rate."""
    clock = VirtualClock()
    service = Service(
        clock, httpx.Response(503), httpx.ConnectError("no"), httpx.Response(200, content=b"abc")
    )
    async with session_over_transport(service, clock) as session, session.stream(ASSET) as stream:
        assert (stream.status, stream.ok, stream.headers["content-length"]) == (200, True, "3")
        assert b"".join([piece async for piece in stream]) == b"abc"
    assert session.counts.as_json() == {"read": 0, "write": 0, "bulk": 0, "asset": 3, "retried": 2}


async def test_a_refused_download_goes_to_the_caller() -> None:
    """B5: a missing asset is the caller's gap."""
    clock = VirtualClock()
    service = Service(clock, httpx.Response(404, content=b"gone"))
    async with session_over_transport(service, clock) as session, session.stream(ASSET) as stream:
        assert (stream.status, [piece async for piece in stream]) == (404, [b"gone"])


@pytest.mark.parametrize(
    "address",
    [
        "https://[bad/a.png",
        "https://a..b/a.png",
        "file:///etc/passwd",
        "https://x:99999/a",
        "data:,x",
        "https://",
    ],
)
async def test_an_asset_address_that_cannot_be_used_is_a_bad_answer(address: str) -> None:
    """B5: content can hold any address; one bad asset must not end a run."""
    async with open_session(ORIGIN, {}, policy=RetryPolicy(attempts=1)) as session:
        with pytest.raises((BadAnswer, Unreachable)):
            async with session.stream(Request(method="GET", path=address, budget=Budget.ASSET)):
                pass


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("//images.invented.example/a.png", "https://images.invented.example/a.png"),
        ("/v3/assets/a", f"{ORIGIN}/v3/assets/a"),
        ("http://old.invented.example/a b.png?x=1&y=%2F", "http://old.invented.example/a%20b.png?x=1&y=%2F"),
    ],
)
async def test_asset_addresses_are_resolved_as_content_holds_them(address: str, expected: str) -> None:
    """Addresses without a scheme, of the own host, or with a space in them are fetched as meant."""
    clock = VirtualClock()
    service = Service(clock)
    asset = Request(method="GET", path=address, budget=Budget.ASSET)
    async with session_over_transport(service, clock) as session, session.stream(asset) as stream:
        assert stream.ok
    assert str(service.requests[0].url) == expected


@pytest.mark.parametrize(
    ("origin", "headers"),
    [
        ("api.example.com", {}),
        ("ftp://api.example.com", {}),
        ("https://", {}),
        ("https://api.example.com/v3", {}),
        ("https://user@api.example.com", {}),
        (ORIGIN, {"authtoken": Secret("cs-invented\ntoken")}),
        (ORIGIN, {"authtoken": Secret("cs-invented-tökén")}),
        (ORIGIN, {"authtoken": Secret("cs-invented-token ")}),
    ],
)
async def test_a_mistyped_origin_or_token_is_refused_before_anything_is_sent(
    origin: str, headers: dict[str, Secret]
) -> None:
    """E1: with a usage error whose text does not hold the token."""
    with pytest.raises(UsageError) as caught:
        async with open_session(origin, headers):
            pass
    assert "cs-invented" not in str(caught.value)


@pytest.mark.parametrize("path", ["https://elsewhere.example/v3", "@elsewhere.example/", "v3/entries"])
async def test_an_api_call_never_leaves_its_origin(path: str) -> None:
    """B5: only an asset may name another host."""
    clock = VirtualClock()
    service = Service(clock)
    async with session_over_transport(service, clock) as session:
        with pytest.raises(ValueError, match="slash"):
            await session.call(Request(method="GET", path=path))
    assert service.requests == []


async def test_cancelled_tasks_block_nobody() -> None:
    """F2: cancelled while they wait for their turn or their answer."""
    clock = VirtualClock()
    service = Service(clock, latency=5)
    async with session_over_transport(service, clock, rates=separate_rates(read=2)) as session:
        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(session.call, READ)
            await clock.sleep(1.7)
            group.cancel_scope.cancel()
        assert (await session.call(READ)).ok


async def test_an_answer_that_takes_an_hour_ends_at_the_deadline() -> None:
    """B6: on the clock that was passed in."""
    clock = VirtualClock()
    numbers = count()

    async def slow(_request: httpx.Request) -> httpx.Response:
        await clock.sleep(3600 if next(numbers) == 0 else 1)
        return httpx.Response(200)

    async with session_over_transport(slow, clock) as session:
        assert (await session.call(READ)).ok
    assert 180 <= clock.monotonic() < 200


REFUSED = httpx.ConnectError("connection refused")


async def test_a_service_that_was_never_reached_is_reported_soon() -> None:
    """B6: after three quick attempts: a wrong address stays wrong."""
    clock = VirtualClock()
    service = Service(clock, *[REFUSED] * 9)
    async with session_over_transport(service, clock) as session:
        with pytest.raises(Unreachable, match="connection refused"):
            await session.call(READ)
    assert len(service.requests) == 3
    assert clock.monotonic() <= 3


@pytest.mark.parametrize("first_answer", [httpx.Response(200), httpx.Response(401), httpx.ReadError("reset")])
async def test_an_outage_within_a_run_is_waited_out(first_answer: httpx.Response | Exception) -> None:
    """B6: once there was a connection the address is right, and refused connections are an outage that may end."""
    clock = VirtualClock()
    service = Service(clock, first_answer, *[REFUSED] * 6)
    async with session_over_transport(service, clock) as session:
        await session.call(READ)
        assert (await session.call(READ)).ok
    assert len(service.requests) == 8 + isinstance(first_answer, Exception)
