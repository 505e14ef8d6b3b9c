"""The page of a dry run: what would be done, object by object, before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from command_line import FAST, SOURCE, TARGET
from edited_snapshot import HOSTILE, edit_pages, edited_snapshot

from parsed_page import Page, check_policy
from repository import SAMPLES

if TYPE_CHECKING:
    from command_line import CommandLine

    from browser import Browser

GUIDE = SAMPLES / "harbour-guide"


def test_a_page_of_a_first_import_lists_what_is_made(cli: CommandLine, chromium: Browser) -> None:
    file = cli.home / "plan.html"
    done = cli.run("import", GUIDE, cli.place(TARGET), "--dry-run", "--html", file, "--json", *FAST)
    assert (done.code, done.report["requests"]["write"], done.report["html"]) == (3, 0, str(file))
    check_policy(file.read_text("utf-8"))
    chromium.emulate()
    chromium.open(file)
    chromium.choose("#sort", "entries of Page")
    made = chromium.shown(".card h3")
    assert {"Home", "Startseite", "Getting here"} <= {*made}
    chromium.choose("#language", "de-at")
    assert len(chromium.shown(".card h3")) < len(made)
    assert chromium.messages == []


def test_a_page_of_an_update_shows_both_sides(cli: CommandLine) -> None:
    """Fields by their names, words that differ, the text as the target has it and as it would be."""
    file = cli.home / "plan.html"
    cli.run("import", GUIDE, cli.place(TARGET), *FAST)
    later = edited_snapshot(GUIDE, cli.home / "later", {"entries/page/en-us.jsonl": edit_pages})
    done = cli.run(
        "import", later, cli.place(TARGET), "--on-conflict", "update", "--dry-run", "--html", file, *FAST
    )
    assert "Wrote" in done.err
    content = file.read_text("utf-8")
    check_policy(content)
    seen = Page(content)
    labels = {" ".join(words.split()) for words in seen.words["th"]}
    assert {"Title", "Sections › block Hero › Heading", "Sections › block Text › Body"} <= labels
    assert HOSTILE in seen.words["h3"]
    assert {"Welcome ashore", "Welcome ashore, at last", "Put in front."} <= {*seen.words["td"]}
    assert "/sections/" not in content


def test_a_copy_has_one_too_and_a_run_has_none(cli: CommandLine) -> None:
    file = cli.home / "plan.html"
    assert cli.run("copy", cli.place(SOURCE), cli.place(TARGET), "--dry-run", "--html", file, *FAST).code == 0
    assert "Quay 0" in Page(file.read_text("utf-8")).words["h3"]
    file.unlink()
    refused = cli.run("copy", cli.place(SOURCE), cli.place(TARGET), "--html", file, *FAST)
    assert (refused.code, "--dry-run" in refused.err, file.exists()) == (2, True, False)
