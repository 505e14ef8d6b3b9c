"""The commands that the table of calls names are those that a space has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pytest
from contentful_endpoints import CALLS

from stackferry.cli.live.group import registered

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUPS = ("release", "bulk")


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    """The commands of a group and of the groups in it, by the words that are typed."""
    for name, found in group.commands.items():
        if isinstance(found, click.Group):
            yield from commands(found, f"{path} {name}")
        else:
            yield f"{path} {name}", found


def every_command() -> dict[str, click.Command]:
    (own,) = (one.groups for one in registered() if one.scheme == "contentful")
    assert set(own) == set(GROUPS)
    return {typed: found for name, group in own.items() for typed, found in commands(group, name)}


def test_every_command_is_in_the_table() -> None:
    """No command is missing from the table, and the table names none that there is not."""
    named = {row.command.partition(" --")[0] for row in CALLS}
    assert named == set(every_command())


@pytest.mark.parametrize("row", CALLS, ids=lambda row: str(row.section))
def test_an_option_in_the_table_exists(row: object) -> None:
    command = str(getattr(row, "command", ""))
    name, _, option = command.partition(" --")
    flags = [flag for param in every_command()[name].params for flag in param.opts]
    assert not option or f"--{option}" in flags


def test_commands_take_a_place_first_and_have_a_help_text() -> None:
    """PLACE is the first argument, --json and --rate are there, each has a description."""
    for name, found in every_command().items():
        assert found.params[0].name == "place", name
        assert {"as_json", "rate", "bulk_rate", "quiet"} <= {param.name for param in found.params}
        assert found.get_short_help_str(), name
