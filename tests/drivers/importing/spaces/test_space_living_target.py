"""Imports into a space that is in use: what differs is written, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from every_kind_space import fill_every_kind
from space_bench import SOURCE, TARGET, make_space_bench
from space_editor import edit, state
from space_state import differences
from states_space import fill_states, titles

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from space_bench import SpaceBench

    from stackferry.emulators.contentful import Space


def accident(bench: SpaceBench, key: str = SOURCE) -> None:
    """An entry archived, one deleted, two edited, one taken down, one published, a file replaced, an asset archived."""
    edit(
        bench,
        ("PUT", "/entries/draft/archived", None),
        ("DELETE", "/entries/lacking", None),
        ("PUT", "/entries/linked", {"fields": {"title": titles(en="Ruined")}}),
        ("DELETE", "/entries/all/published", None),
        ("PUT", "/entries/edited/published", None),
        ("PUT", "/entries/two/published", {"add": {"fields": {"*": ["fr"]}}}),
        ("DELETE", "/entries/gone/archived", None),
        ("PUT", "/assets/never/archived", None),
        ("DELETE", "/assets/plain/published", None),
        key=key,
    )
    replace_file(bench, "both", "part", key)


def replace_file(bench: SpaceBench, uid: str, other: str, key: str) -> None:
    """An asset gets the file of another one."""
    assets = bench.emulator.spaces[key].master.assets
    mine, theirs = (cast("Any", assets[one].body["fields"]) for one in (uid, other))
    files = {**mine["file"], "en-US": theirs["file"]["en-US"]}
    edit(bench, ("PUT", f"/assets/{uid}", {"fields": {**mine, "file": files}}), key=key)


@pytest.mark.parametrize("switches", [Switches(), Switches(field_status="version", bulk_atomic=True)])
def test_after_an_accident_everything_is_as_it_was(root: Path, switches: Switches) -> None:
    bench = make_space_bench(root / "bench", fill_states, switches=switches)
    snapshot, before = bench.export(), state(bench)
    accident(bench)
    assert differences(before, state(bench))
    bench.emulator.log.clear()
    done = bench.import_snapshot(snapshot, key=SOURCE, in_place=True, on_conflict="update")
    assert done.gaps == []
    assert [row[0] for row in differences(before, state(bench))] == []
    touched = {path.split("/")[1] for path in bench.paths("PUT") if path.startswith("entries")}
    assert touched <= {"draft", "lacking", "linked", "all", "edited", "two", "gone"}
    assert "some" not in touched
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, "again", key=SOURCE, in_place=True, on_conflict="update")
    assert bench.writes() == 0


@pytest.mark.parametrize("told", ["content", "version"])
def test_an_edit_that_was_taken_back_is_published_again(root: Path, told: Any) -> None:
    """The values are the same, and the entry counts as changed all the same: by its version, if not by its locales."""
    bench = make_space_bench(root / "bench", fill_states, switches=Switches(field_status=told))
    snapshot = bench.export()
    entry = bench.source.master.entries["all"]
    edit(bench, ("PUT", "/entries/all", cast("Any", entry.body)), key=SOURCE)
    assert entry.version > 2
    bench.import_snapshot(snapshot, key=SOURCE, in_place=True, on_conflict="update")
    assert entry.state == "published"
    assert bench.verify(snapshot, key=SOURCE).differences == []
    writes = bench.writes()
    bench.import_snapshot(snapshot, "again", key=SOURCE, in_place=True, on_conflict="update")
    assert bench.writes() == writes


def test_a_target_is_brought_back_with_its_files(root: Path) -> None:
    """Into another space: the file that was replaced is uploaded again, and no other."""
    bench = make_space_bench(root / "bench", fill_states)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    before = state(bench, TARGET)
    accident(bench, TARGET)
    bench.emulator.log.clear()
    assert bench.import_snapshot(snapshot, "again", on_conflict="update").gaps == []
    assert [row[0] for row in differences(before, state(bench, TARGET))] == []
    assert len([one for one in bench.emulator.log if one.path.endswith("/uploads")]) == 1


def test_what_is_there_is_left_alone_where_that_is_asked(root: Path) -> None:
    bench = make_space_bench(root / "bench", fill_states)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    accident(bench, TARGET)
    before = state(bench, TARGET)
    bench.import_snapshot(snapshot, "again", on_conflict="skip")
    after = state(bench, TARGET)
    assert {row[0] for row in differences(before, after)} == {("entries", "lacking")}


def test_bytes_tell_where_nothing_else_does(root: Path) -> None:
    """A file of the target has the name, the type and the size of the source's, and other bytes."""
    bench = make_space_bench(root / "bench", fill_states)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    before = state(bench, TARGET)
    fields = cast("Any", bench.target.master.assets["plain"].body["fields"])
    stored = bench.target.files[fields["file"]["en-US"]["url"]]
    assert isinstance(stored.content, bytes)
    stored.content = stored.content.upper()
    bench.emulator.log.clear()
    assert bench.import_snapshot(snapshot, "again", on_conflict="update").gaps == []
    assert [row[0] for row in differences(before, state(bench, TARGET))] == []
    assert len([one for one in bench.emulator.log if one.path.endswith("/uploads")]) == 1


def test_what_is_live_stays_live_where_nothing_is_to_be_published(root: Path) -> None:
    bench = make_space_bench(root, fill_states)
    snapshot = bench.export()
    before = bench.source.master.entries
    live = {uid: (one.live, one.live_locales) for uid, one in before.items()}
    edit(bench, ("PUT", "/entries/all", {"fields": {"title": titles(en="Edited")}}))
    edit(bench, ("PUT", "/entries/draft/published", None))
    live["draft"] = (before["draft"].live, before["draft"].live_locales)

    result = bench.import_snapshot(snapshot, key=SOURCE, in_place=True, on_conflict="update", publish="none")

    assert not result.gaps
    held = bench.source.master.entries
    assert {uid: (one.live, one.live_locales) for uid, one in held.items()} == live
    assert held["all"].body["fields"] == (live["all"][0] or {})["fields"]
    assert held["all"].state == "changed"


@pytest.mark.parametrize("is_live", [False, True])
def test_a_locale_that_only_the_target_has_keeps_its_words(root: Path, is_live: bool) -> None:
    """The snapshot does not know it. What waits there does not become live with the rest."""
    bench = make_space_bench(root / "bench", fill_states)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    italian: Any = {"code": "it", "name": "it", "internal_code": "it", "default": False, "optional": True}
    sys: Any = {"type": "Locale", "id": "of-it", "version": 1}
    bench.target.master.put("locales", {**italian, "sys": sys, "fallbackCode": None})
    words = {**titles(en="Spoilt", de="Kaputt"), "it": "Tutti"}
    edit(bench, ("PUT", "/entries/all", {"fields": {"title": words}}), key=TARGET)
    if is_live:
        edit(bench, ("PUT", "/entries/all/published", None), key=TARGET)
    assert bench.import_snapshot(snapshot, "again", on_conflict="update").gaps == []
    made: Any = bench.target.master.entries["all"]
    assert made.body["fields"]["title"] == {
        **titles(en="All", de="Alle", fr="Tous", pl="Wszystkie"),
        "it": "Tutti",
    }
    assert ("it" in made.live_locales) is is_live
    assert {"en-US", "de", "fr", "pl"} <= {*made.live_locales}
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, "third", on_conflict="update")
    assert bench.writes() == 0


def test_a_locale_that_was_published_goes_before_the_current_body_comes(root: Path) -> None:
    """Taking a locale down publishes the rest anew: what is changed must stay changed, and verify must agree."""
    bench = make_space_bench(root / "bench", fill_states)
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    before = state(bench, TARGET)
    for body in ({"title": titles(en="Some, edited", de="Einige", fr="Quelques", pl="Trochę")}, None):
        if body is not None:
            edit(bench, ("PUT", "/entries/some", {"fields": body}), key=TARGET)
        edit(bench, ("PUT", "/entries/some/published", {"add": {"fields": {"*": ["fr"]}}}), key=TARGET)
        bench.import_snapshot(snapshot, f"again, {body is None}", on_conflict="update")
        assert differences(before, state(bench, TARGET)) == []
        assert bench.verify(snapshot, None).differences == []
        bench.emulator.log.clear()
        bench.import_snapshot(snapshot, f"third, {body is None}", on_conflict="update")
        assert bench.writes() == 0


def take_a_locale_down(bench: SpaceBench, key: str, code: str, words: dict[str, str]) -> None:
    """Somebody edits an entry, and then takes another of its locales down: it counts as published after that."""
    remove = {"remove": {"fields": {"*": [code]}}}
    edit(
        bench,
        ("PUT", "/entries/all", {"fields": {"title": titles(en="All", de="Alle", fr="Tous", **words)}}),
        ("PUT", "/entries/all/published", remove),
        key=key,
    )
    assert bench.emulator.spaces[key].master.entries["all"].state == "published"


def test_a_locale_that_is_changed_in_a_document_that_is_not(root: Path) -> None:
    """No call makes it so again: its bodies and its locales are as in the source, and nothing else is told."""
    bench = make_space_bench(root / "bench", fill_states)
    take_a_locale_down(bench, SOURCE, "de", {"pl": "Wszystkie, potem"})
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    assert bench.verify(snapshot).differences == []
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, "again", on_conflict="update")
    bench.import_snapshot(snapshot, "in place", key=SOURCE, in_place=True, on_conflict="update")
    assert bench.writes() == 0


def test_a_document_counts_as_edited_again(root: Path) -> None:
    """In the target a locale is taken down that was not live: only that changes the state of the document."""
    bench = make_space_bench(root / "bench", fill_states)
    words = {"title": titles(en="Two", de="Zwei", fr="Deux, peut-être")}
    edit(bench, ("PUT", "/entries/two", {"fields": words}))
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    entry = bench.target.master.entries["two"]
    edit(bench, ("PUT", "/entries/two/published", {"remove": {"fields": {"*": ["fr"]}}}), key=TARGET)
    assert entry.state == "published"
    bench.import_snapshot(snapshot, "update", on_conflict="update")
    assert (entry.state, bench.source.master.entries["two"].state) == ("changed", "changed")
    assert bench.verify(snapshot).differences == []


def for_all_bodies(space: Space, change: Callable[[Any], Any]) -> None:
    """Change the fields of every entry, and of what is live of it."""
    for entry in space.master.entries.values():
        entry.body = {**entry.body, "fields": change(entry.body["fields"])}
        if entry.live is not None:
            entry.live = {**entry.live, "fields": change(entry.live["fields"])}


@pytest.mark.parametrize("value", [{}, {"en-US": None}], ids=["no locale", "null"])
def test_a_field_without_a_value_is_as_good_as_none(root: Path, value: Any) -> None:
    """A service may leave out what has no value: that is neither written again nor a difference."""
    bench = make_space_bench(root / "bench", fill_states)
    for_all_bodies(bench.source, lambda fields: {"words": value, **fields})
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    for_all_bodies(bench.target, lambda fields: {name: one for name, one in fields.items() if one != value})
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, "again", on_conflict="update")
    assert bench.writes() == 0
    assert bench.verify(snapshot).differences == []


def test_a_schedule_that_was_cancelled_is_made_again_once(root: Path) -> None:
    """In place: the one of its id is history, and stays so. Neither state nor identities need to be there."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export()
    actions: Any = bench.source.scheduled_actions
    uid = next(key for key, one in actions.items() if one["sys"]["status"] == "scheduled")
    actions[uid]["sys"]["status"] = "canceled"
    before = len(actions)
    for name in ("first", "first", "second"):
        bench.import_snapshot(snapshot, name, key=SOURCE, in_place=True, on_conflict="update")
        assert len(actions) == before + 1
    assert actions[uid]["sys"]["status"] == "canceled"
    assert bench.verify(snapshot, "first", key=SOURCE).differences == []
    assert bench.verify(snapshot, None, key=SOURCE).differences == []


def test_the_schedule_of_a_release_that_was_made_anew_is_told(root: Path) -> None:
    """It names the one that was deleted, as long as nobody cancels it."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export()
    actions: Any = bench.source.scheduled_actions
    waiting = [one for one in actions.values() if one["sys"]["status"] == "scheduled"]
    (of_release,) = (one for one in waiting if one["entity"]["sys"]["linkType"] == "Release")
    edit(bench, ("DELETE", f"/releases/{of_release['entity']['sys']['id']}", None), key=SOURCE)
    for name in ("first", "first"):
        done = bench.import_snapshot(snapshot, name, key=SOURCE, in_place=True, on_conflict="update")
        told = [gap["uid"] for gap in done.gaps if gap["kind"] == "scheduled_actions"]
        assert told == [of_release["sys"]["id"]]
    assert len(waiting) == len([one for one in actions.values() if one["sys"]["status"] == "scheduled"])
