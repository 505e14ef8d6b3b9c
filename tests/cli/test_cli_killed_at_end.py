"""Killed when all was done and before anybody was told: the next start of the same command tells it, once."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command_line import FAST, SOURCE, TARGET, CommandLine, open_command_line
from workbench import file_digests

if TYPE_CHECKING:
    from collections.abc import Iterator

# What the last steps of a command are, and how each is made the last one of a process.
KILL = """
import os, signal, sys
from stackferry.{module} import {owner}

def killed(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

{owner}.{name} = killed
from stackferry.cli.app import app
sys.exit(app(sys.argv[1:]))
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    monkeypatch.chdir(tmp_path)
    with open_command_line(tmp_path) as made:
        yield made


def killed_at(cli: CommandLine, step: tuple[str, str, str], *words: object) -> None:
    """Run a command in a process that kills itself at one step."""
    module, owner, name = step
    script = Path("killed.py")
    script.write_text(KILL.format(module=module, owner=owner, name=name))
    ended = cli.start(*words, script=script)
    ended.communicate(timeout=60)
    assert ended.returncode == -signal.SIGKILL


PRINTED = ("cli", "run_command", "_print")
SUMMARY = ("cli", "summary", "say_result")


@pytest.mark.parametrize("step", [PRINTED, SUMMARY], ids=["before the report", "before the summary"])
def test_an_export_killed_after_its_seal_is_reported_once(
    cli: CommandLine, step: tuple[str, str, str]
) -> None:
    words = ("export", cli.place(SOURCE), "snap", *FAST)
    killed_at(cli, step, *words)
    sealed = file_digests(Path("snap"))
    sent = cli.emulator.count("read")
    told = cli.run(*words, "--json")
    assert (told.code, told.report["objects"]["documents"]) == (0, 6)
    assert cli.emulator.count("read") == sent
    assert not Path("snap/.work").exists()
    assert file_digests(Path("snap")) == {name: is_ for name, is_ in sealed.items() if ".work" not in name}
    later = cli.run(*words)
    assert later.code == 2
    assert "complete snapshot, since 20" in later.err
    assert "nothing was read; name a new directory" in later.err


def test_what_was_reused_of_a_base_is_told_after_a_kill_too(cli: CommandLine) -> None:
    cli.run("export", cli.place(SOURCE), "base", *FAST)
    words = ("export", cli.place(SOURCE), "snap", "--base", "base", "--json", *FAST)
    undisturbed = cli.run(*words[:2], "other", *words[3:]).report["base"]
    killed_at(cli, PRINTED, *words)
    assert cli.run(*words).report["base"] == undisturbed != {}


def test_a_conversion_killed_at_its_end_is_reported_once(cli: CommandLine) -> None:
    cli.run("export", cli.place(SOURCE), "snap", *FAST)
    words = ("convert", "snap", "out", "--to", "csdx")
    expected = cli.run("convert", "snap", "undisturbed", "--to", "csdx").code
    killed_at(cli, PRINTED, *words)
    made = file_digests(Path("out"))
    assert cli.run(*words).code == expected
    assert file_digests(Path("out")) == made == file_digests(Path("undisturbed"))
    later = cli.run(*words)
    assert (later.code, "complete since 20" in later.err) == (2, True)
    assert not [*Path().glob("*.unreported")]


def test_an_import_killed_at_its_end_is_reported_with_its_own_exit_code(cli: CommandLine) -> None:
    """It sends no write: what arrived is known from the checkpoint."""
    cli.run("export", cli.place(SOURCE), "snap", *FAST)
    words = ("import", "snap", cli.place(TARGET), *FAST)
    killed_at(cli, PRINTED, *words)
    written = cli.writes
    assert cli.run(*words).code == 0
    assert cli.writes == written


def test_a_vendor_export_converted_and_killed_at_its_end_is_reported(cli: CommandLine) -> None:
    cli.run("export", cli.place(SOURCE), "snap", *FAST)
    cli.run("convert", "snap", "vendor", "--to", "csdx")
    words = ("convert", "vendor", "back")
    expected = cli.run("convert", "vendor", "undisturbed").code
    killed_at(cli, PRINTED, *words)
    assert cli.run(*words).code == expected
