"""A file that the source's branch alone has deleted: entries that used it show an empty field there.

Whether the service shows nothing or the uid of such a file no page says: both, by a switch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_stack import HEN, PICTURE
from test_promotion import Fork
from workbench import memory_directory

from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.model import JsonObject

SHOWN = pytest.mark.parametrize("emptied", [True, False], ids=["emptied", "kept"])


@pytest.fixture(params=[200, 403], ids=["fork known", "fork unknown"])
def status(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def forked(root: Path, status: int, *, emptied: bool) -> Fork:
    fork = Fork(root, asset_must_exist=emptied)
    if status != 200:
        fork.forbid_branches(status)
    fork.dev.call("DELETE", f"/assets/{PICTURE}").raise_for_status()
    return fork


def picture(fork: Fork) -> object:
    return fork.branch("main").entries["page"][HEN].documents["en-us"].latest["picture"]


def lost_links(done: ImportResult) -> list[JsonObject]:
    """Gaps of links; that nothing is left of the file's own metadata and places is told, too."""
    return [gap for gap in done.gaps if gap["kind"] == "references" and gap.get("path")]


@SHOWN
def test_an_entry_that_nobody_edited_is_not_written(status: int, emptied: bool) -> None:
    with memory_directory() as root:
        fork = forked(root, status, emptied=emptied)
        done, writes = fork.promote()
        assert picture(fork) == PICTURE
        assert (writes, done.remarks.get("conflicts"), lost_links(done)) == ([], None, [])
        assert not [row for row in done.left if row["kind"] == "newer"]


@SHOWN
def test_an_edited_entry_keeps_the_link_and_tells(status: int, emptied: bool) -> None:
    """What was edited arrives. The field that shows nothing is a gap: the target has the file."""
    with memory_directory() as root:
        fork = forked(root, status, emptied=emptied)
        fork.dev.save("page", HEN, title="Hen, edited in dev")
        done, _ = fork.promote()
        assert fork.title("main", HEN) == "Hen, edited in dev"
        assert picture(fork) == PICTURE
        assert done.remarks.get("conflicts") is None
        if emptied:
            (gap,) = lost_links(done)
            assert (gap["uid"], gap["path"]) == (HEN, "/picture")
            assert PICTURE in str(gap["reason"])
        assert fork.promote()[1] == []


def test_a_link_that_an_editor_took_out_is_taken_out(status: int) -> None:
    """The source still has the file: nobody but the editor has emptied the field."""
    with memory_directory() as root:
        fork = Fork(root)
        if status != 200:
            fork.forbid_branches(status)
        fork.dev.save("page", HEN, picture=None)
        done, _ = fork.promote()
        assert (picture(fork), lost_links(done)) == (None, [])


@SHOWN
@pytest.mark.parametrize("where", ["export", "import", "release"])
def test_some_entries_tell_the_file_that_the_source_shows_no_more(emptied: bool, where: str) -> None:
    """They do not tell whether it was deleted there, so the field is as in the source, and the file is `left`."""
    with memory_directory() as root:
        fork = forked(root, 200, emptied=emptied)
        fork.dev.save("page", HEN, title="Hen, edited in dev")
        types: dict[str, Any] = {"types": frozenset({"page"})}
        release: dict[str, Any] = {"release": "Spring"}
        choices: dict[str, dict[str, Any]] = {
            "export": {"read": types},
            "import": {"selection": Selection(**types)},
            "release": {"read": release},
        }
        done, _ = fork.promote(**choices[where])
        assert fork.title("main", HEN) == "Hen, edited in dev"
        if emptied:
            (row,) = [row for row in done.left if row["kind"] == "assets"]
            assert row["uids"] == [PICTURE]
            assert "the source's does not any more" in str(row["reason"])


def test_a_file_that_both_show_is_not_told() -> None:
    with memory_directory() as root:
        fork = Fork(root)
        fork.dev.save("page", HEN, title="Hen, edited in dev")
        done, _ = fork.promote(read={"types": frozenset({"page"})})
        assert not [row for row in done.left if row["kind"] == "assets"]
