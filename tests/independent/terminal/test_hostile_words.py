"""Content and arguments that hold commands for a terminal, and command lines that programs read."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
from command_line import FAST, SOURCE, CommandLine, at_a_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.model import JsonObject

RED, WINDOW, ONE_BYTE, TURNED = "\x1b[31m", "\x1b]0;mine\x07", "\x9b32m", "\u202e"
HOSTILE = f"Quay {RED}{WINDOW}{ONE_BYTE}{TURNED}"


@pytest.fixture
def snapshot(cli: CommandLine) -> Path:
    """A snapshot with an entry and a release whose names are hostile."""
    stack = cli.emulator.stacks[SOURCE]
    entry: JsonObject = {
        "uid": "bltpage00009",
        "title": HOSTILE,
        "body": HOSTILE,
        "_version": 1,
        "locale": "en-us",
    }
    stack.main.put_entry_version("page", "en-us", entry)
    stack.main.put_release({"uid": "bltrelease1", "name": HOSTILE})
    path = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), path, *FAST).code == 0
    return path


def is_tame(shown: str) -> bool:
    return not any(one in shown for one in (RED, WINDOW, ONE_BYTE, TURNED, "\x07"))


@pytest.mark.parametrize("words", [("ls", "entries"), ("show",)])
def test_names_of_content_do_not_reach_the_terminal_raw(
    cli: CommandLine, snapshot: Path, words: tuple[str, ...]
) -> None:
    """Neither on stdout nor on stderr."""
    command, *more = words
    shown = whole_terminal(cli, command, snapshot, *more)
    assert "\\x1b[31m" in shown or "\\u001b[31m" in shown
    assert is_tame(shown)


def test_an_object_that_is_printed_is_exact_in_a_pipe(cli: CommandLine, snapshot: Path) -> None:
    """At the terminal it is readable instead."""
    words = ("cat", snapshot, "entries", "bltpage00009")
    assert json.loads(cli.run(*words).out)["title"] == HOSTILE
    assert is_tame(whole_terminal(cli, *words))


@pytest.mark.parametrize(
    "words",
    [
        (f"x{RED}",),
        ("export", f"x{RED}", "snap"),
        ("export", f"--x{RED}", "snap"),
        ("diff", f"x{RED}", "typo"),
        ("import", "snap", "contentstack+http://a@127.0.0.1:1/main", "--locale", f"x{RED}"),
        ("entry", "get", f"x{RED}", "page"),
        ("--config", f"x{RED}", "export", "a", "b"),
    ],
)
def test_arguments_do_not_reach_the_terminal_raw(cli: CommandLine, words: tuple[object, ...]) -> None:
    shown = at_a_terminal(cli, *words)
    assert r"x\x1b[31m" in shown or r"x\u001b[31m" in shown
    assert is_tame(shown)


@pytest.mark.parametrize(
    "words",
    [
        ("export", "--log-format", "json"),
        ("nosuch", "--log-format=json"),
        ("entry", "get", "--log-format", "json"),
        ("export", "a", "b", "--limit", "x", "--log-format", "json"),
    ],
)
def test_each_line_of_a_json_log_is_an_event(cli: CommandLine, words: tuple[str, ...]) -> None:
    """Also where the command line cannot be understood."""
    done = cli.start(*words)
    _, err = done.communicate()
    events = [json.loads(line) for line in err.splitlines()]
    assert (done.returncode, [(one["event"], one["level"]) for one in events]) == (2, [("message", "error")])


def whole_terminal(cli: CommandLine, *words: object) -> str:
    """What a command shows whose stdout and stderr are one terminal."""
    import pty
    import subprocess
    import sys

    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "stackferry", *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, **cli.environment},
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # how a terminal says that nobody writes to it any more
        pass
    finally:
        os.close(ours)
    assert process.wait() == 0, shown.decode()
    return shown.decode()
