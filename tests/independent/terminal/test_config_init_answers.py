"""Answers to the questions of `config init` that are none, and values that options do not take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import SOURCE, CommandLine
from terminal import at_terminal

if TYPE_CHECKING:
    from pathlib import Path

INIT = ("config", "init", "production", "--place", "contentstack://a@eu/main")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new.toml"


def test_the_end_of_the_input_is_no_answer(cli: CommandLine, file: Path) -> None:
    """Ctrl-D at a question: nothing was done, and nobody is sent to look for a defect."""
    words = ("config", "init", "--config", file)
    done = at_terminal(words, cli.environment, [("Name of the profile", "\x04")])
    assert (done.code, "a question was not answered; nothing was done" in done.shown) == (2, True)
    assert "unexpected" not in done.shown
    assert not file.exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--token-env", "A B"), "'A B' is no name of a variable"),
        (("--token-env", "$TOKEN"), "'$TOKEN' is no name of a variable"),
        (("--token-command", "pass 'show"), "the command of the token cannot be read: No closing quotation"),
    ],
)
def test_what_no_profile_could_use_is_not_written(
    cli: CommandLine, file: Path, words: tuple[str, ...], told: str
) -> None:
    done = cli.run(*INIT, *words, "--config", file)
    assert (done.code, told in done.err) == (2, True), done.err
    assert not file.exists()


@pytest.mark.parametrize(
    ("command", "value", "told"),
    [
        ("export", "al", "'al' is not 'all'"),
        ("export", "update", "'update' is not 'all'"),
        ("copy", "al", "'al' is not one of 'all', 'update'"),
    ],
)
def test_a_taxonomy_option_takes_its_words_alone(
    cli: CommandLine, command: str, value: str, told: str
) -> None:
    """A misspelled word was taken, and did nothing."""
    done = cli.run(command, "contentful://a@eu/master", "contentful://b@eu/master", "--taxonomy", value)
    assert (done.code, told in done.err) == (2, True), done.err
    assert cli.run(command, "--help").out.count("--taxonomy") == 1


@pytest.mark.parametrize("value", ["100000000000h", "1e300", "-1s", "soon"])
def test_an_interval_that_no_run_takes(cli: CommandLine, value: str) -> None:
    done = cli.run("export", cli.place(SOURCE), cli.home / "snap", "--stats", value)
    assert (done.code, f"'{value}' is no duration" in done.err) == (2, True)
