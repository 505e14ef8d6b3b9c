"""A stack, a space and a project on one socket, each with two empty ones beside it, and a shell."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import every_kind_space
import every_kind_stack
from click.testing import CliRunner
from command_line import CommandResult

from stackferry.cli.app import app
from stackferry.emulators import azure_devops, contentful, contentstack
from stackferry.emulators.azure_devops.seed.furnish import furnish
from stackferry.emulators.azure_devops.seed.generator import generate
from stackferry.emulators.combined import Combined
from stackferry.emulators.http_server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "an-invented-token"
SYSTEMS = ("contentstack", "contentful", "azure-devops")
SOURCE, TARGET, OTHER = "source", "target", "other"
_NAMES = {"contentstack": "main", "contentful": "master", "azure-devops": "Web"}


@dataclass
class ThreeSystems:
    """What commands write is below `home`."""

    home: Path
    host: str
    emulated: Combined

    def place(self, system: str, key: str) -> str:
        """The place of a system that has everything (SOURCE), or one of the empty ones."""
        return f"{system}+http://{key}@{self.host}/{_NAMES[system]}"

    def run(self, *words: object) -> CommandResult:
        """Run a command in this process."""
        environment = {
            "STACKFERRY_TOKEN": TOKEN,
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
        }
        done = CliRunner().invoke(app, [str(word) for word in words], env=environment)
        return CommandResult(done.exit_code, done.stdout, done.stderr)


@contextmanager
def open_three_systems(home: Path) -> Iterator[ThreeSystems]:
    """An object of every kind in each source; in the others only what a project needs to be imported into."""
    stacks, spaces, projects = contentstack.Emulator(), contentful.Emulator(), azure_devops.Emulator()
    every_kind_stack.fill_every_kind(stacks.add_stack(api_key=SOURCE, management_token=TOKEN))
    space = spaces.add_space(key=SOURCE, token=TOKEN)
    every_kind_space.fill_every_kind(space, space.master)
    generate(projects, SOURCE, _NAMES["azure-devops"], token=TOKEN, seed=1, releases=8)
    for key in (TARGET, OTHER):
        stacks.add_stack(api_key=key, management_token=TOKEN)
        spaces.add_space(key=key, token=TOKEN)
        furnish(projects, key, _NAMES["azure-devops"], token=TOKEN, seed=4)
    emulated = Combined((projects, spaces, stacks))
    with serve(emulated) as origin:
        yield ThreeSystems(home, origin.partition("://")[2], emulated)
