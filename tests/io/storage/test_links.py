"""Links that are replaced in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest
from workbench import Cut

from stackferry.errors import StackferryError
from stackferry.io.storage.files import Files, SystemCall
from stackferry.io.storage.links import point_at, target_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_a_link_is_relative_and_leads_to_the_newest_target(directory: Path) -> None:
    files = Files(directory)
    assert target_of(files, "latest") == ""
    for name in ("one", "two"):
        point_at(files, "latest", name)
        assert target_of(files, "latest") == name
        assert (directory / "latest").resolve() == directory / name
    assert names(directory) == ["latest", "one", "two"]


class Dying(Files):
    """The process dies at the n-th system call."""

    left = 0

    def attempt(self, operation: SystemCall, call: Callable[[], T]) -> T:
        del operation  # each counts
        Dying.left -= 1
        if Dying.left == 0:
            raise Cut
        return call()


def test_it_leads_somewhere_at_every_instant(directory: Path) -> None:
    point_at(Files(directory), "latest", "one")
    for instant in range(1, 20):
        Dying.left = instant
        try:
            point_at(Dying(directory), "latest", "two")
        except Cut:
            assert target_of(Files(directory), "latest") in ("one", "two")
            continue
        break
    assert 3 < instant < 19
    assert names(directory) == ["latest", "one", "two"]


def test_what_is_no_link_is_left(directory: Path) -> None:
    (directory / "latest").write_text("mine")
    with pytest.raises(StackferryError, match="remove it or choose another place"):
        point_at(Files(directory), "latest", "one")
    assert (directory / "latest").read_text() == "mine"
