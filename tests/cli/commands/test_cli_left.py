"""What an import with --on-conflict update leaves in the target: in the summary and in the report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from command_line import FAST, SOURCE, TARGET

from stackferry.cli.summary import left_lines

if TYPE_CHECKING:
    from command_line import CommandLine

    from stackferry.model import JsonObject


def test_what_was_left_is_told_and_changes_no_exit_code(cli: CommandLine) -> None:
    snapshot = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), snapshot, *FAST).code == 0
    assert cli.run("import", snapshot, cli.place(TARGET), *FAST).code == 0
    stack = cli.emulator.stacks[TARGET]
    stack.put("environments", {"uid": "bltspare", "name": "spare", "urls": []})
    entry = next(entry for entry in stack.main.entries["page"].values() if entry.live)
    entry.live["bltspare", "en-us"] = replace(next(iter(entry.live.values())), environment="bltspare")
    words = ("import", snapshot, cli.place(TARGET), "--on-conflict", "update", "--state", cli.home / "other")
    foretold = cli.run(*words, "--dry-run", "--json", *FAST).report["left"]
    result = cli.run(*words, *FAST)
    assert result.code == 0
    assert "publications page en-us spare" in result.err
    assert entry.uid in result.err
    again = cli.run(*words, "--json", *FAST).report
    assert again["left"] == foretold
    assert [(row["kind"], row["count"], row["uids"]) for row in foretold] == [
        ("environments", 1, ["bltspare"]),
        ("publications", 1, [entry.uid]),
    ]


def test_what_is_taken_down_is_counted_for_itself(cli: CommandLine) -> None:
    """By a dry run, which agrees with the requests that are sent; it is not left."""
    snapshot = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), snapshot, *FAST).code == 0
    assert cli.run("import", snapshot, cli.place(TARGET), *FAST).code == 0
    stack = cli.emulator.stacks[TARGET].main
    entry = next(entry for entry in stack.entries["page"].values() if entry.live)
    (environment, _), live = next(iter(entry.live.items()))
    extra = next(code for code in stack.locales if (environment, code) not in entry.live)
    entry.live[environment, extra] = replace(live, locale=extra)
    words = ("import", snapshot, cli.place(TARGET), "--on-conflict", "update", "--state", cli.home / "other")
    foretold = cli.run(*words, "--dry-run", "--json", *FAST).report
    assert foretold["plan"]["publications"]["unpublish"] == 1
    assert (foretold["planned_requests"]["bulk"], "write" in foretold["planned_requests"]) == (1, False)
    report = cli.run(*words, "--json", *FAST).report
    assert report["requests"]["bulk"] == 1
    assert report["requests"]["write"] == 0
    assert report["objects"]["unpublished"] == 1
    assert (environment, extra) not in entry.live


def test_a_long_list_is_cut_without_v() -> None:
    row: JsonObject = {"kind": "localizations", "content_type": "page", "locale": "de-de", "reason": "why"}
    rows: list[JsonObject] = [{**row, "count": 5, "uids": ["a", "b", "c", "d", "e"]}] * 8
    lines = [*left_lines(rows, every=False)]
    assert lines[0].endswith(": 40")
    assert lines[1] == "    localizations page de-de a, b, c and 2 more - why"
    assert lines[-1] == "    and 2 more rows: all of them with -v or --json"
    assert len([*left_lines(rows, every=True)]) == 9
