"""Somebody saves entries while an import goes on: it is told, and a restore does not write over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors, edit_page
from every_kind_stack import SUMMER, fill_every_kind
from meanwhile import before, every, meanwhile
from small_stack import EGG, HEN, LIVE, PICTURE, fill_small
from workbench import SOURCE, TARGET, make_workbench, memory_directory

from stackferry.emulators.contentstack import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench import Workbench

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.io.storage.snapshot import Snapshot


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_every_kind)


def restore(bench: Workbench, snapshot: Snapshot, state: str = "state", **options: Any) -> ImportResult:
    asked = {"in_place": True, "on_conflict": "update", "key": SOURCE, **options}
    return bench.import_snapshot(snapshot, state, **asked)


def title(bench: Workbench, uid: str) -> object:
    return bench.source.main.entries["page"][uid].documents["en-us"].latest["title"]


def test_a_version_between_the_look_and_the_write_is_told(bench: Workbench) -> None:
    """The service takes both; the number in the answer tells, and the version is in the history."""
    snapshot, wanted = bench.export(), title(bench, HEN)
    edit_page(bench.source.main, HEN, title="Edited since")
    number = bench.source.main.entries["page"][HEN].documents["en-us"].version
    editors = Editors(bench, key=SOURCE)
    with meanwhile(
        bench.emulator,
        (before(match=f"^PUT .*/entries/{HEN}"), lambda: editors.save("page", HEN, title="By somebody")),
    ):
        done = restore(bench, snapshot)
    assert title(bench, HEN) == wanted
    (row,) = done.remarks["meanwhile"]
    assert (row["kind"], row["uid"], row["locale"], row["title"]) == ("entries", HEN, "en-us", wanted)
    assert f"version {number + 1}" in str(row["reason"])
    assert any(gap["uid"] == HEN and gap["reason"] == row["reason"] for gap in done.gaps)
    history = bench.source.main.entries["page"][HEN].documents["en-us"].versions
    assert history[number + 1]["title"] == "By somebody"


def test_a_version_of_an_asset_between_the_look_and_the_write_is_told(bench: Workbench) -> None:
    snapshot, path, editors = bench.export(), f"/assets/{PICTURE}", Editors(bench)
    editors.call("PUT", path, json={"asset": {"title": "Edited since"}}).raise_for_status()
    asset = bench.source.main.assets[PICTURE]
    number = asset.version
    sent = {"asset": {"title": "By somebody"}}
    with meanwhile(
        bench.emulator, (before(match=f"^PUT {path}"), lambda: editors.call("PUT", path, json=sent))
    ):
        done = restore(bench, snapshot)
    assert asset.latest["title"] == "Hen and egg"
    (row,) = done.remarks["meanwhile"]
    assert (row["kind"], row["uid"], row["title"]) == ("assets", PICTURE, "Hen and egg")
    assert f"version {number + 1}" in str(row["reason"])
    assert asset.versions[number + 1].raw["title"] == "By somebody"


def test_what_was_saved_since_the_plan_is_not_written_over(bench: Workbench) -> None:
    """It is a conflict, and the next run, which sees it, restores it."""
    snapshot, wanted = bench.export(), title(bench, HEN)
    edit_page(bench.source.main, HEN, title="Edited since")
    edit_page(bench.source.main, EGG, title="Edited, too", url="/too")
    editors = Editors(bench, key=SOURCE)
    look = before(match=r"^GET .*/entries\?.*%22uid%22|^GET .*/entries\?.*%24in")
    with meanwhile(bench.emulator, (look, lambda: editors.save("page", HEN, title="By somebody"))):
        done = restore(bench, snapshot)
    assert title(bench, HEN) == "By somebody"
    assert title(bench, EGG) != "Edited, too"
    (row,) = done.remarks["conflicts"]
    assert (row["uid"], row["locale"]) == (HEN, "en-us")
    # Neither is what stands on it: its publication. Its schedule waits as it did.
    assert {gap["kind"] for gap in done.gaps} == {"entries", "publications"}
    again = restore(bench, snapshot)
    assert (again.gaps, again.remarks) == ([], {})
    assert title(bench, HEN) == wanted


def test_an_editor_who_saves_all_the_time(bench: Workbench) -> None:
    """Whatever comes first, each of the editor's versions is in the history, and nothing is lost in silence."""
    snapshot = bench.export()
    edit_page(bench.source.main, HEN, title="Edited since")
    editors, saved = Editors(bench, key=SOURCE), 0

    def save() -> None:
        nonlocal saved
        saved += 1
        editors.save("page", HEN, title=f"Saved {saved}")

    with meanwhile(bench.emulator, (every(3), save)):
        done = restore(bench, snapshot)
    history = bench.source.main.entries["page"][HEN].documents["en-us"].versions
    assert {f"Saved {number + 1}" for number in range(saved)} <= {one["title"] for one in history.values()}
    told = [row["uid"] for rows in done.remarks.values() for row in rows]
    assert told == [HEN]
    assert HEN in {gap["uid"] for gap in done.gaps}


def test_undisturbed_nothing_is_told(bench: Workbench) -> None:
    snapshot = bench.export(versions="all")
    edit_page(bench.source.main, HEN, title="Edited since")
    done = restore(bench, snapshot, versions="all")
    assert (done.gaps, done.remarks) == ([], {})
    told = bench.import_snapshot(snapshot, "other", versions="all").remarks
    assert {*told} <= {"deployed"}  # what the source had deployed, which nobody disturbed


@pytest.mark.parametrize("elsewhere", [False, True])
def test_what_was_saved_and_published_since_the_plan_stays_live(elsewhere: bool) -> None:
    """Neither does the snapshot's version go live in its stead, nor is it taken down where the source shows nothing."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small)
        place = "fr-fr" if elsewhere else "en-us"
        if elsewhere:  # the snapshot does not show it there
            live = bench.source.main.entries["page"][HEN].live
            del live[LIVE, place]
        snapshot, editors = bench.export(), Editors(bench, key=SOURCE)

        def publish(title: str) -> int:
            number = editors.save("page", HEN, title=title)
            where = {"entry": {"environments": ["live"], "locales": [place]}, "locale": "en-us"}
            path = f"/content_types/page/entries/{HEN}/publish"
            editors.call("POST", path, json={**where, "version": number}).raise_for_status()
            return number

        publish("Edited since")
        look = before(match=r"^GET .*/entries\?.*%22uid%22|^GET .*/entries\?.*%24in")
        with meanwhile(bench.emulator, (look, lambda: publish("By somebody"))):
            done = restore(bench, snapshot)
        shown = bench.source.main.entries["page"][HEN].live[LIVE, place]
        assert shown.version == bench.source.main.entries["page"][HEN].documents["en-us"].version
        told = [gap for gap in done.gaps if (gap["uid"], gap["locale"]) == (HEN, place)]
        left = [row for row in done.left if row["kind"] == "publications" and row["locale"] == place]
        reasons = [str(one["reason"]) for one in (left if elsewhere else told)]
        assert any("somebody else saved version" in one and "stay" in one for one in reasons)


def test_what_follows_from_a_withheld_version_tells_the_cause(bench: Workbench) -> None:
    """Its publication: not only that it is not there. Its schedule still waits, and is no gap."""
    snapshot = bench.export()
    edit_page(bench.source.main, HEN, title="Edited since")
    editors = Editors(bench, key=SOURCE)
    look = before(match=r"^GET .*/entries\?.*%22uid%22|^GET .*/entries\?.*%24in")
    with meanwhile(bench.emulator, (look, lambda: editors.save("page", HEN, title="By somebody"))):
        done = restore(bench, snapshot)
    reasons = {gap["kind"]: str(gap["reason"]) for gap in done.gaps}
    assert set(reasons) == {"entries", "publications"}
    assert all("somebody else saved version 4 of it" in one for one in reasons.values())


def test_what_follows_from_a_refusal_tells_the_cause(bench: Workbench) -> None:
    """Of an entry that could not be created: of its later versions, its publications, and the items about it."""
    snapshot, path = bench.export(), "/content_types/page/entries/import"
    body = b'{"error_message":"Not today.","error_code":119,"errors":{}}'
    bench.emulator.faults.add(
        Fault(method="POST", path=path, times=9, status=422, carried_out=False, body=body)
    )
    done = bench.import_snapshot(snapshot)
    # What refers to it says that it is not there, and its own gap says why.
    told = [gap for gap in done.gaps if gap["kind"] != "references"]
    assert {gap["kind"] for gap in told} >= {"entries", "publications", "schedules", "release_items"}
    assert [(gap["kind"], gap["reason"]) for gap in told if "Not today." not in str(gap["reason"])] == []


def test_a_version_of_a_variant_between_the_look_and_the_write_is_told(bench: Workbench) -> None:
    """No list shows many variants, so none is looked at once more: the number in the answer tells."""
    snapshot, editors = bench.export(), Editors(bench, key=SOURCE)
    path = f"/content_types/page/entries/{HEN}/variants/{SUMMER}"

    def save(title: str) -> None:
        body = {"entry": {"title": title, "_variant": {"_change_set": ["title"], "_order": []}}}
        editors.call("PUT", path, json=body).raise_for_status()

    save("Edited since")
    with meanwhile(bench.emulator, (before(match=f"^PUT {path}"), lambda: save("By somebody"))):
        done = restore(bench, snapshot)
    one = bench.source.main.entries["page"][HEN].variants[SUMMER, "en-us"]
    assert one.latest["title"] == "Hen in summer"
    assert one.versions[3]["title"] == "By somebody"
    (row,) = done.remarks["meanwhile"]
    assert (row["kind"], row["uid"], row["locale"]) == ("variants", HEN, "en-us")
    assert "version 3" in str(row["reason"])
    assert row["reason"] in {gap["reason"] for gap in done.gaps}


@pytest.mark.parametrize("how", ["deleted", "unlinked", "unlocalized"])
def test_what_a_variant_held_unseen_is_nobodys_edit(tmp_path: Path, how: str) -> None:
    """Its group was deleted, or is not linked to the type any more, or its entry lost the language: it was not read."""
    bench = make_workbench(tmp_path, fill_every_kind)
    bench.source.publish_rules.clear()
    snapshot = bench.export()
    if how == "deleted":
        bench.source.main.variant_groups.clear()
    elif how == "unlinked":
        (group,) = bench.source.main.variant_groups.values()
        group["content_types"] = []
    else:
        del bench.source.main.entries["page"][HEN].documents["en-us"]
    done = bench.import_snapshot(snapshot, "place", key=SOURCE, in_place=True, on_conflict="update")
    assert "meanwhile" not in done.remarks
    assert [gap["reason"] for gap in done.gaps if gap["kind"] == "variants"] == []


def test_what_is_saved_of_an_entry_that_the_import_has_made_is_told(bench: Workbench) -> None:
    """It is made without its links, and written again with them: its language had no version before."""
    editors, held = Editors(bench, key=TARGET), bench.target.main.entries
    saved: list[str] = []

    def save() -> None:
        saved.extend(held["cart"])
        editors.save("cart", saved[0], title="By somebody")

    with meanwhile(bench.emulator, (before(match=r"^PUT .*/cart/entries/"), save)):
        done = bench.import_snapshot(bench.export())
    (row,) = done.remarks["meanwhile"]
    assert (row["kind"], row["uid"]) == ("entries", "bltcart")
    assert "version 2" in str(row["reason"])
    assert held["cart"][saved[0]].documents["en-us"].versions[2]["title"] == "By somebody"


def test_what_was_saved_before_the_trash_was_asked_is_not_written_over(bench: Workbench) -> None:
    """An entry that uses a file is read again when the trash has given that back; its first reading counts."""
    snapshot, editors = bench.export(), Editors(bench)
    editors.call("DELETE", f"/assets/{PICTURE}").raise_for_status()
    edit_page(bench.source.main, HEN, title="Edited since")
    moment = before(match=f"^PUT /assets/{PICTURE}/restore")
    with meanwhile(bench.emulator, (moment, lambda: editors.save("page", HEN, title="By somebody"))):
        done = restore(bench, snapshot)
    assert title(bench, HEN) == "By somebody"
    assert [(row["kind"], row["uid"]) for row in done.remarks["conflicts"]] == [("entries", HEN)]
    assert HEN in {gap["uid"] for gap in done.gaps}
    assert "meanwhile" not in done.remarks
    assert restore(bench, snapshot).remarks == {}
    assert title(bench, HEN) == "Hen, revised"


@pytest.mark.parametrize("in_place", [True, False])
def test_a_stage_set_since_the_import_looked_stays_and_is_told(bench: Workbench, in_place: bool) -> None:
    """To set a stage makes no version, so the stages are looked at once more before they are set."""
    snapshot = bench.export()
    stack: Any = bench.source if in_place else bench.target
    asked: dict[str, Any] = {} if in_place else {"key": TARGET, "in_place": False}
    if not in_place:
        bench.import_snapshot(snapshot)
    (flow,) = stack.workflows.values()
    first, second = (stage["uid"] for stage in flow["workflow_stages"])
    uid = next(one for one, entry in stack.main.entries["page"].items() if _stage(entry) == first)
    entry = stack.main.entries["page"][uid]

    def move(to: str) -> None:
        sent = {"workflow": {"workflow_stage": {"uid": to, "comment": "By somebody"}}}
        path = f"/content_types/page/entries/{uid}/workflow"
        editors.call("POST", path, params={"locale": "en-us"}, json=sent).raise_for_status()

    editors = Editors(bench, key=asked.get("key", SOURCE))
    entry.documents["en-us"].workflow = {"uid": second, "name": "Done"}
    look = before(match="^GET .*/entries.*include_workflow=true&skip=|^GET .*uid.*include_workflow=true")
    with meanwhile(bench.emulator, (look, lambda: move(second))):
        done = restore(bench, snapshot, **asked)
    assert entry.documents["en-us"].workflow["comment"] == "By somebody"
    (row,) = done.remarks["conflicts"]
    assert (row["kind"], row["uid"], row["locale"]) == ("workflow_stages", HEN, "en-us")
    assert [gap["reason"] for gap in done.gaps if gap["kind"] == "workflow_stages"] == [row["reason"]]
    assert "conflicts" not in restore(bench, snapshot, **asked).remarks
    assert _stage(entry) == first


def _stage(entry: Any) -> object:
    return "en-us" in entry.documents and (entry.documents["en-us"].workflow or {}).get("uid")


@pytest.mark.parametrize("in_place", [True, False])
def test_a_language_deleted_before_its_write_is_told(bench: Workbench, in_place: bool) -> None:
    """The write makes it anew: the number in the answer is a first one again."""
    snapshot = bench.export()
    stack: Any = bench.source if in_place else bench.target
    asked: dict[str, Any] = {} if in_place else {"key": TARGET, "in_place": False}
    if not in_place:
        bench.import_snapshot(snapshot)
    editors = Editors(bench, key=asked.get("key", SOURCE))
    uid = next(one for one, entry in stack.main.entries["page"].items() if len(entry.documents) > 1)
    editors.save("page", uid, "fr-fr", title="Since")
    path = f"/content_types/page/entries/{uid}"

    def delete() -> None:
        editors.call("DELETE", path, params={"locale": "fr-fr"}).raise_for_status()

    with meanwhile(bench.emulator, (before(match=rf"^PUT {path}\?locale=fr-fr"), delete)):
        done = restore(bench, snapshot, **asked)
    (row,) = done.remarks["meanwhile"]
    assert (row["kind"], row["uid"], row["locale"]) == ("entries", EGG, "fr-fr")
    assert "deleted it" in str(row["reason"])
    assert row["reason"] in {gap["reason"] for gap in done.gaps}


@pytest.mark.parametrize("version", [2, None])
def test_what_is_published_since_the_import_looked_stays_live(bench: Workbench, version: int | None) -> None:
    """Or is taken down: neither makes a version, so what is live is looked at once more before it is replaced."""
    bench.source.publish_rules.clear()
    snapshot, editors = bench.export(), Editors(bench, key=SOURCE)
    live = bench.source.main.entries["page"][HEN].live

    def publish(number: int | None) -> None:
        where = {"entry": {"environments": ["live"], "locales": ["en-us"]}, "locale": "en-us"}
        path = f"/content_types/page/entries/{HEN}/{'publish' if number else 'unpublish'}"
        editors.call("POST", path, json=where | ({"version": number} if number else {})).raise_for_status()

    publish(None if version else 2)
    with meanwhile(bench.emulator, (before(match=r"^GET /releases/[^/]*/items"), lambda: publish(version))):
        done = restore(bench, snapshot)
    place = (LIVE, "en-us")
    assert (live[place].version if place in live else None) == version
    (told,) = [gap for gap in done.gaps if (gap["kind"], gap["uid"]) == ("publications", HEN)]
    what = f"published version {version}" if version else "took it down"
    assert f"somebody else {what} there since the import looked at it" in str(told["reason"])
    assert restore(bench, snapshot).gaps == []
    assert live[place].version == 1
