"""The output of a command: its product on stdout, messages and progress on stderr.

Messages are redacted: credentials, and what looks like one. The product keeps its form, because what only looks like a
credential may be content; only the credentials of this run are masked in it.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from stackferry.errors import StackferryError

if TYPE_CHECKING:
    from stackferry.model import JsonObject

LOG = logging.getLogger("stackferry.cli")

# Control characters but tabs and line ends, and signs that turn the direction of writing.
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Output:
    """How much is printed, and in which form. `stats`: seconds between two lines of progress in a file; 0: none."""

    as_json: bool = False
    verbose: int = 0
    quiet: bool = False
    log_format: str = "text"
    stats: float = 30.0

    @property
    def bars(self) -> bool:
        """Whether progress bars are wanted: by a person, at a terminal."""
        return not self.quiet and self.log_format == "text" and sys.stderr.isatty()

    def prepare(self) -> None:
        """Send the log of this process to stderr, at the level and in the form of the options."""
        handler = _Stderr(as_json=self.log_format == "json")
        root = logging.getLogger("stackferry")
        root.handlers, root.propagate = [handler], False
        levels = (logging.WARNING, logging.INFO, logging.DEBUG)
        root.setLevel(logging.ERROR if self.quiet else levels[min(self.verbose, 2)])
        # The command's own messages need no -v; those of the packages below do.
        LOG.setLevel(logging.ERROR if self.quiet else min(logging.INFO, root.level))

    def say(self, text: str = "") -> None:
        """A message for a person."""
        LOG.info("%s", text)

    def say_lines(self, *lines: str) -> None:
        for line in lines:
            self.say(line)

    def event(self, name: str, facts: JsonObject) -> None:
        """An event for programs, where messages are JSON."""
        LOG.info("", extra={"facts": {"event": name, **facts}})

    def fail(self, text: str) -> None:
        """Why a command failed; printed even with --quiet."""
        LOG.error("%s", text)

    def tell(self, text: str) -> None:
        """A line of a page for a person, which --quiet leaves out."""
        if not self.quiet:
            self.show(text)

    def show(self, text: str) -> None:
        """A line of what the command was asked for. With --json stdout is kept for the report."""
        if self.as_json:
            self.say(text)
            return
        from stackferry.io import redaction

        write_stdout(f"{redaction.mask(text)}\n")


def write_stdout(text: str) -> None:
    """Write the product of a command. Raises BrokenPipeError where nobody reads it any more, as in `… | head`, and
    StackferryError where stdout is closed or full: what was asked for was not delivered."""
    if not has_stdout():
        raise stdout_error(OSError(errno.EBADF, os.strerror(errno.EBADF)))
    try:
        click.echo(for_terminal(text) if sys.stdout.isatty() else text, nl=False)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise stdout_error(error) from error


def for_terminal(text: str) -> str:
    """Text that a terminal shows and does not obey: names in content may hold its commands, or turn what follows.

    They are written as JSON writes them, so that JSON keeps its meaning.
    """
    return _COMMANDS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def asked(question: str) -> bool:
    """What the person at the terminal answers; no at the end of the input, such as Ctrl-D."""
    try:
        return click.confirm(for_terminal(question), err=True)
    except click.Abort:
        return False


def has_stdout() -> bool:
    """Whether there is a stdout: Python has none where it was closed before the start (`>&-`)."""
    return sys.stdout is not None


def stdout_error(error: OSError) -> StackferryError:
    return StackferryError(f"stdout cannot be written to: {error.strerror}; what was printed is not complete")


def discard_stdout() -> None:
    """Discard what is left in the buffer of stdout, or the interpreter fails at its exit."""
    if has_stdout():
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Stderr(logging.Handler):
    """Writes records to whatever stderr is now, around the bars if there are any."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self._as_json = as_json

    def emit(self, record: logging.LogRecord) -> None:
        if self._as_json and not record.getMessage().strip() and not hasattr(record, "facts"):
            return
        line = _as_json(record) if self._as_json else _as_text(record)
        bars = sys.modules.get("tqdm")
        try:
            is_terminal = sys.stderr.isatty()
            line = for_terminal(line) if is_terminal else line
            if bars is not None and is_terminal:
                bars.tqdm.write(line, file=sys.stderr)
            else:
                click.echo(line, err=True)
        except OSError:
            return  # nobody reads stderr any more; that is no reason to end a backup


def _as_text(record: logging.LogRecord) -> str:
    text = record.getMessage()
    if record.levelno >= logging.ERROR:
        text = f"Error: {text}"
    elif record.name != LOG.name:
        text = f"  {record.name.removeprefix('stackferry.')}: {text}"
    return redacted(text)


def _as_json(record: logging.LogRecord) -> str:
    from stackferry.io import redaction

    time = {"time": logging.Formatter().formatTime(record, "%Y-%m-%dT%H:%M:%S%z")}
    if facts := getattr(record, "facts", None):
        return redaction.mask(json.dumps({**time, **facts}, ensure_ascii=False))
    fact = {
        "event": "message",
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": redacted(record.getMessage().strip()),
    }
    return json.dumps({**time, **fact}, ensure_ascii=False)


def redacted(text: str) -> str:
    from stackferry.io import redaction

    return redaction.redact_text(text)
