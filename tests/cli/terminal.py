"""A person at a terminal: a command as a process of its own whose questions are answered one after the other."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from command_line import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PATIENCE = 30.0  # seconds until a question that does not come fails the test


class Session(NamedTuple):
    """How a command at a terminal ended, what it wrote to stdout, and what the terminal showed."""

    code: int
    out: str
    shown: str


def at_terminal(
    words: Sequence[object], environment: Mapping[str, str], dialogue: Sequence[tuple[str, str]] = ()
) -> Session:
    """Run a command whose stdin and stderr are a terminal; `dialogue`: parts of questions, with answers."""
    master, slave = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "stackferry", *map(str, words)],
        stdin=slave,
        stderr=slave,
        stdout=subprocess.PIPE,
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT / "src")},
        start_new_session=True,
    )
    os.close(slave)
    shown, asked_from = "", 0
    try:
        for question, answer in dialogue:
            while question not in shown[asked_from:]:
                piece = _piece(master)
                assert piece, f"{question!r} was not asked; shown: {shown}"
                shown += piece
            asked_from = len(shown)
            os.write(master, f"{answer}\n".encode())
        while piece := _piece(master):
            shown += piece
        out = process.stdout.read().decode() if process.stdout else ""
        return Session(process.wait(_PATIENCE), out, shown.replace("\r\n", "\n"))
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
        os.close(master)


def at_prompt(
    shell: Sequence[str], environment: Mapping[str, str], start: str, typed: Sequence[str]
) -> list[str]:
    """What lines typed at the prompt of a shell became, with what its TAB key put in, as the words of a command."""
    master, slave = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - a shell of this machine
        [*shell], stdin=slave, stdout=slave, stderr=slave, env={**environment}, start_new_session=True
    )
    os.close(slave)
    shown, found = "", []
    try:
        os.write(master, f"{start}; echo REA''DY\n".encode())
        while "\nREADY" not in shown:
            shown += _piece(master)
        for line in typed:
            os.write(master, line.encode())
            os.write(master, b"\x01echo :\x05 :\n")  # the line's words, as what an echo prints
            shown = ""
            while not (line_shown := re.search(r"\n:(.*) :\r", shown)):
                shown += _piece(master)
            found.append(line_shown[1])
        return found
    finally:
        process.kill()
        process.wait()
        os.close(master)


def _piece(master: int) -> str:
    """What the terminal shows next; nothing once the process has ended."""
    ready, _, _ = select.select([master], [], [], _PATIENCE)
    assert ready, "nothing came"
    try:
        return os.read(master, 4096).decode("utf-8", "replace")
    except OSError:  # the other end is closed
        return ""
