"""`forget` as a command."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from command_line import FAST, SOURCE

from stackferry.errors import ExitCode
from stackferry.io.storage.files import Files

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine

OLD = ("2026-01-30", "2026-01-31T02-00-00Z", "2026-02-01T02-00-00Z")


@pytest.fixture
def folder(cli: CommandLine) -> Path:
    """Three old nights of one place, of one content."""
    into = cli.home / "b" / "shop"
    cli.run("export", cli.place(SOURCE), into / OLD[0], *FAST)
    for name in OLD[1:]:
        shutil.copytree(into / OLD[0], into / name)
    return into


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_prints_what_stays_and_why(cli: CommandLine, folder: Path) -> None:
    planned = cli.run("forget", folder.parent, "--keep-last", 1, "--keep-monthly", 2, "--dry-run")
    assert (planned.code, names(folder)) == (0, [*OLD])
    assert planned.out.splitlines() == [
        f"keep    shop/{OLD[2]}  last snapshot, monthly snapshot",
        f"keep    shop/{OLD[1]}  monthly snapshot",
        f"would remove shop/{OLD[0]}",
    ]
    assert re.search(r"1 snapshot would be deleted, which frees [\d.]+ kB; 2 kept", planned.err)
    done = cli.run("forget", folder.parent, "--keep-last", 1, "--keep-monthly", 2)
    assert (done.code, names(folder)) == (0, [*OLD[1:]])
    assert done.out.splitlines()[2] == f"removed shop/{OLD[0]}"
    assert cli.run("verify", folder / OLD[2]).code == 0


def test_the_report_has_a_row_for_each(cli: CommandLine, folder: Path) -> None:
    report = cli.run("forget", folder, "--keep-last", "unlimited", "--json").report
    assert report["objects"] == {"kept": 3, "removed": 0}
    assert [row["reasons"] for row in report["snapshots"]] == [["last snapshot"]] * 3
    report = cli.run("forget", folder, "--keep-last", 1, "--json").report
    assert [row["action"] for row in report["snapshots"]] == ["keep", "remove", "remove"]
    assert report["freed_bytes"] > 0
    assert report["dry_run"] is False


@pytest.mark.parametrize("words", [(), ("--keep-last", "0"), ("--keep-last", "some"), ("--keep-daily", "-3")])
def test_a_policy_that_says_nothing_ends_with_2(
    cli: CommandLine, folder: Path, words: tuple[str, ...]
) -> None:
    done = cli.run("forget", folder, *words)
    assert (done.code, names(folder)) == (2, [*OLD])


def test_a_directory_where_another_run_works_ends_with_7(cli: CommandLine, folder: Path) -> None:
    with Files(folder).lock(".lock"):
        done = cli.run("forget", folder, "--keep-last", 1)
    assert (done.code, names(folder)) == (ExitCode.BUSY, [*OLD])
    assert "is running here" in done.err


def test_damaged_snapshots_end_with_6_and_nothing_is_deleted(cli: CommandLine, folder: Path) -> None:
    (folder / OLD[2] / "locales.jsonl").unlink()
    done = cli.run("forget", folder, "--keep-last", 1)
    assert (done.code, names(folder)) == (ExitCode.CORRUPT, [*OLD])
    assert "none of the snapshots of" in done.err
