"""Incremental exports by the commands that a user types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import FAST, SOURCE, TARGET, CommandLine
from workbench import file_digests

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def night(cli: CommandLine) -> Path:
    """A snapshot of the source, all its versions in it."""
    snapshot = cli.home / "monday"
    assert cli.run("export", cli.place(SOURCE), snapshot, "--versions", "all", *FAST).code == 0
    return snapshot


def test_an_export_with_a_base_reads_only_what_has_changed(cli: CommandLine, night: Path) -> None:
    """--base spares requests, gives the same bytes, and the report and the last lines say what was reused."""
    tuesday = cli.home / "tuesday"
    words = ("export", cli.place(SOURCE), tuesday, "--base", night, "--versions", "all", *FAST)
    before = cli.emulator.count("read")
    result = cli.run(*words, "--json")
    assert result.code == 0, result.err
    report = result.report
    assert file_digests(tuesday) == file_digests(night)
    assert report["base"]["versions"] > 0
    assert report["requests"]["read"] == cli.emulator.count("read") - before
    assert report["minimum"]["read"] == report["requests"]["read"]
    assert f"reused from the base: {report['base']['versions']} older versions" in result.err
    assert f"{report['objects']['history']} reads asked for lists of versions" in result.err


def test_version_lists_are_taken_from_the_base_when_asked_for(cli: CommandLine, night: Path) -> None:
    """With --keep-version-lists a stack in which nothing happened costs nothing but its listings."""
    words = ("--base", night, "--versions", "all", "--keep-version-lists", "--json", *FAST)
    result = cli.run("export", cli.place(SOURCE), cli.home / "tuesday", *words)
    assert file_digests(cli.home / "tuesday") == file_digests(night)
    report = result.report
    assert report["base"]["history"] == report["objects"]["history"]
    assert report["minimum"]["read"] == report["requests"]["read"]
    assert "--keep-version-lists" not in result.err


def test_a_base_of_another_place_or_a_damaged_one_is_refused(cli: CommandLine, night: Path) -> None:
    """Another stack's snapshot is a usage error, a damaged one is exit code 6; neither leaves a directory."""
    tuesday = cli.home / "tuesday"
    other = cli.run("export", cli.place(TARGET), tuesday, "--base", night, *FAST)
    assert (other.code, "another place" in other.err) == (2, True)
    assert cli.run("export", cli.place(SOURCE), tuesday, "--base", cli.home, *FAST).code == 2
    assert cli.run("export", cli.place(SOURCE), tuesday, "--keep-version-lists", *FAST).code == 2
    (night / "locales.jsonl").write_text("{}\n", "utf-8")
    damaged = cli.run("export", cli.place(SOURCE), tuesday, "--base", night, *FAST)
    assert damaged.code == 6
    assert "locales.jsonl" in damaged.err
    assert "export without it" in damaged.err
    assert not tuesday.exists()
