"""An outsider's look: pages tell what the reports tell, whatever content holds, and rows tell what the service has."""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, SOURCE, TOKEN
from edited_snapshot import HOME, edited_snapshot

from parsed_page import Page, check_policy
from repository import SAMPLES
from stackferry import Listing, Snapshot, show, sync

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine

GUIDE = SAMPLES / "harbour-guide"
HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=//evil.invalid/x onerror=alert(1)>",
    "\"'><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7 * 7 }} {% raw %} ${7*7}",
    "&lt;b&gt; &amp;",
    "\u202egnp.exe\u2066",
    "]]> <!-- --!>",
]


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guide after somebody gave its pages hostile titles, a very long text, and took one away."""

    def edit(rows: dict[str, Any]) -> None:
        rows.pop(next(uid for uid in rows if uid != HOME))
        for number, title in enumerate(HOSTILE):
            rows[f"blt{number:016x}"] = {**rows[HOME], "uid": f"blt{number:016x}", "title": title}
        rows[HOME]["title"] = "word " * 100_000

    home = tmp_path_factory.mktemp("hostile")
    return edited_snapshot(GUIDE, home / "later", {"entries/page/en-us.jsonl": edit})


def test_the_page_of_a_comparison_has_a_card_for_each_object_of_the_report(
    later: Path, tmp_path: Path
) -> None:
    file = tmp_path / "diff.html"
    found = sync.diff(GUIDE, later, html=file)
    content = file.read_text("utf-8")
    check_policy(content)
    told = {str(row["uid"]) for row in found.differences}
    page = Page(content)
    assert len(page.words["h3"]) == len(
        {(told.owner or row["uid"]) for row, told in zip(found.differences, found.told, strict=True)}
    )
    assert all(f"<code>{uid}</code>" in content for uid in told)
    assert {title.replace("\u2066", "\u2066\u2069") for title in HOSTILE} <= {*page.words["h3"]}
    assert len(content) < 200_000


def test_the_page_of_a_snapshot_lists_what_its_rows_list(later: Path, tmp_path: Path) -> None:
    file = tmp_path / "show.html"
    show(later, html=file)
    content = file.read_text("utf-8")
    check_policy(content)
    uids = {row.view.uid for row in Listing(Snapshot(later)).rows("entries")}
    assert all(f">{uid}</code>" in content for uid in uids)


def test_rows_of_entries_say_what_the_service_says(cli: CommandLine) -> None:
    """Asked by plain HTTP, language by language."""
    snapshot = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), snapshot, *FAST).code == 0
    rows = cli.run("ls", snapshot, "entries", "--json").report["rows"]

    def asked(path: str) -> Any:
        headers = {"api_key": SOURCE, "authorization": TOKEN}
        request = urllib.request.Request(f"{cli.origin}/v3/{path}", headers=headers)  # noqa: S310 - the emulator
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.load(answer)

    names = {one["uid"]: one["name"] for one in asked("environments")["environments"]}
    assert rows
    for row in rows:
        path = f"content_types/{row['content_type']}/entries/{row['uid']}?locale={row['locale']}"
        entry = asked(f"{path}&include_publish_details=true")["entry"]
        assert (row["title"], row["version"], row.get("updated_at")) == (
            entry["title"], entry["_version"], entry.get("updated_at"),
        )  # fmt: skip
        live = {
            (names[one["environment"]], one["locale"], one["version"]) for one in entry["publish_details"]
        }
        assert {tuple(one.values()) for one in row.get("published", ())} == live
