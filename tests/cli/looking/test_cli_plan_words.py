"""What a dry run would write, in words: names of fields, and texts as text; before a restore, and as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import FAST, SOURCE, TARGET
from edited_snapshot import HOME, edit_pages, edited_snapshot
from terminal import at_terminal

from parsed_page import Page, check_policy
from repository import SAMPLES

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from command_line import CommandLine

GUIDE = SAMPLES / "harbour-guide"
UPDATE = ("--on-conflict", "update")
DRAFT = ("--publish", "none")


@pytest.fixture
def later(cli: CommandLine) -> Path:
    """The guide with pages that were edited, after the guide itself was imported."""
    cli.run("import", GUIDE, cli.place(TARGET), *FAST)

    def edit(rows: dict[str, Any]) -> None:
        edit_pages(rows)
        rows[HOME]["more"] = {"title": "More", "href": "/more"}

    return edited_snapshot(GUIDE, cli.home / "later", {"entries/page/en-us.jsonl": edit})


def test_a_dry_run_names_fields_and_shows_texts(cli: CommandLine, later: Path) -> None:
    done = cli.run("import", later, cli.place(TARGET), *UPDATE, "--dry-run", "-v", *FAST)
    lines = [line.strip() for line in done.err.splitlines()]
    assert 'Sections › block Hero › Heading: "Welcome ashore" -> "Welcome ashore, at last"' in lines
    assert 'Sections › block Text › Body: added "Put in front."' in lines
    assert 'More › URL: "/getting-here" -> "/more"' in lines
    assert 'More › Title: "Getting here" -> "More"' in lines
    assert any(line.startswith("Sections › block Teasers: moved from place ") for line in lines)
    assert not [line for line in lines if line.startswith("/")]


def test_a_copy_names_the_fields_of_an_entry_once(cli: CommandLine) -> None:
    cli.run("copy", cli.place(SOURCE), cli.place(TARGET), *FAST)
    stack = cli.emulator.stacks[SOURCE].main
    entry = stack.entries["page"]["bltpage00001"].documents["en-us"]
    spoilt: Any = {**entry.latest, "body": "spoilt", "_version": entry.version + 1}
    stack.put_entry_version("page", "en-us", spoilt)
    done = cli.run("copy", cli.place(SOURCE), cli.place(TARGET), "--dry-run", "--json", *FAST)
    [row] = [one for one in done.report["entries"] if one["uid"] == "bltpage00001"]
    assert (row["fields"], row["labels"]) == (["/body"], ["Body"])
    assert ": Body" in cli.run("copy", cli.place(SOURCE), cli.place(TARGET), "--dry-run", *FAST).err


def test_a_restore_has_a_page(cli: CommandLine, later: Path) -> None:
    file, place = cli.home / "restore.html", cli.place(TARGET)
    names = (HOME, "Old Barnacle")
    done = cli.run("restore", *names, "--from", later, place, "--dry-run", "--html", file, *DRAFT, *FAST)
    assert (done.code, f"Wrote {file}" in done.err) == (0, True), done.err
    content = file.read_text("utf-8")
    check_policy(content)
    assert str(later) in Page(content).words["td"]
    labels = {" ".join(words.split()) for words in Page(content).words["th"]}
    assert {"Sections › block Hero › Heading", "Sections › block Text › Body"} <= labels
    refused = cli.run("restore", HOME, "--from", later, place, "--html", file, *FAST)
    assert (refused.code, "give --dry-run" in refused.err) == (2, True)


@pytest.mark.parametrize("command", [("import", "later"), ("restore", HOME, "--from", "later")])
def test_no_page_of_a_plan_is_written_into_a_snapshot(
    cli: CommandLine, later: Path, command: tuple[str, ...]
) -> None:
    words = [later if one == "later" else one for one in command]
    done = cli.run(*words, cli.place(TARGET), "--dry-run", "--html", later / "plan.html", *FAST)
    assert (done.code, "lies in a snapshot" in done.err) == (2, True), done.err
    assert not (later / "plan.html").exists()


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 2)])
def test_a_person_is_asked_before_a_restore(cli: CommandLine, later: Path, answer: str, code: int) -> None:
    """One line: what, from which snapshot, into which place."""
    words = ["restore", HOME, "--from", later, cli.place(TARGET), *DRAFT, *FAST]
    before = cli.writes
    done = at_terminal(words, cli.environment, [("[y/N]", answer)])
    assert done.code == code, done.shown
    assert f"Restore '{HOME}' from {later} into {cli.place(TARGET)}? [y/N]" in done.shown
    assert (cli.writes == before) is (answer == "n")


def test_yes_asks_nobody(cli: CommandLine, later: Path) -> None:
    words = ["restore", HOME, "--from", later, cli.place(TARGET), "--yes", *DRAFT, *FAST]
    done = at_terminal(words, cli.environment)
    assert (done.code, "[y/N]" in done.shown) == (0, False), done.shown
