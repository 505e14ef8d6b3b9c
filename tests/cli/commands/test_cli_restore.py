"""`stackferry restore` as a person uses it: by title, first as a dry run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from command_line import FAST, SOURCE

if TYPE_CHECKING:
    from command_line import CommandLine


def test_one_entry_back(cli: CommandLine) -> None:
    """The dry run says what would change, a line a field; then it is done; then there is nothing to do."""
    snapshot, place = cli.home / "snapshot", cli.place(SOURCE)
    assert cli.run("export", place, snapshot, *FAST).code == 0
    entry = cli.emulator.stacks[SOURCE].main.entries["page"]["bltpage00001"].documents["en-us"]
    spoilt: Any = {**entry.latest, "body": "spoilt", "_version": entry.version + 1}
    cli.emulator.stacks[SOURCE].main.put_entry_version("page", "en-us", spoilt)
    title = str(spoilt["title"])
    asked = ("restore", title, "--from", snapshot, place, *FAST)
    planned = cli.run(*asked, "--dry-run")
    assert (planned.code, cli.writes) == (0, 0), planned.err
    assert f'  bltpage00001 "{title}" en-us Body: "spoilt" -> "draft 2"' in planned.err.splitlines()
    whole = cli.run(*asked, "--dry-run", "--json").report
    assert [row["fields"][0]["path"] for row in whole["writes"]] == ["/body"]
    done = cli.run(*asked)
    assert done.code == 0, done.err
    assert entry.latest["body"] == "draft 2"
    assert f"Restored bltpage00001 '{title}' in {place}" in done.err
    writes = cli.writes
    again = cli.run(*asked, "--json")
    assert (again.code, cli.writes) == (0, writes)
    assert again.report["named"][0]["uid"] == "bltpage00001"
    assert "nothing: everything is as" in cli.run(*asked, "--dry-run").err


def test_what_nobody_can_mean(cli: CommandLine) -> None:
    """Exit code 2, a sentence, nothing written."""
    snapshot, place = cli.home / "snapshot", cli.place(SOURCE)
    assert cli.run("export", place, snapshot, *FAST).code == 0
    unknown = cli.run("restore", "bltnothing", "--from", snapshot, place, *FAST)
    assert (unknown.code, cli.writes) == (2, 0)
    assert "bltnothing" in unknown.err
    version = cli.run("restore", "bltpage00001", "--version", 7, "--from", snapshot, place, *FAST)
    assert (version.code, cli.writes) == (2, 0)
    assert "it holds 1, 2 of en-us" in version.err or "it holds 2 of en-us" in version.err
