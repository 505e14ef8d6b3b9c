"""A branch named by its alias: `contentstack://KEY@HOST/ALIAS` is the branch that the alias points at."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Literal

import pytest
from command_line import FAST, FILLED, SOURCE, TARGET, CommandLine

ALIASES = "/v3/stacks/branch_aliases/"


def asked_for_aliases(cli: CommandLine) -> list[str]:
    return [one.path for one in cli.emulator.log if one.path.startswith(ALIASES)]


def test_an_export_by_alias_is_one_of_its_branch(cli: CommandLine) -> None:
    """The same bytes as of the branch itself, which the manifest names; no request but the first names the alias."""
    cli.emulator.stacks[SOURCE].aliases["live"] = "main"
    plain, aliased = cli.home / "plain", cli.home / "aliased"
    assert cli.run("export", cli.place(SOURCE), plain, *FAST).code == 0
    assert asked_for_aliases(cli) == []
    assert cli.run("export", cli.place(SOURCE, "live"), aliased, *FAST).code == 0
    assert asked_for_aliases(cli) == [f"{ALIASES}live"]
    assert (aliased / "manifest.json").read_bytes() == (plain / "manifest.json").read_bytes()


def test_a_branch_that_exists_costs_no_look_at_aliases(cli: CommandLine) -> None:
    """An import into a branch of a stack with aliases asks for the branch, and nothing more."""
    cli.emulator.stacks[TARGET].aliases["next"] = "main"
    assert cli.run("export", cli.place(SOURCE), cli.home / "s", *FAST).code == 0
    assert cli.run("import", cli.home / "s", cli.place(TARGET, "redesign"), *FAST).code == 0
    assert asked_for_aliases(cli) == []


def test_an_import_by_alias_stays_with_its_branch(cli: CommandLine) -> None:
    """What it writes goes to the branch; the alias moved elsewhere, the next import is one into that branch."""
    target = cli.emulator.stacks[TARGET]
    target.aliases["next"] = "redesign"
    assert cli.run("export", cli.place(SOURCE), cli.home / "s", *FAST).code == 0
    words = ("import", cli.home / "s", cli.place(TARGET, "next"), *FAST)
    assert cli.run(*words).code == 0
    assert (len(target.branches["redesign"].entries["page"]), target.main.entries) == (3, {})
    assert cli.run("verify", cli.home / "s", "--against", cli.place(TARGET, "next"), *FAST).code == 0
    target.aliases["next"] = "main"
    before = dict(target.branches["redesign"].entries["page"])
    assert cli.run(*words).code == 0
    assert len(target.main.entries["page"]) == 3
    assert target.branches["redesign"].entries["page"] == before


def test_an_alias_of_the_source_is_no_target(cli: CommandLine) -> None:
    """Copy and import into an alias that points at the source: exit code 2 before the first write."""
    cli.emulator.stacks[SOURCE].aliases["live"] = "main"
    result = cli.run("copy", cli.place(SOURCE), cli.place(SOURCE, "live"), *FAST)
    assert (result.code, cli.writes) == (2, 0)
    assert "/main is both source and target" in result.err
    assert cli.run("export", cli.place(SOURCE, "live"), cli.home / "s", *FAST).code == 0
    assert cli.run("import", cli.home / "s", cli.place(SOURCE), *FAST).code == 2
    assert cli.writes == 0


def test_a_name_of_no_branch_and_no_alias_is_a_usage_error(cli: CommandLine) -> None:
    """Exit code 2, with the stack and the name; an alias is asked for once."""
    result = cli.run("export", cli.place(FILLED, "nowhere"), cli.home / "s", "--json", *FAST)
    assert result.code == 2
    assert f"stack {FILLED} has no branch or alias 'nowhere'" in json.loads(result.out)["error"]
    assert cli.files() == []


def test_a_token_that_may_not_look_up_branches_works_in_the_one_that_is_named(cli: CommandLine) -> None:
    """It says so; the name of no branch, and a token that is good for nothing, are refused as ever."""
    cli.emulator.switches = replace(cli.emulator.switches, branch_reading=403)
    assert cli.run("export", cli.place(SOURCE), cli.home / "s", *FAST).code == 0
    done = cli.run("import", cli.home / "s", cli.place(TARGET, "redesign"), *FAST)
    assert done.code == 0
    assert "may not look up 'redesign'" in done.err
    assert len(cli.emulator.stacks[TARGET].branches["redesign"].entries["page"]) == 3
    nowhere = cli.run("export", cli.place(FILLED, "nowhere"), cli.home / "other", "--json", *FAST)
    assert nowhere.code == 2
    assert f"stack {FILLED} has no branch or alias 'nowhere'" in json.loads(nowhere.out)["error"]
    cli.token = "cs-invented-wrong-token"
    assert cli.run("import", cli.home / "s", cli.place(TARGET, "redesign"), *FAST).code == 4


@pytest.mark.parametrize("status", [404, 422])
def test_a_service_that_hides_its_branches_is_asked_whose_the_answers_are(
    cli: CommandLine, status: Literal[404, 422]
) -> None:
    """The header chooses a branch all the same; an answer that is of another one is never taken for it."""
    cli.emulator.switches = replace(cli.emulator.switches, branch_reading=status)
    assert cli.run("export", cli.place(SOURCE), cli.home / "s", *FAST).code == 0
    assert cli.run("import", cli.home / "s", cli.place(TARGET, "redesign"), *FAST).code == 0
    assert len(cli.emulator.stacks[TARGET].branches["redesign"].entries["page"]) == 3
    cli.emulator.stacks[TARGET].aliases["next"] = "main"
    before = cli.writes
    for name in ("nowhere", "next"):
        refused = cli.run("import", cli.home / "s", cli.place(TARGET, name), "--json", *FAST)
        assert refused.code == 2
        assert f"stack {TARGET} has no branch or alias '{name}'" in json.loads(refused.out)["error"]
    assert cli.writes == before
