"""Mistakes in the configuration file: told with the file and the line, by the check and by a run alike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from command_line import FAST, SOURCE, CommandLine

if TYPE_CHECKING:
    from pathlib import Path

PROFILE = '[profiles.p]\nplace = "{place}"\ntoken_env = "INVENTED_TOKEN"\n'
SECRET = "cs-invented-other"


def written(cli: CommandLine, text: str | bytes) -> Path:
    file = cli.home / "settings.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.replace("{place}", cli.place(SOURCE)).encode())
    file.chmod(0o600)
    return file


def checked(cli: CommandLine, text: str | bytes, code: int = 2) -> str:
    """What `config check` says of a file; it must end with this exit code."""
    done = cli.run("config", "check", "--config", written(cli, text))
    assert done.code == code, done.out + done.err
    return done.out + done.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[defaults]\nrate = nan\n" + PROFILE, ":2: rate: nan is no number of requests a second"),
        ("[defaults]\nrate = inf\n" + PROFILE, ":2: rate: inf is no number of requests a second"),
        ("[defaults.export]\nlimit = 2.5\n" + PROFILE, ":2: limit must be a number without a fraction"),
        (PROFILE.replace("profiles.p", 'profiles.""'), ":1: '' cannot name a profile"),
        (PROFILE.replace("profiles.p", 'profiles."a://b"'), ":1: 'a://b' cannot name a profile"),
        (
            PROFILE + 'settings = { a = "b" }\n',
            ":4: 'a' is no setting of a place of contentstack, which has no",
        ),
        (b"[defaults]\n# \xe9\n", ":2: the configuration file cannot be read: it is not text"),
    ],
)
def test_a_mistake_is_told_with_its_line(cli: CommandLine, text: str | bytes, told: str) -> None:
    assert f"settings.toml{told}" in checked(cli, text)


def test_a_byte_order_mark_is_no_mistake(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVENTED_TOKEN", cli.token)
    assert "token accepted" in checked(cli, "\ufeff" + PROFILE, code=0)


def test_a_default_of_several_commands_is_passed_over_where_it_does_not_fit(cli: CommandLine) -> None:
    """`export` takes several content types, `ls` takes one."""
    file = written(cli, '[defaults]\ncontent-type = ["page"]\n' + PROFILE)
    path = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), path, "--config", file, *FAST).code == 0
    assert cli.run("ls", path, "entries", "--config", file).code == 0
    text = written(cli, '[defaults]\ncontent-type = "none"\n')
    assert "holds no content type 'none'" in cli.run("ls", path, "entries", "--config", text).err
    own = written(cli, '[defaults.ls]\ncontent-type = ["page"]\n')
    done = cli.run("ls", path, "entries", "--config", own)
    assert (done.code, "settings.toml:2: content-type must be a text" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            'token_file = "{home}/none"',
            ":3: the token file {home}/none cannot be read: No such file or directory",
        ),
        ('token_file = "{home}"', ":3: the token file {home} cannot be read: Is a directory"),
        (
            'token_file = "{home}/bytes"',
            ":3: the token file {home}/bytes cannot be read: it is not text in UTF-8",
        ),
        (
            'token_file = "{home}/lines"',
            "from the token file {home}/lines of the profile 'p' holds several lines",
        ),
        (
            'token_env = "INVENTED"',
            "the credential from INVENTED of the profile 'p' holds characters that no",
        ),
        ('token_command = ["printf", "{secret}\\\\n"]\ntoken_kind = "tokn"', ":4: token_kind 'tokn' is none"),
    ],
)
def test_a_credential_that_cannot_be_had(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, source: str, told: str
) -> None:
    """The message names the cause in words, and never the credential; the place is told all the same."""
    monkeypatch.setenv("INVENTED", f"{SECRET}\x01")
    cli.home.joinpath("bytes").write_bytes(b"\xff\xfe")
    cli.home.joinpath("lines").write_text(f"{SECRET}\n{SECRET}\n", "utf-8")
    facts = {"{home}": str(cli.home), "{secret}": SECRET}
    for name, value in facts.items():
        source, told = source.replace(name, value), told.replace(name, value)
    cli.token = ""
    shown = checked(cli, f'[profiles.p]\nplace = "{{place}}"\n{source}\n')
    assert told in shown
    assert SECRET not in shown
    assert ("not well-formed" in shown) == ("token_kind" in source)
    export = cli.run("export", "p", cli.home / "snap", "--config", cli.home / "settings.toml", "-vv", *FAST)
    assert (export.code, told in export.err, SECRET in export.err) == (2, True, False)


def test_a_variable_with_a_bad_value_is_named(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sets a variable of a night's job has typed no option."""
    monkeypatch.setenv("STACKFERRY_EXPORT_LIMIT", "some")
    monkeypatch.setenv("STACKFERRY_STATS", "soon")
    words = ("export", cli.place(SOURCE), cli.home / "snap")
    assert "Invalid value for STACKFERRY_EXPORT_LIMIT: 'some'" in _told(cli, *words)
    assert "Invalid value for STACKFERRY_STATS: 'soon'" in _told(cli, *words, "--limit", "1")
    assert "Invalid value for '--limit': 'few'" in _told(cli, *words, "--limit", "few")


def _told(cli: CommandLine, *words: object) -> str:
    done = cli.start(*words, "--log-format", "json")
    _, err = done.communicate()
    assert done.returncode == 2
    return str(json.loads(err)["message"])
