"""Targets in use, in less usual ways: services that differ, narrowed runs, other machines, two snapshots in turn.

Written from docs/living-targets.md and the vendor's pages; judged by the state of the stack.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from living_stack import Newsroom, Told, changes, do, renamed, state_of
from rich_text_nodes import link_to
from round_trip_bench import FAST, Bench, open_bench
from stack_steps import create, environments, languages, publish

from sampling import sampled
from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from collections.abc import Callable

    from plain_api import Api

UPDATE = ("--on-conflict", "update")
NO_TRASH = Switches(trash=False)


def place(bench: Bench, api: Api) -> str:
    return bench.cli.place(api.key, api.branch)


def filled(bench: Bench, *edits: Callable[[Newsroom], object]) -> tuple[Newsroom, str, Any]:
    """A newsroom with a snapshot, edited since: itself, its place, its state in the snapshot."""
    room, here = Newsroom(bench.source).fill(), place(bench, bench.source)
    assert do(bench, "export", here, bench.snapshot).code == 0
    before = state_of(bench.source)
    for edit in edits:
        edit(room)
    return room, here, before


def in_place(bench: Bench, here: str, *words: object) -> Told:
    return do(bench, "import", bench.snapshot, here, "--in-place", *words)


def mapped(told: Told) -> dict[str, str]:
    return {row["target"]: row["uid"] for row in told.report.get("mapped", []) if row["kind"] != "schedules"}


def delete(room: Newsroom, name: str, kind: str = "page") -> None:
    room.delete(name, kind, delete_all_localized="true")


def keys(found: list[str], *kinds: str) -> list[str]:
    return [line for line in found if line.startswith(tuple(f"/{kind} " for kind in kinds))]


def test_a_target_that_was_filled_by_hand_is_equal() -> None:
    """Other uids everywhere, the same content and publications: nothing is sent, nor found."""
    with open_bench() as bench:
        Newsroom(bench.source).fill()
        Newsroom(bench.target).fill()
        here, there = place(bench, bench.source), place(bench, bench.target)
        assert do(bench, "export", here, bench.snapshot).code == 0
        before = state_of(bench.target)
        done = do(bench, "import", bench.snapshot, there, *UPDATE)
        assert (done.code, done.sent, done.report.get("left") or []) == (0, [], []), done
        assert changes(before, state_of(bench.target)) == []
        assert do(bench, "verify", bench.snapshot, "--against", there).code == 0


def test_in_place_with_publish_none_what_is_live_stays() -> None:
    with open_bench() as bench:

        def edit(room: Newsroom) -> None:
            room.save("One", body="spoilt")
            room.publish("One", 3, "en-us", "live")
            room.unpublish("Ann", "en-us", "test", kind="author")
            room.publish("Three", 1, "en-us", "test")

        _, here, before = filled(bench, edit)
        spoilt = state_of(bench.source)
        done = in_place(bench, here, "--publish", "none")
        after = state_of(bench.source)
        assert keys(changes(spoilt, after), "live") == [], done
        assert keys(changes(before, after), "entry", "asset", "release", "item", "type") == [], done
        assert not any("publish" in call for call in done.sent)
        again = in_place(bench, here, "--publish", "none")
        assert (again.code, again.sent) == (done.code, []), again


@pytest.mark.parametrize("trash", sampled([False, True], 1))
def test_a_narrowed_run_in_place_writes_the_chosen_and_what_follows_what_was_made_anew(
    *, trash: bool
) -> None:
    """Authors alone: what refers to one that has another uid now follows, and is else as somebody left it."""
    with open_bench(switches=Switches(trash=trash)) as bench:

        def edit(room: Newsroom) -> None:
            delete(room, "Bob", "author")
            delete(room, "Three")
            room.save("Ann", "author", bio="spoilt")
            room.save("One", body="edited since")

        room, here, before = filled(bench, edit)
        spoilt = state_of(bench.source)
        done = in_place(bench, here, "--content-type", "author")
        # What a release pins is a version of before.
        assert {gap["kind"] for gap in done.report["gaps"]} == (set() if trash else {"release_items"}), done
        now = renamed(state_of(bench.source), mapped(done))
        assert bool(mapped(done)) is not trash
        authors = [line for line in changes(before, now) if " author " in line]
        assert authors == [], done
        others = [line for line in changes(spoilt, now) if " author " not in line]
        assert others == [], done
        assert f"entry page {room.uids['Three']} en-us" not in now
        again = in_place(bench, here, "--content-type", "author")
        assert (again.code, again.sent) == (done.code, []), again


@pytest.mark.parametrize(
    ("kind", "kept"), [("assets", ("asset", "live asset")), ("releases", ("release", "item"))]
)
def test_only_one_kind_in_place(kind: str, kept: tuple[str, ...]) -> None:
    with open_bench() as bench:

        def edit(room: Newsroom) -> None:
            room.save("One", body="spoilt")
            uid = room.uids["one.png"]
            room.api.call("PUT", f"/assets/{uid}", files={"asset[upload]": ("one.png", b"x", "text/plain")})
            release = room.uids["Spring"]
            room.api.put(f"/releases/{release}", {"release": {"name": "Summer"}})
            room.api.post(f"/releases/{release}/items", {"items": [room.item("One", 1)]})

        _, here, before = filled(bench, edit)
        spoilt = state_of(bench.source)
        done = in_place(bench, here, "--only", kind)
        assert (done.code, done.report["gaps"]) == (0, []), done
        after = state_of(bench.source)
        assert keys(changes(before, after), *kept) == [], done
        assert [
            one for one in changes(spoilt, after) if not one.startswith(tuple(f"/{k} " for k in kept))
        ] == []
        assert in_place(bench, here, "--only", kind).sent == []


@pytest.mark.torture
def test_one_entry_from_two_snapshots_in_turn_where_no_uid_comes_back() -> None:
    """Each time it was deleted before. What refers to it follows; nothing is there twice."""
    with open_bench(switches=NO_TRASH) as bench:
        room, here = Newsroom(bench.source).fill(), place(bench, bench.source)
        states = {}
        for night in ("monday", "tuesday"):
            assert do(bench, "export", here, bench.cli.home / night).code == 0
            states[night] = state_of(bench.source)
            room.save("Two", body=f"after {night}")
        uids: dict[str, str] = {}
        for night in ("monday", "tuesday", "monday"):
            now = next(uid for uid in (*reversed([*uids]), room.uids["Two"]))
            bench.source.call("DELETE", f"/content_types/page/entries/{now}", delete_all_localized="true")
            done = do(bench, "restore", room.uids["Two"], "--from", bench.cli.home / night, here, "--yes")
            row = next(one for one in done.report["mapped"] if one["kind"] == "entries")
            uids[row["target"]] = room.uids["Two"]
            # What a release pins is a version of before, which refers to the uid of before.
            assert {(gap["kind"], gap["path"]) for gap in done.report["gaps"]} == {
                ("release_items", room.uids["One"])
            }
            found = changes(states[night], renamed(state_of(bench.source), uids))
            assert [line for line in found if room.uids["Two"] in line] == [], done
            assert [line for line in found if f"/{room.uids['One']}" in line and "related" in line] == []
            again = do(bench, "restore", room.uids["Two"], "--from", bench.cli.home / night, here, "--yes")
            assert (again.code, again.sent) == (3, []), again
        titles = [row["title"] for row in bench.source.rows("/content_types/page/entries", "entries")]
        assert sorted(titles) == ["One", "Three", "Two"]


@pytest.mark.torture
def test_one_language_of_one_entry() -> None:
    with open_bench() as bench:

        def edit(room: Newsroom) -> None:
            room.save("One", body="spoilt")
            room.save("One", locale="de-de", body="kaputt", title="Kaputt")

        room, here, _ = filled(bench, edit)
        spoilt = state_of(bench.source)
        done = do(
            bench, "restore", room.uids["One"], "--from", bench.snapshot, here, "--locale", "de-de", "--yes"
        )
        assert (done.code, done.report["gaps"]) == (0, []), done
        found = changes(spoilt, state_of(bench.source))
        entry = f"/entry page {room.uids['One']} de-de"
        assert [line.partition(":")[0] for line in found] == [f"{entry}/body", f"{entry}/title"], done


@pytest.mark.parametrize("given", sampled([True, False], 1))
def test_on_another_machine_a_file_of_identities_tells_who_is_who(*, given: bool) -> None:
    """Renamed on both sides since: without the file it is another entry."""
    with open_bench() as bench:
        room = Newsroom(bench.source).fill()
        here, there, file = (
            place(bench, bench.source),
            place(bench, bench.target),
            bench.cli.home / "who.jsonl",
        )
        assert do(bench, "export", here, bench.snapshot).code == 0
        assert (
            do(
                bench, "import", bench.snapshot, there, "--identities", file, "--state", bench.cli.home / "a"
            ).code
            == 0
        )
        rows = bench.target.rows("/content_types/page/entries", "entries")
        uid = next(row["uid"] for row in rows if row["title"] == "Three")
        bench.target.put(f"/content_types/page/entries/{uid}", {"entry": {"title": "Drei"}})
        room.save("Three", title="Trois")
        assert do(bench, "export", here, bench.cli.home / "later").code == 0
        words = ("--identities", file) if given else ("--identities", bench.cli.home / "none.jsonl")
        done = do(
            bench, "import", bench.cli.home / "later", there, *UPDATE, *words, "--state", bench.cli.home / "b"
        )
        assert done.code == 0, done
        titles = [row["title"] for row in bench.target.rows("/content_types/page/entries", "entries")]
        assert sorted(titles) == (["One", "Trois", "Two"] if given else ["Drei", "One", "Trois", "Two"]), done


@pytest.mark.parametrize("locks", sampled([True, False], 1))
def test_what_a_stage_locks_is_a_gap_until_it_is_free(*, locks: bool) -> None:
    """The others are restored. A service whose stages do not hold for tokens takes all at once."""
    names: dict[str, str] = {}
    with open_bench(switches=Switches(stage_locks=locks)) as bench:

        def move(room: Newsroom, name: str, stage: str) -> None:
            where = {"workflow": {"workflow_stage": {"uid": names[stage]}}}
            room.api.post(f"{room.path(name)}/workflow", where)

        def edit(room: Newsroom) -> None:
            for name in ("One", "Three"):
                room.save(name, body="spoilt")
            stage = {"color": "#000000", "SYS_ACL": {}, "next_available_stages": ["$all"]}
            locks = {"Open": "$none", "Shut": "$all"}
            stages = [{"name": name, "entry_lock": lock, **stage} for name, lock in locks.items()]
            flow = {
                "name": "W",
                "workflow_stages": stages,
                "admin_users": {"users": []},
                "branches": ["main"],
            }
            body = {"workflow": {**flow, "content_types": ["page"], "enabled": True}}
            made = room.api.post("/workflows", body)["workflow"]
            names.update({one["name"]: one["uid"] for one in made["workflow_stages"]})
            move(room, "One", "Shut")

        room, here, before = filled(bench, edit)
        done = in_place(bench, here)
        found = changes(before, state_of(bench.source))
        if not locks:
            assert (done.code, found) == (0, []), done
            return
        assert done.code == 3, done
        told = [gap for gap in done.report["gaps"] if gap["kind"] == "entries"]
        assert [(gap["uid"], "'Shut'" in gap["reason"]) for gap in told] == [(room.uids["One"], True)], done
        assert {room.uids["One"] in line for line in found} == {True}, done
        move(room, "One", "Open")
        done = in_place(bench, here)
        assert (done.code, changes(before, state_of(bench.source))) == (0, []), done
        assert in_place(bench, here).sent == []


def whole_seconds() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.mark.parametrize("hidden", sampled([403, 200, 401, 404, 422], 1))
@pytest.mark.parametrize("versions", sampled(["latest", "all"], 1))
def test_a_promotion_in_whole_seconds_where_branches_may_be_hidden(hidden: Any, versions: Any) -> None:
    """What main alone has edited is never lost in silence, whatever may be read."""
    switches = Switches(branch_reading=hidden, fork_versions=versions)
    with open_bench(switches=switches, clock=whole_seconds) as bench:
        main = Newsroom(bench.source).fill()
        bench.source.post("/stacks/branches", {"branch": {"uid": "feature", "source": "main"}})
        feature = main.on(bench.source.but(branch="feature"))
        feature.save("Two", body="of feature")
        main.save("Three", body="of main")
        feature.save("One", body="of feature")
        main.save("One", body="of main")
        there, here = place(bench, feature.api), place(bench, bench.source)
        done = do(bench, "copy", there, here, *UPDATE)
        assert done.code in (0, 3), done
        state = state_of(bench.source)
        assert state[f"entry page {main.uids['Two']} en-us"]["body"] == "of feature", done
        conflicts = {row["uid"] for row in done.report.get("conflicts", [])}
        assert state[f"entry page {main.uids['One']} en-us"]["body"] == "of feature", done
        assert main.uids["One"] in conflicts, done
        kept = state[f"entry page {main.uids['Three']} en-us"]["body"] == "of main"
        assert kept or main.uids["Three"] in conflicts, done
        again = do(bench, "copy", there, here, *UPDATE)
        assert (again.code, again.sent) == (done.code, []), again


@pytest.mark.torture
def test_unpublishing_in_mapped_environments_alone() -> None:
    """Where the source publishes anything: what the target shows elsewhere is left."""
    with open_bench() as bench:
        room = Newsroom(bench.source).fill()
        here, there = place(bench, bench.source), place(bench, bench.target)
        environments(bench.target, "stage", "other")
        assert do(bench, "export", here, bench.snapshot).code == 0
        words = ("--environment", "live=stage", "--environment", "test=other")
        assert do(bench, "import", bench.snapshot, there, *words).code == 0
        environments(bench.target, "theirs")
        before = state_of(bench.target)
        rows = bench.target.rows("/content_types/page/entries", "entries")
        three = next(row["uid"] for row in rows if row["title"] == "Three")
        for where in ("stage", "other", "theirs"):
            publish(bench.target, "page", three, 1, "en-us", where)
        done = do(bench, "import", bench.snapshot, there, *UPDATE, *words)
        assert done.code == 0, done
        found = changes(before, state_of(bench.target))
        assert [line.partition(":")[0] for line in found] == [f"/live page {three} en-us theirs"], done
        left = [row for row in done.report["left"] if row["kind"] == "publications"]
        assert [(row["environment"], row["uids"]) for row in left] == [("theirs", [three])], done
        assert room.uids["Three"]
        assert do(bench, "import", bench.snapshot, there, *UPDATE, *words).sent == []


def test_a_field_that_is_of_another_sort_by_now() -> None:
    """The type is the snapshot's again, with what entries held in the field; or the run says what is not."""
    with open_bench() as bench:

        def edit(room: Newsroom) -> None:
            room.schema("author", lambda fields: [f for f in fields if f["uid"] != "bio"])
            number = {"uid": "bio", "display_name": "Bio", "data_type": "number", "mandatory": False}
            more = {"unique": False, "multiple": False, "non_localizable": False}
            room.schema("author", lambda fields: [*fields, {**number, **more}])
            room.save("Ann", "author", bio=5)

        _, here, before = filled(bench, edit)
        done = in_place(bench, here)
        found = changes(before, state_of(bench.source))
        assert found == [] or done.code == 3, (done, found)
        again = in_place(bench, here)
        assert (again.code, again.sent) == (done.code, []), again


def test_a_mirror_says_before_what_it_takes_and_takes_just_that() -> None:
    with open_bench() as bench:

        def edit(room: Newsroom) -> None:
            languages(room.api, ("fr-fr", "en-us"))
            room.uids["Late"] = create(room.api, "page", "Late", by=[link_to("author", room.uids["Ann"])])
            publish(room.api, "page", room.uids["Late"], 1, "en-us", "live")
            room.save("Two", locale="fr-fr", title="Deux")
            room.uids["late.txt"] = room.api.upload("late.txt", b"late", "text/plain", title="late")["uid"]
            made = room.api.post("/releases", {"release": {"name": "Late", "description": ""}})["release"][
                "uid"
            ]
            room.uids["Late release"] = made
            room.api.post(f"/releases/{made}/items", {"items": [room.item("Late", 1)]})
            room.api.post(f"/releases/{room.uids['Spring']}/items", {"items": [room.item("Two", 1)]})

        room, here, before = filled(bench, edit)
        dry = in_place(bench, here, "--mirror", "--dry-run")
        assert dry.sent == []
        done = in_place(bench, here, "--mirror", "--yes")
        assert (done.code, changes(before, state_of(bench.source))) == (0, []), done
        named = sorted(json.dumps({**row, "reason": ""}) for row in dry.report["removed"])
        taken = sorted(json.dumps({**row, "reason": ""}) for row in done.report["removed"])
        assert named == taken
        assert {row["kind"] for row in done.report["removed"]} >= {
            "entries",
            "assets",
            "releases",
            "release_items",
        }
        assert room.uids["Late"] in {row["uid"] for row in done.report["removed"]}
        assert in_place(bench, here, "--mirror", "--yes").sent == []


@pytest.mark.torture
def test_after_a_restore_a_diff_of_snapshot_and_place_finds_numbers_alone() -> None:
    with open_bench() as bench:

        def edit(room: Newsroom) -> None:
            room.save("One", body="spoilt")
            delete(room, "Bob", "author")
            room.unpublish("One", "de-de", "live")

        room, here, _ = filled(bench, edit)
        edited = do(bench, "diff", bench.snapshot, here)
        assert edited.code == 5, edited
        named = {row["uid"] for row in edited.report["differences"]}
        assert named >= {room.uids["One"], room.uids["Bob"]}, edited
        assert in_place(bench, here).code == 0
        rest = do(bench, "diff", bench.snapshot, here)
        assert {row["path"] for row in rest.report["differences"]} == {"/_version"}, rest


def test_a_dry_run_says_what_is_written_only_if_the_trash_refuses() -> None:
    with open_bench() as bench:
        _, here, _ = filled(bench, lambda room: delete(room, "Bob", "author"))
        told = bench.cli.run("restore", "Bob", "--from", bench.snapshot, here, "--dry-run", *FAST).err
        lines = [line for line in told.splitlines() if "->" in line]
        assert lines
        assert all(line.endswith("(only if the trash refuses)") for line in lines), told


def test_a_plan_is_done_although_what_nobody_relies_on_moves() -> None:
    """The uids of what was deleted do not come back; applied twice, nothing is sent."""
    with open_bench(switches=NO_TRASH) as bench:

        def edit(room: Newsroom) -> None:
            delete(room, "Bob", "author")
            room.save("Three", body="spoilt")
            room.uids["Late"] = create(room.api, "author", "Late")

        room, here, before = filled(bench, edit)
        file = bench.cli.home / "plan.jsonl"
        plan = in_place(bench, here, "--plan", file)
        assert (plan.code, plan.sent) == (0, []), plan
        room.save("Late", "author", bio="moves")
        done = do(bench, "import", bench.snapshot, here, "--apply", file)
        assert done.code == 0, done
        found = changes(before, renamed(state_of(bench.source), mapped(done)))
        assert [line for line in found if room.uids["Late"] not in line] == [], done
        foot = json.loads(file.read_text().splitlines()[-1])
        # Nobody can look into the trash: a plan takes it to give back what was deleted, and says what follows if not.
        assert foot["requests"]["write"] < len(done.sent), (foot, done)
        assert foot["actions"]["if_not_restored"]["update"] >= 1
        again = do(bench, "import", bench.snapshot, here, "--apply", file)
        assert (again.code, again.sent) == (0, []), again


def test_what_a_mirror_would_take_and_somebody_saves_stops_the_plan() -> None:
    with open_bench() as bench:

        def edit(room: Newsroom) -> None:
            room.uids["Late"] = create(room.api, "author", "Late")

        room, here, _ = filled(bench, edit)
        file = bench.cli.home / "plan.jsonl"
        assert in_place(bench, here, "--mirror", "--plan", file).sent == []
        room.save("Late", "author", bio="moves")
        done = do(bench, "import", bench.snapshot, here, "--apply", file, "--yes")
        assert (done.code, done.sent) == (5, []), done
        assert room.uids["Late"] in done.err + json.dumps(done.report), done
