"""The commands that the endpoint table names are those that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from api_endpoints import ENDPOINTS, NO_COMMAND

from stackferry.cli.live.group import registered

if TYPE_CHECKING:
    from collections.abc import Mapping

    import click

GROUPS = ("entry", "release", "bulk", "queue")


def commands(group: str) -> Mapping[str, click.Command]:
    (found,) = (one.groups[group] for one in registered() if one.scheme == "contentstack")
    return found.commands


@pytest.mark.parametrize("group", GROUPS)
def test_every_command_is_in_the_table(group: str) -> None:
    """No command is missing from the table, and the table names none that there is not."""
    named = {tuple(row.command.split()[:2]) for row in ENDPOINTS if row.command != NO_COMMAND}
    assert {name for first, name in named if first == group} == set(commands(group))


def test_options_in_the_table_exist() -> None:
    """Where a row's command needs an option, its command has it."""
    for row in ENDPOINTS:
        for option in row.command.split()[2:]:
            group, name, *_ = row.command.split()
            flags = [flag for param in commands(group)[name].params for flag in param.opts]
            assert option in flags, row


@pytest.mark.parametrize("group", GROUPS)
def test_commands_take_a_place_first_and_have_a_help_text(group: str) -> None:
    """PLACE is the first argument, --json and --rate are there, each has a description."""
    for name, found in commands(group).items():
        assert found.params[0].name == "place", name
        assert {"as_json", "rate", "bulk_rate", "quiet"} <= {param.name for param in found.params}
        assert found.get_short_help_str(), name
