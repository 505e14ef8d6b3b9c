"""Content types of an import into a space: their order, their drafts, fields that only the target has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from every_kind_space import link, published, sys
from space_bench import SOURCE, TARGET, make_space_bench
from space_state import differences, state_of
from states_space import PAGE, entry, field, fill_states, titles

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from pathlib import Path

    from space_bench import SpaceBench

    from stackferry.emulators.contentful import Environment, Space


def a_type(uid: str, *fields: dict[str, Any], version: int = 2, live: int | None = 1) -> dict[str, Any]:
    own = published("ContentType", uid, version, live) if live else sys("ContentType", uid, version)
    return {"sys": own, "name": uid, "description": "", "displayField": "title", "fields": [*fields]}


def link_to(*types: str) -> dict[str, Any]:
    return field("other", "Link", linkType="Entry", validations=[{"linkContentType": [*types]}])


TITLE = field("title")


def fill_circle(space: Space, environment: Environment) -> None:
    """Types that name each other, one that names all of them, one with a draft ahead, and one that is a draft."""
    del space
    environment.put_content_type(a_type("a", TITLE, link_to("b")))
    environment.put_content_type(a_type("b", TITLE, link_to("c")))
    environment.put_content_type(a_type("c", TITLE, link_to("a", "b")))
    environment.put_content_type(a_type("all", TITLE, link_to("a", "b", "c", "all")))
    ahead = a_type("ahead", TITLE, field("more"), version=3)
    environment.put_content_type(ahead, a_type("ahead", TITLE))
    environment.put_content_type(a_type("sketch", TITLE, live=None))


@pytest.mark.parametrize("types_to_come", [True, False])
def test_types_may_name_each_other(root: Path, types_to_come: bool) -> None:
    bench = make_space_bench(root / "bench", fill_circle, switches=Switches(types_to_come=types_to_come))
    snapshot = bench.export()
    bench.emulator.log.clear()
    assert bench.import_snapshot(snapshot).gaps == []
    found = differences(state_of(bench.source, history=False), state_of(bench.target, history=False))
    assert [row for row in found if row[0][0] == "content_types"] == []
    writes = [one.path for one in bench.emulator.log if one.method == "PUT" and "/content_types/" in one.path]
    # A body and a publish each; a draft above, a draft alone. One of the circle is made without its rule at first.
    assert len(writes) == 2 * 5 + 1 + 1 + (0 if types_to_come else 3)


def _with_field(bench: SpaceBench, key: str, uid: str) -> None:
    """Somebody gives the type `page` one more field, and entries a value in it."""
    environment = bench.emulator.spaces[key].master
    document = environment.content_types["page"]
    body = {**document.body, "fields": [*cast("Any", document.body["fields"]), field(uid)]}
    document.body, document.live = body, body
    document.sys |= {"version": document.version + 2, "publishedVersion": document.version + 1}
    for one in ("all", "draft"):
        held = environment.entries[one]
        held.body = {**held.body, "fields": {**cast("Any", held.body["fields"]), uid: titles(en="Theirs")}}
        held.sys["version"] = held.version + 1
    environment.changed()


def test_a_field_that_only_the_target_has_stays_with_its_values(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill_states)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    _with_field(bench, bench.target.id, "extra")
    entry_of = bench.target.master.entries["draft"]
    entry_of.body = {**entry_of.body, "fields": {"title": titles(en="Edited"), "extra": titles(en="Theirs")}}
    bench.target.master.changed()
    again = bench.import_snapshot(snapshot, "again", on_conflict="update")
    assert again.gaps == []
    assert [(row["kind"], row["content_type"], row["uids"]) for row in again.left] == [
        ("fields", "page", ["extra"])
    ]
    names = [one["id"] for one in cast("Any", bench.target.master.content_types["page"].live)["fields"]]
    assert names == ["title", "words", "next", "extra"]
    assert bench.target.master.entries["draft"].body["fields"] == {
        "title": titles(en="Draft"),
        "extra": titles(en="Theirs"),
    }


def test_a_mirror_in_place_takes_fields_away_in_two_publishes(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill_states)
    snapshot, before = bench.export(), state_of(bench.source, history=False)
    _with_field(bench, SOURCE, "extra")
    bench.emulator.log.clear()
    options: dict[str, Any] = {"in_place": True, "mirror": True, "on_conflict": "update"}
    assert bench.import_snapshot(snapshot, key=SOURCE, **options).gaps == []
    found = differences(before, state_of(bench.source, history=False))
    assert [row[0] for row in found if row[0][0] != "editor_interfaces"] == []
    writes = [one for one in bench.emulator.log if one.method == "PUT" and "/content_types/page" in one.path]
    assert len(writes) == 4
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, "again", key=SOURCE, **options)
    assert bench.writes() == 0


def test_a_type_is_taken_down_where_it_is_a_draft(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill_circle)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    document = bench.target.master.content_types["sketch"]
    document.live = document.body
    document.sys |= {"publishedVersion": document.version, "version": document.version + 1}
    bench.target.master.changed()
    assert bench.import_snapshot(snapshot, "again", on_conflict="update").gaps == []
    assert bench.target.master.content_types["sketch"].state == "draft"


def test_what_a_type_has_no_field_for_any_more_is_a_gap(root: Path) -> None:
    """An older version of an entry holds a field that was taken away since."""

    def fill(space: Space, environment: Environment) -> None:
        fill_states(space, environment)
        old = entry("aged", {"title": titles(en="Old"), "gone": titles(en="Lost")}, "PPPP", version=2, live=1)
        now = entry("aged", {"title": titles(en="Now")}, "PPPP", version=4, live=3)
        now["sys"]["publishedCounter"] = 2
        snapshots = [_snapshot(old, 1), _snapshot(now, 3)]
        environment.put_entry(now, None, snapshots)

    bench = make_space_bench(root / "bench", fill)
    snapshot = bench.export(versions="all")
    done = bench.import_snapshot(snapshot, versions="all")
    (gap,) = done.gaps
    assert (gap["kind"], gap["uid"], gap["path"]) == ("entry_snapshots", "aged", "/2")
    assert "/fields/gone" in str(gap["reason"])
    assert bench.verify(snapshot, versions="all").differences == []
    history = bench.target.master.entries["aged"].snapshots
    assert [cast("Any", one["snapshot"])["fields"] for one in history] == [
        {"title": titles(en="Old")},
        {"title": titles(en="Now")},
    ]


def _snapshot(document: dict[str, Any], number: int) -> dict[str, Any]:
    inner = {**document["sys"], "version": number + 1, "publishedVersion": number}
    facts = {"id": f"s{number}", "type": "Snapshot", "snapshotType": "publish", "snapshotEntityType": "Entry"}
    return {"sys": facts, "snapshot": {"sys": inner, "fields": document["fields"]}}


def test_the_fixture_has_the_fields_that_are_counted_on() -> None:
    assert [one["id"] for one in PAGE["fields"]] == ["title", "words", "next"]


@pytest.mark.parametrize("rises", ["kept", "risen"])
def test_an_editor_interface_is_written_after_its_type(root: Path, rises: Any) -> None:
    """A publish of a type may write its editor interface, too: that is no edit of somebody else."""
    bench = make_space_bench(root / "bench", fill_states, switches=Switches(editor_versions=rises))
    bench.import_snapshot(bench.export("before"))
    _with_field(bench, SOURCE, "extra")
    control: Any = {"fieldId": "extra", "widgetId": "urlEditor", "widgetNamespace": "builtin"}
    facts = sys("EditorInterface", "default", contentType=link("ContentType", "page"))
    bench.source.master.editor_interfaces["page"] = {"sys": facts, "controls": [control]}
    bench.source.master.changed()
    after = bench.export("after")
    assert bench.import_snapshot(after, "again", on_conflict="update").gaps == []
    assert control in cast("Any", bench.target.master.editor_interfaces["page"]["controls"])


def test_a_field_of_the_draft_that_was_published_since_stays(root: Path) -> None:
    """In place: the snapshot has it above what is live, and entries may have values in it by now."""
    bench = make_space_bench(root / "bench", _with_draft_above)
    snapshot = bench.export()
    document = bench.source.master.content_types["ahead"]
    document.live, document.sys = document.body, {**document.sys, "version": 5, "publishedVersion": 4}
    bench.source.master.changed()
    result = bench.import_snapshot(snapshot, key=SOURCE, in_place=True, on_conflict="update")
    assert [gap for gap in result.gaps if gap["kind"] == "content_types"] == []
    live = cast("Any", bench.source.master.content_types["ahead"].live)
    assert [one["id"] for one in live["fields"]] == ["title", "more"]


def _with_draft_above(space: Space, environment: Environment) -> None:
    fill_states(space, environment)
    environment.put_content_type(a_type("ahead", TITLE, field("more"), version=3), a_type("ahead", TITLE))


def test_the_control_of_a_field_that_stays_stays(root: Path) -> None:
    """With the settings that somebody gave it since; a mirror takes both away."""
    bench = make_space_bench(root / "bench", fill_states)
    before = bench.export()
    bench.import_snapshot(before)
    _with_field(bench, TARGET, "extra")
    layout = bench.target.master.editor_interfaces["page"]
    control: Any = {"fieldId": "extra", "widgetId": "urlEditor", "widgetNamespace": "builtin"}
    bench.target.master.editor_interfaces["page"] = {**layout, "controls": [control]}
    facts = sys("EditorInterface", "default", contentType=link("ContentType", "page"))
    titled: Any = {"fieldId": "title", "widgetId": "singleLine", "widgetNamespace": "builtin"}
    bench.source.master.editor_interfaces["page"] = {"sys": facts, "controls": [titled]}
    bench.target.master.changed()
    bench.source.master.changed()
    snapshot = bench.export("after")
    assert bench.import_snapshot(snapshot, "again", on_conflict="update").gaps == []
    writes = bench.writes()
    assert bench.import_snapshot(snapshot, "again", on_conflict="update").gaps == []
    assert bench.writes() == writes
    found = cast("Any", bench.target.master.editor_interfaces["page"]["controls"])
    assert [one for one in found if one["fieldId"] in ("title", "extra")] == [titled, control]


def test_an_editor_interface_of_a_draft_is_a_gap_each_time(root: Path) -> None:
    """As files of other tools have them; the service makes one when a type is first published."""
    bench = make_space_bench(root / "bench", fill_circle)
    facts = sys("EditorInterface", "default", contentType=link("ContentType", "sketch"))
    bench.source.master.editor_interfaces["sketch"] = {"sys": facts, "controls": [{"fieldId": "title"}]}
    snapshot = bench.export()
    for state in ("state", "again"):
        bench.emulator.log.clear()
        (gap,) = bench.import_snapshot(snapshot, state, on_conflict="update").gaps
        assert (gap["kind"], gap["uid"]) == ("editor_interfaces", "sketch")
        assert "publish the type" in str(gap["reason"])
    assert bench.writes() == 0
    assert bench.verify(snapshot, "again").differences == []
