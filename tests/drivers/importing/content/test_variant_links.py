"""What a variant of an entry refers to and neither the snapshot nor the target has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import SUMMER, fill_every_kind
from small_stack import EGG, HEN
from workbench import SOURCE, TARGET, RecordingTransport, make_workbench, memory_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

GONE = "blt00000000000000ff"


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_every_kind)


def save(bench: Workbench, uid: str, variant: str, key: str = SOURCE, **fields: Any) -> None:
    body = {"entry": {**fields, "_variant": {"_change_set": [*fields], "_order": []}}}
    path = f"/content_types/page/entries/{uid}/variants/{variant}"
    Editors(bench, key=key).call("PUT", path, json=body).raise_for_status()


def dangling(bench: Workbench, **fields: Any) -> None:
    """The source's variant refers to what is not there any more."""
    save(bench, HEN, SUMMER, partner=[{"uid": EGG, "_content_type_uid": "page"}], **fields)
    latest: Any = bench.source.main.entries["page"][HEN].variants[SUMMER, "en-us"].latest
    latest["partner"] = [{"uid": GONE, "_content_type_uid": "page"}]


def theirs(bench: Workbench) -> tuple[str, str, Any]:
    """The target's entry and its variant."""
    for uid, entry in bench.target.main.entries["page"].items():
        for (variant, _), one in entry.variants.items():
            return uid, variant, one
    raise AssertionError


def references(done: Any) -> list[tuple[object, object]]:
    return [(gap["uid"], gap["path"]) for gap in done.gaps if gap["kind"] == "references"]


@pytest.mark.parametrize("changes", [True, False])
def test_the_targets_variant_keeps_what_it_has(bench: Workbench, changes: bool) -> None:
    """Whether it changes that field itself or has it from its entry. Run again it sends nothing."""
    bench.import_snapshot(bench.export())
    uid, variant, one = theirs(bench)
    own = [{"uid": uid, "_content_type_uid": "page"}]
    fields = {"title": "Theirs", **({"partner": own} if changes else {})}
    save(bench, uid, variant, TARGET, **fields)
    dangling(bench, title="Hen in summer, again")
    snapshot = bench.export("again")
    done = bench.import_snapshot(snapshot, "state", on_conflict="update")
    assert one.latest["title"] == "Hen in summer, again"
    assert one.latest.get("partner") == (own if changes else None)
    assert references(done) == [(HEN, "/partner/0/uid")]
    transport = RecordingTransport(bench.emulator)
    bench.import_snapshot(snapshot, "once more", on_conflict="update", transport=transport)
    assert [call for call in transport.log if call.startswith("PUT") and "/variants/" in call] == []


def test_in_a_new_one_the_link_is_left_out(bench: Workbench) -> None:
    dangling(bench)
    done = bench.import_snapshot(bench.export())
    assert references(done) == [(HEN, "/partner/0/uid")]
    assert theirs(bench)[2].latest.get("partner") in (None, [])
