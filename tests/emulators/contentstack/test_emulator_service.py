"""What all calls have in common: transports, credentials, branches, limits, unknown paths, the log."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import anyio
import httpx
import pytest
from emulator_client import KEY, READ_ONLY, TOKEN, EmulatorClient, open_client

from stackferry.emulators.contentstack import Emulator, RateLimits, Switches, run, serve


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
    assert [row["code"] for row in answer.json()["locales"]] == ["en-us"]


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


def test_keeps_one_connection_for_many_requests(client: EmulatorClient) -> None:
    """Keep-alive works, for bodies of known and of unknown length."""
    with socket.create_connection((client.http.base_url.host, client.http.base_url.port or 0)) as raw:
        chunked = (
            f"POST /v3/locales HTTP/1.1\r\nhost: x\r\napi_key: {KEY}\r\nauthorization: {TOKEN}\r\n"
            "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
            '1e\r\n{"locale":{"code":"fr","name":\r\n5\r\n"fr"}\r\n1\r\n}\r\n0\r\n\r\n'
        )
        raw.sendall(chunked.encode())
        assert b"201" in raw.recv(65536)
        raw.sendall(f"GET /v3/locales HTTP/1.1\r\nhost: x\r\napi_key: {KEY}\r\n\r\n".encode())
        assert b"401" in raw.recv(65536)


def test_refuses_what_is_not_http(client: EmulatorClient) -> None:
    """Nonsense on the socket is answered with 400 and a closed connection; other connections are served."""
    with socket.create_connection((client.http.base_url.host, client.http.base_url.port or 0)) as raw:
        raw.sendall(b"\x00\x01nonsense\r\n\r\n")
        assert b" 400 " in raw.recv(65536)
        assert raw.recv(65536) == b""
    assert client.get("/locales")["locales"]


def test_serves_many_connections_at_once(client: EmulatorClient) -> None:
    """Concurrent writers each get their own answer, and every write is counted."""
    codes = [f"x{number}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(client.locale, codes))
    assert {row["code"] for row in client.get("/locales")["locales"]} == {"en-us", *codes}
    assert client.emulator.count("write") == 40


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
def test_refuses_unknown_credentials(
    client: EmulatorClient, headers: dict[str, str], refusal: tuple[int, int]
) -> None:
    """An unknown stack is 412/109 and an unknown token 401/105; a management token is no OAuth token."""
    answer = httpx.get(f"{client.http.base_url}locales", headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == refusal


@pytest.mark.parametrize(
    "credential",
    [
        {"authorization": TOKEN},
        {"authtoken": "invented-authtoken"},
        {"authorization": "Bearer invented-oauth"},
    ],
)
def test_accepts_each_kind_of_credential(client: EmulatorClient, credential: dict[str, str]) -> None:
    """Management token, authtoken and OAuth token all let a request in."""
    answer = httpx.get(f"{client.http.base_url}locales", headers={"api_key": KEY, **credential})
    assert answer.status_code == 200


def test_read_only_tokens_read_and_do_not_write(client: EmulatorClient) -> None:
    """A write with a read-only token is 403/161; a read is answered."""
    client.http.headers["authorization"] = READ_ONLY
    assert client.get("/locales")["locales"]
    body = {"locale": {"code": "fr", "name": "French"}}
    assert client.refused("POST", "/locales", json=body)[:2] == (403, 161)


def test_an_unknown_path_is_refused(client: EmulatorClient) -> None:
    """What the service does not serve is 404; `/v3` may be left out."""
    assert client.refused("GET", "/nonsense")[0] == 404
    assert client.refused("PATCH", "/locales")[0] == 404
    origin = str(client.http.base_url).removesuffix("/v3/")
    assert client.http.get(f"{origin}/locales").status_code == 200


def test_a_body_of_the_wrong_kind_is_refused(client: EmulatorClient) -> None:
    """Broken JSON is 400, a list is 400, a wrong content type 415, a missing section 422."""
    json_type = {"content-type": "application/json"}
    assert client.refused("POST", "/locales", content=b'{"locale":', headers=json_type)[0] == 400
    assert client.refused("POST", "/locales", content=b"[]", headers=json_type)[0] == 400
    assert client.refused("POST", "/locales", content=b"{}", headers={"content-type": "text/plain"})[0] == 415
    assert client.refused("POST", "/locales", json={"language": {}})[0] == 422


def test_each_budget_has_its_own_limit() -> None:
    """The request over the limit is 429 with `retry-after`; other budgets are not affected."""
    with open_client(limits=RateLimits(read=3, write=1, bulk=1)) as client:
        answers = [client.http.get("/locales") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
        assert {answer.headers["x-ratelimit-limit"] for answer in answers} == {"3"}
        assert answers[3].headers["retry-after"] == "1"
        assert answers[3].json()["error_code"] == 429
        client.locale("fr")
        assert client.refused("POST", "/locales", json={})[0] == 429
        assert client.refused("POST", "/bulk/publish", json={})[0] == 422
        assert client.refused("POST", "/bulk/publish", json={})[0] == 429
        client.clock.pass_seconds(1.01)
        assert client.http.get("/locales").status_code == 200


def test_reads_and_writes_may_share_a_limit_without_headers() -> None:
    with open_client(Switches(shared_budget=True, rate_headers=False), RateLimits(read=2, write=5)) as client:
        client.locale("fr")
        answer = client.http.get("/locales")
        assert "x-ratelimit-limit" not in answer.headers
        assert client.http.get("/locales").status_code == 429


def test_every_answer_takes_at_least_the_latency() -> None:
    with open_client(latency=0.05) as client:
        begun = time.perf_counter()
        client.get("/locales")
        assert time.perf_counter() - begun >= 0.05


def test_the_log_has_every_request(client: EmulatorClient) -> None:
    """With method, path, status and budget; refusals too."""
    client.get("/locales", limit=1)
    client.refused("POST", "/bulk/delete", json={})
    assert [tuple(handled) for handled in client.emulator.log] == [
        ("GET", "/v3/locales", 200, "read"),
        ("POST", "/v3/bulk/delete", 422, "bulk"),
    ]


def test_lists_are_paged_sorted_counted_and_reduced_to_fields(client: EmulatorClient) -> None:
    """skip, limit (100 at most), asc, desc, count, include_count, only and except, for any listing."""
    for number in range(105):
        client.stack.main.put(
            "labels", {"uid": f"l{number:03}", "name": f"n{number}", "updated_at": str(number)}
        )
    assert len(client.get("/labels", limit=500)["labels"]) == 100
    page = client.get("/labels", asc="uid", skip=100, include_count="true")
    assert ([row["uid"] for row in page["labels"]], page["count"]) == (
        [f"l{n}" for n in range(100, 105)],
        105,
    )
    assert client.get("/labels", desc="uid", limit=1)["labels"][0]["uid"] == "l104"
    assert client.get("/labels", count="true", skip="1e+100") == {"labels": 105}
    assert client.get("/labels", limit=1, asc="uid", **{"only[BASE][]": "name"})["labels"] == [
        {"uid": "l000", "name": "n0"}
    ]
    without = client.http.get("/labels?limit=1&except[BASE][]=name&except[BASE][]=updated_at").json()
    assert set(without["labels"][0]) == {"uid"}
    assert client.refused("GET", "/labels", params={"limit": "many"})[0] == 422
    assert client.refused("GET", "/labels", params={"query": "[]"})[0] == 422


def test_a_defect_of_a_handler_is_answered_with_500_and_logged(
    client: EmulatorClient, caplog: pytest.LogCaptureFixture
) -> None:
    """The exception is kept in `defects`, and the next request is served."""
    client.stack.main.labels["odd"] = None  # type: ignore[assignment]  # no record, on purpose
    assert client.refused("GET", "/labels?asc=name")[:2] == (500, 500)
    assert isinstance(client.emulator.defects[-1], AttributeError)
    assert "the emulator failed at GET /v3/labels" in caplog.text
    assert client.get("/locales")["locales"]
    client.emulator.defects.clear()


LOGIN = {"authorization": "", "authtoken": "invented-authtoken"}


@pytest.mark.parametrize("status", [200, 401, 403])
def test_settings_of_a_stack_are_no_right_of_a_management_token(status: Literal[200, 401, 403]) -> None:
    with open_client(Switches(settings_access=status)) as client:
        settings = {"stack_settings": {"stack_variables": {"enforce_unique_urls": True}}}
        assert client.http.get("/stacks/settings").status_code == status
        assert client.http.post("/stacks/settings", json=settings).status_code == status
        assert client.http.post("/stacks/settings/reset", json={}).status_code == status


def test_settings_are_set_one_by_one_and_reset_together(client: EmulatorClient) -> None:
    """The service's own stay as they are: a secret is among them."""

    def settings(method: str, path: str = "", **sent: Any) -> Any:
        body: dict[str, Any] = {"json": {"stack_settings": sent}} if method == "POST" else {}
        return client.ok(method, f"/stacks/settings{path}", headers=LOGIN, **body)["stack_settings"]

    settings("POST", stack_variables={"enforce_unique_urls": True})
    settings("POST", stack_variables={"sys_rte_allowed_tags": "figure"}, live_preview={"enabled": True})
    settings("POST", discrete_variables={"secret_key": "mine"})
    shown = settings("GET")
    assert shown["stack_variables"] == {"enforce_unique_urls": True, "sys_rte_allowed_tags": "figure"}
    assert (shown["live_preview"], shown["rte"]) == ({"enabled": True}, {})
    assert shown["discrete_variables"]["secret_key"].startswith("invented-secret-key")
    settings("POST", "/reset")
    assert settings("GET")["stack_variables"] == {}
