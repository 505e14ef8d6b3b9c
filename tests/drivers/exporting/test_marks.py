"""Features that a snapshot cannot hold are named where the rows that are read show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_stack import PICTURE, RELEASE, fill_small
from workbench import make_workbench, memory_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


@pytest.mark.parametrize(
    "mark", [{"space_uid": "am0123456789"}, {"asset_type": "picture"}, {"locale": "fr-fr"}]
)
def test_an_asset_in_a_space_is_named_once(workbench: Workbench, mark: dict[str, str]) -> None:
    for version in workbench.source.main.assets[PICTURE].versions.values():
        version.raw.update(mark)
    snapshot = workbench.export()
    assert [gap["kind"] for gap in snapshot.gaps()] == ["spaces"]
    assert "spaces" in {gap["kind"] for gap in workbench.import_snapshot(snapshot).gaps}


@pytest.mark.parametrize("mark", [{"is_rollback": True}, {"type": "rollback"}])
def test_a_rollback_release_is_named(workbench: Workbench, mark: dict[str, object]) -> None:
    workbench.source.main.releases[RELEASE].raw.update(mark)  # type: ignore[arg-type]  # a text or true
    (gap,) = workbench.export().gaps()
    assert (gap["kind"], gap["uid"]) == ("rollback_releases", RELEASE)
    assert "rollback release" in str(gap["reason"])


def test_without_such_marks_nothing_is_told(workbench: Workbench) -> None:
    workbench.source.main.releases[RELEASE].raw.update({"is_rollback": False})
    assert not workbench.export().gaps()
