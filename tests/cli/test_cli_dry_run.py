"""`stackferry import --dry-run`: what it foretells is what the import then does, and it writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from command_line import FAST, SOURCE, TARGET

if TYPE_CHECKING:
    from command_line import CommandLine


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
