"""Commands on a live space, as a user types them: PLACE is filled in, the credential is in the environment."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner
from command_line import CommandResult
from contentful_clients import filled_space
from space_client import SPACE, TOKEN

from stackferry.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from space_client import SpaceClient

    from stackferry.emulators.contentful import Limits, Switches

_FAST = ("--rate", "0", "--bulk-rate", "0")


@dataclass
class SpaceLine:
    """A shell beside an emulated space."""

    space: SpaceClient
    token: str = TOKEN

    def place(self, key: str = SPACE, environment: str = "master") -> str:
        host = str(self.space.http.base_url).rstrip("/").removeprefix("http://")
        return f"contentful+http://{key}@{host}/{environment}"

    def run(self, name: str, *words: object, place: str = "", stdin: str | None = None) -> CommandResult:
        """A command in this process, with no terminal; its name is `release list`, and PLACE follows it."""
        typed = [*name.split(), place or self.place(), *(str(word) for word in words), *_FAST]
        environment = {
            "STACKFERRY_TARGET_TOKEN": self.token,
            "STACKFERRY_TOKEN": "",
            "XDG_CONFIG_HOME": "/nonexistent",
        }
        done = CliRunner().invoke(app, typed, env=environment, input=stdin)
        return CommandResult(done.exit_code, done.stdout, done.stderr)

    def ok(self, name: str, *words: object, stdin: str | None = None) -> CommandResult:
        """A command that must succeed."""
        result = self.run(name, *words, stdin=stdin)
        assert result.code == 0, (result.out, result.err)
        return result

    def failed(self, code: int, name: str, *words: object, stdin: str | None = None, place: str = "") -> str:
        """What a command that must fail so says on stderr, on one line."""
        result = self.run(name, *words, stdin=stdin, place=place)
        assert result.code == code, (result.code, result.out, result.err)
        return " ".join(result.err.split())

    @property
    def writes(self) -> list[str]:
        """Every request other than a read in their order, without the environment's path."""
        rows = [one for one in self.space.emulator.log if one.method != "GET"]
        return [f"{one.method} {one.path.partition('/environments/master')[2]}" for one in rows]


@contextmanager
def open_space_line(switches: Switches | None = None, limits: Limits | None = None) -> Iterator[SpaceLine]:
    with filled_space(switches, limits) as space:
        yield SpaceLine(space)


def release(line: SpaceLine, uid: str) -> Any:
    return line.space.get(f"/releases/{uid}")
