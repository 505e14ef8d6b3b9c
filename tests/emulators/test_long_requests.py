"""Requests that are too long, or that nobody may send, are refused before they are read."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from stackferry.emulators import azure_devops, contentful
from stackferry.emulators.azure_devops.seed.generator import generate
from stackferry.emulators.contentstack import Emulator, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

STACK, TOKEN = "blt_invented_source", "cs-invented-token"


@pytest.fixture
def origin() -> Iterator[str]:
    emulator = Emulator()
    emulator.add_stack(api_key=STACK, management_token=TOKEN)
    with serve(emulator) as origin:
        yield origin
    assert emulator.defects == []


def head(token: str, *lines: str) -> bytes:
    wanted = ["POST /v3/assets HTTP/1.1", "host: x", f"api_key: {STACK}", f"authorization: {token}", *lines]
    return "\r\n".join([*wanted, "", ""]).encode()


def answer_to(origin: str, *sent: bytes) -> bytes:
    """What comes back until the server closes the connection; nothing more than `sent` is ever sent."""
    address = urlsplit(origin)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as connection:
        for piece in sent:
            connection.sendall(piece)
        received = b""
        while piece := connection.recv(65_536):
            received += piece
    return received


def test_a_stranger_is_refused_before_the_body_is_read(origin: str) -> None:
    answer = answer_to(origin, head("cs-invented-other", "content-length: 500000000"), b"x" * 1000)
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize(
    ("system", "first", "status"),
    [
        (contentful, "PUT /spaces/main/environments/master/entries/x", b"401"),
        (contentful, "POST /spaces/main/uploads", b"401"),
        (contentful, "POST /nothing", b"404"),
        (azure_devops, "PATCH /fabrikam/Web/_apis/release/releases/1?api-version=7.1", b"401"),
        (azure_devops, "POST /nobody/Web/_apis/release/releases?api-version=7.1", b"404"),
    ],
)
def test_a_stranger_is_refused_by_every_system(system: Any, first: str, status: bytes) -> None:
    """Of the announced body nothing is waited for."""
    emulator = system.Emulator()
    if system is contentful:
        emulator.add_space(key="main", token=TOKEN)
    else:
        generate(emulator, "fabrikam", "Web", token=TOKEN, seed=7, releases=1)
    sent = "\r\n".join(
        [f"{first} HTTP/1.1", "host: x", "authorization: Bearer other", "content-length: 500000000", "", ""]
    )
    with system.serve(emulator) as origin:
        assert answer_to(origin, sent.encode(), b"x" * 1000).startswith(b"HTTP/1.1 " + status)


def test_a_body_that_is_announced_too_long_is_refused_unread(origin: str) -> None:
    answer = answer_to(origin, head(TOKEN, "content-length: 500000000"), b"x" * 1000)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_body_that_grows_too_long_is_refused() -> None:
    emulator = Emulator()
    emulator.add_stack(api_key=STACK, management_token=TOKEN)
    emulator.max_body = 1 << 21
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with serve(emulator) as origin:
        answer = answer_to(origin, head(TOKEN, "transfer-encoding: chunked"), *[piece] * 40)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_body_within_the_limit_is_read(origin: str) -> None:
    answer = answer_to(origin, head(TOKEN, "content-length: 2000000", "connection: close"), b"x" * 2_000_000)
    assert answer.startswith(b"HTTP/1.1 415 ")
