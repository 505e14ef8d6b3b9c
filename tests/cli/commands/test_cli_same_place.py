"""A place is what it is, not how it is spelled: no copy onto itself, no two imports at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from command_line import FAST, SOURCE, TARGET

from stackferry.io.storage.files import Files
from stackferry.library.state import name_of
from stackferry.model import Place

if TYPE_CHECKING:
    from command_line import CommandLine


def spelled(cli: CommandLine, host: str, key: str = SOURCE) -> str:
    port = cli.origin.rpartition(":")[2]
    return f"contentstack+http://{key}@{host}:{port}/main"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1"])
def test_nothing_is_written_into_the_source_under_another_spelling(cli: CommandLine, host: str) -> None:
    snapshot = cli.home / "one"
    assert cli.run("export", cli.place(SOURCE), snapshot, *FAST).code == 0
    into_itself = cli.run("import", snapshot, spelled(cli, host), "--on-conflict", "update", *FAST)
    copied = cli.run("copy", cli.place(SOURCE), spelled(cli, host), *FAST)
    assert (into_itself.code, copied.code, cli.writes) == (2, 2, 0)
    assert "name another target" in into_itself.err


def test_an_import_is_resumed_and_locked_under_another_spelling(cli: CommandLine) -> None:
    """Whatever XDG_STATE_HOME says, since two users' shells of one account may differ in it."""
    snapshot = cli.home / "one"
    assert cli.run("export", cli.place(SOURCE), snapshot, *FAST).code == 0
    port = int(cli.origin.rpartition(":")[2])
    target = Place(system="contentstack", key=TARGET, host=f"localhost:{port}", name="main", secure=False)
    locks = Files(cli.home / "state" / "stackferry" / "targets")
    locks.mkdir("")
    with locks.lock(name_of(target.identity)):
        busy = cli.run("import", snapshot, spelled(cli, "127.0.0.1", TARGET), *FAST)
    assert busy.code == 7, busy.err
    assert cli.run("import", snapshot, spelled(cli, "localhost", TARGET), *FAST).code == 0
    writes = cli.writes
    assert cli.run("import", snapshot, spelled(cli, "127.0.0.1", TARGET), *FAST).code == 0
    assert cli.writes == writes, "the same import, found again"


def test_locks_lie_where_the_account_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    from stackferry.io.config import lock_directory

    monkeypatch.delenv("STACKFERRY_LOCK_DIR")
    before = lock_directory()
    monkeypatch.setenv("XDG_STATE_HOME", "/invented")
    monkeypatch.setenv("HOME", "/invented")
    assert lock_directory() == before
    assert before.is_absolute()
    assert os.sep + "invented" not in str(before)
