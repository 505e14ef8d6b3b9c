"""`stackferry entry`, typed and answered, and what it did to the stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from live_command_line import LiveCommandLine, open_live_command_line

from live_stack import DRAFTS, FIRST, LIVE, SECOND, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ONE = ("page", FIRST)


@pytest.fixture
def line() -> Iterator[LiveCommandLine]:
    with open_live_command_line() as opened:
        yield opened


def test_get_prints_one_entry(line: LiveCommandLine) -> None:
    """The entry as JSON, at a version and in a language if asked; with --json in the report, as answered."""
    assert json.loads(line.ok("entry", "get", *ONE).out)["count"] == 2
    assert json.loads(line.ok("entry", "get", *ONE, "--version", 1).out)["count"] == 1
    report = line.ok("entry", "get", *ONE, "--locale", "fr-fr", "--json").report
    assert (report["answer"]["entry"]["title"], report["answer"]["entry"]["publish_details"]) == (
        "Premier",
        [],
    )
    assert (report["command"], report["ok"], report["requests"]["read"]) == ("entry get", True, 1)


def test_get_prints_what_is_live_in_an_environment(line: LiveCommandLine) -> None:
    """The live version, of one entry or of all that are live there; a version beside it is refused here."""
    line.ok("entry", "publish", *ONE, "-e", "live", "--version", 1)
    there = ("--environment", "live")
    assert json.loads(line.ok("entry", "get", *ONE, *there).out)["_version"] == 1
    assert [row[0::2] for row in line.ok("entry", "get", "page", *there).columns] == [[FIRST, "1"]]
    assert line.run("entry", "get", "page", SECOND, *there).code == 1
    before = len(line.live.emulator.log)
    assert line.run("entry", "get", *ONE, *there, "--version", 1).code == 2
    assert line.run("entry", "get", *ONE, "--apply-draft", "--version", 1).code == 2
    assert len(line.live.emulator.log) == before


def test_get_asks_for_drafts_and_the_branch(line: LiveCommandLine) -> None:
    """By the page's own names. The page merges drafts in the list alone, so one entry is asked for there, too."""
    found = json.loads(line.ok("entry", "get", *ONE, "--apply-draft", "--include-branch").out)
    assert (found["uid"], found["_branch"]) == (FIRST, "main")
    assert line.live.emulator.sent[-1][0]["apply_draft"] == "true"
    assert line.live.emulator.log[-1].path.endswith("/content_types/page/entries")
    assert json.loads(line.ok("entry", "get", *ONE, "--include-branch").out)["_branch"] == "main"
    line.ok("entry", "get", "page", "--apply-draft")
    assert line.live.emulator.sent[-1][0]["apply_draft"] == "true"
    gone = line.run("entry", "get", "page", "blt_gone", "--apply-draft")
    assert (gone.code, "blt_gone" in gone.err) == (1, True)


def test_get_without_uid_lists_the_entries_of_a_type(line: LiveCommandLine) -> None:
    """Every entry of the type on pages of a hundred, or those that a query finds, or the first few."""
    for number in range(150):
        line.live.put(f"blt{number:03}", f"T{number}")
    rows = line.ok("entry", "get", "page").columns
    assert len(rows) == len({row[0] for row in rows}) == 152
    assert [FIRST, "en-us", "2", "First"] in rows
    assert line.ok("entry", "get", "page", "--query", '{"title":"Second"}').columns[0][0] == SECOND
    assert len(line.ok("entry", "get", "page", "--limit", 120).columns) == 120
    assert line.run("entry", "get", "page", "--query", "[").code == 2


def test_versions_are_listed_with_their_names(line: LiveCommandLine) -> None:
    """Number, time, author, name; --named leaves out the rest; more than a hundred come on several pages."""
    line.live.branch.put_version_name("page", FIRST, "en-us", 1, {"title": "launch"})
    rows = line.ok("entry", "versions", *ONE).columns
    assert [(row[0], row[3]) for row in rows] == [("2", ""), ("1", "launch")]
    assert len(line.ok("entry", "versions", *ONE, "--named").columns) == 1
    for number in range(3, 204):
        line.live.put(FIRST, "First", number)
    assert [row[0] for row in line.ok("entry", "versions", *ONE).columns] == [
        str(n) for n in range(203, 0, -1)
    ]


def test_name_sets_and_removes(line: LiveCommandLine) -> None:
    """A name that is taken needs --force; a name too long is refused here, and nothing is sent."""
    assert line.ok("entry", "name", *ONE, 1, "launch").out == "Version name assigned successfully\n"
    assert line.run("entry", "name", *ONE, 2, "launch").code == 1
    line.ok("entry", "name", *ONE, 2, "launch", "--force")
    assert (line.live.name(FIRST, 1), line.live.name(FIRST, 2)) == (None, "launch")
    line.ok("entry", "name", *ONE, 2, "--remove")
    assert line.live.name(FIRST, 2) is None
    line.ok("entry", "name", *ONE, 1, "début", "--locale", "fr-fr")
    assert line.live.name(FIRST, 1, "fr-fr") == "début"
    before = len(line.live.emulator.log)
    assert line.run("entry", "name", *ONE, 1, "x" * 33).code == 2
    assert line.run("entry", "name", *ONE, 1).code == 2
    assert line.run("entry", "name", *ONE, 1, "a", "--remove").code == 2
    assert len(line.live.emulator.log) == before


def test_references_and_languages_are_listed(line: LiveCommandLine) -> None:
    """Who refers to an entry, and where it exists."""
    assert line.ok("entry", "references", *ONE).columns == [["page", SECOND, "en-us", "1", "Second"]]
    line.ok("entry", "references", *ONE, "--deleted")
    assert line.live.emulator.sent[-1][0]["deleted"] == "true"
    assert ["fr-fr", "localized"] in line.ok("entry", "languages", *ONE).columns


def test_localize_takes_a_file(line: LiveCommandLine, tmp_path: Path) -> None:
    """Bare or wrapped as a request is, from a file or from stdin; a second time it changes what is there."""
    file = tmp_path / "erste.json"
    file.write_text('{"entry": {"title": "Erste"}}', "utf-8")
    result = line.ok("entry", "localize", *ONE, file, "--locale", "de-de")
    assert result.out.splitlines() == ["Entry localized successfully.", f"{FIRST}\tde-de\t1\tErste"]
    line.ok("entry", "localize", *ONE, "-", "--locale", "de-de", stdin='{"text": "neu"}')
    stored = line.live.latest(FIRST, "de-de")
    assert (stored["title"], stored["text"], stored["_version"]) == ("Erste", "neu", 2)
    assert line.run("entry", "localize", *ONE, tmp_path / "none.json", "--locale", "de-de").code == 2
    assert line.run("entry", "localize", *ONE, "-", "--locale", "de-de", stdin="[1]").code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("unlocalize", *ONE, "--locale", "fr-fr"),
        ("delete", *ONE, "--locale", "fr-fr"),
        ("delete", *ONE, "--locale", "fr-fr", "--json"),
        ("unpublish", *ONE, "-e", "live"),
    ],
)
def test_without_a_terminal_destruction_needs_yes(line: LiveCommandLine, words: tuple[str, ...]) -> None:
    """Exit 2, a word about --yes, and not one request; with --yes it is done."""
    result = line.run("entry", *words)
    assert (result.code, line.live.emulator.log) == (2, [])
    assert "--yes" in result.err
    if "--json" in words:
        assert (result.report["ok"], "--yes" in result.report["error"]) == (False, True)
    line.ok("entry", *words, "--yes")
    assert len(line.live.write_log()) == 1


def test_at_a_terminal_destruction_asks(line: LiveCommandLine) -> None:
    """The question names the thing and the place; "n" ends with 2 and does nothing, "y" does it."""
    result = line.at_terminal("n\n", "entry", "delete", *ONE, "--all-locales")
    assert (result.code, line.live.write_log()) == (2, [])
    assert f"Delete page/{FIRST} in every locale? ({line.live.place})" in result.err
    assert "nothing was done" in result.err
    result = line.at_terminal("y\n", "entry", "delete", *ONE, "--all-locales")
    assert (result.code, result.out) == (0, "Entry deleted successfully.\n")
    assert line.live.languages(FIRST) == set()


def test_an_unclear_answer_to_a_question_does_nothing(line: LiveCommandLine) -> None:
    """The end of input at the question: exit 2, and nothing is written."""
    result = line.at_terminal("\x04", "entry", "delete", *ONE)
    assert (result.code, "nothing was done" in result.err, line.live.write_log()) == (2, True, [])


def test_delete_in_one_language_or_several(line: LiveCommandLine) -> None:
    """--locale once, more than once, not at all (the master language); never with --all-locales."""
    line.ok("entry", "localize", *ONE, "-", "--locale", "de-de", stdin='{"title": "Erste"}')
    assert line.run("entry", "delete", *ONE, "--locale", "fr-fr", "--all-locales", "--yes").code == 2
    line.ok("entry", "delete", *ONE, "--locale", "fr-fr", "--locale", "de-de", "--yes")
    assert line.live.languages(FIRST) == {"en-us"}
    line.ok("entry", "delete", *ONE, "--yes")
    assert line.live.languages(FIRST) == set()


def test_export_and_import_are_inverse(line: LiveCommandLine, tmp_path: Path) -> None:
    """A file that export wrote is a new entry, a new version, or an overwritten one; a file is never overwritten."""
    file = tmp_path / "first.json"
    assert line.ok("entry", "export", *ONE, file, "--locale", "fr-fr").out == f"{file}\n"
    assert json.loads(file.read_text("utf-8"))["title"] == "Premier"
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(line.ok("entry", "export", *ONE).out)["title"] == "First"
    assert line.run("entry", "export", *ONE, file).code == 2
    assert json.loads(file.read_text("utf-8"))["title"] == "Premier"
    result = line.ok("entry", "import", "page", file, "--uid", FIRST, "--locale", "fr-fr")
    assert result.columns[-1][:3] == [FIRST, "fr-fr", "2"]
    new = line.ok("entry", "import", "page", "-", stdin='{"title": "New", "count": 1.50}').columns[-1][0]
    assert '"count": 1.50' in line.ok("entry", "get", "page", new).out
    again = {"title": "First, again", "uid": FIRST}
    line.ok("entry", "import", "page", "-", "--overwrite", stdin=json.dumps(again))
    assert line.live.latest(FIRST)["_version"] == 3


def test_publish_means_what_each_language_has(line: LiveCommandLine) -> None:
    """One request a language, so that localized content is published; --version and --source-locale choose."""
    line.ok("entry", "publish", *ONE, "-e", "live", "--locale", "en-us", "--locale", "fr-fr")
    assert line.live.live(FIRST) == {(LIVE, "en-us", 2), (LIVE, "fr-fr", 1)}
    result = line.ok("entry", "publish", *ONE, "-e", "drafts", "-e", "live", "--version", 1)
    assert result.out == "The requested action has been performed.\n"
    assert line.live.live(FIRST) == {(LIVE, "en-us", 1), (DRAFTS, "en-us", 1), (LIVE, "fr-fr", 1)}
    line.ok("entry", "unpublish", *ONE, "-e", "live", "--locale", "fr-fr", "--locale", "en-us", "--yes")
    assert line.live.live(FIRST) == {(DRAFTS, "en-us", 1)}
    line.ok("entry", "publish", *ONE, "-e", "live", "--locale", "de-de", "--source-locale", "en-us")
    assert line.live.live(FIRST) == {(DRAFTS, "en-us", 1), (LIVE, "de-de", 2)}
    assert line.run("entry", "publish", *ONE).code == 2


def test_publish_asks_for_what_a_plan_may_lack(line: LiveCommandLine) -> None:
    """--all-localized and the publish rules' exceptions are sent as asked for."""
    line.ok("entry", "publish", *ONE, "-e", "live", "--all-localized")
    assert line.live.emulator.sent[-1][0] == {"publish_all_localized": "true"}
    words = ("--with-references", "--skip-workflow-stage-check", "--approvals", "--no-wait", "--version", 1)
    line.ok("entry", "publish", *ONE, "-e", "live", "--locale", "fr-fr", *words)
    query, body = line.live.emulator.sent[-1]
    assert (query["skip_workflow_stage_check"], query["approvals"]) == ("true", "true")
    assert body["entries"] == [{"uid": FIRST, "content_type": "page", "locale": "fr-fr", "version": 1}]


def test_publish_with_references_follows_the_job(line: LiveCommandLine) -> None:
    """The entry and what it refers to are published; the job and its status are told."""
    result = line.ok("entry", "publish", "page", SECOND, "-e", "live", "--with-references")
    assert (line.live.live(FIRST), line.live.live(SECOND)) == ({(LIVE, "en-us", 2)}, {(LIVE, "en-us", 1)})
    assert result.columns[-1][1] == "completed"
    assert (
        line.run("entry", "publish", *ONE, "-e", "live", "--with-references", "--at", "2999-01-01").code == 2
    )
    assert line.run("entry", "publish", *ONE, "-e", "live", "--approvals").code == 2


def test_publish_later_is_scheduled(line: LiveCommandLine) -> None:
    """--at puts it into the queue; nothing is published now."""
    line.ok("entry", "publish", *ONE, "-e", "live", "--at", "2999-01-01T00:00:00.000Z")
    assert line.live.live(FIRST) == set()
    assert [row["publish_status"] for row in line.live.branch.queue.values()] == ["scheduled"]


def test_refusals_have_their_exit_codes(line: LiveCommandLine) -> None:
    """What the service lacks is 1 with its words; a credential that it does not accept is 4, a foreign place 2."""
    result = line.run("entry", "get", "page", "blt_none", "--json")
    assert (result.code, result.report["exit_code"]) == (1, 1)
    assert "doesn't exist" in result.report["error"]
    line.token = "cs-invented-other"
    assert line.run("entry", "get", *ONE).code == 4
    line.token = TOKEN
    assert line.run_at("contentful+http://space@127.0.0.1:1/master", "entry", "get", *ONE).code == 2
    line.token = ""
    assert line.run("entry", "get", *ONE).code == 2
