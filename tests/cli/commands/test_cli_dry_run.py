"""`stackferry import --dry-run`: what it foretells is what the import then does, and it writes nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from command_line import FAST, SOURCE, TARGET

if TYPE_CHECKING:
    from command_line import CommandLine

    from stackferry.model import JsonObject


def test_an_import_sends_the_requests_that_its_dry_run_counted(cli: CommandLine) -> None:
    """The writes that a dry run counts are those that the import sends, and the dry run itself sends none."""
    snapshot = cli.home / "snapshot"
    cli.run("export", cli.place(SOURCE), snapshot, *FAST)
    result = cli.run("import", snapshot, cli.place(TARGET), "--dry-run", "--json", *FAST)
    assert (result.code, cli.writes) == (0, 0)
    sent = cli.run("import", snapshot, cli.place(TARGET), "--json", *FAST).report["requests"]
    assert result.report["planned_requests"] == {
        name: sent[name] for name in result.report["planned_requests"]
    }
    assert sent["write"] > 0
    assert result.report["plan"]["entries"]["create"] > 0


def test_a_dry_run_after_the_import_counts_no_write(cli: CommandLine) -> None:
    """Once the import is finished it looks at the target, where nothing is left to do."""
    snapshot = cli.home / "snapshot"
    cli.run("export", cli.place(SOURCE), snapshot, *FAST)
    cli.run("import", snapshot, cli.place(TARGET), *FAST)
    result = cli.run("import", snapshot, cli.place(TARGET), "--dry-run", "--json", *FAST)
    assert {action for counts in result.report["plan"].values() for action in counts} == {"skip"}


def test_a_plan_is_made_and_applied(cli: CommandLine) -> None:
    """The file and what is printed name the same objects; the plan's options are those of the import."""
    snapshot, plan = cli.home / "snapshot", cli.home / "plan.jsonl"
    cli.run("export", cli.place(SOURCE), snapshot, *FAST)
    told = cli.run("import", snapshot, cli.place(TARGET), "--publish", "none", "--plan", plan, "-v", *FAST)
    assert (told.code, cli.writes) == (0, 0)
    rows = [json.loads(line) for line in plan.read_bytes().splitlines()]
    assert rows[0]["options"]["publish"] == "none"
    for row in rows:
        if row["line"] == "write":
            assert f"{row['action']} {row['kind'].replace('_', ' ')}" in told.err
            assert row["uid"] in told.err
    result = cli.run("import", snapshot, cli.place(TARGET), "--apply", plan, "--json", *FAST)
    assert result.code == 0
    sent = result.report["requests"]
    assert (sent["write"], sent["bulk"]) == (rows[-1]["requests"]["write"], 0)


def test_a_plan_is_not_applied_to_what_has_moved(cli: CommandLine) -> None:
    snapshot, plan = cli.home / "snapshot", cli.home / "plan.jsonl"
    words = ("import", snapshot, cli.place(TARGET), *FAST)
    cli.run("export", cli.place(SOURCE), snapshot, *FAST)
    assert cli.run(*words, "--plan", plan).code == 0
    german: JsonObject = {"uid": "bltlocale9", "code": "de-de", "name": "German", "fallback_locale": "en-us"}
    cli.emulator.stacks[TARGET].main.put_locale(german)
    result = cli.run(*words, "--apply", plan)
    assert (result.code, cli.writes) == (5, 0), result.err
    assert "locales de-de 'German' is new" in result.err


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--publish", "none"), "leave --publish none out"),
        (("--publish", "same"), "leave --publish same out"),
        (("--on-conflict", "skip"), "leave it out"),
        (("--dry-run",), "leave --dry-run"),
        (("--plan", "other.jsonl"), "leave --dry-run"),
    ],
)
def test_options_that_contradict_a_plan_are_refused(
    cli: CommandLine, given: tuple[str, ...], message: str
) -> None:
    snapshot, plan = cli.home / "snapshot", cli.home / "plan.jsonl"
    words = ("import", snapshot, cli.place(TARGET), *FAST)
    cli.run("export", cli.place(SOURCE), snapshot, *FAST)
    planned = ("--publish", "none") if given[1:] == ("same",) else ()
    assert cli.run(*words, *planned, "--plan", plan).code == 0
    result = cli.run(*words, *given, "--apply", plan)
    assert (result.code, cli.writes) == (2, 0)
    assert message in result.err


def test_what_is_no_plan_is_refused(cli: CommandLine) -> None:
    snapshot, plan = cli.home / "snapshot", cli.home / "plan.jsonl"
    cli.run("export", cli.place(SOURCE), snapshot, *FAST)
    for content in (b"", b"{}\n", b"none"):
        plan.write_bytes(content)
        result = cli.run("import", snapshot, cli.place(TARGET), "--apply", plan, *FAST)
        assert (result.code, cli.writes) == (2, 0)
        assert "no plan" in result.err
