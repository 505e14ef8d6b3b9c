"""Names that a snapshot does not hold: refused before a request is sent to the place, whatever the command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import FAST, FILLED, SOURCE, TARGET, CommandLine
from terminal import at_terminal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def snapshot(cli: CommandLine) -> Path:
    path = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), path, *FAST).code == 0
    return path


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--locale", "fr-f=de-de"), "none of the locales called 'fr-f', which --locale names"),
        (
            ("--environment", "productin=live"),
            "none of the environments called 'productin', which --environment",
        ),
        (("--content-type", "pgae"), "holds no content type 'pgae'; it holds 'page'; did you mean 'page'?"),
        (("--only-locale", "fr-f"), "holds no locale 'fr-f'"),
        (("--release", "Sprng"), "holds no release 'Sprng'"),
    ],
)
@pytest.mark.parametrize("command", ["import", "dry run", "verify", "diff"])
def test_no_request_is_sent(
    cli: CommandLine, snapshot: Path, command: str, words: tuple[str, str], told: str
) -> None:
    """A copy and an export cannot know before they have asked."""
    if command == "diff" and words[0] not in ("--locale", "--environment"):
        words, told = ("--locale", "en=fr-fr"), "none of the locales called 'en', which --locale names"
    sides = {
        "import": ("import", snapshot, cli.place(TARGET)),
        "dry run": ("import", snapshot, cli.place(TARGET), "--dry-run"),
        "verify": ("verify", snapshot, "--against", cli.place(SOURCE)),
        "diff": ("diff", snapshot, cli.place(SOURCE)),
    }
    before = len(cli.emulator.log)
    done = cli.run(*sides[command], *words, *FAST)
    assert (done.code, told in done.err) == (2, True), done.err
    assert len(cli.emulator.log) == before


@pytest.mark.parametrize("words", [("--locale", "fr-f=de-de"), ("--environment", "productin=live")])
def test_nobody_is_asked_about_a_copy_of_unknown_names(cli: CommandLine, words: tuple[str, str]) -> None:
    """The target holds content, so a copy into it is asked about; what is mapped is looked for first."""
    command = ("copy", cli.place(SOURCE), cli.place(FILLED), "--on-conflict", "update", *words, *FAST)
    done = at_terminal(command, cli.environment)
    assert (done.code, "[y/N]" in done.shown, words[1].partition("=")[0] in done.shown) == (2, False, True), (
        done.shown
    )
    assert cli.writes == 0


@pytest.mark.parametrize(
    "words", [("show",), ("ls",), ("cat", "entries", "x"), ("verify",), ("import",), ("convert",)]
)
def test_a_directory_that_is_not_there(cli: CommandLine, words: tuple[str, ...]) -> None:
    """As `diff` says it: nothing is said of a manifest to somebody who mistyped a name."""
    command, *more = words
    missing = cli.home / "typo"
    after: dict[str, list[object]] = {"import": [cli.place(TARGET)], "convert": [cli.home / "out"]}
    done = cli.run(command, missing, *after.get(command, [*more]))
    assert (done.code, "no such directory" in done.err) == (2, True), done.err


def test_an_export_of_the_vendor_is_not_called_incomplete(cli: CommandLine, snapshot: Path) -> None:
    export = cli.home / "export"
    assert cli.run("convert", snapshot, export, "--to", "csdx").code in (0, 3)
    done = cli.run("verify", export)
    assert (done.code, f"convert it first (stackferry convert {export} SNAPSHOT)" in done.err) == (2, True)
