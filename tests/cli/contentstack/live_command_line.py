"""Commands on a live stack, as a user types them: PLACE is filled in, the credential is in the environment."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from click.testing import CliRunner
from command_line import CommandResult

from live_stack import TOKEN, LiveStack, open_live_stack
from repository import ROOT
from stackferry.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack import Switches

_FAST = ("--rate", "0", "--bulk-rate", "0")
_SOURCE = ROOT / "src"


@dataclass
class LiveCommandLine:
    """A shell beside an emulated stack."""

    live: LiveStack
    token: str = TOKEN

    @property
    def environment(self) -> dict[str, str]:
        return {
            "STACKFERRY_TARGET_TOKEN": self.token,
            "STACKFERRY_TOKEN": "",
            "XDG_CONFIG_HOME": "/nonexistent",
        }

    def run(self, group: str, name: str, *words: object, stdin: str | None = None) -> CommandResult:
        """A command in this process, with no terminal."""
        return self.run_at(self.live.place, group, name, *words, stdin=stdin)

    def run_at(
        self, place: str, group: str, name: str, *words: object, stdin: str | None = None
    ) -> CommandResult:
        """A command on another place than the stack's."""
        typed = [group, name, place, *(str(word) for word in words), *_FAST]
        done = CliRunner().invoke(app, typed, env=self.environment, input=stdin)
        return CommandResult(done.exit_code, done.stdout, done.stderr)

    def ok(self, group: str, name: str, *words: object, stdin: str | None = None) -> CommandResult:
        """A command that must succeed."""
        result = self.run(group, name, *words, stdin=stdin)
        assert result.code == 0, (result.out, result.err)
        return result

    def at_terminal(self, typed: str, group: str, name: str, *words: object) -> CommandResult:
        """A command as a process of its own, whose user sits at a terminal and types something."""
        command = [
            sys.executable,
            "-m",
            "stackferry",
            group,
            name,
            self.live.place,
            *(str(word) for word in words),
        ]
        environment = {**os.environ, **self.environment, "PYTHONPATH": str(_SOURCE)}
        ours, theirs = pty.openpty()
        try:
            os.write(ours, typed.encode())
            done = subprocess.run(  # noqa: S603 - our own program
                command,
                stdin=theirs,
                capture_output=True,
                text=True,
                env=environment,
                timeout=60,
                check=False,
            )
        finally:
            os.close(ours)
            os.close(theirs)
        return CommandResult(done.returncode, done.stdout, done.stderr)


@contextmanager
def open_live_command_line(switches: Switches | None = None) -> Iterator[LiveCommandLine]:
    with open_live_stack(switches) as live:
        yield LiveCommandLine(live)
