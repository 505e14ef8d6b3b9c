"""Files that the user names: nothing but a file is ever replaced."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from stackferry.errors import StackferryError, UsageError
from stackferry.io.storage.named_file import write_named

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def device(path: Path) -> None:
    path.symlink_to("/dev/null")


def pipe(path: Path) -> None:
    os.mkfifo(path)


def directory(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("make", [device, pipe, directory])
def test_what_is_no_file_stays(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """Renaming a new file over `/dev/null` would take it from every program of the machine."""
    path = tmp_path / "out.csv"
    make(path)
    before = path.lstat()
    with pytest.raises(UsageError, match="name a file"):
        write_named(path, [b"rows"])
    assert (path.lstat().st_mode, path.lstat().st_ino) == (before.st_mode, before.st_ino)
    assert [*tmp_path.iterdir()] == [path]


def test_a_link_to_a_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "out.csv").symlink_to("there/rows.csv")
    for text in (b"one", b"two"):
        write_named(tmp_path / "out.csv", [text])
        assert (tmp_path / "there/rows.csv").read_bytes() == text
    assert (tmp_path / "out.csv").is_symlink()
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == 0o600


def test_a_name_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StackferryError, match="name another file"):
        write_named(tmp_path / "file" / "out.csv", [b"rows"])
