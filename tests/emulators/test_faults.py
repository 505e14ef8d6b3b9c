"""Scripted faults, seen by a plain client on the socket."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import pytest
from emulator_client import connect

from stackferry.emulators.contentstack import Fault

if TYPE_CHECKING:
    from emulator_client import EmulatorClient

LOCALE = {"locale": {"code": "fr", "name": "French"}}


def has_french(client: EmulatorClient) -> bool:
    return "fr" in client.stack.main.locales


@pytest.mark.parametrize("keep", [0, 1, 20])
@pytest.mark.parametrize("chunked", [False, True])
def test_an_answer_breaks_off(client: EmulatorClient, keep: int, chunked: bool) -> None:
    """The connection ends within the body; the next request is served."""
    client.emulator.faults.add(Fault(path="/locales", keep=keep, chunked=chunked))
    with pytest.raises(httpx.RemoteProtocolError):
        client.http.get("/locales")
    assert client.get("/locales")["locales"]


@pytest.mark.parametrize("keep", [None, 5])
def test_a_connection_is_reset(client: EmulatorClient, keep: int | None) -> None:
    """Before the head, or within the body."""
    client.emulator.faults.add(Fault(reset=True, keep=keep))
    with pytest.raises(httpx.ReadError):
        client.http.get("/locales")
    assert client.get("/locales")["locales"]


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_lost_answer_looks_the_same_whether_or_not_the_write_was_done(
    client: EmulatorClient, carried_out: bool
) -> None:
    client.emulator.faults.add(Fault(method="POST", reset=True, carried_out=carried_out))
    with pytest.raises(httpx.ReadError):
        client.http.post("/locales", json=LOCALE)
    assert has_french(client) is carried_out
    assert [handled.status for handled in client.emulator.log] == [201 if carried_out else 0]


def test_an_answer_is_replaced_for_a_number_of_requests(client: EmulatorClient) -> None:
    """Only matching requests count, the first is left alone, and later ones are answered as usual."""
    retry = (("retry-after", "2"), ("content-type", "text/html"))
    client.emulator.faults.add(
        Fault(path=r"\?limit", after=1, times=2, status=503, body=b"<html>", headers=retry)
    )
    answers = [client.http.get("/locales?limit=1") for _ in range(4)]
    client.http.get("/locales")
    assert [answer.status_code for answer in answers] == [200, 503, 503, 200]
    assert (answers[1].text, answers[1].headers["retry-after"]) == ("<html>", "2")


def test_a_write_may_be_carried_out_and_answered_with_502(client: EmulatorClient) -> None:
    client.emulator.faults.add(Fault(method="POST", status=502))
    assert client.http.post("/locales", json=LOCALE).status_code == 502
    assert has_french(client)


def test_an_answer_is_late_or_slow(client: EmulatorClient) -> None:
    """Seconds before the head, or between the bytes."""
    client.emulator.faults.add(Fault(wait=5, keep=0), Fault(drip=0.02))
    with pytest.raises(httpx.ReadTimeout):
        client.http.get("/stacks", timeout=0.05)
    begun = time.perf_counter()
    assert client.http.get("/locales/nope").status_code == 422
    assert time.perf_counter() - begun > 1


def test_a_client_notices_a_content_length_that_is_too_large(client: EmulatorClient) -> None:
    client.emulator.faults.add(Fault(length=10_000, keep=30))
    with pytest.raises(httpx.RemoteProtocolError):
        client.http.get("/locales")


@pytest.mark.parametrize("length", [3, 10_000])
def test_a_wrong_content_length_is_sent_with_the_whole_body(client: EmulatorClient, length: int) -> None:
    """Then the connection ends, and the next one is served."""
    client.emulator.faults.add(Fault(length=length))
    origin = str(client.http.base_url).removesuffix("/v3/")
    with connect(origin) as other, suppress(httpx.RemoteProtocolError):  # its connection is not used again
        assert len(other.get("/locales").content) == 3
    assert client.http.get("/locales").status_code == 200


def test_faults_are_taken_in_turn_and_can_be_cleared(client: EmulatorClient) -> None:
    """A request meets the first fault that is due; after `clear` none."""
    client.emulator.faults.add(Fault(status=500), Fault(status=503), Fault(status=504, times=99))
    assert [client.http.get("/locales").status_code for _ in range(4)] == [500, 503, 504, 504]
    client.emulator.faults.clear()
    assert client.http.get("/locales").status_code == 200
