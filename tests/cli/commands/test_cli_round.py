"""The main job by the commands that a user types, over a real socket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from command_line import FAST, READ_ONLY, SOURCE, TARGET, TOKEN, CommandLine, fill

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.model import Json, JsonObject


def backed_up(cli: CommandLine) -> Path:
    snapshot = cli.home / "snapshot"
    result = cli.run("export", cli.place(SOURCE), snapshot, *FAST)
    assert result.code == 0, result.err
    return snapshot


def test_a_stack_is_exported_imported_and_verified(cli: CommandLine) -> None:
    """Export, verify, import, verify against the target: all exit with 0, and the second import writes nothing."""
    snapshot = backed_up(cli)
    assert cli.run("verify", snapshot).code == 0
    imported = cli.run("import", snapshot, cli.place(TARGET), *FAST)
    assert imported.code == 0, imported.err
    writes = cli.writes
    assert writes > 0
    assert cli.run("verify", snapshot, "--against", cli.place(TARGET), *FAST).code == 0
    again = cli.run("import", snapshot, cli.place(TARGET), *FAST)
    assert again.code == 0
    assert "nothing was left to write" in again.err
    assert cli.writes == writes
    assert "content types" in imported.err
    assert "content types" not in again.err, "no table of what was not written"


def test_two_exports_are_the_same_bytes(cli: CommandLine) -> None:
    """What the command line writes depends on the source alone."""
    first = backed_up(cli)
    second = cli.home / "second"
    assert cli.run("export", cli.place(SOURCE), second, *FAST).code == 0
    names = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(second) for path in second.rglob("*") if path.is_file())
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def test_the_report_is_one_json_document_on_stdout(cli: CommandLine) -> None:
    """--json prints exactly the report, with every request that the service counted; people read stderr."""
    result = cli.run("export", cli.place(SOURCE), cli.home / "snapshot", "--json", *FAST)
    report = result.report
    assert (report["command"], report["ok"], report["exit_code"]) == ("export", True, 0)
    assert set(report["requests"]) == {"read", "write", "bulk", "asset", "retried"}
    assert report["requests"]["read"] == cli.emulator.count("read")
    assert report["requests"]["asset"] == cli.emulator.count("asset")
    assert (report["objects"]["entries"], report["objects"]["documents"]) == (3, 6)
    assert report["gaps"] == []
    assert report["seconds"] > 0
    assert "error" not in report
    assert result.err.startswith("Exported ")


def test_an_import_reports_its_writes(cli: CommandLine) -> None:
    """The report of an import counts its writes as the service does, and says where the checkpoint lies."""
    snapshot = backed_up(cli)
    report = cli.run("import", snapshot, cli.place(TARGET), "--json", *FAST).report
    assert report["requests"]["write"] == cli.emulator.count("write")
    assert report["requests"]["bulk"] == cli.emulator.count("bulk")
    assert report["objects"]["entries"] == 3
    assert report["objects"]["entry_versions"] == 9
    assert report["state"].startswith(str(cli.home / "state"))


def test_an_import_reports_where_numbers_differ(cli: CommandLine) -> None:
    """Versions with another number are counted for a person, the first few named; --json and -v name all of them."""
    snapshot = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), snapshot, "--versions", "latest", *FAST).code == 0
    words = ("import", snapshot, cli.place(TARGET), "--versions", "latest", *FAST)
    result = cli.run(*words, "--json")
    pages = [f"bltpage{number:05}" for number in range(3)]
    assert result.report["renumbered"] == [
        {"kind": "entries", "content_type": "page", "uid": uid, "locale": "en-us", "from": 2, "to": 1}
        for uid in pages
    ]
    assert "3 versions have another number in the target" in result.err
    assert f"entries page {pages[0]} en-us: 2 is now 1" in result.err


def test_many_versions_of_other_numbers_are_named_when_asked(cli: CommandLine) -> None:
    """Beyond the first few only -v names them."""
    fill(cli.emulator.stacks[SOURCE].main, entries=5)
    snapshot = cli.home / "snapshot"
    cli.run("export", cli.place(SOURCE), snapshot, "--versions", "latest", *FAST)
    words = ("import", snapshot, cli.place(TARGET), "--versions", "latest", *FAST)
    result = cli.run(*words)
    assert result.err.count("is now") == 3
    assert "and 2 more: all of them with -v or --json" in result.err
    assert cli.run(*words, "-v").err.count("is now") == 5


def test_state_names_the_directory_of_the_checkpoint(cli: CommandLine) -> None:
    """--state PATH holds the checkpoint, and the same import finds it there again."""
    snapshot, state = backed_up(cli), cli.home / "elsewhere"
    words = ("import", snapshot, cli.place(TARGET), "--state", state, *FAST)
    assert cli.run(*words).code == 0
    assert (state / "checkpoint.sqlite").is_file()
    assert not (cli.home / "state").exists()
    writes = cli.writes
    assert cli.run(*words).code == 0
    assert cli.writes == writes


def test_a_branch_can_be_the_target(cli: CommandLine) -> None:
    """The branch in the place is the one that is written to; main stays as it was."""
    snapshot = backed_up(cli)
    assert cli.run("import", snapshot, cli.place(TARGET, "redesign"), *FAST).code == 0
    stack = cli.emulator.stacks[TARGET]
    assert len(stack.branches["redesign"].entries["page"]) == 3
    assert not stack.main.content_types


def test_copy_is_export_and_import(cli: CommandLine) -> None:
    """A copy arrives, leaves no snapshot behind, and done again writes nothing."""
    words = ("copy", cli.place(SOURCE), cli.place(TARGET), *FAST)
    result = cli.run(*words)
    assert result.code == 0, result.err
    assert len(cli.emulator.stacks[TARGET].main.entries["page"]) == 3
    kept = [name for name in cli.files() if name.endswith((".jsonl", "manifest.json"))]
    # Beside the checkpoint, and what later copies between the two places need.
    assert {name.split("/")[-2:][0] for name in kept if not name.endswith("renumbered.jsonl")} == {
        "identities"
    }
    writes = cli.writes
    again = cli.run(*words)
    assert again.code == 0
    assert "nothing was left to write" in again.err
    assert cli.writes == writes


def test_a_copy_that_stopped_while_importing_uses_its_snapshot_again(cli: CommandLine) -> None:
    """The second run of a copy that could not write yet reads the source no more."""
    cli.token = READ_ONLY
    words = ("copy", cli.place(SOURCE), cli.place(TARGET), *FAST)
    assert cli.run(*words).code == 4
    cli.token = TOKEN
    reads = cli.emulator.count("asset")
    assert cli.run(*words).code == 0
    assert cli.emulator.count("asset") == reads


def test_a_difference_is_exit_code_5(cli: CommandLine) -> None:
    """A target that was changed is different: the entry, the field and both values are named."""
    snapshot = backed_up(cli)
    assert cli.run("import", snapshot, cli.place(TARGET), *FAST).code == 0
    branch = cli.emulator.stacks[TARGET].main
    uid = next(iter(branch.entries["page"]))
    changed: JsonObject = {"uid": uid, "title": "Sunk", "body": "draft 2", "_version": 3, "locale": "en-us"}
    branch.put_entry_version("page", "en-us", changed)
    result = cli.run("verify", snapshot, "--against", cli.place(TARGET), *FAST)
    assert result.code == 5
    assert '"Sunk"' in result.out
    assert "entries page " in result.out
    report = cli.run("verify", snapshot, "--against", cli.place(TARGET), "--json", *FAST).report
    assert (report["ok"], report["exit_code"]) == (False, 5)
    assert "Sunk" in [difference.get("right") for difference in report["differences"]]


def test_a_gap_is_exit_code_3_and_never_a_success(cli: CommandLine) -> None:
    """An asset without bytes is a gap: told with kind, uid and reason, listed in the report."""
    asset = {"uid": "bltasset2", "filename": "lost.txt", "title": "lost.txt", "content_type": "text/plain"}
    cli.emulator.stacks[SOURCE].main.put_asset({**asset, "file_size": "4", "_version": 1}, None)
    result = cli.run("export", cli.place(SOURCE), cli.home / "snapshot", *FAST)
    assert result.code == 3
    assert "1 gap" in result.err
    assert "bltasset2" in result.err
    assert "success" not in result.err.lower()
    report = cli.run("import", cli.home / "snapshot", cli.place(TARGET), "--json", *FAST).report
    assert (report["ok"], report["exit_code"]) == (False, 3)
    assert "bltasset2" in {gap["uid"] for gap in report["gaps"]}


def test_quiet_prints_nothing(cli: CommandLine) -> None:
    """--quiet leaves both streams empty when all is well."""
    result = cli.run("export", cli.place(SOURCE), cli.home / "snapshot", "--quiet", *FAST)
    assert (result.code, result.out, result.err) == (0, "", "")


def test_messages_can_be_json_lines(cli: CommandLine) -> None:
    """--log-format json makes every line on stderr one JSON object."""
    result = cli.run("export", cli.place(SOURCE), cli.home / "snapshot", "--log-format", "json", "-vv", *FAST)
    lines = [json.loads(line) for line in result.err.splitlines()]
    assert {"time", "event", "level", "logger", "message"} == set(lines[0])
    assert {line["logger"] for line in lines if line["event"] == "message"} >= {
        "stackferry.cli",
        "stackferry.http",
    }
    assert TOKEN not in result.err


def test_an_environment_can_be_mapped_to_another_name(cli: CommandLine) -> None:
    """--environment maps a name, for the import and for verify."""
    snapshot = backed_up(cli)
    mapped = ("--environment", "production=live")
    assert cli.run("import", snapshot, cli.place(TARGET), *mapped, *FAST).code == 0
    names = [raw["name"] for raw in cli.emulator.stacks[TARGET].environments.values()]
    assert names == ["live"]
    assert cli.run("verify", snapshot, "--against", cli.place(TARGET), *mapped, *FAST).code == 0


def test_a_workflow_holds_for_the_branch_that_the_content_goes_to(cli: CommandLine) -> None:
    """A workflow of the snapshot's branch is one of the target's branch, whatever that is called there."""
    stages: list[Json] = [
        {"uid": uid, "name": name, "color": "#aaaaaa", "SYS_ACL": {}, "next_available_stages": ["$all"]}
        for uid, name in (("bltstage1", "Draft"), ("bltstage2", "Done"))
    ]
    flow: JsonObject = {
        "uid": "bltflow1",
        "name": "Review",
        "content_types": ["page"],
        "branches": ["main"],
        "enabled": True,
    }
    cli.emulator.stacks[SOURCE].put("workflows", {**flow, "workflow_stages": stages})
    snapshot, place = backed_up(cli), cli.place(TARGET, "redesign")
    assert cli.run("import", snapshot, place, *FAST).code == 0
    made = next(iter(cli.emulator.stacks[TARGET].workflows.values()))
    assert made["branches"] == ["redesign"]
    assert cli.run("verify", snapshot, "--against", place, *FAST).code == 0


def test_a_snapshot_becomes_a_vendor_export_and_is_imported_from_there(cli: CommandLine) -> None:
    """convert writes the vendor CLI's layout; import and verify take that directory as it is."""
    snapshot, export = backed_up(cli), cli.home / "export"
    converted = cli.run("convert", snapshot, export, "--to", "csdx", "--json").report
    assert converted["exit_code"] == (3 if converted["gaps"] else 0)
    before = sorted(export.rglob("*"))
    assert cli.run("import", export, cli.place(TARGET), *FAST).code in (0, 3)
    assert len(cli.emulator.stacks[TARGET].main.entries["page"]) == 3
    assert cli.run("verify", export, "--against", cli.place(TARGET), *FAST).code in (0, 3)
    assert sorted(export.rglob("*")) == before
    assert cli.run("convert", export, cli.home / "again").code in (0, 3)
    assert cli.run("verify", cli.home / "again").code == 0


def test_a_copy_killed_while_removing_its_snapshot_is_resumed(cli: CommandLine) -> None:
    """What such a run left behind is gone after the next one, which writes nothing."""
    words = ("copy", cli.place(SOURCE), cli.place(TARGET), *FAST)
    assert cli.run(*words).code == 0
    (home,) = (cli.home / "state" / "stackferry" / "copies").iterdir()
    left = home / "thrown away" / "entries"
    left.mkdir(parents=True)
    writes = cli.writes
    assert cli.run(*words).code == 0
    assert cli.writes == writes
    assert not left.parent.exists()
