"""Files that content names on this machine's own network are not read for a service on the internet."""

from __future__ import annotations

import anyio
import httpx
import pytest
from loopback import answer, sends, serving

from stackferry.errors import BadAddress
from stackferry.io.http.local_hosts import is_local_host
from stackferry.io.http.session import open_session
from stackferry.model import Budget, Request


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LOCALHOST", "files.localhost", "127.0.0.1", "127.8.9.1", "127.1", "2130706433", "0x7f.1", "[::1]",
        "::1", "169.254.169.254", "[fe80::1]", "[::ffff:127.0.0.1]", "metadata.google.internal",
        "100.100.100.200", "[fd00:ec2::254]", "localhost.", "[::]",
    ],
)  # fmt: skip
def test_local_hosts_in_any_spelling(host: str) -> None:
    assert is_local_host(host)


@pytest.mark.parametrize(
    "host",
    ["images.contentstack.io", "127.example.org", "93.184.216.34", "[2001:db8::1]", "localhost.example.org"],
)
def test_other_hosts_are_not_local(host: str) -> None:
    assert not is_local_host(host)


@pytest.mark.parametrize(
    ("origin", "address", "is_read"),
    [
        ("https://api.invented.example", "https://169.254.169.254/latest/meta-data", False),
        ("https://api.invented.example", "http://localhost:8080/a.png", False),
        ("https://api.invented.example", "https://images.invented.example/elsewhere", False),
        ("https://api.invented.example", "https://images.invented.example/a.png", True),
        ("http://127.0.0.1:8777", "http://localhost:8777/a.png", True),
    ],
)
def test_a_public_service_has_no_file_on_this_machine_read(origin: str, address: str, is_read: bool) -> None:
    """Not by a redirect either."""
    asked: list[str] = []

    def answered(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        if request.url.path == "/elsewhere":
            return httpx.Response(302, headers={"location": "https://127.0.0.1/a.png"})
        return httpx.Response(200, content=b"bytes")

    async def read() -> None:
        request = Request(method="GET", path=address, budget=Budget.ASSET)
        transport = httpx.MockTransport(answered)
        async with (
            open_session(origin, {}, transport=transport) as session,
            session.stream(request) as stream,
        ):
            assert b"".join([piece async for piece in stream]) == b"bytes"

    if is_read:
        anyio.run(read)
        assert asked == [address]
    else:
        with pytest.raises(BadAddress, match="of this machine or its own network"):
            anyio.run(read)
        assert asked == ([address] if "elsewhere" in address else [])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001"])
def test_loopback_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """A proxy would be given the credential of the demo, and cannot reach this machine."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there

    async def ask() -> int:
        async with serving([sends(answer(b"{}"))]) as server:
            origin = server.origin.replace("127.0.0.1", host)
            async with open_session(origin, {}) as session:
                return (await session.call(Request(method="GET", path="/"))).status

    assert anyio.run(ask) == 200
