"""`entry`, `release` and `bulk`: whose command a command line means. The systems are invented ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from stackferry.cli.app import run
from stackferry.cli.lazy_group import new_command
from stackferry.cli.live.command import EXITS
from stackferry.cli.live.group import GROUPS, LiveGroup, SystemCommands, registered
from stackferry.providers.registry import packages

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

ORCHARD, QUARRY = "orchard://row@host/trees", "quarry+http://pit@host/stones"


def system(scheme: str, *, option: str, more: str) -> SystemCommands:
    """A system whose `release list` has an option of its own, and that has one command more."""
    group = click.Group("release", help=f"PLACE is {scheme}://KEY@HOST.")
    for name in ("list", more):

        @new_command(name, EXITS)
        @click.argument("place")
        @click.option(option, "value", help=f"An option of {scheme}.")
        def command(place: str, value: str | None, name: str = name) -> None:
            click.echo(f"{scheme} {name} {place} {value}")

        group.add_command(command)
    inner = click.Group("entries")
    inner.add_command(group.commands["list"])
    group.add_command(inner, f"{scheme}-entries")
    return SystemCommands(scheme, scheme.title(), {"release": group})


def systems() -> list[SystemCommands]:
    mill = SystemCommands("mill", "Mill", {"bulk": click.Group("bulk")})
    return [
        system("orchard", option="--tree", more="graft"),
        system("quarry", option="--stone", more="dig"),
        mill,
    ]


def typed(*words: str, env: dict[str, str] | None = None) -> Result:
    group = LiveGroup("release", "Releases of a live place.", systems)
    return CliRunner().invoke(group, words, env=env or {"XDG_CONFIG_HOME": "/nonexistent"})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", ORCHARD], f"orchard list {ORCHARD} None"),
        (["list", QUARRY], f"quarry list {QUARRY} None"),
        (["list", QUARRY.upper()], f"quarry list {QUARRY.upper()} None"),
        (["list", "--stone", "7", QUARRY], f"quarry list {QUARRY} 7"),
        (["list", QUARRY, "--stone", ORCHARD], f"quarry list {QUARRY} {ORCHARD}"),
        (["list", "--stone", ORCHARD, QUARRY], f"quarry list {QUARRY} {ORCHARD}"),
        (["dig", QUARRY], f"quarry dig {QUARRY} None"),
        (["quarry-entries", "list", QUARRY], f"quarry list {QUARRY} None"),
    ],
)
def test_the_place_decides(words: list[str], said: str) -> None:
    """Its scheme, wherever it stands and whatever an option's value looks like."""
    result = typed(*words)
    assert (result.exit_code, result.stdout) == (0, f"{said}\n"), result.stderr


def test_a_profile_decides(tmp_path: Path) -> None:
    """The scheme of the profile's place."""
    (tmp_path / "stackferry").mkdir()
    (tmp_path / "stackferry/config.toml").write_text(f'[profiles.pit]\nplace = "{QUARRY}"\n', "utf-8")
    result = typed("list", "pit", "--stone", "7", env={"XDG_CONFIG_HOME": str(tmp_path)})
    assert (result.exit_code, result.stdout) == (0, "quarry list pit 7\n")
    result = typed("graft", "pit", env={"XDG_CONFIG_HOME": str(tmp_path)})
    assert (result.exit_code, "Quarry has no command 'release graft'" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["graft", QUARRY], "Quarry has no command 'release graft'; it has list, dig, quarry-entries"),
        (["orchard-entries", "list", QUARRY], "Quarry has no command 'release orchard-entries'"),
        (["list", "mill://a@b/c"], "Mill has no commands of 'release'; it has those of bulk"),
        (["list", QUARRY, "--tree", "elm"], "No such option '--tree'"),
        (["list", "--tree", "elm"], "Missing argument 'PLACE'"),
        (["list"], "Missing argument 'PLACE'"),
        (["list", "--bark", "elm"], "No such option '--bark'"),
        (["fell", QUARRY], "Quarry has no command 'release fell'; it has list"),
        (["fell"], "No such command 'fell'"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(words: list[str], said: str) -> None:
    result = typed(*words)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_a_word_that_is_no_place_is_told_by_a_system_that_has_the_option() -> None:
    """Where no scheme can be known, the command whose options were typed says what is wrong with the place."""
    assert typed("list", "nowhere", "--stone", "7").stdout == "quarry list nowhere 7\n"
    assert typed("list", "nowhere").stdout == "orchard list nowhere None\n"


def test_help_without_a_place_shows_every_system() -> None:
    """The group's help lists the commands of each below its heading; a command's help shows each one's options."""
    shown = typed("--help").stdout
    assert [line for line in shown.splitlines() if line.endswith("commands:")] == [
        "Orchard commands:",
        "Quarry commands:",
    ]
    assert "PLACE is quarry://KEY@HOST." in shown
    for words in (["list", "--help"], ["list", "-h"]):
        if words[-1] == "--help":
            both = typed(*words).stdout
            assert "--tree" in both
            assert "--stone" in both
    assert "--tree" not in typed("list", QUARRY, "--help").stdout
    assert "An option of orchard." in typed("graft", "--help").stdout


def test_every_supported_system_is_asked_for_its_commands() -> None:
    """Systems come from the registry, and each group of theirs is one that there is."""
    found = registered()
    assert {one.scheme for one in found} == set(packages())
    assert all(set(one.groups) <= set(GROUPS) for one in found)
    assert all(one.heading for one in found)


@pytest.mark.parametrize("words", [["release", "list", "--json"], ["entry", "get", "--json", "--nope"]])
def test_a_report_is_printed_where_no_place_is_given(words: list[str], capsys: Any) -> None:
    """With --json stdout holds one report, whatever is typed."""
    with pytest.raises(SystemExit) as ended:
        run(words)
    shown = capsys.readouterr()
    assert (ended.value.code, '"exit_code":2' in shown.out.replace(" ", "")) == (2, True), shown
