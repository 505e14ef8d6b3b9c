"""`stackferry queue`, typed and answered, and what is scheduled in the stack after it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from live_command_line import LiveCommandLine, open_live_command_line

from live_stack import DRAFTS, FIRST, LIVE, PICTURE, SECOND
from stackferry.emulators.contentstack import Fault, Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

AT = "2999-01-01T00:00:00.000Z"


@pytest.fixture
def line() -> Iterator[LiveCommandLine]:
    with open_live_command_line() as opened:
        yield opened


def schedule(line: LiveCommandLine, uid: str) -> str:
    """An entry waits to be published; the uid of its row."""
    before = set(line.live.branch.waiting)
    line.ok("entry", "publish", "page", uid, "-e", "live", "--at", AT)
    (row,) = set(line.live.branch.waiting) - before
    return row


@pytest.mark.parametrize("queries", [True, False])
def test_list_tells_what_waits_and_what_was_done(queries: bool) -> None:
    """A line for each row; --status selects, whether the service can search its queue or not."""
    with open_live_command_line(Switches(queue_queries=queries)) as line:
        row = schedule(line, FIRST)
        line.ok("bulk", "publish", "--entry", f"page/{SECOND}", "--asset", PICTURE, "-e", "drafts")
        rows = line.ok("queue", "list").columns
        assert [row, "scheduled", "publish", "page", FIRST, "2", "en-us", LIVE, AT] in rows
        done = {(one[1], one[4], one[7]) for one in rows if one[0] != row}
        assert done == {("success", SECOND, DRAFTS), ("success", PICTURE, DRAFTS)}
        assert [one[0] for one in line.ok("queue", "list", "--status", "scheduled").columns] == [row]
        assert len(line.ok("queue", "list", "--limit", 2).columns) == 2
        assert len(line.ok("queue", "list", "--status", "success", "--limit", 1).columns) == 1


def test_a_status_is_found_however_rows_write_it(line: LiveCommandLine) -> None:
    row = schedule(line, FIRST)
    line.live.branch.queue[row] |= {"publish_details": {"status": "In Progress"}}
    assert [one[0] for one in line.ok("queue", "list", "--status", "in-progress").columns] == [row]
    assert line.ok("queue", "list", "--status", "failed").out == ""


@pytest.mark.parametrize("word", ["schedule", "canceled", "other"])
def test_an_unknown_status_is_refused_before_the_queue_is_read(line: LiveCommandLine, word: str) -> None:
    mark = len(line.live.emulator.log)
    result = line.run("queue", "list", "--status", word)
    assert (result.code, f"'{word}' is not one of 'scheduled', 'in-queue'" in result.err) == (2, True)
    assert line.live.emulator.log[mark:] == []


def test_show_prints_a_row(line: LiveCommandLine) -> None:
    """As the service tells it."""
    row = schedule(line, FIRST)
    found = json.loads(line.ok("queue", "show", row).out)
    assert (found["uid"], found["scheduled_at"], found["entry"]["uid"]) == (row, AT, FIRST)


def test_cancel_takes_what_is_scheduled_away(line: LiveCommandLine) -> None:
    """It asks first; what is not scheduled is refused, and the other row is cancelled all the same."""
    first, second = schedule(line, FIRST), schedule(line, SECOND)
    asked = line.run("queue", "cancel", first)
    assert (asked.code, f"Cancel {first}?" in asked.err, set(line.live.branch.waiting)) == (
        2,
        True,
        {first, second},
    )
    line.ok("queue", "cancel", first, "--yes")
    assert set(line.live.branch.waiting) == {second}
    result = line.run("queue", "cancel", first, second, "--yes", "--json")
    assert (result.code, result.report["objects"], set(line.live.branch.waiting)) == (
        1,
        {"cancelled": 1},
        set(),
    )
    assert f"{first} was not cancelled" in result.report["error"]


def test_a_lost_answer_is_not_sent_again(line: LiveCommandLine) -> None:
    """A cancelling is a GET that changes something: it is sent once, and the message says how to look."""
    row = schedule(line, FIRST)
    line.live.emulator.faults.add(Fault(path="/unschedule", reset=True, times=9))
    result = line.run("queue", "cancel", row, "--yes")
    sent = [one for one in line.live.emulator.log if one.path.endswith("/unschedule")]
    assert (result.code, len(sent), set(line.live.branch.waiting)) == (1, 1, set())
    assert "look with `stackferry queue list " in result.err
