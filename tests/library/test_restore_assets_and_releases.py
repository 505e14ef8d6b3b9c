"""`restore`: single assets and releases of a snapshot back where they come from, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import SUMMER, fill_every_kind
from restoring import plan, restored
from small_stack import EGG, FOLDER, HEN, PICTURE, RELEASE, fill_small
from workbench import SOURCE, make_workbench, memory_directory, serve_emulator, served_bench

from oracle import compare
from stackferry.emulators.contentstack import Switches
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

ASSET = f"/v3/assets/{PICTURE}"
ITEMS = f"/releases/{RELEASE}/items"


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with served_bench(fill_small) as bench:
        yield bench


def picture(bench: Workbench) -> Any:
    return bench.source.main.assets[PICTURE]


def items(bench: Workbench) -> set[tuple[Any, ...]]:
    return {(one["uid"], one["version"]) for one in bench.source.main.releases[RELEASE].items}


def replace_file(bench: Workbench, content: bytes) -> None:
    file = {"asset[upload]": ("photo (1).png", content, "image/png")}
    Editors(bench).call("PUT", f"/assets/{PICTURE}", files=file).raise_for_status()


@pytest.mark.parametrize("content", [b"another, longer picture", b"PICTURE 2"])
def test_an_asset_gets_its_file_back(bench: Workbench, content: bytes) -> None:
    """Also where the other one is as long. Nothing else is written; twice is nothing."""
    snapshot = bench.export()
    replace_file(bench, content)
    report, writes = restored(bench, snapshot, "photo (1).png")
    assert [call for call in writes if "publish" not in call] == [f"PUT {ASSET}"]
    assert report.gaps == []
    one = picture(bench)
    assert one.versions[max(one.versions)].content == b"picture 2"
    assert restored(bench, snapshot, PICTURE)[1] == []


def test_an_asset_gets_its_words_and_its_folder_back(bench: Workbench) -> None:
    snapshot, before = bench.export(), bench.dump(SOURCE)
    changed = {
        "asset": {"title": "Changed", "description": "Changed", "tags": ["changed"], "parent_uid": None}
    }
    Editors(bench).call("PUT", f"/assets/{PICTURE}", json=changed).raise_for_status()
    assert [row["fields"] for row in plan(bench, snapshot, PICTURE).writes] != []
    _, writes = restored(bench, snapshot, PICTURE)
    assert writes == [f"PUT {ASSET}"]
    assert compare(before, bench.dump(SOURCE)) == []
    assert restored(bench, snapshot, PICTURE)[1] == []


@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_folder_that_is_gone_is_not_made(bench: Workbench, is_replaced: bool) -> None:
    """The asset stays where it lies, and that is a gap."""
    snapshot, editors = bench.export(), Editors(bench)
    other = editors.call("POST", "/assets/folders", json={"asset": {"name": "Others"}}).json()["asset"]["uid"]
    moved = {"asset": {"title": "Changed", "parent_uid": other}}
    editors.call("PUT", f"/assets/{PICTURE}", json=moved).raise_for_status()
    editors.call("DELETE", f"/assets/folders/{FOLDER}").raise_for_status()
    if is_replaced:
        replace_file(bench, b"another, longer picture")
    report, _ = restored(bench, snapshot, PICTURE)
    assert picture(bench).latest["parent_uid"] == other
    assert picture(bench).latest["title"] == "Hen and egg"
    assert [(gap["kind"], gap["uid"], gap["path"]) for gap in report.gaps] == [
        ("assets", PICTURE, "parent_uid")
    ]
    again, writes = restored(bench, snapshot, PICTURE)
    assert (writes, again.gaps) == ([], report.gaps)


def test_an_asset_that_was_deleted_comes_back(bench: Workbench) -> None:
    snapshot, before = bench.export(), bench.dump(SOURCE)
    Editors(bench).call("DELETE", f"/assets/{PICTURE}").raise_for_status()
    report, _ = restored(bench, snapshot, PICTURE)
    assert report.gaps == []
    assert compare(before, bench.dump(SOURCE)) == []
    assert restored(bench, snapshot, PICTURE)[1] == []


def test_an_older_version_of_an_asset(bench: Workbench) -> None:
    """Its file becomes the newest one and is not published."""
    snapshot = bench.export()
    live = picture(bench).latest.get("publish_details")
    _, writes = restored(bench, snapshot, PICTURE, version=1)
    assert writes == [f"PUT {ASSET}"]
    one = picture(bench)
    assert one.versions[max(one.versions)].content == b"picture 1"
    assert one.latest.get("publish_details") == live
    assert restored(bench, snapshot, PICTURE, version=1)[1] == []


def reopened(bench: Workbench) -> Editors:
    editors = Editors(bench)
    opened = {"release": {"name": "Spring", "locked": False}}
    editors.call("PUT", f"/releases/{RELEASE}", json=opened, headers={}).raise_for_status()
    return editors


def test_a_release_gets_its_words_and_its_items_back(bench: Workbench) -> None:
    """The items at the versions that they were pinned at, also where these are not the newest; an added one stays."""
    snapshot, release = bench.export(), bench.source.main.releases[RELEASE]
    before = items(bench)
    release.raw.update(name="Renamed", description="Changed", locked=False)
    release.items[:] = [{**one, "version": 2} for one in release.items] + [
        {**release.items[0], "uid": EGG, "version": 1, "title": "Egg"}
    ]
    Editors(bench).save("page", HEN, title="Edited since")
    report, writes = restored(bench, snapshot, "Spring")
    assert report.gaps == []
    assert all(call.split()[1].startswith(f"/v3/releases/{RELEASE}") for call in writes)
    assert items(bench) == before | {(EGG, 1)}
    assert (release.raw["name"], release.raw["description"], release.raw["locked"]) == ("Spring", "", True)
    assert bench.source.main.entries["page"][HEN].documents["en-us"].latest["title"] == "Edited since"
    assert [(row["kind"], row["uids"]) for row in report.left] == [("release_items", [EGG])]
    assert restored(bench, snapshot, RELEASE)[1] == []


def test_an_item_that_pinned_the_newest_version_of_then(bench: Workbench) -> None:
    """The entry was edited since: the version is looked for in its history."""
    release = bench.source.main.releases[RELEASE]
    release.items[:] = [{**release.items[0], "version": 2}]
    snapshot = bench.export()
    Editors(bench).save("page", HEN, title="Edited since")
    release.items[:] = [{**release.items[0], "version": 3}]
    report, _ = restored(bench, snapshot, RELEASE)
    assert report.gaps == []
    assert items(bench) == {(HEN, 2)}
    assert restored(bench, snapshot, RELEASE)[1] == []


def test_a_release_that_was_deleted_is_made_anew(bench: Workbench) -> None:
    snapshot, main = bench.export(), bench.source.main
    before = items(bench)
    del main.releases[RELEASE]
    report, _ = restored(bench, snapshot, RELEASE)
    (made,) = main.releases
    assert {(one["uid"], one["version"]) for one in main.releases[made].items} == before
    assert main.releases[made].raw["locked"] is True
    assert report.gaps == []
    assert restored(bench, snapshot, RELEASE)[1] == []


def test_releases_that_are_not_named_are_not_told(bench: Workbench) -> None:
    """One that must be made anew is looked for in all of them; what the others hold is in the snapshot, too."""
    made = []
    for name in ("Autumn", "Winter"):
        answer = Editors(bench).call("POST", "/releases", json={"release": {"name": name}})
        made.append(answer.json()["release"]["uid"])
    releases = bench.source.main.releases
    releases[made[0]].items[:] = [{**one} for one in releases[RELEASE].items]
    snapshot = bench.export()
    del releases[made[1]]
    for _ in range(2):
        report, _ = restored(bench, snapshot, RELEASE, made[1])
        assert report.left == []


def test_an_entry_an_asset_and_a_release_at_once(bench: Workbench) -> None:
    snapshot, editors = bench.export(), Editors(bench)
    before = bench.dump(SOURCE)
    editors.save("page", EGG, title="Edited since")
    editors.call("PUT", f"/assets/{PICTURE}", json={"asset": {"title": "Changed"}}).raise_for_status()
    bench.source.main.releases[RELEASE].raw.update(description="Changed", locked=False)
    found = plan(bench, snapshot, EGG, PICTURE, RELEASE)
    assert {row["kind"] for row in found.writes} == {"entries", "assets", "releases"}
    report, _ = restored(bench, snapshot, EGG, PICTURE, RELEASE)
    assert {row["kind"] for row in report.named} == {"entries", "assets", "releases"}
    assert {"entries", "assets", "releases"} <= report.objects.keys()
    assert compare(before, bench.dump(SOURCE)) == []
    assert restored(bench, snapshot, EGG, PICTURE, RELEASE)[1] == []


def test_an_item_that_pinned_the_newest_file_of_then(bench: Workbench) -> None:
    """The file was replaced since: the version is looked for in the asset's history."""
    release = bench.source.main.releases[RELEASE]
    item = {"uid": PICTURE, "content_type_uid": "built_io_upload", "action": "publish", "locale": "en-us"}
    release.items[:] = [{**item, "version": 2, "title": "Hen and egg"}]
    snapshot = bench.export()
    replace_file(bench, b"another, longer picture")
    release.items[:] = [{**release.items[0], "version": 3}]
    report, _ = restored(bench, snapshot, RELEASE)
    assert report.gaps == []
    assert items(bench) == {(PICTURE, 2)}
    assert restored(bench, snapshot, RELEASE)[1] == []


def test_a_version_whose_file_the_snapshot_lacks_is_refused(bench: Workbench) -> None:
    """Nothing is claimed to be restored without its bytes."""
    snapshot = bench.export(assets=True, max_asset_size=1)
    with pytest.raises(UsageError, match=r"version 1 of asset .*it holds none"):
        restored(bench, snapshot, PICTURE, version=1)
    report, _ = restored(bench, snapshot, PICTURE)
    assert {gap["uid"] for gap in report.gaps} == {PICTURE}


def test_an_item_whose_entry_is_gone_is_a_gap(bench: Workbench) -> None:
    """The entry is not brought along."""
    snapshot, editors = bench.export(), Editors(bench)
    bench.source.main.releases[RELEASE].raw.update(locked=False)
    bench.source.main.releases[RELEASE].items.clear()
    every = {"delete_all_localized": "true"}
    editors.call("DELETE", f"/content_types/page/entries/{HEN}", params=every).raise_for_status()
    report, writes = restored(bench, snapshot, RELEASE)
    assert [(gap["kind"], gap["path"]) for gap in report.gaps] == [("release_items", HEN)]
    assert not any("/entries/" in call for call in writes)


@pytest.mark.parametrize("is_edited", [False, True])
def test_an_item_of_a_variant(is_edited: bool) -> None:
    """At the version that it was pinned at, which is in the variant's history; the variant itself stays as it is."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind)
        with serve_emulator(bench):
            release, path = bench.source.main.releases[RELEASE], f"/content_types/page/entries/{HEN}"
            release.raw["locked"] = False
            item: dict[str, Any] = {**release.items[0], "variant_id": SUMMER, "version": 1}
            release.items.append(item)
            snapshot = bench.export()
            if is_edited:
                changes = {"title": "Edited", "_variant": {"_change_set": ["title"], "_order": []}}
                answer = Editors(bench).call("PUT", f"{path}/variants/{SUMMER}", json={"entry": changes})
                answer.raise_for_status()
            release.items.remove(item)
            report, _ = restored(bench, snapshot, RELEASE)
            assert report.gaps == []
            assert [one["version"] for one in release.items if one.get("variant_id") == SUMMER] == [1]
            assert restored(bench, snapshot, RELEASE)[1] == []


@pytest.mark.parametrize("made_anew", [HEN, EGG])
def test_an_item_of_a_variant_after_something_was_made_anew(made_anew: str) -> None:
    """Its entry, whose variant begins with version 1 again; or another one, while the variant has a newer version. In
    place nothing is missing; what was taken out is added again where the target's version says the same."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind, switches=Switches(trash=False))
        bench.source.publish_rules.clear()
        with serve_emulator(bench):
            release, editors = bench.source.main.releases[RELEASE], Editors(bench)
            release.raw["locked"] = False
            item: dict[str, Any] = {**release.items[0], "variant_id": SUMMER, "version": 1}
            release.items.append(item)
            if made_anew == EGG:
                changes = {"title": "Edited", "_variant": {"_change_set": ["title"], "_order": []}}
                path = f"/content_types/page/entries/{HEN}/variants/{SUMMER}"
                editors.call("PUT", path, json={"entry": changes}).raise_for_status()
            snapshot, every = bench.export(), {"delete_all_localized": "true"}
            editors.call(
                "DELETE", f"/content_types/page/entries/{made_anew}", params=every
            ).raise_for_status()
            known: Any = root / "map.jsonl"
            whole: dict[str, Any] = {"key": SOURCE, "in_place": True, "on_conflict": "update"}
            bench.import_snapshot(snapshot, "whole", identities=lambda *_: known, **whole)
            of_variant = [one for one in release.items if one.get("variant_id")]
            assert [one["version"] for one in of_variant] == [1]
            report, writes = restored(bench, snapshot, RELEASE, identities=known)
            assert [gap for gap in report.gaps if gap["kind"] == "release_items"] == []
            assert writes == []
            if made_anew == HEN:
                release.items[:] = [one for one in release.items if not one.get("variant_id")]
                assert restored(bench, snapshot, RELEASE, identities=known)[0].gaps == report.gaps
                assert [one["version"] for one in release.items if one.get("variant_id")] == [1]
