"""Finding an export in a directory, choosing a branch, and the output directory of a conversion."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from csdx_trees import chunked, entry, flat, put, rows

from stackferry.errors import SnapshotCorrupt, UsageError
from stackferry.formats.csdx.convert import csdx_to_snapshot, is_csdx_export

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("place", [".", "stack", "main", "content/main"])
@pytest.mark.parametrize("build", [chunked, flat])
def test_modules_are_found_wherever_the_cli_or_people_put_them(
    place: str, build: Callable[[Path], Path], tmp_path: Path
) -> None:
    build(tmp_path / "export" / place)
    assert is_csdx_export(tmp_path / "export")
    assert rows(csdx_to_snapshot(tmp_path / "export", tmp_path / "snapshot"), "content_types.jsonl")


def test_the_only_branch_in_branches_json_names_the_source(tmp_path: Path) -> None:
    """The folder may have been renamed."""
    chunked(tmp_path / "export/stack")
    put(tmp_path / "export", "branches.json", [{"uid": "develop"}])
    source = csdx_to_snapshot(tmp_path / "export", tmp_path / "snapshot").manifest["source"]
    assert isinstance(source, dict)
    assert source["branch"] == "develop"


def test_of_several_branches_one_must_be_chosen(tmp_path: Path) -> None:
    """The error names the branches; none is guessed."""
    chunked(tmp_path / "export/main")
    put(chunked(tmp_path / "export/develop"), "labels/labels.json", {"blt_l": {"uid": "blt_l", "name": "L"}})
    put(tmp_path / "export", "branches.json", [{"uid": "main"}, {"uid": "develop"}])
    with pytest.raises(UsageError, match="several branches: name one of develop, main"):
        csdx_to_snapshot(tmp_path / "export", tmp_path / "snapshot")
    with pytest.raises(UsageError, match="no branch 'test'"):
        csdx_to_snapshot(tmp_path / "export", tmp_path / "snapshot", branch="test")
    assert not (tmp_path / "snapshot").exists()
    snapshot = csdx_to_snapshot(tmp_path / "export", tmp_path / "snapshot", branch="develop")
    assert [row["uid"] for row in rows(snapshot, "labels.jsonl")] == ["blt_l"]


def test_backup_copies_of_the_clis_import_are_ignored(tmp_path: Path) -> None:
    """The CLI's import copies the whole export into a folder `_backup_…`."""
    chunked(tmp_path / "export/main")
    chunked(tmp_path / "export/_backup_408")
    assert csdx_to_snapshot(tmp_path / "export", tmp_path / "snapshot").gaps() == []


def test_other_directories_are_not_taken_for_exports(tmp_path: Path) -> None:
    """A web project, a file, a missing directory and a snapshot."""
    (tmp_path / "site/assets").mkdir(parents=True)
    (tmp_path / "file").write_text("x")
    snapshot = csdx_to_snapshot(chunked(tmp_path / "export"), tmp_path / "snapshot")
    for place in (tmp_path / "site", tmp_path / "file", tmp_path / "nothing", snapshot.root):
        assert not is_csdx_export(place)
        with pytest.raises(UsageError):
            csdx_to_snapshot(place, tmp_path / "made")
    assert not (tmp_path / "made").exists()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


@pytest.mark.parametrize(
    ("name", "damage", "message"),
    [
        ("entries/page/en-us/bb-entries.json", os.unlink, "its index lists it"),
        ("entries/page/en-us/bb-entries.json", _cut, "cut short"),
        ("entries/page/en-us/index.json", os.unlink, "interrupted"),
        ("entries/page/en-us/index.json", _cut, "cannot be read"),
        ("assets/aa-assets.json", os.unlink, "its index lists it"),
        ("assets/assets.json", os.unlink, "interrupted"),
        ("environments/environments.json", _cut, "cut short"),
    ],
)
def test_a_damaged_export_is_an_error_that_names_the_file_and_leaves_nothing(
    name: str, damage: Callable[[Path], None], message: str, tmp_path: Path
) -> None:
    root = chunked(tmp_path / "export")
    damage(root / name)
    with pytest.raises(SnapshotCorrupt, match=message) as caught:
        csdx_to_snapshot(root, tmp_path / "made/snapshot")
    assert name in str(caught.value)
    assert [*(tmp_path / "made").iterdir()] == []


def test_a_link_in_an_export_is_not_followed(tmp_path: Path) -> None:
    """An export must not make the program read files outside of it."""
    root = chunked(tmp_path / "export")
    (tmp_path / "secret").write_text("not yours")
    (root / "assets/files/blt_map/map.svg").unlink()
    (root / "assets/files/blt_map/map.svg").symlink_to(tmp_path / "secret")
    with pytest.raises(SnapshotCorrupt, match="a link or a device"):
        csdx_to_snapshot(root, tmp_path / "snapshot")


def test_an_unchanged_export_is_not_converted_again(tmp_path: Path) -> None:
    """The manifest is the same file as before."""
    chunked(tmp_path / "export")
    first = (csdx_to_snapshot(tmp_path / "export", tmp_path / "snapshot").root / "manifest.json").stat()
    second = (csdx_to_snapshot(tmp_path / "export", tmp_path / "snapshot").root / "manifest.json").stat()
    assert (first.st_ino, first.st_mtime_ns) == (second.st_ino, second.st_mtime_ns)


def test_a_changed_export_replaces_the_snapshot_made_of_it(tmp_path: Path) -> None:
    root = chunked(tmp_path / "export")
    csdx_to_snapshot(root, tmp_path / "snapshot")
    put(root, "entries/page/en-us/bb-entries.json", {"blt_3": entry("blt_3")})
    snapshot = csdx_to_snapshot(root, tmp_path / "snapshot")
    assert [row["uid"] for row in rows(snapshot, "entries/page/en-us.jsonl")] == ["blt_1", "blt_3"]
    assert [*snapshot.verify()] == []


def test_leftovers_of_a_killed_conversion_are_removed(tmp_path: Path) -> None:
    """They do not end up in the next snapshot."""
    left = tmp_path / ".snapshot.converting"
    put(left, "entries/page/xx.jsonl", {})
    put(left, ".work/staging.sqlite", {})
    snapshot = csdx_to_snapshot(chunked(tmp_path / "export"), tmp_path / "snapshot")
    assert [*snapshot.verify()] == []
    assert not left.exists()


def test_a_directory_that_no_conversion_made_is_not_overwritten(tmp_path: Path) -> None:
    """A copied snapshot, one that was changed since, and any other content are refused."""
    root = chunked(tmp_path / "export")
    shutil.copytree(csdx_to_snapshot(root, tmp_path / "snapshot").root, tmp_path / "copy")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/letter.txt").write_text("dear")
    put(root, "labels/labels.json", {})  # so that it is not the same export any more
    (tmp_path / "snapshot/manifest.json").write_text("{}")
    for place in ("copy", "other", "snapshot"):
        before = sorted(tmp_path.joinpath(place).rglob("*"))
        with pytest.raises(UsageError, match="holds something else"):
            csdx_to_snapshot(root, tmp_path / place)
        assert sorted(tmp_path.joinpath(place).rglob("*")) == before


def test_two_snapshots_of_one_export_are_byte_identical(tmp_path: Path) -> None:
    """Neither the path nor the time of the conversion is in a snapshot."""
    chunked(tmp_path / "one/export")
    chunked(tmp_path / "two/elsewhere/main")
    first = csdx_to_snapshot(tmp_path / "one/export", tmp_path / "a").root
    second = csdx_to_snapshot(tmp_path / "two/elsewhere", tmp_path / "b").root
    names = {path.relative_to(first) for path in first.rglob("*") if path.is_file()}
    assert names == {path.relative_to(second) for path in second.rglob("*") if path.is_file()}
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)
