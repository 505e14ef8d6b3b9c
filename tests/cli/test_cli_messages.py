"""What a person at the terminal is told: the thing, the cause, and what to do next."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from command_line import FAST, FILLED, SOURCE, TARGET, CommandLine
from terminal import at_terminal

if TYPE_CHECKING:
    from pathlib import Path

WRONG = "cs-invented-wrong"


@pytest.fixture
def snapshot(cli: CommandLine) -> Path:
    path = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), path, *FAST).code == 0
    return path


@pytest.mark.parametrize("variable", ["STACKFERRY_SOURCE_TOKEN", "STACKFERRY_TOKEN"])
def test_a_refused_credential_of_the_source(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Once, with the side and the variable, however many workers were refused."""
    monkeypatch.setenv(variable, WRONG)
    cli.token = WRONG if variable == "STACKFERRY_TOKEN" else cli.token
    done = cli.run("export", cli.place(SOURCE), "snap", *FAST)
    assert done.code == 4
    assert f"the service does not accept the source's credential, from {variable}: GET " in done.err
    assert (done.err.count("credential"), done.err.count("401"), "; also" in done.err) == (1, 1, False)
    assert WRONG not in done.err


def test_a_refused_credential_of_the_target(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, snapshot: Path
) -> None:
    """Of a copy it is the side that is wrong."""
    monkeypatch.setenv("STACKFERRY_TARGET_TOKEN", WRONG)
    for words in (("import", snapshot), ("copy", cli.place(SOURCE))):
        done = cli.run(*words, cli.place(TARGET), *FAST)
        assert done.code == 4
        assert "the service does not accept the target's credential, from STACKFERRY_TARGET_TOKEN" in done.err
        assert "source's" not in done.err


@pytest.mark.parametrize("command", ["export", "import", "plan", "convert"])
def test_a_path_that_cannot_be_made(cli: CommandLine, snapshot: Path, command: str) -> None:
    """It is no damage of anything."""
    (cli.home / "file").write_text("x", "utf-8")
    path = cli.home / "file" / "below"
    words: dict[str, tuple[object, ...]] = {
        "export": ("export", cli.place(SOURCE), path, *FAST),
        "import": ("import", snapshot, cli.place(TARGET), "--state", path, *FAST),
        "plan": ("import", snapshot, cli.place(TARGET), "--plan", path, *FAST),
        "convert": ("convert", snapshot, path, "--to", "csdx"),
    }
    done = cli.run(*words[command])
    assert (done.code, "cannot create" in done.err) == (1, True), done.err
    assert "damaged" not in done.err
    assert cli.writes == 0


def test_convert_of_a_snapshot(cli: CommandLine, snapshot: Path) -> None:
    done = cli.run("convert", snapshot, "out")
    assert (done.code, "is already a snapshot; use --to csdx" in done.err) == (2, True)


def test_diff_of_a_typo(cli: CommandLine, snapshot: Path) -> None:
    done = cli.run("diff", snapshot, "typo")
    assert (done.code, "no such directory: typo" in done.err) == (2, True)


def test_show_of_an_export(cli: CommandLine, snapshot: Path) -> None:
    assert cli.run("convert", snapshot, cli.home / "csdx", "--to", "csdx").code == 0
    done = cli.run("show", cli.home / "csdx")
    assert done.code == 0
    assert "convert it first" in done.err
    assert "convert it first" not in cli.run("show", snapshot).err


def test_a_version_that_is_not_there(cli: CommandLine, snapshot: Path) -> None:
    done = cli.run("cat", snapshot, "entries", "bltpage00000", "--version", "7")
    assert done.code == 2
    assert "does not hold version 7 of entries 'bltpage00000'; it holds 1, 2 of en-us; 1 of fr-fr" in done.err


def test_help_of_verify_says_compare(cli: CommandLine) -> None:
    shown = " ".join(cli.run("verify", "--help").out.split())
    assert "--publish [same|none] Compare also what is published" in shown


def test_a_dry_run_that_looked_at_nothing(cli: CommandLine, snapshot: Path) -> None:
    done = cli.run("import", snapshot, cli.place(TARGET), "--only", "workflows", "--dry-run", *FAST)
    assert (done.code, "nothing was looked at" in done.err) == (0, True), done.err
    done = cli.run("import", snapshot, cli.place(TARGET), "--dry-run", *FAST)
    assert "nothing was looked at" not in done.err


def test_plain_http_behind_an_https_place(cli: CommandLine) -> None:
    place = cli.place(SOURCE).replace("+http", "")
    done = cli.run("export", place, "snap", *FAST)
    assert done.code == 1
    assert f"seems to speak plain HTTP: if that is meant, write {cli.place(SOURCE)}" in done.err


@pytest.mark.parametrize("command", ["import", "copy"])
def test_a_dry_run_lists_what_a_plan_lists(cli: CommandLine, snapshot: Path, command: str) -> None:
    """The same objects in the same order, with --json as `items`."""
    source = snapshot if command == "import" else cli.place(SOURCE)
    words = (command, source, cli.place(TARGET), *FAST)
    dry = cli.run(*words, "--dry-run", "--json")
    assert cli.run(*words, "--plan", cli.home / "plan").code == dry.code == 0
    lines = [json.loads(line) for line in (cli.home / "plan").read_text("utf-8").splitlines()]
    planned = [line for line in lines if line.pop("line") == "write"]
    assert len(planned) > 3
    assert dry.report["items"] == planned


@pytest.mark.parametrize(("answer", "code"), [("n", 2), ("y", 0)])
def test_a_person_confirms_a_write_over_content(
    cli: CommandLine, snapshot: Path, answer: str, code: int
) -> None:
    """One line: the place, what it holds, what would be done."""
    words = ["import", snapshot, cli.place(FILLED), "--on-conflict", "update", *FAST]
    done = at_terminal(words, cli.environment, [("[y/N]", answer)])
    assert done.code == code, done.shown
    question = next(line for line in done.shown.splitlines() if "[y/N]" in line)
    assert question.startswith(f"{cli.place(FILLED)} holds ")
    assert f"Import {snapshot} into it (--on-conflict update)?" in question
    assert (cli.writes == 0) is (answer == "n")


def test_nobody_is_asked_without_content_or_with_yes(cli: CommandLine, snapshot: Path) -> None:
    for target, more in ((TARGET, ()), (FILLED, ("--on-conflict", "update", "--yes"))):
        done = at_terminal(["import", snapshot, cli.place(target), *more, *FAST], cli.environment)
        assert (done.code, "[y/N]" in done.shown) == (0, False), done.shown


def test_without_a_terminal_nobody_is_asked(cli: CommandLine, snapshot: Path) -> None:
    done = cli.run("import", snapshot, cli.place(FILLED), "--on-conflict", "update", *FAST)
    assert (done.code, "[y/N]" in done.err) == (0, False)


def test_a_malformed_configuration(cli: CommandLine) -> None:
    file = cli.home / "config.toml"
    file.write_text('[profiles.harbour]\nplace = "x\n', "utf-8")
    done = cli.run("export", "harbour", "snap", "--config", file)
    assert (done.code, f"{file}:2: this is not TOML" in done.err) == (2, True)
