"""`stackferry bulk` on a space: typed and answered, and what it did."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from contentful_clients import link
from space_command_line import SpaceLine, open_space_line
from terminal import at_terminal

from stackferry.emulators.contentful import Fault, Limits, Switches

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def line() -> Iterator[SpaceLine]:
    with open_space_line() as opened:
        yield opened


BOTH = ("--entry", "one", "--asset", "a")


def live(line: SpaceLine) -> set[str]:
    return {*line.space.ids("/public/entries"), *line.space.ids("/public/assets")}


def test_publish_and_unpublish(line: SpaceLine) -> None:
    """A line for the action; entries and assets at the version that they have, or that is named."""
    rows = line.ok("bulk publish", *BOTH).columns
    assert [row[1:] for row in rows] == [["publish", "succeeded"]]
    assert live(line) == {"one", "a"}
    line.ok("bulk publish", "--entry", "two@1")
    report = line.ok("bulk unpublish", *BOTH, "--yes", "--json").report
    assert (report["objects"], report["missed"], live(line)) == ({"items": 2}, [], {"two"})
    assert line.ok("bulk validate", "--entry", "one").columns[0][1:] == ["validate", "succeeded"]


def test_some_locales(line: SpaceLine) -> None:
    line.space.locale("de")
    line.space.edit("one", title={"en-US": "One", "de": "Eins"})
    line.ok("bulk validate", "--entry", "one", "--locale", "de")
    line.ok("bulk publish", "--entry", "one", "--locale", "de", "--locale", "en-US")
    line.ok("bulk unpublish", "--entry", "one", "--locale", "de", "--yes")
    assert line.ok("bulk show", "--entry", "one").columns[0][5] == "de: draft, en-US: published"


@pytest.mark.parametrize("atomic", [False, True])
def test_items_that_fail_are_told_and_so_are_those_that_were_not_done(atomic: bool) -> None:
    """Exit 1; whether the others were done shows in their states, for the action does not tell."""
    with open_space_line(Switches(bulk_atomic=atomic)) as line:
        line.space.entry("page", "bad", near=link("Entry", "nothing"))
        result = line.run("bulk publish", "--entry", "one", "--entry", "bad")
        assert result.code == 1
        assert result.columns[0][2] == "failed"
        told = {row[2]: row[3] for row in result.columns[1:]}
        assert set(told) == ({"one", "bad"} if atomic else {"bad"})
        assert told.get("one", "not done") == "not done"
        assert f"{len(told)} of 2 were not done" in result.err
        assert (live(line) == set()) is atomic


def test_a_version_that_is_past_is_told(line: SpaceLine) -> None:
    line.space.edit("one", title="Newer")
    result = line.run("bulk publish", "--entry", "one@1")
    assert (result.code, result.columns[1][1:3]) == (1, ["entry", "one"])
    assert "VersionMismatch" in result.columns[1][3]


def test_what_is_wrong_in_several_locales_is_told_with_each(line: SpaceLine) -> None:
    line.space.locale("de")
    number = {"en-US": "words", "de": "Worte"}
    problems = [{"name": "type", "path": ["fields", "size", code], "details": "no number"} for code in number]
    error = {"sys": {"id": "InvalidEntry"}, "message": "Validation error", "details": {"errors": problems}}
    failed = {"entity": link("Entry", "one"), "error": error}
    sys = {"type": "BulkAction", "id": "b", "status": "failed"}
    body = {"sys": sys, "action": "validate", "error": {"details": {"errors": [failed]}}}
    fault = Fault(path="/bulk_actions/", method="GET", status=200, body=json.dumps(body).encode(), times=9)
    line.space.emulator.faults.add(fault)
    result = line.run("bulk status", "b")
    assert "fields/size/en-US: no number; fields/size/de: no number" in result.out


def test_show_tells_states(line: SpaceLine) -> None:
    line.ok("bulk publish", "--entry", "one")
    line.space.edit("one", title="Newer")
    rows = line.ok("bulk show", "--entry", "one", "--entry", "two", "--asset", "gone").columns
    assert rows[0] == ["entry", "one", "changed", "3", "1", "en-US: changed"]
    assert rows[1][:5] == ["entry", "two", "draft", "1", ""]
    assert rows[2] == ["asset", "gone", "not there"]


def test_status_of_actions() -> None:
    """Of either generation; with --wait to their end."""
    with open_space_line(Switches(job_seconds=9)) as line:
        first = line.ok("bulk validate", "--entry", "one", "--no-wait").columns[0]
        second = line.ok("bulk validate", "--entry", "one", "--locale", "en-US", "--no-wait").columns[0]
        assert [first[2], second[2]] == ["created", "created"]
        assert [row[0] for row in line.ok("bulk status", first[0], second[0]).columns] == [
            first[0],
            second[0],
        ]
        line.space.clock.pass_seconds(9)
        rows = line.ok("bulk status", first[0], second[0], "--wait").columns
        assert [row[2] for row in rows] == ["succeeded", "succeeded"]
        assert "there is no such bulk action" in line.failed(1, "bulk status", "gone")


def test_a_failed_action_is_a_failure_of_status(line: SpaceLine) -> None:
    line.space.entry("page", "bad", near=link("Entry", "nothing"))
    action = line.run("bulk validate", "--entry", "bad").columns[0][0]
    result = line.run("bulk status", action)
    assert (result.code, result.columns[1][1:3]) == (1, ["entry", "bad"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bulk publish"], "name an --entry or an --asset"),
        (["bulk publish", "--entry", "one@0"], "'one@0' is not of the form ID[@VERSION]"),
        (["bulk publish", "--entry", "page/one"], "is not of the form ID[@VERSION]"),
        (["bulk publish", "--entry", "one", "--entry", "one@2"], "entry one is named twice"),
        (["bulk publish", "--entry", "gone", "--asset", "a"], "entry gone: not in environment 'master'"),
        (["bulk unpublish", "--entry", "one"], "--yes"),
        (["bulk status"], "Missing argument 'ACTION...'"),
        (["bulk delete", "--entry", "one"], "Contentful has no command 'bulk delete'; it has"),
    ],
)
def test_what_cannot_be_meant_is_told_before_anything_is_written(
    line: SpaceLine, words: list[str], said: str
) -> None:
    before = len(line.writes)
    assert said in line.failed(2, *words)
    assert len(line.writes) == before


@pytest.mark.parametrize("busy_id", ["RateLimitExceeded", "BadRequest"])
def test_a_busy_space_is_told(busy_id: Any) -> None:
    """Asked again a few times; then nothing was begun, and that is said."""
    with open_space_line(Switches(busy_id=busy_id), Limits(bulk_running=0)) as line:
        said = line.failed(1, "bulk validate", "--entry", "one", "--locale", "en-US")
        assert "a bulk action was not begun: as many bulk actions are under way as the space allows" in said
        assert len([one for one in line.writes if "bulk" in one]) == 5


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("bulk", "unpublish", "--entry", "nobody"), 2, "there is no entry nobody"),
        (("release", "delete", "nothing"), 1, "nothing"),
        (("release", "publish", "nothing"), 1, "nothing"),
    ],
)
def test_nobody_is_asked_about_what_is_not_there(
    line: SpaceLine, words: tuple[str, ...], code: int, says: str
) -> None:
    """At a terminal it is looked up first: a question is about what the space has."""
    before = line.writes
    group, name, *rest = words
    done = at_terminal([group, name, line.place(), *rest], {"STACKFERRY_TARGET_TOKEN": line.token})
    assert (done.code, says in done.shown, "[y/N]" in done.shown) == (code, True, False), done.shown
    assert line.writes == before


@pytest.mark.parametrize(
    "words",
    [
        ("bulk publish", "--entry", "one"),
        ("bulk unpublish", "--entry", "one", "--yes"),
        ("bulk validate", "--entry", "one"),
    ],
)
def test_an_unknown_locale_is_refused_before_anything_is_sent(
    line: SpaceLine, words: tuple[str, ...]
) -> None:
    before = line.writes
    assert "no locale 'en-us'; did you mean 'en-US'?" in line.failed(2, *words, "--locale", "en-us")
    assert line.writes == before
