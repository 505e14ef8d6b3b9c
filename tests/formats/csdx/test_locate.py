"""Where an export lies in a directory, which of several branches is meant, and what is no export at all."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from csdx_trees import chunked, entry, flat, put, rows

from stackferry.errors import SnapshotCorrupt, UsageError
from stackferry.formats.csdx.convert import adopt, is_vendor_export

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("place", [".", "stack", "main", "content/main"])
@pytest.mark.parametrize("build", [chunked, flat])
def test_every_place_of_the_modules_is_found(
    place: str, build: Callable[[Path], Path], tmp_path: Path
) -> None:
    """The modules lie in the directory itself, in a branch's folder, or where people moved them."""
    build(tmp_path / "export" / place)
    assert is_vendor_export(tmp_path / "export")
    assert rows(adopt(tmp_path / "export", tmp_path / "snapshot"), "content_types.jsonl")


def test_the_only_listed_branch_names_the_source(tmp_path: Path) -> None:
    """`branches.json` says which branch a renamed folder is."""
    chunked(tmp_path / "export/stack")
    put(tmp_path / "export", "branches.json", [{"uid": "develop"}])
    source = adopt(tmp_path / "export", tmp_path / "snapshot").manifest["source"]
    assert isinstance(source, dict)
    assert source["branch"] == "develop"


def test_of_several_branches_one_must_be_chosen(tmp_path: Path) -> None:
    """Nothing is guessed: the error names them, and a choice is obeyed."""
    chunked(tmp_path / "export/main")
    put(chunked(tmp_path / "export/develop"), "labels/labels.json", {"blt_l": {"uid": "blt_l", "name": "L"}})
    put(tmp_path / "export", "branches.json", [{"uid": "main"}, {"uid": "develop"}])
    with pytest.raises(UsageError, match="several branches: name one of develop, main"):
        adopt(tmp_path / "export", tmp_path / "snapshot")
    with pytest.raises(UsageError, match="no branch 'test'"):
        adopt(tmp_path / "export", tmp_path / "snapshot", branch="test")
    assert not (tmp_path / "snapshot").exists()
    snapshot = adopt(tmp_path / "export", tmp_path / "snapshot", branch="develop")
    assert [row["uid"] for row in rows(snapshot, "labels.jsonl")] == ["blt_l"]


def test_the_copies_that_an_import_leaves_are_no_branches(tmp_path: Path) -> None:
    """The CLI's import copies the whole export to a folder beside it."""
    chunked(tmp_path / "export/main")
    chunked(tmp_path / "export/_backup_408")
    assert adopt(tmp_path / "export", tmp_path / "snapshot").gaps() == []


def test_other_directories_are_no_exports(tmp_path: Path) -> None:
    """A web project, a file, nothing and a snapshot of ours are not taken for an export."""
    (tmp_path / "site/assets").mkdir(parents=True)
    (tmp_path / "file").write_text("x")
    snapshot = adopt(chunked(tmp_path / "export"), tmp_path / "snapshot")
    for place in (tmp_path / "site", tmp_path / "file", tmp_path / "nothing", snapshot.root):
        assert not is_vendor_export(place)
        with pytest.raises(UsageError):
            adopt(place, tmp_path / "made")
    assert not (tmp_path / "made").exists()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


@pytest.mark.parametrize(
    ("name", "harm", "said"),
    [
        ("entries/page/en-us/bb-entries.json", os.unlink, "its index lists it"),
        ("entries/page/en-us/bb-entries.json", _cut, "cut short"),
        ("entries/page/en-us/index.json", os.unlink, "broken off"),
        ("entries/page/en-us/index.json", _cut, "cannot be read"),
        ("assets/aa-assets.json", os.unlink, "its index lists it"),
        ("assets/assets.json", os.unlink, "broken off"),
        ("environments/environments.json", _cut, "cut short"),
    ],
)
def test_a_damaged_export_is_named_and_leaves_nothing(
    name: str, harm: Callable[[Path], None], said: str, tmp_path: Path
) -> None:
    """The error names the file; neither the snapshot nor anything beside it is left behind."""
    root = chunked(tmp_path / "export")
    harm(root / name)
    with pytest.raises(SnapshotCorrupt, match=said) as caught:
        adopt(root, tmp_path / "made/snapshot")
    assert name in str(caught.value)
    assert [*(tmp_path / "made").iterdir()] == []


def test_a_link_in_an_export_is_not_followed(tmp_path: Path) -> None:
    """An export must not make us read what lies outside of it."""
    root = chunked(tmp_path / "export")
    (tmp_path / "secret").write_text("not yours")
    (root / "assets/files/blt_map/map.svg").unlink()
    (root / "assets/files/blt_map/map.svg").symlink_to(tmp_path / "secret")
    with pytest.raises(SnapshotCorrupt, match="a link or a device"):
        adopt(root, tmp_path / "snapshot")


def test_an_unchanged_export_is_not_adopted_again(tmp_path: Path) -> None:
    """The second time nothing is written: the manifest is the same file."""
    chunked(tmp_path / "export")
    first = (adopt(tmp_path / "export", tmp_path / "snapshot").root / "manifest.json").stat()
    second = (adopt(tmp_path / "export", tmp_path / "snapshot").root / "manifest.json").stat()
    assert (first.st_ino, first.st_mtime_ns) == (second.st_ino, second.st_mtime_ns)


def test_a_changed_export_replaces_the_snapshot_that_was_made_of_it(tmp_path: Path) -> None:
    """A snapshot that an adoption made is derived: it follows its export."""
    root = chunked(tmp_path / "export")
    adopt(root, tmp_path / "snapshot")
    put(root, "entries/page/en-us/bb-entries.json", {"blt_3": entry("blt_3")})
    snapshot = adopt(root, tmp_path / "snapshot")
    assert [row["uid"] for row in rows(snapshot, "entries/page/en-us.jsonl")] == ["blt_1", "blt_3"]
    assert [*snapshot.verify()] == []


def test_what_a_run_that_died_left_is_cleared(tmp_path: Path) -> None:
    """The hidden directory of an adoption that was killed does not end up in the next snapshot."""
    left = tmp_path / ".snapshot.adopting"
    put(left, "entries/page/xx.jsonl", {})
    put(left, ".work/staging.sqlite", {})
    snapshot = adopt(chunked(tmp_path / "export"), tmp_path / "snapshot")
    assert [*snapshot.verify()] == []
    assert not left.exists()


def test_somebody_elses_directory_is_never_touched(tmp_path: Path) -> None:
    """A snapshot that no adoption made, one that was changed since, and any other content are refused."""
    root = chunked(tmp_path / "export")
    shutil.copytree(adopt(root, tmp_path / "snapshot").root, tmp_path / "copy")
    (tmp_path / "other").mkdir()
    (tmp_path / "other/letter.txt").write_text("dear")
    put(root, "labels/labels.json", {})  # so that it is not the same export any more
    (tmp_path / "snapshot/manifest.json").write_text("{}")
    for place in ("copy", "other", "snapshot"):
        before = sorted(tmp_path.joinpath(place).rglob("*"))
        with pytest.raises(UsageError, match="holds something else"):
            adopt(root, tmp_path / place)
        assert sorted(tmp_path.joinpath(place).rglob("*")) == before


def test_two_adoptions_of_one_export_are_the_same_bytes(tmp_path: Path) -> None:
    """Nothing of the machine, the place or the time is in a snapshot."""
    chunked(tmp_path / "one/export")
    chunked(tmp_path / "two/elsewhere/main")
    first = adopt(tmp_path / "one/export", tmp_path / "a").root
    second = adopt(tmp_path / "two/elsewhere", tmp_path / "b").root
    names = {path.relative_to(first) for path in first.rglob("*") if path.is_file()}
    assert names == {path.relative_to(second) for path in second.rglob("*") if path.is_file()}
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)
