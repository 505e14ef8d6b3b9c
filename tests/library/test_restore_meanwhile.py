"""`restore` while somebody else works on the very thing: what was saved since the plan is a conflict, not written over;
what is saved between that look and the write is in the history, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from meanwhile import after, before, meanwhile
from restoring import restored
from small_stack import EGG, HEN, PICTURE, RELEASE, fill_small
from workbench import served_bench

from stackferry.emulators.contentstack import Fault, Switches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench import Workbench

    Save = Callable[[Editors, str], Any]


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with served_bench(fill_small) as bench:
        yield bench


def retitle(editors: Editors, title: str) -> None:
    editors.save("page", HEN, title=title)


def retitle_french(editors: Editors, title: str) -> None:
    editors.save("page", EGG, locale="fr-fr", title=title)


def retitle_asset(editors: Editors, title: str) -> None:
    editors.call("PUT", f"/assets/{PICTURE}", json={"asset": {"title": title}}).raise_for_status()


def replace_file(editors: Editors, content: str) -> None:
    file = {"asset[upload]": ("photo (1).png", content.encode(), "image/png")}
    editors.call("PUT", f"/assets/{PICTURE}", files=file).raise_for_status()


def rename_release(editors: Editors, name: str) -> None:
    editors.content.releases[RELEASE].raw["locked"] = False
    editors.call("PUT", f"/releases/{RELEASE}", json={"release": {"name": name}}).raise_for_status()


def pin(editors: Editors, title: str) -> None:
    """The release gets a newer version of the entry."""
    number = editors.save("page", HEN, title=title)
    item = {"uid": HEN, "version": number, "locale": "en-us", "content_type_uid": "page", "action": "publish"}
    editors.content.releases[RELEASE].raw["locked"] = False
    editors.call("POST", f"/releases/{RELEASE}/items", json={"items": [item]}).raise_for_status()


def shown(bench: Workbench, what: str) -> Any:
    """What each of these edits changes."""
    main = bench.source.main
    if what in ("entry", "french"):
        uid, locale = (HEN, "en-us") if what == "entry" else (EGG, "fr-fr")
        return main.entries["page"][uid].documents[locale].latest["title"]
    if what in ("asset", "file"):
        return main.assets[PICTURE].latest["title"] if what == "asset" else held_file(bench)
    if what == "release":
        return main.releases[RELEASE].raw["name"]
    return [one["version"] for one in main.releases[RELEASE].items]


def held_file(bench: Workbench) -> object:
    picture = bench.source.main.assets[PICTURE]
    return picture.versions[picture.version].content


CASES: dict[str, tuple[str, str, Save, str, int]] = {
    # What is restored, its kind in the report, an editor's save, the reading after which nobody looks again, and its
    # number among the readings of that form.
    "entry": (HEN, "entries", retitle, r"^GET .*/entries\?locale=en-us.*%24in", 2),
    "french": (EGG, "entries", retitle_french, r"^GET .*/entries\?locale=fr-fr.*%24in", 2),
    "asset": (PICTURE, "assets", retitle_asset, r"^GET /assets\?.*%24in", 2),
    "file": (PICTURE, "assets", replace_file, r"^GET /assets\?.*%24in", 2),
    "release": (RELEASE, "releases", rename_release, r"^GET /releases\?", 2),
    "items": (RELEASE, "release_items", pin, rf"^GET /releases/{RELEASE}/items", 2),
}


@pytest.mark.parametrize("what", CASES)
def test_what_is_saved_since_the_plan_is_a_conflict(bench: Workbench, what: str) -> None:
    """It stays, and the next run, which sees it, writes over it."""
    uid, kind, save, look, number = CASES[what]
    snapshot, editors, wanted = bench.export(), Editors(bench), shown(bench, what)
    save(editors, "Since")
    with meanwhile(bench.emulator, (before(number, match=look), lambda: save(editors, "Editor"))):
        report, _ = restored(bench, snapshot, uid)
    stays = shown(bench, what)
    assert stays != wanted
    assert stays == [4] if what == "items" else stays in ("Editor", b"Editor")
    assert [(row["kind"], row["uid"]) for row in report.remarks["conflicts"]] == [(kind, uid)]
    assert (kind, uid) in {(gap["kind"], gap["uid"]) for gap in report.gaps}
    again, _ = restored(bench, snapshot, uid)
    assert again.gaps == []
    assert shown(bench, what) == wanted


@pytest.mark.parametrize("what", ["entry", "french", "asset", "file"])
def test_what_is_saved_between_the_last_look_and_the_write_is_told(bench: Workbench, what: str) -> None:
    uid, kind, save, _, _ = CASES[what]
    snapshot, editors, wanted = bench.export(), Editors(bench), shown(bench, what)
    save(editors, "Since")
    with meanwhile(bench.emulator, (before(match=f"^PUT /.*{uid}"), lambda: save(editors, "Editor"))):
        report, _ = restored(bench, snapshot, uid)
    assert shown(bench, what) == wanted
    ((row),) = report.remarks["meanwhile"]
    assert (row["kind"], row["uid"]) == (kind, uid)
    assert row["reason"] in {gap["reason"] for gap in report.gaps}


@pytest.mark.parametrize("answers", [True, False])
@pytest.mark.parametrize("what", ["entry", "asset"])
def test_what_is_saved_right_after_the_trash_gave_it_back(
    bench: Workbench, what: str, *, answers: bool
) -> None:
    """The trash's answer names the version that it made: the next one is somebody's. No page shows that answer; where
    it names none, nobody can tell, and the version is in the history."""
    uid, kind, save, _, _ = CASES[what]
    snapshot, editors = bench.export(), Editors(bench)
    bench.emulator.switches = Switches(trash_answers_object=answers)
    path = f"/assets/{uid}" if kind == "assets" else f"/content_types/page/entries/{uid}"
    editors.call("DELETE", path).raise_for_status()
    with meanwhile(bench.emulator, (after(match=r"^PUT .*/restore"), lambda: save(editors, "Editor"))):
        report, _ = restored(bench, snapshot, uid)
    if answers:
        assert shown(bench, what) == "Editor"
        assert [(row["kind"], row["uid"]) for row in report.remarks["conflicts"]] == [(kind, uid)]
        assert restored(bench, snapshot, uid)[0].gaps == []
    main = bench.source.main
    pictures = (one.raw["title"] for one in main.assets[PICTURE].versions.values())
    pages = (one["title"] for one in main.entries["page"][HEN].documents["en-us"].versions.values())
    titles = [*(pictures if kind == "assets" else pages)]
    assert "Editor" in titles
    assert shown(bench, what) == ("Hen and egg" if kind == "assets" else "Hen, revised")


def test_a_locked_release_is_opened_for_its_name(bench: Workbench) -> None:
    """And locked again. Where the target refuses to open it, its items still arrive, and one gap says what did not."""
    snapshot, editors, release = bench.export(), Editors(bench), bench.source.main.releases[RELEASE]
    for is_refused in (False, True):
        rename_release(editors, "Since")
        release.items.clear()
        editors.call("PUT", f"/releases/{RELEASE}", json={"release": {"locked": True}}).raise_for_status()
        if is_refused:
            refused = Fault(method="PUT", path=f"/releases/{RELEASE}", status=422, times=2, carried_out=False)
            bench.emulator.faults.add(refused)
        report, _ = restored(bench, snapshot, RELEASE)
        assert [gap["kind"] for gap in report.gaps] == (["releases"] if is_refused else [])
        assert (release.raw["name"], release.raw["locked"]) == ("Since" if is_refused else "Spring", True)
        assert [one["uid"] for one in release.items] == [HEN]
