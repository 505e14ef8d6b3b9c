"""What nobody can tell of a stack is listed as a limit: in manifest and report, without an exit code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command_line import FAST, ROOT, SOURCE, TARGET, CommandLine, open_command_line

if TYPE_CHECKING:
    from collections.abc import Iterator

# Row by row what no call shows: research of the vendor's pages, not the program's own list.
NEVER = {"drafts", "personalize", "comments", "tasks", "history", "trash", "spaces", "apps", "studio"}
NEVER |= {"stack_settings", "branch_aliases", "tokens", "variant_versions", "file_version_names"}
NOT_ALL_VERSIONS = {"version_names", "older_versions"}
NOT_IN_CSDX = {
    "releases",
    "schedules",
    "workflow_stages",
    "version_names",
    "older_versions",
    "metadata",
    "taxonomy_publications",
}


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CommandLine]:
    monkeypatch.chdir(tmp_path)
    with open_command_line(tmp_path) as made:
        yield made


def kinds(limits: list[dict[str, str]]) -> set[str]:
    assert all(limit["reason"] for limit in limits)
    return {limit["kind"] for limit in limits}


def test_limits_are_in_manifest_and_report_and_change_no_exit_code(cli: CommandLine) -> None:
    done = cli.run("export", cli.place(SOURCE), "snap", "--json", *FAST)
    assert (done.code, done.report["gaps"]) == (0, [])
    assert kinds(json.loads(Path("snap/manifest.json").read_text())["limits"]) == NEVER | NOT_ALL_VERSIONS
    assert kinds(done.report["limits"]) == NEVER | NOT_ALL_VERSIONS
    imported = cli.run("import", "snap", cli.place(TARGET), "--json", *FAST)
    assert (imported.code, kinds(imported.report["limits"])) == (0, NEVER | NOT_ALL_VERSIONS)


def test_an_export_of_every_version_holds_their_names(cli: CommandLine) -> None:
    done = cli.run("export", cli.place(SOURCE), "snap", "--versions", "all", "--json", *FAST)
    assert kinds(done.report["limits"]) == NEVER


def test_people_see_limits_only_when_they_ask(cli: CommandLine) -> None:
    plain = cli.run("export", cli.place(SOURCE), "plain", *FAST)
    asked = cli.run("export", cli.place(SOURCE), "asked", "-v", *FAST)
    assert "comments - " not in plain.out + plain.err
    assert "comments - " in asked.out + asked.err


def test_an_import_of_a_vendor_export_says_what_its_layout_cannot_hold(cli: CommandLine) -> None:
    cli.run("export", cli.place(SOURCE), "snap", *FAST)
    cli.run("convert", "snap", "vendor", "--to", "csdx")
    done = cli.run("import", "vendor", cli.place(TARGET), *FAST)
    assert "holds no releases, schedules, stages of entries" in done.out + done.err
    converted = cli.run("convert", "vendor", "back", "--json")
    assert kinds(converted.report["limits"]) == NEVER | NOT_IN_CSDX


def test_the_documents_name_every_limit() -> None:
    text = (ROOT / "docs/reliability.md").read_text()
    section = text.partition("## What a snapshot never holds")[2].partition("## ")[0]
    assert set(re.findall(r"[a-z_]+", section)) >= NEVER | NOT_IN_CSDX
