"""The commands on a space with a wrong place, a wrong token, or a service that fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from contentful_clients import link, made, release, timeline
from space_client import READER
from space_command_line import SpaceLine, open_space_line
from test_secrets import CANARY, HARM, SIGNATURE, everything_logged

from sampling import rotated
from stackferry.emulators.contentful import Access, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = json.dumps({"fields": {"title": {"en-US": "New"}}})
PATCH = json.dumps([{"op": "replace", "path": "/fields/title/en-US", "value": "New"}])
ENTRY, TYPE = ("--entry", "one"), ("--content-type", "page")
READS: list[tuple[str, ...]] = [
    ("release list",),
    ("release show", "{spring}"),
    ("release actions",),
    ("release action", "{spring}", "{action}"),
    ("release entries list", "{spring}"),
    ("release entries get", "{spring}", "one"),
    ("release assets list", "{spring}"),
    ("bulk show", *ENTRY),
    ("bulk status", "{bulk}"),
]
WRITES: list[tuple[str, ...]] = [
    ("release create", "Fall", *ENTRY),
    ("release update", "{spring}", "--title", "Fall"),
    ("release delete", "{spring}", "--yes"),
    ("release validate", "{spring}"),
    ("release publish", "{spring}", "--yes"),
    ("release unpublish", "{launch}", "--yes"),
    ("release archive", "{spring}"),
    ("release unarchive", "{archived}"),
    ("release entries put", "{spring}", "one", "-"),
    ("release entries patch", "{spring}", "one", "-"),
    ("release entries create", "{spring}", "-", *TYPE),
    ("release assets put", "{spring}", "a", "-"),
    ("bulk publish", *ENTRY),
    ("bulk unpublish", *ENTRY, "--yes"),
    ("bulk validate", *ENTRY),
]


@pytest.fixture
def line() -> Iterator[SpaceLine]:
    with open_space_line() as opened:
        opened.space.space.tokens[CANARY] = Access("canary")
        opened.token = CANARY
        yield opened


def typed(line: SpaceLine, words: tuple[str, ...], *more: str, place: str = "") -> Any:
    """A command, with what it needs made beforehand by somebody else."""
    names = named(line)
    name, *rest = [word.format(**names) for word in words]
    stdin = PATCH if "patch" in name else BODY
    return line.run(name, *rest, *more, place=place, stdin=stdin)


def named(line: SpaceLine) -> dict[str, str]:
    """A release with an action, an archived one, a Launch release, a bulk action; their ids."""
    space = line.space
    items = [link("Entry", "one"), link("Asset", "a")]
    uids = {name: made(space, timeline(name, *items))["sys"]["id"] for name in ("spring", "archived")}
    space.ok("PUT", f"/releases/{uids['archived']}/archived", version=1)
    uids["launch"] = made(space, release("launch", *items[:1]))["sys"]["id"]
    uids["action"] = space.ok("POST", f"/releases/{uids['spring']}/validate")["sys"]["id"]
    space.get("/locales")  # the action ends before the next request
    entities = {"sys": {"type": "Array"}, "items": items[:1]}
    uids["bulk"] = space.ok("POST", "/bulk_actions/validate", {"entities": entities})["sys"]["id"]
    return uids


def name(words: object) -> str:
    return words[0] if isinstance(words, tuple) else str(words)


@pytest.mark.parametrize("words", [*READS, *WRITES], ids=name)
def test_a_place_that_is_not_there_is_a_usage_error(line: SpaceLine, words: tuple[str, ...]) -> None:
    """Exit 2, naming the space or the environment; nothing is written."""
    for place, said in (
        (line.place(key="nospace"), "space 'nospace'"),
        (line.place(environment="nowhere"), "no environment"),
    ):
        before = len(line.writes)
        result = typed(line, words, place=place)
        assert (result.code, said in result.err) == (2, True), result
        mine = line.writes[before:]
        assert [one for one in mine if "nowhere" in one or "nospace" in one] == []


@pytest.mark.parametrize("words", [*READS, *WRITES], ids=name)
def test_a_token_that_is_not_good_for_it_is_an_access_error(line: SpaceLine, words: tuple[str, ...]) -> None:
    """Exit 4: an unknown token at every command, one that may only read at those that write."""
    line.token = "CFPAT-unknown"
    assert typed(line, words).code == 4
    line.token = READER
    result = typed(line, words)
    assert result.code == (4 if words in WRITES else 0), result


@pytest.mark.parametrize("words", WRITES, ids=name)
@pytest.mark.parametrize("harm", ["reset", "500", "malformed"])
def test_a_lost_answer_says_that_the_write_may_have_happened(
    line: SpaceLine, words: tuple[str, ...], harm: str
) -> None:
    """No write is sent a second time; the message names a command that shows what became of it."""
    names = named(line)
    as_json = (("content-type", "application/json"),)
    faults: dict[str, Any] = {"reset": {"reset": True}, "500": {"status": 500}}
    faults["malformed"] = {"status": 200, "body": b"{", "headers": as_json}
    before = len(line.writes)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        line.space.emulator.faults.add(Fault(method=method, **faults[harm]))
    command, *rest = [word.format(**names) for word in words]
    result = line.run(command, *rest, stdin=PATCH if "patch" in command else BODY)
    sent = line.writes[before:]
    assert len(sent) == 1
    if result.code == 0:
        assert words[0] == "release delete"  # its answer is empty, and says nothing either way
        return
    assert result.code == 1
    assert "the write may or may not have been carried out" in result.err
    assert "look with `stackferry " in result.err


@pytest.mark.parametrize(("words", "share"), rotated([*READS, *WRITES], range(3)), ids=name)
def test_the_canary_is_nowhere(line: SpaceLine, words: tuple[str, ...], share: int) -> None:
    """I8: requests fail in every way; at -vvv nothing said or logged holds a secret."""
    names = named(line)
    command, *rest = [word.format(**names) for word in words]
    places = ([(harm, 0) for harm in HARM] + [("422", 1), ("malformed", 1)])[share::3]
    with everything_logged() as log:
        for number, (harm, after) in enumerate(places):
            facts = {field: getattr(HARM[harm], field) for field in Fault.__slots__}
            line.space.emulator.faults.add(Fault(**{**facts, "after": after}))
            more = ["-vvv", *["--json"][: number % 2]]
            result = line.run(command, *rest, *more, stdin=PATCH if "patch" in command else BODY)
            line.space.emulator.faults.clear()
            shown = result.out + result.err + log.getvalue()
            assert [secret for secret in (CANARY, SIGNATURE) if secret in shown] == []
    assert log.getvalue()


@pytest.mark.parametrize("words", [*READS, *WRITES], ids=name)
def test_a_refusal_never_passes_for_success(line: SpaceLine, words: tuple[str, ...]) -> None:
    """What the service refuses in words that nobody knows ends a command with a code, and its words are shown."""
    names = named(line)
    command, *rest = [word.format(**names) for word in words]
    for status, code in ((400, 1), (401, 4), (403, 4), (404, 1), (409, 1), (422, 1), (302, 1)):
        body = b'{"sys": {"type": "Error", "id": "Unheard"}, "message": "an invented refusal"}'
        # The place itself is there: only what lies below the environment is refused.
        line.space.emulator.faults.add(
            Fault(path="/environments/master/.", status=status, body=body, carried_out=False, times=99)
        )
        result = line.run(command, *rest, stdin=PATCH if "patch" in command else BODY)
        line.space.emulator.faults.clear()
        assert result.code == code, (status, result)
        assert status == 302 or "an invented refusal" in result.err


def test_a_system_without_entry_commands_says_which_it_has(line: SpaceLine) -> None:
    """And a command of another system alone is told with those that there are."""
    said = line.failed(2, "entry get", "page", "one")
    assert "Contentful has no commands of 'entry'; it has those of release, bulk" in said
    said = line.failed(2, "release lock", "spring")
    assert "Contentful has no command 'release lock'; it has list, show, create, " in said
    result = line.run("release archive", "spring", place="contentstack+http://key@127.0.0.1:1/main")
    assert (result.code, "Contentstack has no command 'release archive'; it has " in result.err) == (2, True)
