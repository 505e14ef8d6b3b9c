"""What every call has in common: transports, credentials, branches, limits, unknown paths, the log."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import anyio
import httpx
import pytest
from emulator_desk import KEY, READ_ONLY, TOKEN, Desk, open_desk

from stackferry.emulators.contentstack import Emulator, Limits, Switches, run, serve


def test_starts_on_a_socket_well_under_a_second() -> None:
    """Serving is cheap enough for every test to have an emulator of its own."""
    begun = time.perf_counter()
    with serve(Emulator()) as origin:
        assert httpx.get(f"{origin}/v3/locales").status_code == 412
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_answers_in_process_on_either_loop(backend: str) -> None:
    """As an ASGI application it needs no socket and no particular event loop."""

    async def ask() -> httpx.Response:
        emulator = Emulator()
        emulator.add_stack(api_key=KEY, management_token=TOKEN)
        transport = httpx.ASGITransport(app=emulator)
        async with httpx.AsyncClient(transport=transport, base_url="http://cma.example.invalid") as client:
            return await client.get("/v3/locales", headers={"api_key": KEY, "authorization": TOKEN})

    answer = anyio.run(ask, backend=backend)
    assert [one["code"] for one in answer.json()["locales"]] == ["en-us"]


def test_run_serves_until_cancelled() -> None:
    """The foreground server answers on the port that it is given."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    async def scenario() -> int:
        async with anyio.create_task_group() as tasks, httpx.AsyncClient() as client:
            tasks.start_soon(run, Emulator(), "127.0.0.1", port)
            await anyio.sleep(0.1)
            status = (await client.get(f"http://127.0.0.1:{port}/v3/locales")).status_code
            tasks.cancel_scope.cancel()
        return status

    assert anyio.run(scenario) == 412


def test_keeps_one_connection_for_many_requests(desk: Desk) -> None:
    """Keep-alive works, for bodies of known and of unknown length."""
    with socket.create_connection((desk.http.base_url.host, desk.http.base_url.port or 0)) as raw:
        chunked = (
            f"POST /v3/locales HTTP/1.1\r\nhost: x\r\napi_key: {KEY}\r\nauthorization: {TOKEN}\r\n"
            "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
            '1e\r\n{"locale":{"code":"fr","name":\r\n5\r\n"fr"}\r\n1\r\n}\r\n0\r\n\r\n'
        )
        raw.sendall(chunked.encode())
        assert b"201" in raw.recv(65536)
        raw.sendall(f"GET /v3/locales HTTP/1.1\r\nhost: x\r\napi_key: {KEY}\r\n\r\n".encode())
        assert b"401" in raw.recv(65536)


def test_refuses_what_is_not_http(desk: Desk) -> None:
    """Nonsense on the socket is answered with 400 and a closed connection, and harms nobody else."""
    with socket.create_connection((desk.http.base_url.host, desk.http.base_url.port or 0)) as raw:
        raw.sendall(b"\x00\x01nonsense\r\n\r\n")
        assert b" 400 " in raw.recv(65536)
        assert raw.recv(65536) == b""
    assert desk.get("/locales")["locales"]


def test_serves_many_connections_at_once(desk: Desk) -> None:
    """Concurrent writers each get their own answer, and every write is counted."""
    codes = [f"x{number}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(desk.locale, codes))
    assert {one["code"] for one in desk.get("/locales")["locales"]} == {"en-us", *codes}
    assert desk.emulator.count("write") == 40


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({}, (412, 109)),
        ({"api_key": "blt_unknown", "authorization": TOKEN}, (412, 109)),
        ({"api_key": KEY}, (401, 105)),
        ({"api_key": KEY, "authorization": "cs-wrong"}, (401, 105)),
        ({"api_key": KEY, "authtoken": "wrong"}, (401, 105)),
        ({"api_key": KEY, "authorization": f"Bearer {TOKEN}"}, (401, 105)),
    ],
)
def test_refuses_unknown_credentials(desk: Desk, headers: dict[str, str], refusal: tuple[int, int]) -> None:
    """An unknown stack is 412/109 and an unknown token 401/105; a management token is no OAuth token."""
    answer = httpx.get(f"{desk.http.base_url}locales", headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == refusal


@pytest.mark.parametrize(
    "credential",
    [
        {"authorization": TOKEN},
        {"authtoken": "invented-authtoken"},
        {"authorization": "Bearer invented-oauth"},
    ],
)
def test_accepts_each_kind_of_credential(desk: Desk, credential: dict[str, str]) -> None:
    """Management token, authtoken and OAuth token all let a request in."""
    answer = httpx.get(f"{desk.http.base_url}locales", headers={"api_key": KEY, **credential})
    assert answer.status_code == 200


def test_read_only_tokens_read_and_do_not_write(desk: Desk) -> None:
    """A write with a read-only token is 403/161; a read is answered."""
    desk.http.headers["authorization"] = READ_ONLY
    assert desk.get("/locales")["locales"]
    body = {"locale": {"code": "fr", "name": "French"}}
    assert desk.refused("POST", "/locales", json=body)[:2] == (403, 161)


def test_an_unknown_path_is_refused(desk: Desk) -> None:
    """What the service does not serve is 404; `/v3` may be left out."""
    assert desk.refused("GET", "/nonsense")[0] == 404
    assert desk.refused("PATCH", "/locales")[0] == 404
    origin = str(desk.http.base_url).removesuffix("/v3/")
    assert desk.http.get(f"{origin}/locales").status_code == 200


def test_bodies_must_be_what_they_say(desk: Desk) -> None:
    """Broken JSON is 400, a list is 400, a wrong content type 415, a missing section 422."""
    json_type = {"content-type": "application/json"}
    assert desk.refused("POST", "/locales", content=b'{"locale":', headers=json_type)[0] == 400
    assert desk.refused("POST", "/locales", content=b"[]", headers=json_type)[0] == 400
    assert desk.refused("POST", "/locales", content=b"{}", headers={"content-type": "text/plain"})[0] == 415
    assert desk.refused("POST", "/locales", json={"language": {}})[0] == 422


def test_each_budget_has_its_own_limit() -> None:
    """The request over the limit is 429 with when to come back; other budgets are not touched by it."""
    with open_desk(limits=Limits(read=3, write=1, bulk=1)) as desk:
        answers = [desk.http.get("/locales") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
        assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"3"}
        assert answers[3].headers["retry-after"] == "1"
        assert answers[3].json()["error_code"] == 429
        desk.locale("fr")
        assert desk.refused("POST", "/locales", json={})[0] == 429
        assert desk.refused("POST", "/bulk/publish", json={})[0] == 422
        assert desk.refused("POST", "/bulk/publish", json={})[0] == 429
        desk.clock.pass_seconds(1.01)
        assert desk.http.get("/locales").status_code == 200


def test_budgets_can_be_shared_and_headers_withheld() -> None:
    """Two switches: reads and writes on one purse, and silence about it."""
    with open_desk(Switches(shared_budget=True, rate_headers=False), Limits(read=2, write=5)) as desk:
        desk.locale("fr")
        answer = desk.http.get("/locales")
        assert "x-ratelimit-limit" not in answer.headers
        assert desk.http.get("/locales").status_code == 429


def test_latency_is_waited() -> None:
    """Every answer takes at least the latency."""
    with open_desk(latency=0.05) as desk:
        begun = time.perf_counter()
        desk.get("/locales")
        assert time.perf_counter() - begun >= 0.05


def test_the_log_tells_every_request(desk: Desk) -> None:
    """Method, path, status and budget of each, refusals included."""
    desk.get("/locales", limit=1)
    desk.refused("POST", "/bulk/delete", json={})
    assert [tuple(handled) for handled in desk.emulator.log] == [
        ("GET", "/v3/locales", 200, "read"),
        ("POST", "/v3/bulk/delete", 422, "bulk"),
    ]


def test_lists_are_paged_sorted_counted_and_trimmed(desk: Desk) -> None:
    """skip, limit (100 at most), asc, desc, count, include_count, only and except, for any listing."""
    for number in range(105):
        desk.stack.main.put_label({"uid": f"l{number:03}", "name": f"n{number}", "updated_at": str(number)})
    assert len(desk.get("/labels", limit=500)["labels"]) == 100
    page = desk.get("/labels", asc="uid", skip=100, include_count="true")
    assert ([one["uid"] for one in page["labels"]], page["count"]) == (
        [f"l{n}" for n in range(100, 105)],
        105,
    )
    assert desk.get("/labels", desc="uid", limit=1)["labels"][0]["uid"] == "l104"
    assert desk.get("/labels", count="true", skip="1e+100") == {"labels": 105}
    assert desk.get("/labels", limit=1, asc="uid", **{"only[BASE][]": "name"})["labels"] == [
        {"uid": "l000", "name": "n0"}
    ]
    without = desk.http.get("/labels?limit=1&except[BASE][]=name&except[BASE][]=updated_at").json()
    assert set(without["labels"][0]) == {"uid"}
    assert desk.refused("GET", "/labels", params={"limit": "many"})[0] == 422
    assert desk.refused("GET", "/labels", params={"query": "[]"})[0] == 422


def test_a_defect_is_shown_and_the_service_goes_on(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """A handler that breaks answers 500, is remembered and logged, and harms no other request."""
    desk.stack.main.labels["odd"] = None  # type: ignore[assignment]  # no record, on purpose
    assert desk.refused("GET", "/labels?asc=name")[:2] == (500, 500)
    assert isinstance(desk.emulator.defects[-1], AttributeError)
    assert "the emulator failed at GET /v3/labels" in caplog.text
    assert desk.get("/locales")["locales"]
    desk.emulator.defects.clear()
