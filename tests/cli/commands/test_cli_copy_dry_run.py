"""`stackferry copy --dry-run`: a comparison of two branches, entry by entry, that writes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, FILLED, SOURCE, TARGET, CommandLine

if TYPE_CHECKING:
    from stackferry.emulators.contentstack import Branch

ENVIRONMENT = "bltenvironment1"


@pytest.fixture
def branches(cli: CommandLine) -> CommandLine:
    """The command line, with the same harbour in both branches of one stack."""
    assert cli.run("copy", cli.place(SOURCE), cli.place(TARGET), *FAST).code == 0
    assert cli.run("copy", cli.place(TARGET), cli.place(TARGET, "redesign"), *FAST).code == 0
    return cli


def compared(cli: CommandLine, *words: str) -> Any:
    result = cli.run(
        "copy", cli.place(TARGET), cli.place(TARGET, "redesign"), "--dry-run", "--json", *FAST, *words
    )
    assert result.code == 0, result.err
    return result.report


def edit(branch: Branch) -> dict[str, str]:
    """Change one entry, remove one, add one, publish one in another version; their uids by what was done."""
    pages = branch.entries["page"]
    by_title = {str(one.documents["en-us"].latest["title"]): uid for uid, one in pages.items()}
    changed = pages[by_title["Quay 0"]].documents["en-us"]
    changed.put(9, {**changed.latest, "title": "Quay changed", "body": "dredged", "_version": 9})
    del pages[by_title["Quay 1"]]
    added: Any = {"uid": "bltadded", "title": "Pier", "_version": 1, "locale": "en-us"}
    branch.put_entry_version("page", "en-us", added)
    shown = pages[by_title["Quay 2"]]
    (key, found), *_ = shown.live.items()
    shown.live[key] = type(found)(
        **{**{name: getattr(found, name) for name in found.__slots__}, "version": 2}
    )
    return {"changed": by_title["Quay 0"], "shown": by_title["Quay 2"]}


def test_a_dry_run_of_a_copy_between_equal_branches_writes_nothing(branches: CommandLine) -> None:
    """All equal, older published versions too; nothing would be sent, and nothing was."""
    writes = branches.writes
    report = compared(branches)
    assert report["comparison"]["documents"] == {"equal": 6}
    assert report["comparison"]["publications"] == {"equal": 3}
    assert all(states.keys() == {"equal"} for states in report["comparison"].values())
    # Environments belong to the stack, so there is nothing to copy.
    assert report["comparison"].keys() == {"content_types", "documents", "locales", "publications", "assets"}
    assert (report["entries"], "left" in report) == ([], False)
    assert report["planned_requests"].keys() <= {"read", "asset"}
    assert branches.writes == writes


def test_a_dry_run_of_a_copy_lists_every_entry_that_differs(branches: CommandLine) -> None:
    """Changed fields by path, what would be created, what only the target has, what is published otherwise."""
    uids = edit(branches.emulator.stacks[TARGET].main)
    report = compared(branches)
    found = {
        (one["uid"], one["locale"]): (one["state"], one["title"], one["fields"]) for one in report["entries"]
    }
    (theirs,) = {one["uid"] for one in report["entries"] if one["state"] == "extra"}
    environment = next(iter(branches.emulator.stacks[TARGET].environments.values()))["name"]
    assert found == {
        (uids["changed"], "en-us"): ("different", "Quay changed", ["/body", "/title"]),
        (theirs, "en-us"): ("extra", "Quay 1", []),
        (theirs, "fr-fr"): ("extra", "Quai 1", []),
        ("bltadded", "en-us"): ("missing", "Pier", []),
        (uids["shown"], "en-us"): ("standing", "Quay 2", [f"/publish_details/{environment}"]),
    }
    assert report["comparison"]["documents"] == {"equal": 3, "different": 1, "missing": 1, "extra": 2}


def test_what_is_taken_down_or_only_numbered_otherwise(branches: CommandLine) -> None:
    """The plan counts what the source does not show. Another number of the same content is no difference."""
    stack = branches.emulator.stacks[TARGET]
    for branch in (stack.main, stack.branches["redesign"]):
        for entry in branch.entries["page"].values():
            title, document = entry.documents["en-us"].latest["title"], entry.documents["en-us"]
            if branch is stack.main:  # live in its latest version, but one
                for place, live in [*entry.live.items()]:
                    entry.live[place] = replace(live, version=document.version)
                if title == "Quay 0":
                    entry.live.clear()
            else:
                for number in (document.version + 1, document.version + 2):
                    document.put(number, {**document.latest, "_version": number})
                for place, live in entry.live.items():
                    entry.live[place] = replace(live, version=document.version - 1)
    for branch in (stack.main, stack.branches["redesign"]):
        branch.changed()
    report = compared(branches)
    assert report["entries"] == []
    assert report["plan"]["publications"]["unpublish"] == 1
    planned = report["planned_requests"]
    assert (planned["bulk"], planned.get("write", 0)) == (1, 0)


def test_what_is_newer_in_the_target_is_no_update(branches: CommandLine) -> None:
    """A copy keeps what was edited in the target's branch alone, and its dry run says so."""
    stack = branches.emulator.stacks[TARGET]
    # Both branches were filled by copies: the second one is made again, as a copy of the first at a known time.
    record = branches.emulator.branch_record("redesign", "main", stack.user)
    stack.branches["redesign"] = stack.main.fork("redesign", record)
    uid, entry = next(iter(stack.branches["redesign"].entries["page"].items()))
    document = entry.documents["en-us"]
    later = {**document.latest, "title": "Newer there", "updated_at": "2099-01-01T00:00:00.000Z"}
    document.put(document.version + 1, {**later, "_version": document.version + 1})
    stack.branches["redesign"].changed()
    report = compared(branches)
    assert report["comparison"]["documents"]["newer"] == 1
    assert [(row["state"], row["uid"]) for row in report["entries"]] == [("newer", uid)]
    assert report["planned_requests"].keys() <= {"read", "asset"}
    printed = branches.run(
        "copy", branches.place(TARGET), branches.place(TARGET, "redesign"), "--dry-run", *FAST
    )
    assert f"keep, newer in the target: page {uid}" in printed.err


def test_a_copy_sends_the_requests_that_its_dry_run_counted(branches: CommandLine) -> None:
    """The writes that it counts are those of the copy; without --on-conflict they are those of `update`."""
    edit(branches.emulator.stacks[TARGET].main)
    planned = compared(branches)
    assert planned["on_conflict"] == "update"
    words = ("copy", branches.place(TARGET), branches.place(TARGET, "redesign"), *FAST, "--json")
    sent = branches.run(*words, "--on-conflict", "update").report["requests"]
    foretold = planned["planned_requests"]
    assert {**foretold, "read": 0} == {name: sent[name] for name in foretold} | {"read": 0}
    # A version that is live before and not afterwards is looked at for links only where nothing is published over it.
    assert 0 <= foretold["read"] - sent["read"] <= 1
    assert sent["write"] + sent["bulk"] > 0
    left = compared(branches)["comparison"]["documents"]
    assert left == {"equal": 5, "extra": 2}


def test_a_dry_run_of_a_copy_keeps_nothing_and_reads_no_place_again(branches: CommandLine) -> None:
    """No file stays behind; the target's entries are listed once, the source's once more for edits meanwhile."""
    files = branches.files()
    before = len(branches.emulator.log)
    compared(branches)
    assert branches.files() == files
    asked = [one.path for one in list(branches.emulator.log)[before:]]
    assert asked.count("/v3/content_types/page/entries") == (1 + 2) * 2  # in two languages


def test_a_dry_run_of_a_copy_prints_its_comparison(branches: CommandLine) -> None:
    """Counts by kind, one line an entry, the requests of both: on stderr, as every account."""
    uids = edit(branches.emulator.stacks[TARGET].main)
    result = branches.run(
        "copy", branches.place(TARGET), branches.place(TARGET, "redesign"), "--dry-run", *FAST
    )
    assert "documents          3 equal, 1 update, 1 create, 2 only in the target" in result.err
    assert f'update: page {uids["changed"]} en-us "Quay changed": Body, Title' in result.err
    assert f'publish or move: page {uids["shown"]} en-us "Quay 2"' in result.err
    assert "requests it would take: " in result.err


def test_a_dry_run_compares_with_another_stack(cli: CommandLine) -> None:
    """What is there under the same uid or title is compared, the rest would be created; conflicts can be left."""
    result = cli.run("copy", cli.place(SOURCE), cli.place(FILLED), "--dry-run", "--json", *FAST)
    assert result.report["comparison"]["documents"] == {"missing": 6}
    assert (
        cli.run(
            "copy", cli.place(SOURCE), cli.place(FILLED), "--dry-run", "--on-conflict", "fail", *FAST
        ).code
        == 2
    )
    assert cli.writes == 0


def test_a_dry_run_of_a_copy_ignores_earlier_checkpoints(cli: CommandLine) -> None:
    """--state with --dry-run is refused: the comparison is always of what is there now."""
    result = cli.run("copy", cli.place(SOURCE), cli.place(TARGET), "--dry-run", "--state", cli.home, *FAST)
    assert result.code == 2
    assert "--state" in result.err


def test_a_plan_of_a_copy_is_a_file(branches: CommandLine) -> None:
    """With the same objects and requests; nothing is written, and nothing else is kept."""
    uids = edit(branches.emulator.stacks[TARGET].main)
    plan, writes, files = branches.home / "plan.jsonl", branches.writes, branches.files()
    report = compared(branches, "--plan", str(plan))
    rows = [json.loads(line) for line in plan.read_bytes().splitlines()]
    assert (rows[0]["line"], rows[-1]["requests"]) == ("head", report["planned_requests"])
    changed = next(row for row in rows if row.get("uid") == uids["changed"] and row["line"] == "write")
    fields = [
        {"path": "/body", "from": "draft 2", "to": "dredged"},
        {"path": "/title", "from": "Quay 0", "to": "Quay changed"},
    ]
    assert (changed["action"], changed["title"], changed["fields"]) == ("update", "Quay changed", fields)
    assert branches.writes == writes
    assert branches.files() == sorted([*files, "plan.jsonl"])
