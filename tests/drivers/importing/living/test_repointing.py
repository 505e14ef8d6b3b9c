"""What was made anew under another uid: told, and what held the old one is written and published with the new one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from meanwhile import before, meanwhile
from random_stack import STAMPS
from small_stack import ABROAD, EGG, FOLDER, HEN, PICTURE, RELEASE, fill_small_without_schedule
from test_trash import PAGES, delete, plan, restore
from workbench import TARGET, Cut, RecordingTransport, cut_at, make_workbench, memory_directory

from sampling import sampled
from stackferry.emulators.contentstack import Switches
from stackferry.providers.contentstack.system import Contentstack
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.model import JsonObject


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """A stack without a trash."""
    with memory_directory() as root:
        yield make_workbench(root, fill_small_without_schedule, switches=Switches(trash=False))


def latest(bench: Workbench, uid: str, locale: str = "en-us") -> Any:
    return bench.source.main.entries["page"][uid].documents[locale].latest


def made_anew(bench: Workbench, title: str) -> str:
    (found,) = [
        uid
        for uid, entry in bench.source.main.entries["page"].items()
        if any(one.latest["title"] == title for one in entry.documents.values())
    ]
    return found


def partner(document: JsonObject) -> object:
    rows: Any = document["partner"]
    return rows[0]["uid"]


def link(uid: str) -> list[JsonObject]:
    return [{"uid": uid, "_content_type_uid": "page"}]


def add_outside(bench: Workbench, locale: str = "en-us") -> str:
    """An entry that the snapshot does not hold, and that refers to EGG; its first version is live."""
    body = {"entry": {"title": "Outside", "partner": link(EGG), "picture": PICTURE}}
    answer = Editors(bench).call("POST", PAGES, json=body, params={"locale": locale})
    uid = str(answer.raise_for_status().json()["entry"]["uid"])
    where = {"entry": {"environments": ["live"], "locales": [locale]}, "locale": locale, "version": 1}
    Editors(bench).call("POST", f"{PAGES}/{uid}/publish", json=where).raise_for_status()
    return uid


def live(bench: Workbench, uid: str) -> list[Any]:
    """The versions of an entry that are live."""
    entry = bench.source.main.entries["page"][uid]
    return [entry.documents[one.source].versions[one.version] for one in entry.live.values()]


def test_what_is_made_anew_is_told_and_what_refers_to_it_follows(bench: Workbench) -> None:
    """In its latest version and where it is live, also what the snapshot does not hold. Twice: nothing is sent."""
    snapshot = bench.export()
    outside = add_outside(bench)
    delete(bench, EGG)
    done, _ = restore(bench, snapshot)
    assert done.gaps == []
    new = made_anew(bench, "Egg")
    told = [
        (row["kind"], row["uid"], row["title"], row["locale"], row["target"])
        for row in done.remarks["mapped"]
    ]
    assert told == [("entries", EGG, "Egg", "en-us", new)]
    for uid in (HEN, outside):
        assert partner(latest(bench, uid)) == new
        assert live(bench, uid)
        assert {partner(one) for one in live(bench, uid)} == {new}
    again, writes = restore(bench, snapshot)
    assert writes == []
    assert again.remarks == done.remarks
    assert restore(bench, snapshot, "another")[1] == []


def test_only_what_differs_is_sent(bench: Workbench) -> None:
    snapshot = bench.export()
    outside = add_outside(bench)
    delete(bench, EGG)
    with meanwhile(
        bench.emulator, (before(match=f"PUT {PAGES}/{outside}", holds=b'{"entry":{"partner":'), lambda: None)
    ) as moments:
        restore(bench, snapshot)
    assert len(moments.lines) == 1


@pytest.mark.parametrize("publish", ["same", "none"])
def test_an_older_version_that_is_live_is_written_and_published_anew(bench: Workbench, publish: str) -> None:
    """Then the draft is written again, though it holds no such uid. With `--publish none` that is a gap."""
    snapshot = bench.export()
    outside = add_outside(bench)
    Editors(bench).save("page", outside, title="Draft", partner=link(HEN))
    delete(bench, EGG)
    done, writes = restore(bench, snapshot, publish=publish)
    new = made_anew(bench, "Egg")
    draft, (shown,) = latest(bench, outside), live(bench, outside)
    assert (draft["title"], partner(draft)) == ("Draft", HEN)
    gaps = [(gap["kind"], gap["uid"]) for gap in done.gaps if gap["uid"] == outside]
    if publish == "none":
        assert gaps == [("publications", outside)]
        assert (shown["title"], partner(shown), draft["_version"]) == ("Outside", EGG, 2)
        assert not [call for call in writes if outside in call]
    else:
        assert gaps == []
        assert (shown["title"], partner(shown), draft["_version"]) == ("Outside", new, 4)
        assert restore(bench, snapshot, "another")[1] == []


@pytest.mark.parametrize("has_trash", [False, True])
def test_each_republication_stands_in_the_dry_run(has_trash: bool) -> None:
    """A dry run cannot know whether the trash refuses: what would follow is counted apart."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small_without_schedule, switches=Switches(trash=has_trash))
        snapshot = bench.export()
        outside = add_outside(bench)
        Editors(bench).save("page", outside, title="Draft")
        delete(bench, EGG)
        counted = plan(bench, snapshot)
        assert counted["entries"]["restore"] == 2
        # HEN and the other entry: an older version that is live, and the draft, which of HEN is live in French.
        assert counted["if_not_restored"] == {"update": 4, "publish": 3}
        restore(bench, snapshot)
        writes = 2 if has_trash else 4
        assert latest(bench, outside)["_version"] == writes


def test_what_somebody_saves_meanwhile_of_what_follows_is_told(bench: Workbench) -> None:
    """Between the reading of an entry and its write: it is in the history."""
    snapshot = bench.export()
    outside = add_outside(bench)
    delete(bench, EGG)
    editors, path = Editors(bench), f"PUT {PAGES}/{outside}"
    with meanwhile(
        bench.emulator, (before(match=path), lambda: editors.save("page", outside, title="By somebody"))
    ):
        done, _ = restore(bench, snapshot)
    (row,) = done.remarks["meanwhile"]
    assert (row["kind"], row["uid"]) == ("entries", outside)
    assert latest(bench, outside)["title"] == "By somebody"
    assert partner(latest(bench, outside)) == made_anew(bench, "Egg")


def test_a_language_of_its_own_is_written_too(bench: Workbench) -> None:
    snapshot = bench.export()
    outside = add_outside(bench)
    Editors(bench).save("page", outside, locale="fr-fr", title="Dehors", partner=link(EGG))
    delete(bench, EGG)
    done, _ = restore(bench, snapshot)
    assert done.gaps == []
    assert partner(latest(bench, outside, "fr-fr")) == made_anew(bench, "Egg")


def test_what_somebody_made_in_its_place_is_taken(bench: Workbench) -> None:
    """An entry of the same title: it is paired by that, and what refers to the old one follows."""
    snapshot = bench.export()
    outside = add_outside(bench)
    Editors(bench).save("page", outside, title="Draft", partner=link(HEN))
    delete(bench, EGG)
    body = {"entry": {"title": "Egg", "partner": link(HEN)}}
    made = Editors(bench).call("POST", PAGES, json=body).raise_for_status().json()["entry"]["uid"]
    done, _ = restore(bench, snapshot)
    assert done.gaps == []
    assert [(row["uid"], row["target"]) for row in done.remarks["mapped"]] == [(EGG, made)]
    assert {partner(one) for one in live(bench, outside)} == {made}


def test_outside_of_the_selection_too(bench: Workbench) -> None:
    """Of a run that writes one entry, those that refer to it are re-pointed."""
    snapshot = bench.export()
    delete(bench, EGG)
    done, _ = restore(bench, snapshot, selection=Selection(query=f'{{"uid": "{EGG}"}}'))
    # The release is not written: it goes on holding HEN at a version that refers to what is gone.
    assert [(gap["kind"], gap["uid"], gap["path"]) for gap in done.gaps] == [("release_items", RELEASE, HEN)]
    new = made_anew(bench, "Egg")
    assert partner(latest(bench, HEN)) == new
    assert {partner(one) for one in live(bench, HEN)} == {new}


def test_a_deleted_asset_is_uploaded_and_its_users_follow(bench: Workbench) -> None:
    """What a field holds is not shown of a deleted asset: the snapshot tells it, of a version that it has."""
    snapshot = bench.export()
    delete(bench, PICTURE)
    done, _ = restore(bench, snapshot, only=Contentstack().parse_kinds(["assets"]))
    (row,) = [one for one in done.remarks["mapped"] if one["kind"] == "assets"]
    assert (row["kind"], row["uid"], row["title"]) == ("assets", PICTURE, "Hen and egg")
    for uid in (HEN, EGG):
        assert latest(bench, uid)["picture"] == row["target"]
        assert {one["picture"] for one in live(bench, uid)} == {row["target"]}


def test_in_another_stack_what_an_import_had_made_follows(bench: Workbench) -> None:
    """By what the earlier import gave it; an entry that refers to it is not part of either."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    pages, editors = bench.target.main.entries["page"], Editors(bench, key=TARGET)
    (old,) = [
        uid
        for uid, one in pages.items()
        if "en-us" in one.documents and one.documents["en-us"].latest["title"] == "Egg"
    ]
    body = {"entry": {"title": "Theirs", "partner": link(old)}}
    theirs = editors.call("POST", PAGES, json=body).raise_for_status().json()["entry"]["uid"]
    editors.call("DELETE", f"{PAGES}/{old}", params={"delete_all_localized": "true"}).raise_for_status()
    done = bench.import_snapshot(snapshot, on_conflict="update")
    assert done.gaps == []
    ((uid, new),) = [(row["uid"], row["target"]) for row in done.remarks["mapped"]]
    assert uid == old
    assert partner(pages[theirs].documents["en-us"].latest) == new


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("number", [7, *sampled([*range(1, 7), *range(8, 14)], 4)])
def test_killed_at_any_write_it_ends_the_same(bench: Workbench, number: int, is_after: bool) -> None:
    snapshot = bench.export()
    outside = add_outside(bench)
    Editors(bench).save("page", outside, title="Draft", partner=link(HEN))
    delete(bench, EGG)
    transport = RecordingTransport(bench.emulator, cut_at(number, after=is_after, only="write"))
    with pytest.raises(Cut):
        restore(bench, snapshot, transport=transport)
    done, _ = restore(bench, snapshot)
    assert done.gaps == []
    new = made_anew(bench, "Egg")
    assert [(row["uid"], row["target"]) for row in done.remarks["mapped"]] == [(EGG, new)]
    draft, (shown,) = latest(bench, outside), live(bench, outside)
    assert (draft["title"], partner(draft), draft["_version"]) == ("Draft", HEN, 4)
    assert (shown["title"], partner(shown)) == ("Outside", new)
    assert restore(bench, snapshot, "another")[1] == []


def items(bench: Workbench, release: str) -> list[tuple[object, object]]:
    return [(one["uid"], one["version"]) for one in bench.source.main.releases[release].items]


def item(uid: str, version: int) -> JsonObject:
    return {
        "uid": uid,
        "version": version,
        "locale": "en-us",
        "content_type_uid": "page",
        "action": "publish",
    }


@pytest.mark.parametrize("is_locked", [False, True])
def test_items_of_releases_are_replaced(bench: Workbench, is_locked: bool) -> None:
    """Also of a release that the snapshot does not hold; its other items stay. A locked one is a gap."""
    snapshot, release = bench.export(), "bltaaaaaaaaaaaaaa29"
    theirs: JsonObject = {"uid": release, "name": "Theirs", "locked": is_locked, "status": []}
    bench.source.main.put_release({**theirs, "_deploy_latest": False, **STAMPS}, [item(EGG, 1), item(HEN, 1)])
    delete(bench, EGG)
    before = items(bench, release)
    done, _ = restore(bench, snapshot)
    gaps = [(gap["kind"], gap["uid"], gap["path"]) for gap in done.gaps]
    stale = ("release_items", release, HEN)  # its first version refers to EGG
    if is_locked:
        assert sorted(gaps) == sorted([("release_items", release, EGG), stale])
        assert items(bench, release) == before
    else:
        assert gaps == [stale]
        assert sorted(items(bench, release)) == sorted([(made_anew(bench, "Egg"), 1), (HEN, 1)])
        assert restore(bench, snapshot, "another")[1] == []


def test_an_item_of_the_snapshot_is_not_there_twice(bench: Workbench) -> None:
    """The import adds the new one itself; the old one goes."""
    snapshot = bench.export()
    delete(bench, HEN)
    done, _ = restore(bench, snapshot)
    assert done.gaps == []
    assert [uid for uid, _ in items(bench, RELEASE)] == [made_anew(bench, "Hen, revised")]


@pytest.mark.parametrize("locks", [True, False])
def test_a_document_that_its_stage_locks_is_a_gap_that_names_the_stage(locks: bool) -> None:
    with memory_directory() as root:
        bench = make_workbench(
            root, fill_small_without_schedule, switches=Switches(stage_locks=locks, trash=False)
        )
        snapshot = bench.export()
        outside = add_outside(bench)
        stage: JsonObject = {"uid": "bltstage1", "name": "In review", "entry_lock": "$all"}
        flow: JsonObject = {
            "uid": "bltflow1",
            "name": "Review",
            "content_types": ["page"],
            "branches": ["main"],
        }
        bench.source.put("workflows", {**flow, "enabled": True, "workflow_stages": [stage]})
        Editors(bench).save("page", ABROAD, locale="fr-fr", title="Edited since")
        for uid, code in ((ABROAD, "fr-fr"), (outside, "en-us")):
            document = bench.source.main.entries["page"][uid].documents[code]
            document.workflow = {"uid": "bltstage1", "name": "In review"}
        delete(bench, EGG)
        done, _ = restore(bench, snapshot)
        told = {gap["uid"]: str(gap["reason"]) for gap in done.gaps}
        assert set(told) == ({ABROAD, outside} if locks else set())
        assert all("'In review'" in reason for reason in told.values())


@pytest.mark.parametrize("is_edited", [True, False])
@pytest.mark.parametrize("has_draft", [True, False])
def test_a_draft_that_its_stage_locks_is_one_gap(bench: Workbench, has_draft: bool, is_edited: bool) -> None:
    """Of the snapshot's entry, that the import would write as well, and of one beyond it with an older version live."""
    snapshot = bench.export()
    outside = add_outside(bench)
    if has_draft:
        Editors(bench).save("page", outside, title="Draft", partner=link(EGG))
    if is_edited:
        Editors(bench).save("page", HEN, title="Edited since")
    stage: JsonObject = {"uid": "bltstage1", "name": "In review", "entry_lock": "$all"}
    flow: JsonObject = {"uid": "bltflow1", "name": "Review", "content_types": ["page"], "branches": ["main"]}
    bench.source.put("workflows", {**flow, "enabled": True, "workflow_stages": [stage]})
    for uid in (HEN, outside):
        bench.source.main.entries["page"][uid].documents["en-us"].workflow = {"uid": "bltstage1"}
    delete(bench, EGG)
    done, _ = restore(bench, snapshot)
    told = [(str(gap["uid"]), str(gap["reason"])) for gap in done.gaps if gap["kind"] == "entries"]
    assert sorted(uid for uid, _ in told) == sorted([HEN, outside])
    assert all("'In review'" in reason for _, reason in told)
    assert all("write the draft again" not in reason for _, reason in told)


@pytest.mark.parametrize("uid", [EGG, HEN])
def test_what_a_mirror_takes_away_is_not_written_first(bench: Workbench, uid: str) -> None:
    snapshot = bench.export()
    outside = add_outside(bench)
    delete(bench, uid)
    done, writes = restore(bench, snapshot, mirror=True)
    assert done.gaps == []
    assert not [call for call in writes if outside in call and call[:3] == "PUT"]
    assert outside not in bench.source.main.entries["page"]
    assert restore(bench, snapshot, "another", mirror=True)[1] == []


def test_a_release_that_is_made_anew_is_told(bench: Workbench) -> None:
    """And a folder: each has another uid in the stack that it comes from, and its name."""
    snapshot = bench.export()
    open_release = {"release": {"name": "Spring", "locked": False}}
    Editors(bench).call("PUT", f"/releases/{RELEASE}", json=open_release).raise_for_status()
    for path in (f"/releases/{RELEASE}", f"/assets/folders/{FOLDER}"):
        Editors(bench).call("DELETE", path).raise_for_status()
    done, _ = restore(bench, snapshot)
    told = {row["uid"]: (row["kind"], row["title"], row["target"]) for row in done.remarks["mapped"]}
    (release,) = bench.source.main.releases
    folder = next(uid for uid, one in bench.source.main.assets.items() if one.is_folder)
    assert told[RELEASE] == ("releases", "Spring", release)
    assert told[FOLDER] == ("folders", "Pictures", folder)


def test_an_item_that_is_replaced_is_not_left(bench: Workbench) -> None:
    """The release does not go on having it."""
    snapshot = bench.export()
    delete(bench, HEN)
    done, _ = restore(bench, snapshot)
    assert [uid for uid, _ in items(bench, RELEASE)] == [made_anew(bench, "Hen, revised")]
    assert [row for row in done.left if row["kind"] == "release_items"] == []


def test_a_language_that_comes_back_is_not_taken_for_the_one_it_falls_back_to(bench: Workbench) -> None:
    """What is live of it is its own, and the entry's master language is neither written once more nor shown there."""
    snapshot = bench.export()
    delete(bench, HEN)
    Editors(bench).call("DELETE", f"{PAGES}/{EGG}", params={"locale": "fr-fr"}).raise_for_status()
    restore(bench, snapshot)
    entry = bench.source.main.entries["page"][EGG]
    assert sorted(entry.documents["en-us"].versions) == [1, 2]
    assert {(one.locale, one.source, one.version) for one in entry.live.values()} == {
        ("en-us", "en-us", 2),
        ("fr-fr", "fr-fr", 1),
    }


@pytest.mark.parametrize("is_latest", [True, False])
def test_a_release_at_a_version_that_refers_to_what_is_gone_is_a_gap(
    bench: Workbench, is_latest: bool
) -> None:
    """Of a release that the snapshot does not hold. Each time; an item that refers to nothing of the kind is none."""
    snapshot, release = bench.export(), "bltaaaaaaaaaaaaaa29"
    outside = add_outside(bench)
    if not is_latest:
        Editors(bench).save("page", outside, title="Draft", partner=link(HEN))
    theirs: JsonObject = {"uid": release, "name": "Theirs", "locked": False, "status": []}
    body = {"entry": {"title": "Plain", "partner": link(HEN), "picture": PICTURE}}
    plain = Editors(bench).call("POST", PAGES, json=body).raise_for_status().json()["entry"]["uid"]
    pinned = [item(outside, 1), item(plain, 1)]
    bench.source.main.put_release({**theirs, "_deploy_latest": False, **STAMPS}, pinned)
    delete(bench, EGG)
    for state in ("first", "another"):
        done, _ = restore(bench, snapshot, state)
        ours = [gap for gap in done.gaps if gap["kind"] == "release_items"]
        assert [(gap["uid"], gap["path"]) for gap in ours] == [(release, outside)]
        assert "version 1, which refers to" in str(ours[0]["reason"])
        assert sorted(items(bench, release)) == sorted([(outside, 1), (plain, 1)])
