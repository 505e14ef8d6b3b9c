"""What the target refuses for good of releases and their bodies: a later update does not send it once more."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import PAGE, fill_every_kind, link
from space_bench import make_space_bench

from stackferry.emulators.faults import ALWAYS, Fault

if TYPE_CHECKING:
    from pathlib import Path

    from space_bench import SpaceBench

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.io.storage.snapshot import Snapshot


def refuse(bench: SpaceBench, method: str, path: str, status: int = 422) -> None:
    body = b'{"sys": {"type": "Error", "id": "ValidationFailed"}, "message": "It may not be."}'
    fault = Fault(method=method, path=path, times=ALWAYS, carried_out=False, status=status, body=body)
    bench.emulator.faults.add(fault)


def update(bench: SpaceBench, snapshot: Snapshot, state: str, **options: Any) -> ImportResult:
    """An update that knows what earlier ones were refused."""
    bench.emulator.log.clear()
    known = bench.root / "map"
    return bench.import_snapshot(
        snapshot, state, on_conflict="update", identities=lambda *_: known, **options
    )


def told(done: ImportResult, *kinds: str) -> list[tuple[object, object]]:
    return [(gap["uid"], gap.get("path")) for gap in done.gaps if gap["kind"] in kinds]


def test_a_release_that_may_not_be_made(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export()
    refuse(bench, "POST", "/releases$")
    for state in ("first", "second"):
        done = update(bench, snapshot, state)
        gaps = [uid for uid, path in told(done, "releases") if not path]
        assert gaps == ["campaign", "launch", "past"]
        assert (bench.writes() == 0) is (state == "second")
    bench.emulator.faults.clear()
    assert told(update(bench, snapshot, "third", only=["releases"]), "releases") == []
    assert len(bench.target.master.releases) == 3


@pytest.mark.parametrize("archived", [False, True])
def test_items_that_may_not_be(root: Path, archived: bool) -> None:
    """One that is archived in the target is not opened for what will be refused."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    campaign: Any = bench.source.master.releases["campaign"]
    if archived:
        campaign.raw["sys"] |= {"status": "archived", "archivedAt": "2030-01-03T08:00:00.000Z"}
    update(bench, bench.export(), "before")
    del campaign.raw["entities"]["items"][1], campaign.entries["egg"]
    snapshot = bench.export("later")
    refuse(bench, "PUT", "/releases/[^/]+$")
    for state in ("first", "second"):
        done = update(bench, snapshot, state)
        assert told(done, "releases") == [("campaign", None)]
        assert (bench.writes() == 0) is (state == "second")


def test_a_field_that_the_target_does_not_take(root: Path) -> None:
    """The type belongs to a template, so it lacks the field: what has it goes without, in a release, too."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export()
    fields = [field for field in PAGE["fields"] if field["id"] != "words"]
    bench.target.master.put_content_type({**copy.deepcopy(PAGE), "fields": fields}, None, ())
    layout: Any = bench.source.master.editor_interfaces["page"]
    controls = [one for one in layout["controls"] if one["fieldId"] != "words"]
    bench.target.master.put_editor_interface({**copy.deepcopy(layout), "controls": controls})
    refuse(bench, "PUT", "/content_types/page$", 403)
    for state in ("first", "second"):
        done = update(bench, snapshot, state)
        assert told(done, "entries", "release_entries") == [
            ("hen", "/fields/words"),
            ("campaign/hen", "/fields/words"),
        ]
        writes = [one.path.rpartition("/")[2] for one in bench.emulator.log if one.method == "PUT"]
        assert (writes == ["page"]) is (state == "second")
        assert "hen" in bench.target.master.entries
    found = {str(one["kind"]) for one in bench.verify(snapshot, "second").differences}
    assert found == {"content_types"}


def test_a_concept_that_a_release_alone_names(root: Path) -> None:
    """The token does not see the taxonomy, and the target's organization has none."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    campaign: Any = bench.source.master.releases["campaign"]
    for uid in ("chick", "hen"):
        campaign.entries[uid].body["metadata"]["concepts"] = [link("TaxonomyConcept", "fish")]
    bench.source.refused = {"taxonomy": 403}
    snapshot = bench.export()
    bench.target.organization = bench.emulator.add_organization("another")
    refused = []
    for state in ("first", "second"):
        done = update(bench, snapshot, state)
        gaps = told(done, "release_entries")
        assert gaps == [(f"campaign/{uid}", "/metadata/concepts/fish") for uid in ("chick", "hen")]
        refused.append([one for one in bench.emulator.log if "/releases/" in one.path and one.status == 422])
    assert len(refused[0]) in (1, 2)
    assert (refused[1], bench.writes()) == ([], 0)


@pytest.mark.parametrize("reason", ["links", "type"])
def test_entries_that_may_not_be(root: Path, reason: str) -> None:
    """A body that is refused is not sent again, but where its type was missing and is there now."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export()
    if reason == "links":
        bench.emulator.limits.links = 2
    else:
        refuse(bench, "PUT", "/content_types/page$")
    for state in ("first", "second"):
        assert told(update(bench, snapshot, state), "entries")
        writes = [one for one in bench.emulator.log if one.method == "PUT" and "/entries/" in one.path]
        assert (writes == []) is (state == "second")
    bench.emulator.limits.links = 1_000
    bench.emulator.faults.clear()
    update(bench, snapshot, "third", only=["entries" if reason == "links" else "content_types"])
    assert told(update(bench, snapshot, "fourth"), "entries", "content_types") == []
    assert {*bench.target.master.entries} == {*bench.source.master.entries}
