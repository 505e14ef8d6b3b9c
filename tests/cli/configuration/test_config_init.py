"""`stackferry config init`: what it asks, what it writes, and what it leaves alone."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from terminal import at_terminal

from stackferry.cli.app import app
from stackferry.io.profile_writer import profile_text, write_profile
from stackferry.io.profiles import Profile, read_profile
from stackferry.model import Secret

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "cs-invented-canary"
PLACE = "contentstack://blt1@eu/main"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "stackferry" / "config.toml"


def run(file: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["--config", str(file), "config", "init", *words])
    return done.exit_code, done.stderr


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (("--token-env", "HARBOUR"), 'token_env = "HARBOUR"'),
        (("--token-file", "~/token"), 'token_file = "~/token"'),
        (("--keyring", "harbour"), 'keyring = "harbour"'),
        (("--token-command", "pass show 'the harbour'"), 'token_command = ["pass", "show", "the harbour"]'),
    ],
)
def test_everything_given(file: Path, words: tuple[str, ...], kept: str) -> None:
    """No terminal is needed; the file is its owner's alone."""
    code, told = run(file, "harbour", "--place", PLACE, *words)
    assert code == 0, told
    assert "stackferry config check harbour" in told
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text("utf-8") == f'[profiles.harbour]\nplace = "{PLACE}"\n{kept}\n'
    assert profile_text(read_profile("harbour", file)) == file.read_text("utf-8")


def test_nothing_is_overwritten(file: Path) -> None:
    """Neither the file nor, with --add, a profile of the same name; what was there stays byte by byte."""
    file.parent.mkdir()
    before = '# mine\n[profiles.harbour]\nplace = "contentstack://blt9@na"'
    file.write_text(before, "utf-8")
    words = ("--place", PLACE, "--token-env", "X")
    code, told = run(file, "quay", *words)
    assert (code, file.read_text("utf-8")) == (2, before)
    assert "--add" in told
    code, told = run(file, "harbour", *words, "--add")
    assert (code, file.read_text("utf-8")) == (2, before)
    assert f"{file}:2: there is a profile 'harbour' already" in told
    assert run(file, "quay", *words, "--add")[0] == 0
    assert file.read_text("utf-8").startswith(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [read_profile(name, file).place for name in ("harbour", "quay")] == [
        "contentstack://blt9@na",
        PLACE,
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("harbour", "--place", "contentstack://blt1@nowhere/main", "--token-env", "X"), "nowhere"),
        (("harbour", "--place", "main", "--token-env", "X"), "is not a system"),
        (("har bour", "--place", PLACE, "--token-env", "X"), "is no name of a profile"),
        (("harbour", "--place", PLACE, "--token-env", "X", "--keyring", "y"), "a profile has one token"),
        (("harbour", "--place", PLACE), "There is no terminal to ask at"),
        ((), "There is no terminal to ask at: give NAME"),
    ],
)
def test_what_cannot_be_written(file: Path, words: tuple[str, ...], told: str) -> None:
    code, error = run(file, *words)
    assert code == 2
    assert told in error
    assert not file.exists()


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "stackferry").write_text("a file", "utf-8")
    code, told = run(tmp_path / "stackferry" / "config.toml", "a", "--place", PLACE, "--token-env", "X")
    assert code == 1
    assert "cannot create" in told
    done = at_terminal(["--config", tmp_path / "stackferry" / "config.toml", "config", "init"], {})
    assert (done.code, "cannot create" in done.shown, "Name of" in done.shown) == (1, True, False), done.shown


def test_a_person_is_asked(file: Path) -> None:
    """The token goes into a file of its own; nothing shows it."""
    token = file.parent / "token"
    dialogue = [
        ("Name of the profile", "harbour"),
        ("Place", PLACE),
        ("Token in", "file"),
        ("Path of the file", str(token)),
        ("is missing", "y"),
        ("Token (it is not shown)", CANARY),
    ]
    done = at_terminal(["--config", file, "config", "init"], {}, dialogue)
    assert done.code == 0, done.shown
    assert CANARY not in done.shown + done.out + file.read_text("utf-8")
    assert token.read_text("utf-8") == f"{CANARY}\n"
    assert [stat.S_IMODE(one.stat().st_mode) for one in (file, token)] == [0o600, 0o600]


def test_a_wrong_answer_is_asked_for_again(file: Path) -> None:
    """What was answered before stays; the reason is told."""
    assert run(file, "taken", "--place", PLACE, "--token-env", "TOKEN")[0] == 0
    dialogue = [
        ("Name of the profile", "bad name!"),
        ("is no name of a profile", "taken"),
        ("there is a profile 'taken' already", "harbour"),
        ("Place", "contentstack://blt1@euu/main"),
        ("'euu' is no region", PLACE),
        ("Token in", "envv"),
        ("is not one of", "env"),
        ("Name of the variable", "MY TOKEN"),
        ("is no name of a variable", "MY_TOKEN"),
    ]
    done = at_terminal(["--config", file, "config", "init", "--add"], {}, dialogue)
    assert done.code == 0, done.shown
    assert read_profile("harbour", file).token_env == "MY_TOKEN"


def test_a_token_in_clear_is_asked_for_twice(file: Path) -> None:
    begin = [("Token in", "clear")]
    words = ["--config", file, "config", "init", "harbour", "--place", PLACE]
    done = at_terminal(words, {}, [*begin, ("Write the token itself", "n")])
    assert (done.code, file.exists()) == (1, False)
    done = at_terminal(words, {}, [*begin, ("Write the token itself", "y"), ("not shown", CANARY)])
    assert done.code == 0, done.shown
    assert CANARY not in done.shown + done.out
    secret = read_profile("harbour", file).token
    assert secret is not None
    assert secret.reveal() == CANARY


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
def test_any_text_is_read_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Quotes, backslashes, control characters: what is written is what was given."""
    path = tmp_path_factory.mktemp("init") / "config.toml"
    write_profile(path, Profile(PLACE, token=Secret(text), token_command=(), name="a"))
    secret = read_profile("a", path).token
    assert secret is not None
    assert secret.reveal() == text
