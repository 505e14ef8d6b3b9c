"""A target in which people have worked since: told, brought back exactly, and never written over blindly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import raw_state
import rich_space as rich
from rich_types import define, field

from sampling import sampled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from plain_space import Space
    from watched_service import Call, Service

WORDS = ("--versions", "all", "--schedules", "--enable-webhooks")


def by_title(space: Space, title: str) -> str:
    return str(next(row["sys"]["id"] for row in space.rows("releases") if row["title"] == title))


def edit_rows(space: Space) -> dict[str, Callable[[], Any]]:
    """What an editor does, an edit or more of every kind."""
    own = f"/spaces/{space.key}"
    locale = next(row for row in space.rows("locales") if row["code"] == "fr")
    name = {key: locale[key] for key in ("code", "fallbackCode", "optional")} | {"name": "Français"}
    role = space.rows(f"{own}/roles")[0]["sys"]["id"]
    workflow = space.rows("workflows")[0]["sys"]["id"]
    steps = space.rows("workflow_definitions")[0]["steps"]
    scheduled = space.rows(f"{own}/scheduled_actions", **{"environment.sys.id": "master"})
    campaign = f"releases/{by_title(space, 'Campaign')}"
    return {
        "locale": lambda: space.put(f"locales/{locale['sys']['id']}", name, version=locale["sys"]["version"]),
        "tag": lambda: space.edit("tags/inner", name="Outer"),
        "type": lambda: space.edit("content_types/page", description="Another"),
        "interface": lambda: space.edit("content_types/page/editor_interface", sidebar=[]),
        "extension": lambda: space.edit("extensions/map", parameters={"zoom": 1}),
        "views": lambda: space.edit("ui_config", entryListViews=[]),
        "draft": lambda: rich.write(space, "draft", title=rich.titles("by hand")),
        "taken down": lambda: rich.take_down(space, "entries/published"),
        "edit published": lambda: rich.publish(space, "entries/changed"),
        "one locale more": lambda: rich.publish(space, "entries/by-locale", "fr"),
        "one locale less": lambda: rich.take_down(space, "entries/german-gone", "fr"),
        "put away": lambda: space.put("entries/once-live/archived", None),
        "taken out": lambda: space.delete("entries/archived/archived"),
        "deleted": lambda: space.delete("entries/note-one"),
        "asset published": lambda: rich.publish(space, "assets/swapped"),
        "release": lambda: space.edit(f"releases/{by_title(space, 'Launch')}", title="Lunch"),
        "body in a release": lambda: space.edit(
            f"{campaign}/entries/published", fields={"title": {"de": "x"}}
        ),
        "schedule": lambda: space.delete(f"{own}/scheduled_actions/{scheduled[0]['sys']['id']}"),
        "webhook": lambda: space.edit(f"{own}/webhook_definitions/build", url="https://other.invalid/x"),
        "role": lambda: space.edit(f"{own}/roles/{role}", policies=[]),
        "step": lambda: space.edit(f"workflows/{workflow}", stepId=steps[0]["id"]),
    }


def without_history(state: raw_state.State) -> raw_state.State:
    """Schedules that somebody cancelled cannot be taken back."""
    return {name: one for name, one in state.items() if not name.endswith("/canceled")}


def test_an_edit_of_every_kind_is_told_and_brought_back(service: Service, full_snapshot: Path) -> None:
    target = service.space(rich.ORGANIZATION)
    with service.watched(target) as (watcher, seen):
        assert service.carry("import", full_snapshot, seen.place, *WORDS).code == 0
        before = raw_state.look(target)
        for edit in edit_rows(target).values():
            edit()
        edited = raw_state.look(target)
        assert len({name for name in {*before, *edited} if before.get(name) != edited.get(name)}) >= 20
        watcher.forget()
        told = service.carry("import", full_snapshot, seen.place, *WORDS)
        assert (told.code, watcher.writes) == (5, [])
        assert service.carry("verify", full_snapshot, "--against", seen.place).code == 5
        update = service.carry("import", full_snapshot, seen.place, *WORDS, "--on-conflict", "update")
        found = without_history(raw_state.look(target))
        lines = raw_state.differences(before, found)
        # The service counts versions of a whole entry: taking one locale down sets back the count of all.
        assert [line for line in lines if line.split(":")[0] != "/entries/by-locale/sys/state"] == []
        assert update.code in (0, 3), update.said
        watcher.forget()
        again = service.carry("import", full_snapshot, seen.place, *WORDS, "--on-conflict", "update")
        assert (again.code, watcher.writes) == (update.code, [])


def test_ids_may_be_words_that_paths_have_too(service: Service) -> None:
    """The client chooses ids (§1): one may be `published`, and a dry run foresees it as any other."""
    words = ("archived", "published", "process", "files", "entries", "editor_interface")
    space, target, snapshot = service.space(), service.space(), service.home / "snapshot"
    define(space, "page", field("title", "Symbol"))
    for key in words:
        rich.write(space, key, title={"en-US": key})
        rich.publish(space, f"entries/{key}")
    rich.take_down(space, "entries/archived")
    space.put("entries/archived/archived", None)
    service.carry("export", space.place, snapshot)
    dry = service.carry("import", snapshot, target.place, "--dry-run")
    assert dry.code == 0, dry.said
    assert dry.report["plan"]["entries"] == {"create": len(words), "archive": 1}
    assert service.carry("import", snapshot, target.place).code == 0
    assert (
        raw_state.differences(raw_state.moved(raw_state.look(space), space, target), raw_state.look(target))
        == []
    )


def small(service: Service) -> tuple[Space, Path]:
    """A space of three entries, and a snapshot of it."""
    space = service.space()
    rich.fill_locales(space)
    define(
        space,
        "page",
        field("title", "Symbol", localized=True),
        field("to", "Link", linkType="Entry"),
    )
    for key in ("one", "two", "three"):
        rich.write(space, key, title=rich.titles(key))
    rich.publish(space, "entries/one")
    rich.publish(space, "entries/two", "en-US")
    rich.release(space, "Spring", [rich.item("Entry", "one", ("en-US",))])
    snapshot = service.home / "small"
    assert service.carry("export", space.place, snapshot).code == 0
    return space, snapshot


def test_a_target_with_content_is_written_to_only_when_asked(service: Service) -> None:
    space, snapshot = small(service)
    target = service.space()
    define(target, "page", field("title", "Symbol", localized=True))
    rich.write(target, "one", title={"en-US": "mine"})
    with service.watched(target) as (watcher, seen):
        refused = service.carry("import", snapshot, seen.place)
        assert (refused.code, watcher.writes) == (2, [])
        assert "--on-conflict" in refused.said
        refused = service.carry("import", snapshot, seen.place, "--on-conflict", "fail")
        assert (refused.code, watcher.writes) == (2, [])
        skipped = service.carry("import", snapshot, seen.place, "--on-conflict", "skip")
        assert skipped.code in (0, 3), skipped.said
    assert target.get("entries/one")["fields"] == {"title": {"en-US": "mine"}}
    assert "publishedVersion" not in target.get("entries/one")["sys"]
    for key in ("two", "three"):
        assert target.get(f"entries/{key}")["fields"] == space.get(f"entries/{key}")["fields"]


def test_a_dry_run_writes_nothing_and_tells_what_the_import_writes(service: Service) -> None:
    _, snapshot = small(service)
    target = service.space()
    with service.watched(target) as (watcher, seen):
        service.carry("import", snapshot, seen.place)
        rich.write(target, "three", title=rich.titles("by hand"))
        rich.write(target, "extra", title=rich.titles("extra"))
        rich.take_down(target, "entries/one")
        rows = raw_state.versions(raw_state.read(target))
        watcher.forget()
        words = ("--on-conflict", "update")
        dry = service.carry("import", snapshot, seen.place, *words, "--dry-run", "-v")
        assert watcher.writes == []
        assert raw_state.versions(raw_state.read(target)) == rows
        assert "three" in dry.said + str(dry.report)
        planned = dry.report["planned_requests"]
        watcher.forget()
        real = service.carry("import", snapshot, seen.place, *words)
        assert real.code == 0, real.said
        written = [line for line in watcher.writes if "/entries/" in line or "bulk_actions" in line]
        assert len(written) == len(watcher.writes) == planned["write"] + planned["bulk"] == 2
        assert not any("extra" in line or "/two" in line for line in watcher.writes)


def test_a_mirror_takes_away_what_only_the_target_has(service: Service) -> None:
    space, snapshot = small(service)
    target = service.space()
    service.carry("import", snapshot, target.place)
    rich.write(target, "extra", title=rich.titles("extra"))
    rich.publish(target, "entries/extra")
    rich.write(target, "hidden", title=rich.titles("hidden"))
    target.put("entries/hidden/archived", None)
    rich.write_asset(target, "more", rich.titles("more"), {"en-US": rich.file(target, b"more", "m.png")})
    rich.publish(target, "assets/more")
    rich.release(target, "Autumn", [rich.item("Entry", "extra", ("en-US",))])
    with service.watched(target) as (watcher, seen):
        unasked = service.carry("import", snapshot, seen.place, "--mirror")
        assert (unasked.code, watcher.writes) == (2, [])
        dry = service.carry("import", snapshot, seen.place, "--mirror", "--dry-run", "-v")
        assert watcher.writes == []
        for name in ("extra", "hidden", "more", "Autumn"):
            assert name in dry.said, dry.said
        done = service.carry("import", snapshot, seen.place, "--mirror", "--yes")
        assert done.code == 0, done.said
        assert len(done.report["removed"]) == 4
    assert (
        raw_state.differences(raw_state.moved(raw_state.look(space), space, target), raw_state.look(target))
        == []
    )


@pytest.mark.parametrize("moment", sampled(["before its write", "after its write"], 1))
def test_what_somebody_saves_meanwhile_is_named_and_stays(service: Service, moment: str) -> None:
    _, snapshot = small(service)
    target = service.space()
    with service.watched(target) as (watcher, seen):
        service.carry("import", snapshot, target.place, "--state", service.home / "first")
        rich.write(target, "three", title=rich.titles("old"))
        rich.write(target, "one", title=rich.titles("old"))
        saved: list[Any] = []

        def save(call: Call) -> None:
            if call.method == "PUT" and call.path.endswith("/entries/three") and not saved:
                saved.append(rich.write(target, "three", title=rich.titles("by hand, meanwhile")))

        watcher.before, watcher.after = (
            (save, watcher.after) if "before" in moment else (watcher.before, save)
        )
        ended = service.carry("import", snapshot, seen.place, "--on-conflict", "update")
        assert saved
        assert target.get("entries/three")["fields"]["title"] == rich.titles("by hand, meanwhile")
        assert target.get("entries/one")["fields"]["title"] == rich.titles("one")
        if "before" in moment:
            assert ended.code == 3
            assert "three" in str(ended.report["gaps"]) + str(ended.report.get("conflicts"))
