"""Live commands: names that the stack does not have, and answers that never come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from live_command_line import LiveCommandLine, open_live_command_line

from live_stack import FIRST, LIVE, PICTURE, SECOND, SPRING
from stackferry.emulators.contentstack import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPO = "the stack has no content type 'pgae'; did you mean 'page'?"
TO_LIVE = ("-e", "live", "--yes")


@pytest.fixture
def line() -> Iterator[LiveCommandLine]:
    with open_live_command_line() as opened:
        yield opened


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("entry", "get", "pgae"), TYPO),
        (("entry", "get", "pgae", FIRST), TYPO),
        (("entry", "get", "page", "--locale", "en-uss"), "no locale 'en-uss'; did you mean 'en-us'?"),
        (
            ("entry", "get", "page", FIRST, "--environment", "lve"),
            "no environment 'lve'; did you mean 'live'?",
        ),
        (("entry", "references", "pgae", FIRST), TYPO),
        (("entry", "versions", "pgae", FIRST), TYPO),
        (("entry", "delete", "page", FIRST, "--locale", "fr-f", "--yes"), "no locale 'fr-f'; did you mean"),
        (("release", "add", SPRING, "--entry", f"pgae/{FIRST}"), TYPO),
        (("release", "add", SPRING, "--entry", f"page/{FIRST}", "--locale", "fr-f"), "no locale 'fr-f'"),
        (("bulk", "publish", "--entry", f"pgae/{FIRST}", *TO_LIVE), TYPO),
        (("bulk", "delete", "--entry", f"pgae/{FIRST}", "--yes"), TYPO),
    ],
)
def test_an_unknown_name_is_told_with_what_is_near(
    line: LiveCommandLine, words: tuple[str, ...], told: str
) -> None:
    """As of every command: exit code 2, and nothing was done."""
    done = line.run(*words)
    assert (done.code, told in done.err) == (2, True), done.err
    assert all(row.status >= 400 for row in line.live.emulator.log if row.method != "GET")


def test_what_is_refused_for_another_reason_is_told_as_the_service_does(line: LiveCommandLine) -> None:
    done = line.run("entry", "get", "page", "bltnone")
    assert (done.code, "doesn't exist" in done.err) == (1, True)


@pytest.fixture
def many(line: LiveCommandLine) -> set[str]:
    """The entries of the type: two requests publish them."""
    uids = [f"bltmany{number:03}" for number in range(18)]
    for uid in uids:
        line.live.put(uid, uid)
    return {*uids, FIRST, SECOND}


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_publish_whose_answer_cannot_be_read_is_sent_again(
    line: LiveCommandLine, many: set[str], carried_out: bool
) -> None:
    """Twice does what once does; the others are published all the same."""
    harm = Fault(method="POST", path="/bulk/publish", carried_out=carried_out, status=200, body=b"<html>")
    line.live.emulator.faults.add(harm)
    report = line.ok("bulk", "publish", "--content-type", "page", *TO_LIVE, "--json").report
    assert (report["objects"], report["gaps"]) == ({"published": 20}, [])
    assert all(line.live.live(uid) for uid in many)


def test_a_publish_that_never_gets_an_answer_is_not_claimed(line: LiveCommandLine, many: set[str]) -> None:
    """The run goes on with the rest, and says which ones it does not know of."""
    harm = Fault(method="POST", path="/bulk/publish", times=2, status=200, body=b"<html>")
    line.live.emulator.faults.add(harm)
    words = ("--content-type", "page", *TO_LIVE, "--no-wait", "--json")
    report = line.run("bulk", "publish", *words).report
    assert (report["exit_code"], report["objects"], len(report["gaps"])) == (3, {"sent": 10}, 10)
    assert {gap["uid"] for gap in report["gaps"]} < many
    assert all("it is not known whether it was published" in gap["reason"] for gap in report["gaps"])


def test_a_schedule_whose_answer_was_lost_is_not_claimed(line: LiveCommandLine) -> None:
    """It is sent once, since twice would be two; nothing says afterwards what became of it."""
    line.live.emulator.faults.add(Fault(method="POST", path="/bulk/publish", reset=True))
    words = ("--content-type", "page", "--at", "2099-01-01T00:00:00Z", *TO_LIVE, "--json")
    report = line.run("bulk", "publish", *words).report
    told = {
        (gap["uid"], "it is not known whether it was published" in gap["reason"]) for gap in report["gaps"]
    }
    assert (report["exit_code"], report["objects"]) == (3, {"sent": 0})
    assert told == {(FIRST, True), (SECOND, True)}
    assert line.live.write_log() == [("POST", "/v3/bulk/publish")]
    assert line.live.live(FIRST) == set()


@pytest.mark.parametrize(
    ("words", "look"),
    [
        (("entry", "update", "page", FIRST, "--push", 'tags=["a"]'), f"entry get {{place}} page {FIRST}"),
        (("bulk", "delete", "--entry", f"page/{FIRST}", "--yes"), f"entry get {{place}} page {FIRST}"),
        (("bulk", "delete", "--asset", PICTURE, "--yes"), "entry get {place} TYPE"),
        (
            ("entry", "publish", "page", FIRST, "-e", "live", "--at", "2099-01-01T00:00:00Z"),
            "queue list {place}",
        ),
    ],
)
def test_the_command_to_look_with_can_be_typed(
    line: LiveCommandLine, words: tuple[str, ...], look: str
) -> None:
    """A message about a lost answer says what happened in words, and what to look with in full."""
    for method in ("POST", "PUT"):
        line.live.emulator.faults.add(Fault(method=method, reset=True))
    done = line.run(*words)
    command = look.format(place=line.live.place)
    assert (done.code, f"look with `stackferry {command}` before" in done.err) == (1, True), done.err
    assert "the connection broke; the write may or may not have been carried out" in done.err
    assert LIVE not in done.err


@pytest.mark.parametrize("value", ["yesterday", "", "2026-13-01"])
@pytest.mark.parametrize(
    "words", [("entry", "publish", "page", FIRST), ("bulk", "unpublish", "--entry", f"page/{FIRST}", "--yes")]
)
def test_a_time_that_is_none_is_refused_here(
    line: LiveCommandLine, words: tuple[str, ...], value: str
) -> None:
    """Whatever a service makes of it: nothing is sent."""
    done = line.run(*words, "-e", "live", "--at", value)
    assert (done.code, f"'{value}' is no time" in done.err, line.live.emulator.log) == (2, True, [])


def test_what_is_scheduled_in_bulk_needs_its_version(line: LiveCommandLine) -> None:
    """The page says so: the message names what to type instead of what the service lacks."""
    words = ("bulk", "publish", "-e", "live", "--at", "2099-01-01T00:00:00Z", "--entry")
    done = line.run(*words, f"page/{FIRST}")
    assert (done.code, f"--entry page/{FIRST}@VERSION" in done.err, line.live.emulator.log) == (2, True, [])
    line.ok(*words, f"page/{FIRST}@1")
