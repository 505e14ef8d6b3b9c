"""`stackferry entry`, `release` and `bulk` while requests fail: no secret is told, no failure passes for success."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from live_command_line import LiveCommandLine, open_live_command_line
from test_secrets import CANARY, HARM, SIGNATURE, everything_logged

from live_stack import FIRST, SECOND, SPRING, STAGES
from sampling import rotated
from stackferry.emulators.contentstack import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from command_line import CommandResult

ONE, BOTH = ("page", FIRST), ("--entry", f"page/{FIRST}", "--entry", f"page/{SECOND}")
LIVE, FRENCH = ("-e", "live"), ("--locale", "fr-fr")
READS = [
    ("entry", "get", *ONE),
    ("entry", "get", "page"),
    ("entry", "versions", *ONE),
    ("entry", "references", *ONE),
    ("entry", "languages", *ONE),
    ("entry", "export", *ONE),
    ("queue", "list"),
    ("queue", "show", "bltrow"),
    ("release", "list"),
    ("release", "show", SPRING),
    ("bulk", "status", "cs-none"),
]
WRITES = [
    ("entry", "name", *ONE, 1, "launch"),
    ("entry", "create", "page", "--body", "FILE"),
    ("entry", "update", *ONE, "--body", "FILE"),
    ("entry", "update", *ONE, "--add", "count=1"),
    ("entry", "localize", *ONE, "FILE", "--locale", "de-de"),
    ("entry", "unlocalize", *ONE, *FRENCH, "--yes"),
    ("entry", "delete", *ONE, *FRENCH, "--yes"),
    ("entry", "import", "page", "FILE"),
    ("entry", "import", "page", "FILE", "--uid", FIRST),
    ("entry", "publish", *ONE, *LIVE),
    ("entry", "unpublish", *ONE, *LIVE, "--yes"),
    ("release", "create", "Autumn"),
    ("release", "update", SPRING, "--name", "Fall"),
    ("release", "clone", SPRING, "Again"),
    ("release", "lock", SPRING),
    ("release", "unlock", SPRING),
    ("release", "add", SPRING, *BOTH),
    ("release", "remove", SPRING, "--all", "--yes"),
    ("release", "update-items", SPRING),
    ("release", "deploy", SPRING, *LIVE, "--yes"),
    ("release", "delete", SPRING, "--yes"),
    ("bulk", "publish", *BOTH, *LIVE),
    ("bulk", "publish", "--content-type", "page", *LIVE, "--yes"),
    ("bulk", "unpublish", *BOTH, *LIVE, "--yes"),
    ("bulk", "delete", *BOTH[2:], "--yes"),
    ("bulk", "workflow", *BOTH, "--stage", STAGES[1]),
    ("bulk", "add-to-release", SPRING, *BOTH),
]
Words = tuple[object, ...]


@pytest.fixture
def line() -> Iterator[LiveCommandLine]:
    with open_live_command_line() as opened:
        opened.live.stack.management_tokens.add(CANARY)
        opened.token = CANARY
        yield opened


def typed(line: LiveCommandLine, tmp_path: Path, words: Words, *more: str) -> CommandResult:
    """A command, with a file of an entry where it wants one."""
    file = tmp_path / "entry.json"
    file.write_text('{"entry": {"title": "From a file"}}', "utf-8")
    return line.run(*(str(file if word == "FILE" else word) for word in words), *more)


def name(words: Words | int) -> str:
    return " ".join(str(word) for word in words[:2]) if isinstance(words, tuple) else f"{words}"


@pytest.mark.parametrize(("words", "share"), rotated([*READS, *WRITES], range(3)), ids=name)
def test_the_canary_is_nowhere(line: LiveCommandLine, tmp_path: Path, words: Words, share: int) -> None:
    """E1, E2, I8: a command's requests fail in every way; at -vvv nothing said, logged or kept holds a secret.

    A third of the ways for each command: what is said of a failed request comes from one place for all.
    """
    places = ([(harm, 0) for harm in HARM] + [("422", 1), ("malformed", 1)])[share::3]
    with everything_logged() as log:
        for number, (harm, after) in enumerate(places):
            facts = {field: getattr(HARM[harm], field) for field in Fault.__slots__}
            line.live.emulator.faults.add(Fault(**{**facts, "after": after}))
            result = typed(line, tmp_path, words, "-vvv", *["--json"][: number % 2])
            line.live.emulator.faults.clear()
            shown = result.out + result.err + log.getvalue()
            assert [secret for secret in (CANARY, SIGNATURE) if secret in shown] == []
    assert log.getvalue()
    assert all(CANARY.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize("words", WRITES, ids=name)
@pytest.mark.parametrize("harm", ["reset", "500", "malformed"])
def test_a_lost_answer_says_that_the_write_may_have_happened(
    line: LiveCommandLine, tmp_path: Path, words: Words, harm: str
) -> None:
    """C1, I7: a write whose answer is lost is repeated where that does no harm, or told with a way to look."""
    as_json = (("content-type", "application/json"),)
    faults: dict[str, Any] = {"reset": {"reset": True}, "500": {"status": 500}}
    faults["malformed"] = {"status": 200, "body": b"{", "headers": as_json}
    for method in ("POST", "PUT", "DELETE"):
        line.live.emulator.faults.add(Fault(method=method, **faults[harm]))
    result = typed(line, tmp_path, words)
    if line.live.emulator.faults.taken == 0:
        assert (
            result.code == 1
        )  # it had nothing to write about: an empty release, a version that is not there
        return
    sent = line.live.write_log()
    if result.code == 0:
        assert len(sent) > len(set(sent))  # it was sent again, and answered
        return
    assert result.code == 1
    assert len(sent) == 1
    assert "the write may or may not have been carried out" in result.err
    assert "look with `stackferry " in result.err


@pytest.mark.parametrize("words", [*READS, *WRITES], ids=name)
def test_a_refusal_never_passes_for_success(line: LiveCommandLine, tmp_path: Path, words: Words) -> None:
    """B5, I7: what the service refuses ends a command with a code; only a job that it tells nothing of is "unknown"."""
    unknown = 0 if words[:2] == ("bulk", "status") else 1
    for status, code in ((401, 4), (403, 4), (404, unknown), (422, unknown), (302, 1)):
        body = b'{"error_message": "invented refusal", "error_code": 999}'
        line.live.emulator.faults.add(Fault(status=status, body=body, carried_out=False, times=9))
        result = typed(line, tmp_path, words)
        line.live.emulator.faults.clear()
        assert result.code == code, (status, result)
    assert all(
        one.status == 0 for one in line.live.emulator.log if one.method != "GET"
    )  # it carried out nothing
