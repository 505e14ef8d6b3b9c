"""Environments and locales that a stack does not have: refused before the first write, with the nearest names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from live_command_line import LiveCommandLine, open_live_command_line

from live_stack import FIRST, SPRING, STAGES
from stackferry.emulators.contentstack import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRY = ("--entry", f"page/{FIRST}")


@pytest.fixture
def line() -> Iterator[LiveCommandLine]:
    with open_live_command_line() as opened:
        yield opened


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (("bulk", "publish", *ENTRY, "-e", "live", "-e", "draft"), "no environment 'draft'; did you mean 'drafts'?"),
        (("bulk", "publish", *ENTRY, "-e", "live", "--locale", "en"), "no locale 'en'; did you mean 'en-us'?"),
        (("bulk", "unpublish", *ENTRY, "-e", "life", "--yes"), "no environment 'life'; did you mean 'live'?"),
        (("entry", "publish", "page", FIRST, "-e", "Live"), "no environment 'Live'; did you mean 'live'?"),
        (("entry", "unpublish", "page", FIRST, "-e", "live", "--locale", "fr", "--yes"), "no locale 'fr'; did you"),
        (("release", "deploy", SPRING, "-e", "lve", "--yes"), "no environment 'lve'; did you mean 'live'?"),
        (
            ("bulk", "workflow", *ENTRY, "--stage", STAGES[1][:-1]),
            f"no workflow stage '{STAGES[1][:-1]}'; did you mean",
        ),
        (
            ("bulk", "workflow", *ENTRY, "--stage", "Drafts"),
            f"no workflow stage 'Drafts'; did you mean '{STAGES[0]} (Draft)'?",
        ),
        (
            ("bulk", "workflow", *ENTRY, "--stage", "nonsense"),
            f"stage 'nonsense'; there is {STAGES[0]} (Draft), {STAGES[1]} (Done)",
        ),
    ],
)  # fmt: skip
def test_an_unknown_name_is_refused(line: LiveCommandLine, words: tuple[str, ...], near: str) -> None:
    result = line.run(*words)
    assert (result.code, near in result.err) == (2, True), result.err
    assert line.live.write_log() == []


def test_a_token_that_may_not_list_names_may_publish(line: LiveCommandLine) -> None:
    line.live.emulator.faults.add(Fault(path="/v3/environments", status=403, carried_out=False))
    line.ok("bulk", "publish", *ENTRY, "-e", "live")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("bulk", "publish", "--content-type", "pagee", "-e", "live"), 2, "did you mean 'page'?"),
        (("bulk", "publish", "--assets", "--from-environment", "draft", "-e", "live"), 2, "did you mean 'drafts'?"),
        (("bulk", "delete", "--entry", f"pag/{FIRST}"), 2, "did you mean 'page'?"),
        (("release", "deploy", SPRING, "-e", "lve"), 2, "did you mean 'live'?"),
        (("release", "delete", "blt0000000000000000"), 1, "blt0000000000000000"),
        (("entry", "delete", "pagee", FIRST), 2, "did you mean 'page'?"),
        (("entry", "delete", "page", "blt0000000000000000"), 1, "blt0000000000000000"),
        (("entry", "unlocalize", "page", FIRST, "--locale", "fr"), 2, "no locale 'fr'; did you"),
    ],
)  # fmt: skip
def test_nobody_is_asked_about_what_is_not_there(
    line: LiveCommandLine, words: tuple[str, ...], code: int, says: str
) -> None:
    """At a terminal names are looked up first: a question is about what the stack has."""
    result = line.at_terminal("", *words)
    assert (result.code, says in result.err, "[y/N]" in result.err) == (code, True, False), result.err
    assert line.live.write_log() == []
