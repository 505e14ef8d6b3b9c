"""`stackferry entry create` and `entry update`, typed and answered, and what the stack holds after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from live_command_line import LiveCommandLine, open_live_command_line

from live_stack import FIRST, SECOND
from stackferry import exact_json
from stackferry.emulators.contentstack import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ONE = ("page", FIRST)


@pytest.fixture
def line() -> Iterator[LiveCommandLine]:
    with open_live_command_line() as opened:
        yield opened


def held(line: LiveCommandLine) -> set[str]:
    return set(line.live.branch.entries["page"])


def test_create_makes_an_entry_and_prints_its_uid(line: LiveCommandLine, tmp_path: Path) -> None:
    """From a file, bare or wrapped, or from stdin; in a locale if asked. The uid comes first."""
    file = tmp_path / "new.json"
    file.write_text('{"entry": {"title": "Third", "count": 7}}', "utf-8")
    ((uid, *rest),) = line.ok("entry", "create", "page", "--body", file).columns
    assert rest == ["en-us", "1", "Third"]
    assert (line.live.latest(uid)["count"], line.live.languages(uid)) == (7, {"en-us"})
    words = ("entry", "create", "page", "--body", "-", "--locale", "fr-fr")
    ((other, *rest),) = line.ok(*words, stdin='{"title": "Quatrième"}').columns
    assert rest == ["fr-fr", "1", "Quatrième"]
    assert line.live.latest(other, "fr-fr")["title"] == "Quatrième"
    assert held(line) == {FIRST, SECOND, uid, other}


def test_copy_to_master_makes_the_master_document(line: LiveCommandLine) -> None:
    """An entry that is localized only gets its master document of that; a body without a uid is refused here."""
    words = ("entry", "create", "page", "--body", "-")
    ((uid, *_),) = line.ok(*words, "--locale", "fr-fr", stdin='{"title": "Seul"}').columns
    line.ok("entry", "delete", "page", uid, "--locale", "en-us", "--yes")
    assert line.live.languages(uid) == {"fr-fr"}
    line.ok(*words, "--copy-to-master", stdin=f'{{"uid": "{uid}"}}')
    assert line.live.languages(uid) == {"fr-fr", "en-us"}
    assert line.live.latest(uid)["title"] == "Seul"
    before = len(line.live.emulator.log)
    assert line.run(*words, "--copy-to-master", stdin="{}").code == 2
    assert line.run(*words, "--copy-to-master", "--locale", "fr-fr", stdin="{}").code == 2
    assert len(line.live.emulator.log) == before


def test_numbers_arrive_digit_by_digit(line: LiveCommandLine) -> None:
    """Neither a body nor an operator changes how a number is written."""
    body = '{"title": "Exact", "count": 1.10, "numbers": [12345678901234567890, 1E2]}'
    words = ("entry", "create", "page", "--body", "-")
    ((uid, *_),) = line.ok(*words, stdin=body).columns
    stored = exact_json.dumps(line.live.latest(uid))
    assert b'"count":1.10' in stored
    assert b'"numbers":[12345678901234567890,1E2]' in stored
    line.ok("entry", "update", "page", uid, "--push", "numbers=[0.10]")
    assert b'"numbers":[12345678901234567890,1E2,0.10]' in exact_json.dumps(line.live.latest(uid))


def test_update_changes_what_is_named(line: LiveCommandLine) -> None:
    """A new version; the fields that the body does not name stay; another locale stays as it is."""
    result = line.ok("entry", "update", *ONE, "--body", "-", stdin='{"text": "New"}')
    assert result.columns[-1] == [FIRST, "en-us", "3", "First"]
    stored = line.live.latest(FIRST)
    assert (stored["title"], stored["text"], stored["count"]) == ("First", "New", 2)
    line.ok("entry", "update", *ONE, "--body", "-", "--locale", "fr-fr", stdin='{"text": "Neuf"}')
    assert (line.live.latest(FIRST, "fr-fr")["text"], line.live.latest(FIRST)["_version"]) == ("Neuf", 3)


@pytest.mark.parametrize(
    ("words", "field", "after"),
    [
        (("--push", "numbers=[2, 3]"), "numbers", [1, 4, 5, 2, 3]),
        (("--push", "numbers=2"), "numbers", [1, 4, 5, 2]),
        (("--pull", 'numbers={"$in": [4, 5]}'), "numbers", [1]),
        (("--update", "numbers[0]=9"), "numbers", [9, 4, 5]),
        (("--add", "count=3"), "count", 5),
        (("--sub", "count=3"), "count", -1),
    ],
)
def test_operators_change_what_is_there(
    line: LiveCommandLine, words: tuple[str, str], field: str, after: object
) -> None:
    """Each operator makes one version of what the field held by then."""
    line.live.put(FIRST, "First", 3)
    line.live.latest(FIRST).update(numbers=[1, 4, 5], count=2)
    line.ok("entry", "update", *ONE, *words)
    assert (line.live.latest(FIRST)[field], line.live.latest(FIRST)["_version"]) == (after, 4)


def test_several_operators_and_a_body_are_one_version(line: LiveCommandLine) -> None:
    """One request: the body's fields, and the operators on others."""
    words = ("--add", "count=1", "--push", "numbers=7", "--body", "-")
    line.ok("entry", "update", *ONE, *words, stdin='{"text": "Both"}')
    stored = line.live.latest(FIRST)
    assert (stored["count"], stored["numbers"], stored["text"], stored["_version"]) == (3, [7], "Both", 3)
    assert len(line.live.write_log()) == 1


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--push", "numbers"),
        ("--push", "numbers=[1"),
        ("--push", "numbers[0]=1"),
        ("--pull", "numbers=4"),
        ("--add", "count=true"),
        ("--add", "count=1", "--sub", "count=1"),
        ("--pull", "numbers={}", "--pull", "banner={}"),
        ("--body", "/nonexistent/file"),
    ],
)
def test_what_cannot_be_meant_is_refused_here(line: LiveCommandLine, words: tuple[str, ...]) -> None:
    """Exit 2, and nothing is sent: the service would heed only the first of two PULLs, for example."""
    assert line.run("entry", "update", *ONE, *words).code == 2
    assert line.live.emulator.log == []


@pytest.mark.parametrize(
    ("words", "body", "says"),
    [
        (("update", *ONE, "--add", "cuont=1"), None, "no field 'cuont'; did you mean 'count'?"),
        (("update", *ONE, "--body", "-"), '{"txet": "New"}', "no field 'txet'; did you mean 'text'?"),
        (("create", "page", "--body", "-"), '{"title": "A", "txet": "B"}', "no field 'txet'"),
        (("localize", *ONE, "-", "--locale", "fr-fr"), '{"txet": "B"}', "content type 'page' has no field"),
    ],
)
def test_a_field_that_the_type_does_not_have_is_refused(
    line: LiveCommandLine, words: tuple[str, ...], body: str | None, says: str
) -> None:
    """The service would take it, and make a version that changes nothing."""
    result = line.run("entry", *words, stdin=body)
    assert (result.code, says in result.err, line.live.write_log()) == (2, True, []), result.err


def test_what_the_service_gave_may_be_written_again(line: LiveCommandLine) -> None:
    """An entry as `entry get` prints it has more than the fields of its type."""
    line.ok("entry", "update", *ONE, "--body", "-", stdin=line.ok("entry", "get", *ONE).out)


def test_a_token_that_may_not_read_types_may_write(line: LiveCommandLine) -> None:
    line.live.emulator.faults.add(Fault(path="/content_types/page($|[?])", status=403, carried_out=False))
    line.ok("entry", "update", *ONE, "--add", "count=1")


def test_a_refusal_names_the_field(line: LiveCommandLine) -> None:
    """422: exit 1, and the field and the reason of the service."""
    before = held(line)
    result = line.run("entry", "create", "page", "--body", "-", stdin='{"text": "No title"}')
    assert (result.code, "title: " in result.err, held(line)) == (1, True, before)
    result = line.run("entry", "update", *ONE, "--add", "text=1")
    assert (result.code, "text: " in result.err) == (1, True)


def test_a_lost_answer_is_not_sent_again(line: LiveCommandLine) -> None:
    """The entry was made and the answer lost: one entry, exit 1, and how to look; --add counts once."""
    line.live.emulator.faults.add(Fault(method="POST", reset=True, carried_out=True))
    line.live.emulator.faults.add(Fault(method="PUT", reset=True, carried_out=True))
    before = held(line)
    result = line.run("entry", "create", "page", "--body", "-", stdin='{"title": "Once"}')
    assert (result.code, len(held(line) - before)) == (1, 1)
    assert "may or may not have been carried out; look with `stackferry entry get " in result.err
    assert line.run("entry", "update", *ONE, "--add", "count=1").code == 1
    stored: Any = line.live.latest(FIRST)
    assert (stored["count"], stored["_version"]) == (3, 3)
