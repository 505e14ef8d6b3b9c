"""Multipart forms: names as clients write them, large files, and forms that cannot be read."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest

from stackferry.emulators.contentstack import Switches
from stackferry.emulators.forms import FormRefused, parse_form

if TYPE_CHECKING:
    from emulator_client import EmulatorClient

KEPT = Switches(file_names="kept")  # else the service replaces some characters
CONTENT_TYPE = "multipart/form-data; boundary=b"


def form(file_name: str, content: bytes = b"x") -> bytes:
    """A form with one file. Its name is written into the head of the part as it is given."""
    head = f'--b\r\nContent-Disposition: form-data; name="asset[upload]"; filename="{file_name}"\r\n'
    return head.encode() + b"Content-Type: image/png\r\n\r\n" + content + b"\r\n--b--\r\n"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (r"a\"b.png", 'a"b.png'),  # a quoted string of RFC 9110, 5.6.4
        (r"a\\b.png", r"a\b.png"),
        (r"a\"; filename=\"b.png", 'a"; filename="b.png'),
        (r"C:\\dir\\b.png", r"C:\dir\b.png"),  # no path is taken away
        (r"\\\\host\\b.png", r"\\host\b.png"),
        ("a%22b.png", 'a"b.png'),  # as browsers and httpx escape a quote
        ("a%0D%0Ab.png", "a\r\nb.png"),
        ("50%.png", "50%.png"),
        ("größe 日本.png", "größe 日本.png"),
        ("a\0b.png", "ab.png"),  # a NUL, which no header may hold, is dropped
        ("C:\\dir\0\\b.png", r"C:\dir\b.png"),
    ],
)
def test_a_file_name_is_read_as_the_client_wrote_it(client: EmulatorClient, written: str, name: str) -> None:
    client.emulator.switches = KEPT
    answer = client.ok("POST", "/assets", content=form(written), headers={"content-type": CONTENT_TYPE})
    assert answer["asset"]["filename"] == name


@pytest.mark.parametrize("name", ['a"b.png', "größe 日本.png", r"a\b.png", "a;b=c.png", 'a\\"b.png'])
def test_a_file_name_that_httpx_sends_arrives(client: EmulatorClient, name: str) -> None:
    client.emulator.switches = KEPT
    assert client.upload(name, b"x")["filename"] == name


def test_a_large_file_is_copied_once() -> None:
    """Beside the body, which the caller holds, a file takes the memory of its own bytes and no more."""
    size = 16 << 20
    body = form("a.png", b"\r\n--a" * (size // 5))
    tracemalloc.start()
    try:
        found = parse_form(CONTENT_TYPE, body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found.files["asset[upload]"].content) == size // 5 * 5
    assert peak < 1.1 * size


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"{}", 415),
        (CONTENT_TYPE, b"", 400),
        (CONTENT_TYPE, b"nonsense", 400),
        (CONTENT_TYPE, form("a.png")[:-8], 400),
        (CONTENT_TYPE, b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--\r\n", 400),
        (CONTENT_TYPE, b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--b--\r\n', 400),
        (f"multipart/form-data; boundary={'b' * 300}", form("a.png"), 400),
    ],
)
def test_what_is_no_form_is_refused(content_type: str, body: bytes, status: int) -> None:
    """Another type, no boundary, cut short, a part without a name, a text that is not UTF-8, a bad boundary."""
    with pytest.raises(FormRefused) as refused:
        parse_form(content_type, body)
    assert refused.value.status == status


def test_a_boundary_that_only_the_body_names_is_found() -> None:
    assert parse_form("multipart/form-data", form("a.png")).files["asset[upload]"].content_type == "image/png"
