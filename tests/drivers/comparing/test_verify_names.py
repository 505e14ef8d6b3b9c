"""What `verify --against` calls things: environments by their names, which people know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_stack import fill_every_kind
from workbench import make_workbench, memory_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_every_kind)


def told(bench: Workbench, edit: Any) -> list[Any]:
    """The differences after an edit of what is live in the target."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    edit(bench.target.main)
    found = bench.verify(snapshot).differences
    rows = [row for row in found if "publish_details" in str(row.get("path"))]
    uids = {*bench.source.environments, *bench.target.environments}
    assert [uid for uid in uids if uid in str([(row["path"], row.get("left")) for row in rows])] == []
    return rows


def test_publications_go_by_the_name_of_the_environment(bench: Workbench) -> None:
    """What is live nowhere any more, and what is live besides."""

    def edit(branch: Any) -> None:
        pages = [*branch.entries["page"].values()]
        shown = [one for one in pages if one.live]
        ((environment, locale), live), *_ = shown[0].live.items()
        shown[0].live.clear()
        next(one for one in pages[1:] if locale in one.documents).live[environment, locale] = live

    rows = told(bench, edit)
    assert {("left" in row, "right" in row) for row in rows} >= {(True, False), (False, True)}
    assert {row["path"] for row in rows} <= {"/publish_details/live", "/publish_details/staging"}


def test_so_do_those_of_variants_and_taxonomies(bench: Workbench) -> None:
    def edit(branch: Any) -> None:
        for entry in branch.entries["page"].values():
            for variant in entry.variants.values():
                variant.live.clear()

    rows = [row for row in told(bench, edit) if row["kind"] == "variants"]
    assert rows
    assert all("live" in str(row["left"]) for row in rows)
