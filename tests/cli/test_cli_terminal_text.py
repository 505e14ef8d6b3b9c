"""Names in content may hold commands of a terminal; a terminal shows them, a pipe and a file get them as they are."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

import pytest

from stackferry import exact_json
from stackferry.cli.output import write_stdout
from stackferry.cli.summary import title_text

HOSTILE = "bell\x07 \x1b]0;title\x07 \x9b2J photo\u202egnp\u2066"


class Terminal(io.StringIO):
    """What is written to it, by a program that takes it for a terminal."""

    def isatty(self) -> bool:
        return True


def written(text: str, where: io.StringIO) -> str:
    with redirect_stdout(where):
        write_stdout(text)
    return where.getvalue()


def test_a_terminal_obeys_no_name() -> None:
    shown = written(f"one\ttwo {HOSTILE}\n", Terminal())
    assert shown == "one\ttwo bell\\u0007 \\u001b]0;title\\u0007 \\u009b2J photo\\u202egnp\\u2066\n"


def test_json_at_a_terminal_means_the_same() -> None:
    text = exact_json.dumps({"title": HOSTILE}).decode()
    assert exact_json.loads(written(text, Terminal()).encode()) == {"title": HOSTILE}


@pytest.mark.parametrize("text", [HOSTILE, "منارة\u200f الميناء 👩\u200d🍳"])
def test_a_pipe_gets_every_letter(text: str) -> None:
    assert written(text, io.StringIO()) == text


def test_a_line_shows_the_beginning_of_a_long_title() -> None:
    assert title_text("M" * 1_000_000) == f'"{"M" * 79}… (1,000,002 characters)'
