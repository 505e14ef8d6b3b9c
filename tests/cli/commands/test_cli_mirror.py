"""`--mirror` on the command line: it asks before it deletes, and names what it deletes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from command_line import FAST, SOURCE, TARGET

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine


@pytest.fixture
def snapshot(cli: CommandLine) -> Path:
    """A snapshot; the target holds it, and an asset and an entry that it does not hold."""
    where = cli.home / "snapshot"
    assert cli.run("export", cli.place(SOURCE), where, *FAST).code == 0
    assert cli.run("import", where, cli.place(TARGET), *FAST).code == 0
    main = cli.emulator.stacks[TARGET].main
    main.put_entry_version("page", "en-us", {"uid": "blt_surplus", "title": "Surplus", "_version": 1})
    main.put_asset(
        {"uid": "blt_file", "filename": "surplus.txt", "title": "surplus.txt", "_version": 1}, b"x"
    )
    return where


def is_there(cli: CommandLine) -> bool:
    main = cli.emulator.stacks[TARGET].main
    return "blt_surplus" in main.entries["page"] and "blt_file" in main.assets


def test_without_yes_and_without_a_terminal_nothing_is_sent(cli: CommandLine, snapshot: Path) -> None:
    """The message says what to do next."""
    for words in (("import", snapshot), ("copy", cli.place(SOURCE))):
        sent = cli.emulator.count("write") + cli.emulator.count("read")
        done = cli.run(*words, cli.place(TARGET), "--mirror", *FAST)
        assert done.code == 2
        assert "--dry-run" in done.err
        assert "--yes" in done.err
        assert cli.emulator.count("write") + cli.emulator.count("read") == sent
    assert is_there(cli)


def test_a_dry_run_names_what_would_be_deleted(cli: CommandLine, snapshot: Path) -> None:
    """In words and in the report; it asks nothing."""
    words = ("import", snapshot, cli.place(TARGET), "--mirror", "--dry-run", *FAST)
    shown = cli.run(*words)
    assert shown.code == 0
    assert 'delete entries page blt_surplus "Surplus"' in " ".join(shown.err.split()).replace(" en-us", "")
    assert 'delete assets blt_file "surplus.txt"' in shown.err
    assert "not in the source, and would be deleted in the target: 2" in shown.err
    report = cli.run(*words, "--json").report
    assert {(row["kind"], row["uid"], row["title"]) for row in report["removed"]} == {
        ("entries", "blt_surplus", "Surplus"),
        ("assets", "blt_file", "surplus.txt"),
    }
    assert report["plan"]["entries"]["delete"] == 1
    assert is_there(cli)


@pytest.mark.parametrize("command", ["import", "copy"])
def test_with_yes_it_deletes_and_tells(cli: CommandLine, snapshot: Path, command: str) -> None:
    source = snapshot if command == "import" else cli.place(SOURCE)
    done = cli.run(command, source, cli.place(TARGET), "--mirror", "--yes", *FAST)
    assert done.code == 0
    assert "not in the source, and deleted in the target: 2" in done.err
    assert not is_there(cli)
    assert cli.run("verify", snapshot, "--against", cli.place(TARGET), *FAST).code == 0
    again = cli.run(command, source, cli.place(TARGET), "--mirror", "--yes", "--json", *FAST)
    assert (again.code, again.report["requests"]["write"]) == (0, 0)
    assert "removed" not in again.report


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 2)])
def test_at_a_terminal_it_asks_with_the_numbers(
    cli: CommandLine, snapshot: Path, answer: str, code: int
) -> None:
    mine, theirs = os.openpty()
    try:
        process = cli.start("import", snapshot, cli.place(TARGET), "--mirror", *FAST, stdin=theirs)
        os.write(mine, f"{answer}\n".encode())
        _, err = process.communicate(timeout=60)
    finally:
        os.close(mine)
        os.close(theirs)
    assert process.returncode == code
    assert "1 entries, 1 assets" in err
    assert is_there(cli) is (answer == "n")


def test_what_does_not_go_with_it_is_said(cli: CommandLine, snapshot: Path) -> None:
    """Another answer to conflicts, a selection, a snapshot that is not complete: exit code 2, and no write."""
    written = cli.emulator.count("write")
    place = cli.place(TARGET)
    for words, said in (
        (("import", snapshot, place, "--on-conflict", "skip"), "--on-conflict skip"),
        (("import", snapshot, place, "--content-type", "page"), "selected"),
        (("copy", cli.place(SOURCE), place, "--content-type", "page"), "selected"),
    ):
        done = cli.run(*words, "--mirror", "--yes", *FAST)
        assert (done.code, said in done.err) == (2, True), done.err
    (snapshot / "manifest.json").unlink()
    assert cli.run("import", snapshot, place, "--mirror", "--yes", *FAST).code == 2
    assert cli.emulator.count("write") == written
    assert is_there(cli)
