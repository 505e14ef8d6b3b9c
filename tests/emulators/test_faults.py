"""Scripted faults, seen by a plain client on the socket."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import httpx
import pytest
from emulator_desk import connect

from stackferry.emulators.contentstack import Fault

if TYPE_CHECKING:
    from emulator_desk import Desk

LOCALE = {"locale": {"code": "fr", "name": "French"}}


def has_french(desk: Desk) -> bool:
    return "fr" in desk.stack.main.locales


@pytest.mark.parametrize("keep", [0, 1, 20])
@pytest.mark.parametrize("chunked", [False, True])
def test_an_answer_breaks_off(desk: Desk, keep: int, chunked: bool) -> None:
    """The connection ends within the body; the next request is served."""
    desk.emulator.faults.add(Fault(path="/locales", keep=keep, chunked=chunked))
    with pytest.raises(httpx.RemoteProtocolError):
        desk.http.get("/locales")
    assert desk.get("/locales")["locales"]


@pytest.mark.parametrize("keep", [None, 5])
def test_a_connection_is_reset(desk: Desk, keep: int | None) -> None:
    """Before the head, or within the body, without a farewell."""
    desk.emulator.faults.add(Fault(reset=True, keep=keep))
    with pytest.raises(httpx.ReadError):
        desk.http.get("/locales")
    assert desk.get("/locales")["locales"]


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_lost_answer_says_nothing_of_what_was_done(desk: Desk, carried_out: bool) -> None:
    """Either way the client sees the same; the service has done it or not."""
    desk.emulator.faults.add(Fault(method="POST", reset=True, carried_out=carried_out))
    with pytest.raises(httpx.ReadError):
        desk.http.post("/locales", json=LOCALE)
    assert has_french(desk) is carried_out
    assert [handled.status for handled in desk.emulator.log] == [201 if carried_out else 0]


def test_an_answer_is_replaced_so_many_times(desk: Desk) -> None:
    """Only matching requests count; some are spared first; then the service is itself again."""
    retry = (("retry-after", "2"), ("content-type", "text/html"))
    desk.emulator.faults.add(
        Fault(path=r"\?limit", after=1, times=2, status=503, body=b"<html>", headers=retry)
    )
    answers = [desk.http.get("/locales?limit=1") for _ in range(4)]
    desk.http.get("/locales")
    assert [answer.status_code for answer in answers] == [200, 503, 503, 200]
    assert (answers[1].text, answers[1].headers["retry-after"]) == ("<html>", "2")


def test_a_gateway_error_may_come_after_the_write(desk: Desk) -> None:
    """502 after the service has done it: the trap of every retry."""
    desk.emulator.faults.add(Fault(method="POST", status=502))
    assert desk.http.post("/locales", json=LOCALE).status_code == 502
    assert has_french(desk)


def test_an_answer_is_late_or_slow(desk: Desk) -> None:
    """Whole seconds before the head, or moments between the bytes."""
    desk.emulator.faults.add(Fault(wait=5, keep=0), Fault(drip=0.02))
    with pytest.raises(httpx.ReadTimeout):
        desk.http.get("/stacks", timeout=0.05)
    begun = time.perf_counter()
    assert desk.http.get("/locales/nope").status_code == 422
    assert time.perf_counter() - begun > 1


def test_a_length_that_lies_is_noticed_by_the_client(desk: Desk) -> None:
    """More bytes announced than sent: the client waits for them in vain, or sees the end."""
    desk.emulator.faults.add(Fault(length=10_000, keep=30))
    with pytest.raises(httpx.RemoteProtocolError):
        desk.http.get("/locales")


@pytest.mark.parametrize("length", [3, 10_000])
def test_a_length_alone_lies_too(desk: Desk, length: int) -> None:
    """The whole body with another length than its own; then the connection ends, and the service goes on."""
    desk.emulator.faults.add(Fault(length=length))
    origin = str(desk.http.base_url).removesuffix("/v3/")
    with connect(origin) as other, suppress(httpx.RemoteProtocolError):  # its connection is not used again
        assert len(other.get("/locales").content) == 3
    assert desk.http.get("/locales").status_code == 200


def test_faults_are_taken_in_turn_and_can_be_cleared(desk: Desk) -> None:
    """A request meets the first fault that is due; cleared, none."""
    desk.emulator.faults.add(Fault(status=500), Fault(status=503), Fault(status=504, times=99))
    assert [desk.http.get("/locales").status_code for _ in range(4)] == [500, 503, 504, 504]
    desk.emulator.faults.clear()
    assert desk.http.get("/locales").status_code == 200
