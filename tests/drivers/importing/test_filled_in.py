"""A service that adds keys to what it is sent, each with what stands for nothing: the target says what was imported.

Only some fields of types in real exports have `indexed` or `inbuilt_model`, none of their stages has the `entry_lock`
that the vendor's clients send, and the vendor's tests look for the `dimension` of a picture, which no export has. So
a target can have what the source lacks, and nobody has changed anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_stack import fill_every_kind
from random_stack import STAMPS, TITLE
from workbench import Workbench, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches
from stackferry.errors import Different

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.emulators.contentstack import Stack
    from stackferry.model import Json, JsonObject


@pytest.fixture(params=[True, False], ids=["fills in", "keeps what was sent"])
def bench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_every_kind, switches=Switches(fills_in=request.param))


def test_nothing_is_told_and_nothing_is_written_again(bench: Workbench) -> None:
    snapshot = bench.export()
    first = bench.import_snapshot(snapshot)
    writes, found = bench.writes(), bench.verify(snapshot)
    assert (found.differences, first.gaps) == ([], found.gaps)
    for policy in ("", "update"):
        bench.import_snapshot(snapshot, on_conflict=policy)
    assert bench.writes() == writes


def _of_a_field(bench: Workbench) -> None:
    fields: Any = bench.target.main.content_types["page"]["schema"]
    fields[-1]["non_localizable"] = True


def _of_a_stage(bench: Workbench) -> None:
    (flow,) = bench.target.workflows.values()
    stages: Any = flow["workflow_stages"]
    stages[0]["entry_lock"] = "$all"


@pytest.mark.parametrize("edit", [_of_a_field, _of_a_stage])
def test_what_somebody_sets_there_is_told(bench: Workbench, edit: Callable[[Workbench], None]) -> None:
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    edit(bench)
    assert len(bench.verify(snapshot).differences) == 1
    with pytest.raises(Different):
        bench.import_snapshot(snapshot)


FLAG: JsonObject = {"uid": "flag", "display_name": "Flag", "data_type": "boolean", "multiple": False}
BOXES: JsonObject = {
    "uid": "boxes",
    "display_name": "Boxes",
    "data_type": "blocks",
    "multiple": True,
    "blocks": [{"uid": "box", "title": "Box", "schema": [{**TITLE, "unique": False}, FLAG]}],
}


def _fill_older(stack: Stack) -> None:
    """A stack whose type was given boolean fields after its entry was written."""
    fields: list[Json] = [TITLE, FLAG, BOXES]
    page: JsonObject = {"uid": "page", "title": "Page", "description": "", "schema": fields}
    page["options"] = {"is_page": False, "singleton": False, "sub_title": [], "title": "title"}
    stack.main.put_content_type({**page, **STAMPS})
    box: JsonObject = {"box": {"title": "Old", "_metadata": {"uid": "cs1"}}}
    row: JsonObject = {"uid": "blt00000000000001", "locale": "en-us", "title": "Old", "boxes": [box]}
    stack.main.put_entry_version("page", "en-us", {**row, "_version": 1, "tags": [], **STAMPS})


@pytest.mark.parametrize("fills", [True, False])
def test_a_boolean_that_was_never_set_may_be_false_in_the_target(fills: bool) -> None:
    """It is no difference; true is one, and an update writes it."""
    with memory_directory() as root:
        bench = make_workbench(root, _fill_older, switches=Switches(fills_booleans=fills))
        snapshot = bench.export()
        assert bench.import_snapshot(snapshot).gaps == []
        writes = bench.writes()
        assert bench.verify(snapshot).differences == []
        for policy in ("", "update"):
            bench.import_snapshot(snapshot, on_conflict=policy)
        assert bench.writes() == writes
        (entry,) = bench.target.main.entries["page"].values()
        boxes: Any = entry.documents["en-us"].latest["boxes"]
        boxes[0]["box"]["flag"] = True
        assert len(bench.verify(snapshot).differences) == 1
