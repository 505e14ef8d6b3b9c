"""Options that only some systems have: built from tables, listed by system, refused for another system's place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner
from command_line import SOURCE, TARGET, CommandLine

from stackferry.cli.lazy_group import new_command
from stackferry.cli.system_options import GivenOptions, own_options
from stackferry.errors import ExitCode, UsageError
from stackferry.model import Place
from stackferry.providers.contentstack.options import OPTIONS, ContentstackWriteOptions
from stackferry.providers.contentstack.system import Contentstack
from stackferry.providers.options import OptionRow, SystemOptions, Value
from stackferry.providers.registry import system_of, system_options
from stackferry.providers.target import WriteOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

COPY = frozenset({"copy"})
NOTES = SystemOptions(
    "notes",
    "Notes",
    write=(
        OptionRow("--pin", "pin", Value.NAMES, "Pin these notes.", COPY),
        OptionRow("--environment", "shelves", Value.PAIRS, "Name of a shelf in the target.", COPY),
    ),
)
PLACE = Place(system="contentstack", key="blt1", host="host", name="main")
SHELF = Place(system="notes", key="mine", host="host", name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesOptions(WriteOptions):
    pin: frozenset[str] = frozenset()
    shelves: Mapping[str, str] = field(default_factory=dict)


class Notes(Contentstack):
    """A second system, as far as its options are concerned."""

    def write_options(self, options: WriteOptions) -> WriteOptions:
        return NotesOptions(versions=options.versions)


def given(*words: str) -> GivenOptions:
    """What a command of both systems gets of these words."""
    found: list[GivenOptions] = []

    @click.command()
    @own_options("copy", [OPTIONS, NOTES])
    def command(own: GivenOptions) -> None:
        found.append(own)

    done = CliRunner().invoke(command, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return found[0]


def test_the_options_of_a_place_are_those_of_its_system() -> None:
    words = ("--environment", "a=b", "--deploy")
    own = given(*words).write(WriteOptions(versions="all"), system_of("contentstack"), PLACE)
    assert own == ContentstackWriteOptions(versions="all", environments={"a": "b"}, deploy=True)


def test_a_flag_of_two_systems_is_one_option_that_sets_the_field_of_each() -> None:
    own = given("--environment", "a=b", "--pin", "x", "--pin", "y").write(WriteOptions(), Notes(), SHELF)
    assert own == NotesOptions(shelves={"a": "b"}, pin=frozenset("xy"))


@pytest.mark.parametrize(
    ("flag", "place", "system"), [("--pin", PLACE, "Notes"), ("--deploy", SHELF, "Contentstack")]
)
def test_an_option_of_another_system_names_both_systems(flag: str, place: Place, system: str) -> None:
    words = (flag, "x") if flag == "--pin" else (flag,)
    with pytest.raises(UsageError, match=f"{flag} is an option of {system}.*{place.system}") as wrong:
        given(*words).write(WriteOptions(), Notes(), place)
    assert wrong.value.exit_code is ExitCode.USAGE


def test_an_option_that_means_nothing_here_says_what_does() -> None:
    options = GivenOptions(tuple(system_options()), {"--environment": {"a": "b"}})
    place = Place(system="contentful", key="space", host="api.contentful.com", name="master")
    with pytest.raises(UsageError, match="contentful://SPACE@HOST/ENVIRONMENT"):
        options.write(WriteOptions(), system_of("contentful"), place)


def test_help_lists_the_options_of_each_system_below_its_heading() -> None:
    @new_command("copy", (ExitCode.COMPLETE,))
    @own_options("copy", [OPTIONS, NOTES])
    def command(own: GivenOptions) -> None:
        """Copy."""

    text = CliRunner().invoke(command, ["--help"]).output
    neutral, contentstack, notes = text[: text.index("Exit status")].split(" options:")[0], *_sections(text)
    assert "--deploy" not in neutral
    assert "--deploy" in contentstack
    assert "--pin" in notes
    assert "--environment" in contentstack
    assert "--environment" in notes


def _sections(text: str) -> tuple[str, str]:
    contentstack, notes = text.index("Contentstack options:"), text.index("Notes options:")
    return text[contentstack:notes], text[notes:]


@pytest.mark.parametrize("command", ["import", "copy", "verify", "diff"])
def test_every_command_that_writes_or_compares_lists_what_contentstack_adds(
    command: str, cli: CommandLine
) -> None:
    text = cli.run(command, "--help").out
    assert "--environment" in text[text.index("Contentstack options:") :]


def test_a_mistyped_mapping_is_a_usage_error(cli: CommandLine) -> None:
    words: tuple[Any, ...] = ("copy", cli.place(SOURCE), cli.place(TARGET), "--environment")
    assert cli.run(*words, "a").code == ExitCode.USAGE
    assert cli.run(*words, "a=b", "--environment", "a=c").code == ExitCode.USAGE
