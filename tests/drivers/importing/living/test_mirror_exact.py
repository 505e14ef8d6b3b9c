"""A mirror makes a place exactly what another one is, or what it was itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from mirrored_stack import PAGES, differences, edit_at_random, in_place, mirror, twin
from random_stack import STAMPS
from round_trip import explain_differences
from small_stack import ABROAD, EGG, HEN, fill_small, fill_small_without_schedule
from workbench import SOURCE, TARGET, make_workbench, memory_directory

from sampling import sampled
from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mirrored_stack import Filled
    from random_fields import Row
    from workbench import Workbench


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


@pytest.fixture
def filled(bench: Workbench) -> Filled:
    return twin(bench)


def test_what_goes_is_not_pointed_to_what_was_made_anew() -> None:
    """It would be edited by the import itself, and so be taken for edited by somebody."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small_without_schedule, switches=Switches(trash=False))
        snapshot, main, editor = bench.export(), bench.source.main, Editors(bench)
        sent = {"title": "Outside", "partner": [{"uid": EGG, "_content_type_uid": "page"}]}
        made = editor.call("POST", PAGES, json={"entry": sent}).raise_for_status().json()["entry"]
        editor.call("DELETE", f"{PAGES}/{EGG}", params={"delete_all_localized": "true"}).raise_for_status()
        release = editor.call("POST", "/releases", json={"release": {"name": "Own"}}).json()["release"]
        item: Any = {
            "uid": EGG,
            "version": 1,
            "locale": "en-us",
            "content_type_uid": "page",
            "action": "publish",
        }
        main.releases[release["uid"]].items.append(item)
        done, _ = in_place(bench, snapshot)
        assert done.gaps == []
        assert made["uid"] not in main.entries["page"]
        assert release["uid"] not in main.releases
        assert in_place(bench, snapshot)[1] == []


def test_what_several_releases_hold_beyond_goes_from_each(filled: Filled) -> None:
    """The same two objects from two releases: two requests, each with both."""
    bench, _, _, _ = filled
    other: Row = {"uid": "bltaaaaaaaaaaaaaa22", "name": "Autumn", "description": "", "status": [], **STAMPS}
    for stack in (bench.source, bench.target):
        stack.main.put_release({**other, "locked": False}, [])
    for release in bench.target.main.releases.values():
        for uid in (EGG, ABROAD) if release.raw["name"] in ("Spring", "Autumn") else ():
            item: Row = {"action": "publish", "content_type_uid": "page", "uid": uid, "locale": "fr-fr"}
            release.items.append({**item, "version": 1, "title": uid})
    done, log = mirror(bench, bench.export("two releases"))
    assert done.gaps == []
    assert len([call for call in log if call.startswith("DELETE") and call.endswith("/items")]) == 2
    assert differences(bench) == []


def add_field(bench: Workbench, content_type: str, uid: str, inside: str = "") -> None:
    held = bench.source.main.content_types[content_type]
    added: Row = {"uid": uid, "data_type": "text", "display_name": uid, "mandatory": False}
    fields: Any = held["schema"]
    if inside:
        grown = [
            {**one, "schema": [*one["schema"], added]} if one["uid"] == inside else one for one in fields
        ]
    else:
        grown = [*fields, added]
    Editors(bench).call(
        "PUT", f"/content_types/{content_type}", json={"content_type": {**held, "schema": grown}}
    ).raise_for_status()


def test_in_place_fields_that_were_added_since_go_with_their_values(bench: Workbench) -> None:
    """At any depth; the dry run says how many values each has."""
    group: Row = {"uid": "facts", "data_type": "group", "display_name": "Facts", "multiple": True}
    group["schema"] = [{"uid": "name", "data_type": "text", "display_name": "Name"}]
    page = bench.source.main.content_types["page"]
    fields: Any = page["schema"]
    bench.source.main.content_types["page"] = {**page, "schema": [*fields, group]}
    editor = Editors(bench)
    facts: Any = [{"name": name, "_metadata": {"uid": f"cs{name}"}} for name in ("a", "b")]
    editor.save("page", EGG, title="Egg", facts=facts)
    snapshot = bench.export()
    add_field(bench, "page", "since")
    add_field(bench, "page", "inner", "facts")
    editor.save("page", HEN, since="a value")
    editor.save("page", EGG, "fr-fr", since="une valeur")
    editor.save("page", EGG, facts=[{**one, "inner": "more"} for one in facts])
    expected = [("facts.inner", 2), ("since", 2)]
    lines = bench.plan(snapshot, "dry", key=SOURCE, in_place=True, mirror=True, on_conflict="update")
    assert [(row["uid"], row["count"]) for row in lines if row["line"] == "removed"] == expected
    done, _ = in_place(bench, snapshot)
    assert done.gaps == []
    assert [(row["uid"], row["count"]) for row in done.remarks["removed"]] == expected
    kept: Any = bench.source.main.content_types["page"]["schema"]
    assert [one["uid"] for one in kept] == [*(one["uid"] for one in fields), "facts"]
    assert [one["uid"] for one in kept[-1]["schema"]] == ["name"]
    assert in_place(bench, snapshot)[1] == []
    # The emulator goes on answering what the entries held, and that is a difference.
    found = bench.verify(snapshot, "place", key=SOURCE).differences
    assert {str(row["path"]).rpartition("/")[2] for row in found} == {"since", "inner"}


def test_elsewhere_such_fields_stay(filled: Filled) -> None:
    """A mirror of another stack takes no field away."""
    bench, snapshot, _, _ = filled
    held = bench.target.main.content_types["page"]
    fields: Any = held["schema"]
    own: Row = {"uid": "own", "data_type": "text", "display_name": "Own", "mandatory": False}
    bench.target.main.content_types["page"] = {**held, "schema": [*fields, own]}
    done, _ = mirror(bench, snapshot)
    after_it: Any = bench.target.main.content_types["page"]["schema"]
    assert [one["uid"] for one in after_it][-1] == "own"
    assert [(row["kind"], row["uids"]) for row in done.left] == [("fields", ["own"])]


@pytest.mark.parametrize("seed", sampled(range(40), 1))
def test_a_mirror_makes_the_target_what_the_source_is(seed: int) -> None:
    """After random edits of a target that was equal; and then nothing is left to do.

    What was scheduled for an object that is gone stays in the queue of the emulator.
    """
    with memory_directory() as root:
        bench, snapshot, *_ = twin(make_workbench(root, fill_small, switches=Switches(trash=False)))
        edit_at_random(Editors(bench, seed, key=TARGET), seed, 30)
        done, _ = mirror(bench, snapshot)
        assert done.gaps == []
        assert [one for one in differences(bench) if not one.startswith("schedule ")] == []
        assert mirror(bench, snapshot)[1] == []
        assert {row["kind"] for row in bench.verify(snapshot).differences} <= {"schedules"}
        assert bench.emulator.defects == []


@pytest.mark.parametrize("is_held", [True, False])
def test_a_title_comes_back_that_a_new_entry_has_taken(*, is_held: bool) -> None:
    """The new one goes last, and the trash may keep its title: the rule is suspended meanwhile, and is back."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small, switches=Switches(trash_holds_unique=is_held))
        snapshot, editor, main = bench.export(), Editors(bench), bench.source.main
        page, fields = main.content_types["page"], {"partner": [{"uid": HEN, "_content_type_uid": "page"}]}
        editor.save("page", EGG, title="Egg, old")
        sent = {"entry": {"title": "Egg", **fields}}
        made = editor.call("POST", PAGES, json=sent).raise_for_status().json()["entry"]["uid"]
        done, _ = in_place(bench, snapshot)
        assert done.gaps == []
        assert made not in main.entries["page"]
        assert main.entries["page"][EGG].documents["en-us"].latest["title"] == "Egg"
        assert main.content_types["page"]["schema"] == page["schema"]
        assert in_place(bench, snapshot)[1] == []


@pytest.mark.parametrize("seed", sampled(range(40), 2))
def test_a_mirror_in_place_brings_everything_back(seed: int) -> None:
    """What was deleted comes from the trash, with uids and links; what was made since goes."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small)
        snapshot, held = bench.export(), bench.dump(SOURCE)
        edit_at_random(Editors(bench, seed), seed, 20)
        done, _ = in_place(bench, snapshot)
        found = explain_differences(held, bench.dump(SOURCE), [])
        assert [one for one in found.unexplained if not one.startswith("schedule ")] == []
        assert done.gaps == []
        assert in_place(bench, snapshot)[1] == []
        assert bench.emulator.defects == []


def test_a_branch_becomes_what_another_one_is(bench: Workbench) -> None:
    """What was made or edited in the fork alone goes; the branch that it comes from is not touched."""
    stack = bench.source
    stack.branches["dev"] = stack.main.fork("dev", {"uid": "dev"})
    editor, before_it = Editors(bench, branch="dev"), bench.dump(SOURCE)
    sent = {"title": "Own", "partner": [{"uid": EGG, "_content_type_uid": "page"}]}
    made = editor.call("POST", PAGES, json={"entry": sent}).raise_for_status().json()["entry"]["uid"]
    editor.save("page", EGG, title="Edited there")
    _, done = bench.copy(key=SOURCE, branch="dev", mirror=True, on_conflict="update")
    dev = stack.branches["dev"]
    assert [row["uid"] for row in done.remarks["removed"]] == [made]
    assert made not in dev.entries["page"]
    assert dev.entries["page"][EGG].documents["en-us"].latest["title"] == "Egg"
    assert explain_differences(before_it, bench.dump(SOURCE), []).unexplained == []
    assert explain_differences(before_it, bench.dump(SOURCE, branch="dev"), []).unexplained == []
