"""Variants of entries that hold a uid which is gone: written and published with the one that took its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from random_stack import STAMPS
from small_stack import EGG, HEN, LIVE, NEW_YEAR, PICTURE, RELEASE, fill_small_without_schedule
from test_repointing import add_outside, link, made_anew, partner
from test_trash import PAGES, delete, plan, restore
from workbench import SOURCE, TARGET, Cut, RecordingTransport, cut_at, make_workbench, memory_directory

from sampling import sampled
from stackferry.emulators.contentstack import Fault, Switches
from stackferry.json_values import objects
from stackferry.providers.contentstack.system import Contentstack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject

GROUP, SUMMER = "csaaaaaaaaaaaaaa48", "csaaaaaaaaaaaaaa49"


def fill(stack: Stack) -> None:
    """The small stack, and a group of variants."""
    fill_small_without_schedule(stack)
    group: JsonObject = {"uid": GROUP, "name": "Seasons", "content_types": ["page"]}
    stack.main.put("variant_groups", {**group, "variants": [{"uid": SUMMER, "name": "Summer"}], **STAMPS})


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """A stack without a trash."""
    with memory_directory() as root:
        yield make_workbench(root, fill, switches=Switches(trash=False))


def save(bench: Workbench, uid: str, name: str = SUMMER, key: str = SOURCE, **fields: Any) -> None:
    body = {"entry": {**fields, "_variant": {"_change_set": [*fields], "_order": []}}}
    path = f"{PAGES}/{uid}/variants/{name}"
    Editors(bench, key=key).call("PUT", path, json=body).raise_for_status()


def publish(bench: Workbench, uid: str, version: int, name: str = SUMMER, key: str = SOURCE) -> None:
    rules = {"publish_latest_base": False, "publish_latest_base_conditionally": False}
    shown: Any = {"environments": ["live"], "locales": ["en-us"], "variant_rules": rules}
    shown["variants"] = [{"uid": name, "version": version}]
    body = {"entry": shown, "locale": "en-us"}
    Editors(bench, key=key).call("POST", f"{PAGES}/{uid}/publish", json=body).raise_for_status()


def variant(bench: Workbench, uid: str) -> Any:
    return bench.source.main.entries["page"][uid].variants[SUMMER, "en-us"]


def live(bench: Workbench, uid: str) -> list[Any]:
    """The versions of an entry's variant that are live."""
    found = variant(bench, uid)
    return [found.versions[one.version] for one in found.live.values()]


def base(bench: Workbench, uid: str) -> list[int]:
    """The versions of an entry that are live in English."""
    return [
        one.version
        for (_, code), one in bench.source.main.entries["page"][uid].live.items()
        if code == "en-us"
    ]


@pytest.mark.parametrize("uid", [HEN, "outside"])
def test_a_variant_follows_what_was_made_anew(bench: Workbench, uid: str) -> None:
    """One of the snapshot, and one beyond it: as it is now, and where it is live. Twice: nothing is sent."""
    if uid == HEN:
        save(bench, HEN, partner=link(EGG))
        publish(bench, HEN, 1)
    snapshot = bench.export()
    if uid != HEN:
        uid = add_outside(bench)
        save(bench, uid, partner=link(EGG))
        publish(bench, uid, 1)
    before = base(bench, uid)
    delete(bench, EGG)
    done, _ = restore(bench, snapshot)
    assert done.gaps == []
    new = made_anew(bench, "Egg")
    assert partner(variant(bench, uid).latest) == new
    assert [partner(one) for one in live(bench, uid)] == [new]
    assert len(base(bench, uid)) == len(before)
    assert restore(bench, snapshot, "another")[1] == []


def with_draft(bench: Workbench, uid: str) -> None:
    """An older version of a variant that holds the uid is live; the draft changes another field."""
    save(bench, uid, partner=link(EGG))
    publish(bench, uid, 1)
    save(bench, uid, title="Draft in summer", partner=link(HEN))


@pytest.mark.parametrize("how", ["same", "none", "in the snapshot"])
def test_an_older_version_that_is_live_is_written_and_published_anew(bench: Workbench, how: str) -> None:
    """Then the draft is written again. With `--publish none` that is a gap."""
    uid = add_outside(bench)
    if how == "in the snapshot":
        with_draft(bench, uid)
    snapshot = bench.export()
    if how != "in the snapshot":
        with_draft(bench, uid)
    delete(bench, EGG)
    done, _ = restore(bench, snapshot, publish="none" if how == "none" else "same")
    new, found, (shown,) = made_anew(bench, "Egg"), variant(bench, uid), live(bench, uid)
    assert (found.latest["title"], partner(found.latest)) == ("Draft in summer", HEN)
    gaps = [(gap["kind"], gap["uid"], gap["path"]) for gap in done.gaps if gap["kind"] == "variants"]
    if how == "none":
        assert gaps == [("variants", uid, SUMMER)]
        assert (partner(shown), found.version) == (EGG, 2)
    else:
        assert gaps == []
        assert (partner(shown), found.version) == (new, 4)
        assert restore(bench, snapshot, "another")[1] == []


def test_an_older_version_that_no_call_shows_is_a_gap(bench: Workbench) -> None:
    """No page says that one can be read."""
    snapshot, uid = bench.export(), add_outside(bench)
    with_draft(bench, uid)
    delete(bench, EGG)
    bench.emulator.switches = Switches(trash=False, variant_versions_read=False)
    done, _ = restore(bench, snapshot)
    (gap,) = done.gaps
    assert (gap["kind"], gap["uid"], gap["path"]) == ("variants", uid, SUMMER)
    assert "version 1 of the variant is live and could not be read" in str(gap["reason"])


@pytest.mark.parametrize("is_live", [True, False])
def test_an_entry_that_is_published_along_is_put_right(bench: Workbench, is_live: bool) -> None:
    """Where it was live in no version, that is a gap."""
    snapshot, uid = bench.export(), add_outside(bench)
    save(bench, uid, partner=link(EGG))
    publish(bench, uid, 1)
    Editors(bench).save("page", uid, partner=link(HEN))
    if not is_live:
        where = {"entry": {"environments": ["live"], "locales": ["en-us"]}, "locale": "en-us"}
        Editors(bench).call("POST", f"{PAGES}/{uid}/unpublish", json=where).raise_for_status()
    delete(bench, EGG)
    bench.emulator.switches = Switches(trash=False, variant_publishes_entry="always")
    done, _ = restore(bench, snapshot)
    assert partner(live(bench, uid)[0]) == made_anew(bench, "Egg")
    if is_live:
        assert done.gaps == []
        number = base(bench, uid)[0]
        assert partner(
            bench.source.main.entries["page"][uid].documents["en-us"].versions[number]
        ) == made_anew(bench, "Egg")
    else:
        (gap,) = done.gaps
        assert (gap["kind"], gap["uid"]) == ("variants", uid)
        assert "unpublish it there" in str(gap["reason"])


def test_a_dry_run_counts_what_the_import_does(bench: Workbench) -> None:
    """Apart, because the trash may hold the entry: what goes is counted like what follows for entries."""
    snapshot, uid = bench.export(), add_outside(bench)
    delete(bench, EGG)
    without = plan(bench, snapshot)["if_not_restored"]
    with_draft(bench, uid)
    counted = plan(bench, snapshot)["if_not_restored"]
    assert (counted["update"] - without["update"], counted["publish"] - without["publish"]) == (2, 1)
    done, writes = restore(bench, snapshot)
    assert done.gaps == []
    assert sum("/variants/" in call for call in writes) == 2


def test_a_draft_is_not_written_again_where_nothing_was_written_over_it(bench: Workbench) -> None:
    snapshot, uid = bench.export(), add_outside(bench)
    with_draft(bench, uid)
    delete(bench, EGG)
    bench.emulator.faults.add(
        Fault(method="PUT", path=f"/{uid}/variants/", status=422, carried_out=False, body=b'{"error_code":1}')
    )
    done, _ = restore(bench, snapshot)
    (gap,) = done.gaps
    assert (gap["kind"], gap["uid"]) == ("variants", uid)
    assert "refused to change that" in str(gap["reason"])
    assert variant(bench, uid).version == 2


def test_a_file_that_a_variant_shows(bench: Workbench) -> None:
    """What a field holds is not shown of a deleted asset: the snapshot tells it, of the version that it has."""
    save(bench, HEN, picture=PICTURE)
    publish(bench, HEN, 1)
    snapshot = bench.export()
    delete(bench, PICTURE)
    done, _ = restore(bench, snapshot, only=Contentstack().parse_kinds(["assets"]))
    (row,) = [one for one in done.remarks["mapped"] if one["kind"] == "assets"]
    assert variant(bench, HEN).latest["picture"] == row["target"]
    assert [one["picture"] for one in live(bench, HEN)] == [row["target"]]


def test_in_another_stack_if_the_trash_refuses(bench: Workbench) -> None:
    """What an earlier import had made and somebody deleted there: the plan says what follows then."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    pages, editors = bench.target.main.entries["page"], Editors(bench, key=TARGET)
    titles = {
        one.documents["en-us"].latest["title"]: uid for uid, one in pages.items() if "en-us" in one.documents
    }
    old, hen = str(titles["Egg"]), str(titles["Hen, revised"])
    (group,) = bench.target.main.variant_groups.values()
    name = str(objects(group["variants"])[0]["uid"])
    made = editors.call("POST", PAGES, json={"entry": {"title": "Theirs", "partner": link(hen)}})
    theirs = str(made.raise_for_status().json()["entry"]["uid"])
    save(bench, theirs, name, TARGET, partner=link(old))
    publish(bench, theirs, 1, name, TARGET)
    save(bench, theirs, name, TARGET, title="Draft in summer", partner=link(hen))
    editors.call("DELETE", f"{PAGES}/{old}", params={"delete_all_localized": "true"}).raise_for_status()
    foot: Any = bench.plan(snapshot, on_conflict="update")[-1]
    done = bench.import_snapshot(snapshot, on_conflict="update")
    assert done.gaps == []
    assert foot["actions"]["if_not_restored"]["update"]
    found, ((new,),) = (
        pages[theirs].variants[name, "en-us"],
        [[row["target"] for row in done.remarks["mapped"]]],
    )
    assert (found.latest["title"], partner(found.latest), found.version) == ("Draft in summer", hen, 4)
    assert [partner(found.versions[one.version]) for one in found.live.values()] == [new]


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("number", sampled([9, 10, 11, 12, 5, 6, 7, 8], 2))
def test_killed_at_any_write_it_ends_the_same(bench: Workbench, number: int, is_after: bool) -> None:
    snapshot, uid = bench.export(), add_outside(bench)
    with_draft(bench, uid)
    delete(bench, EGG)
    transport = RecordingTransport(bench.emulator, cut_at(number, after=is_after, only="write"))
    with pytest.raises(Cut):
        restore(bench, snapshot, transport=transport)
    done, _ = restore(bench, snapshot)
    assert done.gaps == []
    found = variant(bench, uid)
    assert (found.latest["title"], partner(found.latest), found.version) == ("Draft in summer", HEN, 4)
    assert [partner(one) for one in live(bench, uid)] == [made_anew(bench, "Egg")]
    assert restore(bench, snapshot, "another")[1] == []


@pytest.mark.parametrize("has_draft", [False, True])
@pytest.mark.parametrize("whose", ["snapshot", "target"])
def test_one_that_its_stage_locks_stays_and_is_one_gap(
    bench: Workbench, whose: str, *, has_draft: bool
) -> None:
    """Its own stage, which no call of a page sets. Twice the same; when it may be written, it follows."""
    flow: Any = {"uid": "bltflow", "name": "Review", "content_types": ["page"], "branches": ["main"]}
    stages: list[Any] = [
        {"uid": "bltstage1", "name": "Done", "entry_lock": "$all"},
        {"uid": "bltstage2", "name": "Other"},
    ]
    bench.source.put("workflows", {**flow, "enabled": True, "workflow_stages": [*stages], **STAMPS})
    uid = add_outside(bench) if whose == "snapshot" else ""
    snapshot = bench.export() if whose == "target" else None
    uid = uid or add_outside(bench)
    save(bench, uid, partner=link(EGG))
    publish(bench, uid, 1)
    if has_draft:
        save(bench, uid, title="Draft in summer", partner=link(EGG))
    snapshot = snapshot or bench.export()
    variant(bench, uid).workflow = {"uid": "bltstage1", "name": "Done"}
    delete(bench, EGG)
    before = dict(variant(bench, uid).versions)
    for number in range(2):
        done, _ = restore(bench, snapshot, f"locked {number}")
        told = [str(gap["reason"]) for gap in done.gaps if gap["kind"] == "variants"]
        locked = [reason for reason in told if "'Done', which locks entries" in reason]
        assert len(locked) == 1, told
        assert variant(bench, uid).versions == before
    bench.source.put("workflows", {**flow, "enabled": False, "workflow_stages": [*stages], **STAMPS})
    assert restore(bench, snapshot, "free")[0].remarks.get("meanwhile") is None
    assert partner(variant(bench, uid).latest) == made_anew(bench, "Egg")


@pytest.mark.parametrize("how", ["refers to it", "refers to nothing", "unread"])
def test_an_item_or_a_schedule_at_a_version_that_refers_to_what_is_gone_is_told(
    bench: Workbench, how: str
) -> None:
    """An older version of a variant. Each time; one that refers to nothing of the kind is not told."""
    held: Any = {"title": "Summer"} if how == "refers to nothing" else {"partner": link(EGG)}
    save(bench, HEN, **held)
    save(bench, HEN, title="Summer, too", partner=link(HEN))
    release = bench.source.main.releases[RELEASE]
    release.items.append({**release.items[0], "variant_id": SUMMER, "version": 1})
    snapshot = bench.export()
    of_variant: JsonObject = {"uid": HEN, "locale": "en-us", "version": 1, "variant_uid": SUMMER}
    queued: JsonObject = {"uid": "bltrow", "type": "entry", "entry": of_variant, "action": "publish"}
    place: JsonObject = {"content_type": {"uid": "page"}, "environment": [LIVE], "locale": ["en-us"]}
    waiting: JsonObject = {"scheduled_at": NEW_YEAR, "publish_status": "scheduled"}
    bench.source.main.put_queue_item({**queued, **place, **waiting, **STAMPS})
    bench.emulator.switches = Switches(trash=False, variant_versions_read=how != "unread")
    delete(bench, EGG)
    for state in ("first", "another"):
        done, _ = restore(bench, snapshot, state)
        told = {
            "items": [str(gap["reason"]) for gap in done.gaps if SUMMER in str(gap["path"])],
            "schedules": [str(gap["reason"]) for gap in done.gaps if gap["uid"] == "bltrow"],
        }
        expected = {"refers to it": "which refers to", "unread": "could not be read", "refers to nothing": ""}
        for reasons in told.values():
            assert [expected[how] in reason for reason in reasons] == ([True] if expected[how] else [])
