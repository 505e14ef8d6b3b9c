"""Rows for programs, and what `show` tells: when, by language, where published, which releases, which gaps."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, SOURCE

from parsed_page import Page, check_policy
from repository import SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine

    from browser import Browser

GUIDE, SPACE, PROJECT = SAMPLES / "harbour-guide", SAMPLES / "harbour-space", SAMPLES / "harbour-releases"


def rows(cli: CommandLine, *words: object) -> list[dict[str, Any]]:
    return list(cli.run(*words, "--json").report["rows"])


def test_a_row_of_an_entry_says_what_programs_ask_for(cli: CommandLine) -> None:
    (row,) = (
        one
        for one in rows(cli, "ls", GUIDE, "entries", "--locale", "de-de")
        if one["uid"] == "blt727bdd3c34949fbc"
    )
    assert row == {
        "kind": "entries", "content_type": "page", "uid": "blt727bdd3c34949fbc", "locale": "de-de", "version": 1,
        "title": "Startseite", "url": "/", "updated_at": "2026-03-05T04:09:00.000Z",
        "published": [{"environment": "production", "locale": "de-de", "version": 1}],
    }  # fmt: skip
    found = cli.run("cat", GUIDE, "entries", row["uid"], "--locale", row["locale"], "--json").report
    assert found["rows"] == [row]
    assert found["found"][0]["uid"] == row["uid"]


def test_rows_of_the_other_systems(cli: CommandLine) -> None:
    """A document of Contentful is live in languages, a release of a project in stages."""
    entry = next(one for one in rows(cli, "ls", SPACE, "entries") if one["uid"] == "herring")
    assert (entry["title"], entry["locale"], entry["version"]) == ("Herring feast", "de-DE, en-US", 3)
    assert {one["locale"] for one in entry["published"]} == {"de-AT", "de-DE", "en-US"}
    releases = rows(cli, "ls", PROJECT, "releases")
    assert {place["environment"] for one in releases for place in one.get("published", ())} >= {
        "Staging",
        "Live",
    }
    assert all(one["updated_at"] for one in releases)


def test_a_part_says_what_it_lies_in(cli: CommandLine) -> None:
    """Two taxonomies may have a term of one uid, and all items of a release have the uid of that."""
    (autumn,) = (one for one in rows(cli, "ls", GUIDE, "terms") if one["uid"] == "autumn")
    assert (autumn["taxonomy"], autumn["updated_at"][:10]) == ("season", "2026-03-02")
    item = rows(cli, "ls", GUIDE, "release_items")[0]
    assert item == {
        "kind": "release_items", "uid": "blt79d3ac88234e8ada", "release": "blt79d3ac88234e8ada",
        "item": "bltb52c170c7bf9fb87", "content_type": "event", "locale": "en-us", "version": 1,
        "title": "Parade of boats", "action": "unpublish",
    }  # fmt: skip


def test_credentials_in_one_field_of_many_objects_are_one_line(cli: CommandLine) -> None:
    shown = cli.run("show", PROJECT).out
    redacted = json.loads((PROJECT / "manifest.json").read_text("utf-8"))["redacted"]
    assert (len(redacted) > 3) is ("of them (all: the same command with --json)" in shown)
    assert len(shown.splitlines()) < 60


def test_what_is_no_snapshot_is_told_with_what_it_is(cli: CommandLine) -> None:
    missing = cli.run("ls", "typo", "entries")
    assert (missing.code, "there is no such directory" in missing.err) == (2, True)
    outer = cli.run("show", SAMPLES)
    assert (outer.code, "it holds snapshots: name one of them, such as" in outer.err) == (2, True)
    shutil.copytree(GUIDE, cli.home / "nights" / "guide" / "one")  # as backups of several profiles lie
    nights = cli.run("show", cli.home / "nights")
    assert (nights.code, f"such as {cli.home / 'nights' / 'guide' / 'one'}" in nights.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (("cat", GUIDE, "entries", "Parade of boat"), "did you mean 'Parade of boats'"),
        (("cat", SPACE, "entries", "Herring fest"), "did you mean 'Herring feast'"),
        (
            ("cat", PROJECT, "releases", "Payments/2026.1.9 to all-1"),
            "did you mean 'Payments/2026.1.9 to all-01'",
        ),
        (("cat", GUIDE, "content_types", "evnt"), "did you mean 'Event'"),
        (("restore", "Parade of boat", "--from", GUIDE, "{place}"), "did you mean 'Parade of boats'"),
        (("restore", "Zzzz", "--from", GUIDE, "{place}"), "that can be restored"),
    ],
)
def test_a_misspelled_title_names_what_is_near(
    cli: CommandLine, words: tuple[object, ...], near: str
) -> None:
    refused = cli.run(*(cli.place(SOURCE) if word == "{place}" else word for word in words))
    assert (refused.code, near in refused.err) == (2, True), refused.err


def test_show_says_when_and_what_is_published_where(cli: CommandLine) -> None:
    report = cli.run("show", GUIDE, "--json").report
    assert report["made_at"].endswith("+00:00")
    assert report["by_locale"]["de-at"]["entries"] == 3
    live = {(one["environment"], one["locale"]): one["documents"] for one in report["published"]}
    assert live["production", "de-at"] == sum(
        (place["environment"], place["locale"]) == ("production", "de-at")
        for row in report["rows"]
        for place in row.get("published", ())
    )
    assert "Summer opening: 5 items, locked" in report["releases"]
    told = cli.run("show", GUIDE).out
    assert "published in production: de-at 5, de-de 8, en-us 14" in told
    assert "de-at      3 entries" in told


def test_gaps_are_told_by_reason(cli: CommandLine, tmp_path: Path) -> None:
    copy = shutil.copytree(GUIDE, tmp_path / "copy")
    manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
    reasons = ("not there at the source any more", "not there at the source either", "no bytes")
    manifest["gaps"] = [
        {"kind": "files", "uid": f"u{at}", "reason": reason} for at, reason in enumerate(reasons)
    ]
    (copy / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    assert cli.run("show", copy, "--json").report["gap_sorts"] == [
        {"kind": "files", "reason": reasons[0], "count": 2}, {"kind": "files", "reason": reasons[2], "count": 1},
    ]  # fmt: skip


def test_a_note_is_told_and_changes_no_sealed_byte(cli: CommandLine) -> None:
    one, other = cli.home / "one", cli.home / "other"
    cli.run("export", cli.place(SOURCE), one, "--note", "before the <redesign>", *FAST)
    cli.run("export", cli.place(SOURCE), other, *FAST)
    assert (one / "manifest.json").read_bytes() == (other / "manifest.json").read_bytes()
    assert cli.run("verify", one).code == cli.run("verify", other).code == 0
    assert cli.run("show", one, "--json").report["note"] == "before the <redesign>"
    assert "before the <redesign>" in cli.run("show", one).out
    assert "note" not in cli.run("show", other, "--json").report


def test_the_page_of_a_snapshot(cli: CommandLine, chromium: Browser) -> None:
    file = cli.home / "show.html"
    assert cli.run("show", GUIDE, "--html", file).code == 0
    content = file.read_text("utf-8")
    check_policy(content)
    assert "Summer opening: 5 items, locked" in Page(content).words["li"]
    chromium.emulate()
    chromium.open(file)
    assert chromium.text("#count") == "42 of 42 shown"
    chromium.choose("#language", "de-at")
    chromium.choose("#environment", "production")
    live = [row for row in rows(cli, "ls", GUIDE, "entries", "--locale", "de-at") if "published" in row]
    assert chromium.text("#count") == f"{len(live)} of 42 shown"
    assert chromium.messages == []


def test_the_pages_of_the_other_systems_open(cli: CommandLine, chromium: Browser) -> None:
    for snapshot in (SPACE, PROJECT):
        file = cli.home / f"{snapshot.name}.html"
        assert cli.run("show", snapshot, "--html", file).code == 0
        check_policy(file.read_text("utf-8"))
        chromium.open(file)
        assert chromium.messages == []
        assert chromium.shown(".documents tbody tr")


def test_an_archive_is_told_by_status_stage_and_age(cli: CommandLine) -> None:
    """Checked against the records themselves."""
    report = cli.run("show", PROJECT, "--json").report
    held = [json.loads(line) for line in (PROJECT / "releases.jsonl").read_text("utf-8").splitlines()]
    sums = report["sums"]
    assert sums["by_status"] == Counter(one["status"] for one in held)
    stages = [(stage["name"], stage["status"]) for one in held for stage in one["environments"]]
    assert {
        (name, word): count for name, words in sums["by_stage"].items() for word, count in words.items()
    } == (Counter(stages))
    logs = [json.loads(line) for line in (PROJECT / "files.jsonl").read_text("utf-8").splitlines()]
    assert sums["logs"] == {"files": len(logs), "bytes": sum(one["size"] for one in logs)}
    made = sorted((one["createdOn"], str(one["id"])) for one in held)
    assert [sums["age"][name]["uid"] for name in ("oldest", "newest")] == [made[0][1], made[-1][1]]
    kept = [str(one["id"]) for one in held if one["keepForever"]]
    assert sums["kept_forever"] == len(kept)
    first = [one["uid"] for one in sums["first_to_disappear"]]
    assert len(first) == min(5, len(held) - len(kept))
    assert not {*first} & {*kept}
    told = cli.run("show", PROJECT).out
    assert f"kept forever: {len(kept)}" in told
    assert "first to disappear by their age" in told


def test_what_vanished_is_not_about_to_disappear(cli: CommandLine, tmp_path: Path) -> None:
    copy = shutil.copytree(PROJECT, tmp_path / "copy")
    manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
    before = cli.run("show", copy, "--json").report["sums"]["first_to_disappear"]
    manifest["vanished"] = [
        {"kind": "releases", "uid": before[0]["uid"], "missing_since": "2026-11-01T00:00:00Z"}
    ]
    (copy / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    after = cli.run("show", copy, "--json").report["sums"]["first_to_disappear"]
    assert after[: len(before) - 1] == before[1:]


def test_the_page_of_an_empty_archive_runs(cli: CommandLine, chromium: Browser, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    manifest = json.loads((PROJECT / "manifest.json").read_text("utf-8"))
    manifest |= {"files": [], "counts": {}, "gaps": [], "redacted": [], "unfinished": []}
    (empty / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    file = tmp_path / "empty.html"
    shown = cli.run("show", empty, "--html", file)
    assert (shown.code, "nothing: the source was empty" in shown.out) == (0, True)
    chromium.open(file)
    assert chromium.messages == []


@pytest.mark.parametrize("snapshot", [GUIDE, PROJECT], ids=lambda one: one.name)
def test_a_page_can_be_read_on_a_telephone(cli: CommandLine, chromium: Browser, snapshot: Path) -> None:
    """No title is a column of single letters, and nothing but tables is wider than the window."""
    file = cli.home / "show.html"
    assert cli.run("show", snapshot, "--html", file).code == 0
    chromium.emulate(width=400)
    chromium.open(file)
    assert chromium.run("document.documentElement.scrollWidth <= innerWidth")
    assert chromium.run("document.querySelector('.documents tbody th').getBoundingClientRect().width") > 150
    chromium.emulate()


def test_a_page_is_never_written_into_a_snapshot(cli: CommandLine, tmp_path: Path) -> None:
    copy = shutil.copytree(GUIDE, tmp_path / "copy")
    for words in (("show", copy), ("diff", copy, GUIDE)):
        refused = cli.run(*words, "--html", copy / "page.html")
        assert (refused.code, "lies in a snapshot" in refused.err) == (2, True)
    assert not (copy / "page.html").exists()
