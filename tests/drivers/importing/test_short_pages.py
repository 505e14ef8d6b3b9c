"""A service that gives fewer rows than it is asked for: what an import looks for is looked for on all pages.

Here a page has one row. The judge is the emulator's own state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from crossed_stack import fill_crossed
from every_kind_stack import OF_HEN, OF_PICTURE, fill_every_kind
from small_stack import LIVE
from test_lost_answers import held
from test_unpublish import Deaf, update
from workbench import make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack

ONE_ROW = Switches(page_rows=1)
PLACE: dict[str, Any] = {"environment": LIVE, "locale": "en-us", "version": 1, "time": "", "user": ""}


@pytest.fixture
def fill() -> Callable[[Stack], None]:
    return fill_crossed


@pytest.fixture
def bench(fill: Callable[[Stack], None]) -> Iterator[Workbench]:
    """The same in source and target."""
    with memory_directory() as root:
        made = make_workbench(root, fill, switches=ONE_ROW)
        assert made.import_snapshot(made.export("first"), "first state").gaps == []
        yield made


def test_an_import_is_the_same(bench: Workbench) -> None:
    with memory_directory() as root:
        other = make_workbench(root, fill_crossed)
        other.import_snapshot(other.export())
        assert held(bench.target) == held(other.target)


def test_every_entry_that_differs_is_written_over(bench: Workbench) -> None:
    """None is taken for deleted because it is not on the first page of those that were looked for."""
    notes = [entry.documents["en-us"] for entry in bench.target.main.entries["note"].values()]
    for note in notes:
        note.put(2, {**note.latest, "_version": 2, "tags": ["edited"]})
    bench.target.main.changed()
    imported, _ = update(bench)
    assert [gap for gap in imported.gaps if gap["kind"] == "entries"] == []
    assert [(note.version, note.latest["tags"]) for note in notes] == [(3, [])] * len(notes)


def fill_live(stack: Stack) -> None:
    """Two taxonomies and two records of metadata that are live."""
    fill_every_kind(stack)
    for taxonomy in stack.taxonomies.values():
        taxonomy.raw.setdefault("publish_details", [])
    stack.put_taxonomy({**stack.taxonomies["plain"].raw, "publish_details": [PLACE]})
    shown: dict[str, Any] = {"is_published": True, "publish_details": [PLACE]}
    stack.main.metadata[OF_PICTURE] = {**stack.main.metadata[OF_PICTURE], **shown}


@pytest.mark.parametrize("fill", [fill_live])
def test_all_that_stays_live_is_told(bench: Workbench) -> None:
    """Where the service takes a call and does nothing."""
    for taxonomy in bench.source.taxonomies.values():
        taxonomy.live.clear()
    for uid in (OF_HEN, OF_PICTURE):
        row = bench.source.main.metadata[uid]
        bench.source.main.metadata[uid] = {**row, "publish_details": [], "is_published": False}
    imported, _ = update(bench, transport=Deaf(bench.emulator))
    told = sorted((str(gap["kind"]), str(gap["uid"])) for gap in imported.gaps)
    assert told == [
        ("metadata", OF_HEN),
        ("metadata", OF_PICTURE),
        ("taxonomies", "places"),
        ("taxonomies", "places"),
        ("taxonomies", "plain"),
    ]
