"""What the recipes of docs/nights.md are run with: a shell whose `stackferry` is this one, and their files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING

from repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from command_line import CommandLine

FOLDER = ROOT / "docs" / "nights"
PAGE = (ROOT / "docs" / "nights.md").read_text("utf-8")


def shell_environment(cli: CommandLine) -> dict[str, str]:
    """An environment in which `stackferry` is the code under test, beside an emulated stack."""
    program = cli.home / "bin" / "stackferry"
    program.parent.mkdir(exist_ok=True)
    # Reads and writes without a limit, so that the test does not wait: the recipes themselves give none.
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m stackferry "$@"\n')
    program.chmod(0o755)
    own = {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "src"),
        "STACKFERRY_BACKUP_RATE": "0",
        "HOME": str(cli.home),
    }
    return {**os.environ, **cli.environment, **own}


def run(
    cli: CommandLine,
    *words: object,
    code: int = 0,
    directory: Path | None = None,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> subprocess.CompletedProcess[str]:
    """Run a program of the recipes; it must end with `code`. `variables` are set beside those of the shell."""
    done = subprocess.run(  # noqa: S603 - what docs/nights.md says
        [*map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        cwd=directory or cli.home,
        env={**shell_environment(cli), **variables},
    )
    assert done.returncode == code, (done.stdout, done.stderr)
    return done


def configure(cli: CommandLine, **places: str) -> None:
    """A configuration file with a profile for each place."""
    file = cli.home / "config" / "stackferry" / "config.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f'[profiles.{name}]\nplace = "{place}"\n' for name, place in places.items()))


def commands(heading: str) -> list[str]:
    """The lines of the code blocks below a heading of the page, continued lines as one."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```(?:sh)?\n(.*?)```", section, re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", "").splitlines() if line.strip()]
