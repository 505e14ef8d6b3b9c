"""`restore`: single entries of a snapshot back where they come from, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from meanwhile import after, meanwhile
from random_stack import STAMPS
from restoring import plan, restored
from small_stack import EGG, HEN, LIVE, PICTURE, fill_small
from workbench import SOURCE, TARGET, served_bench

from oracle import compare
from stackferry.emulators.contentstack.state import ForkTerms
from stackferry.errors import UsageError
from stackferry.exact_json import dumps, loads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.emulators.application import HttpRequest
    from stackferry.model import Json, JsonObject

PAGE = "/v3/content_types/page/entries"


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with served_bench(fill_small) as bench:
        yield bench


def latest(bench: Workbench, uid: str, locale: str = "en-us", kind: str = "page") -> Any:
    return bench.source.main.entries[kind][uid].documents[locale].latest


def sent_bodies(bench: Workbench) -> list[Any]:
    """The bodies of the updates of entries, as they arrive from now on."""
    found: list[Any] = []
    handle = bench.emulator.handle

    def seen(request: Any) -> Any:
        if request.method == "PUT" and "/entries/" in request.path:
            found.append(request.body)
        return handle(request)

    bench.emulator.handle = seen  # type: ignore[method-assign] # the seam of the emulator's application
    return found


def test_only_the_field_that_differs_is_written(bench: Workbench) -> None:
    """One write, of the entry alone; what others edited meanwhile stays; twice is nothing."""
    snapshot, editors = bench.export(), Editors(bench)
    before = latest(bench, HEN)
    for uid in (HEN, EGG):
        editors.save("page", uid, title=f"Edited since {uid}")
    bodies = sent_bodies(bench)
    report, writes = restored(bench, snapshot, HEN)
    assert writes == [f"PUT {PAGE}/{HEN}"]
    assert bodies == [dumps({"entry": {"title": before["title"]}})]
    assert (report.gaps, report.left, report.remarks) == ([], [], {})
    assert report.named == [{"kind": "entries", "uid": HEN, "content_type": "page", "title": "Hen, revised"}]
    assert latest(bench, HEN)["title"] == before["title"]
    assert latest(bench, EGG)["title"] == f"Edited since {EGG}"
    assert restored(bench, snapshot, HEN)[1] == []
    assert restored(bench, snapshot, HEN, state=bench.root / "another")[1] == []
    # Another object needs no other state.
    assert restored(bench, snapshot, EGG)[1] == [f"PUT {PAGE}/{EGG}"]


@pytest.mark.parametrize("edited", [{"title": "Edited since"}, {"picture": None}, {}])
@pytest.mark.parametrize("gone", [f"/content_types/page/entries/{EGG}", f"/assets/{PICTURE}"])
def test_a_link_that_leads_nowhere_is_told_each_time(
    bench: Workbench, gone: str, edited: dict[str, Any]
) -> None:
    """What it refers to was deleted: with a write and without one the field keeps its value, and that is a gap."""
    snapshot, editors = bench.export(), Editors(bench)
    if edited:
        editors.save("page", HEN, **edited)
    before = latest(bench, HEN)
    everywhere = {"delete_all_localized": "true"} if "entries" in gone else {}
    editors.call("DELETE", gone, params=everywhere).raise_for_status()
    planned = plan(bench, snapshot, HEN)
    first, _ = restored(bench, snapshot, HEN)
    assert [gap["path"] for gap in first.gaps] == ["/partner/0/uid" if "entries" in gone else "/picture/uid"]
    assert planned.gaps == first.gaps
    name = "partner" if "entries" in gone else "picture"
    assert latest(bench, HEN)[name] == before[name]  # of a file that is gone no answer shows the uid
    for _ in range(2):
        again, writes = restored(bench, snapshot, HEN)
        assert (writes, again.gaps) == ([], first.gaps)


def test_an_entry_is_found_by_its_title_or_url(bench: Workbench) -> None:
    main = bench.source.main
    main.put_entry_version("page", "en-us", {**latest(bench, EGG), "url": "/egg", "_version": 2})
    snapshot = bench.export()
    for name in ("Egg", "/egg", "Œuf"):
        assert [row["uid"] for row in restored(bench, snapshot, name)[0].named] == [EGG]


def test_gaps_of_the_snapshot_are_told_where_they_are_of_what_is_restored(bench: Workbench) -> None:
    snapshot = bench.export()
    gaps: list[Json] = [{"kind": "entries", "uid": one, "reason": "invented"} for one in (HEN, "blt_other")]
    snapshot.manifest["gaps"] = [*gaps, {"kind": "webhooks", "uid": "*", "reason": "invented"}]
    assert restored(bench, snapshot, HEN)[0].gaps == [gaps[0]]
    assert restored(bench, snapshot, EGG)[0].gaps == []


def test_what_is_saved_while_it_runs_is_not_written_over(bench: Workbench) -> None:
    """It is a conflict, and the next run restores it."""
    snapshot, editors = bench.export(), Editors(bench)
    editors.save("page", HEN, title="Edited since")
    with meanwhile(
        bench.emulator,
        (after(match=f"GET .*/entries/{HEN}"), lambda: editors.save("page", HEN, title="Late")),
    ):
        report, writes = restored(bench, snapshot, HEN)
    assert [call for call in writes if call.startswith("PUT")] == []
    assert [row["uid"] for row in report.remarks["conflicts"]] == [HEN]
    assert latest(bench, HEN)["title"] == "Late"
    restored(bench, snapshot, HEN)
    assert latest(bench, HEN)["title"] == "Hen, revised"


def test_a_field_that_the_type_lost_is_a_gap_and_a_new_one_stays(bench: Workbench) -> None:
    """The type is not touched; twice is nothing."""
    main, editors = bench.source.main, Editors(bench)
    page: Any = main.content_types["page"]
    lost: JsonObject = {"uid": "lost", "display_name": "Lost", "data_type": "text"}
    new: JsonObject = {"uid": "new", "display_name": "New", "data_type": "text"}
    main.content_types["page"] = {**page, "schema": [*page["schema"], lost]}
    editors.save("page", HEN, lost="a value")
    snapshot = bench.export()
    changed: JsonObject = {**page, "schema": [*page["schema"], new]}
    editors.call("PUT", "/content_types/page", json={"content_type": changed}).raise_for_status()
    editors.save("page", HEN, title="Edited since", new="newer")
    types = dict(main.content_types)
    bodies = sent_bodies(bench)
    report, writes = restored(bench, snapshot, HEN)
    assert writes == [f"PUT {PAGE}/{HEN}"]
    assert bodies == [dumps({"entry": {"title": "Hen, revised"}})]
    assert [(gap["uid"], gap["path"]) for gap in report.gaps] == [(HEN, "/lost")]
    assert "no field 'lost' any more" in str(report.gaps[0]["reason"])
    assert (latest(bench, HEN)["title"], latest(bench, HEN)["new"]) == ("Hen, revised", "newer")
    assert main.content_types == types
    again, writes = restored(bench, snapshot, HEN)
    assert (writes, again.gaps) == ([], report.gaps)


def test_fields_inside_of_groups_and_blocks(bench: Workbench) -> None:
    """One that is lost is a gap with its path, one that is new keeps its value; each group is written as a whole."""
    main, editors = bench.source.main, Editors(bench)
    page: Any = main.content_types["page"]

    def with_fields(*names: str) -> Any:
        inner = [{"uid": one, "display_name": one, "data_type": "text"} for one in names]
        group = {"uid": "facts", "data_type": "group", "display_name": "F", "multiple": True, "schema": inner}
        parts = [{"uid": one, "title": one, "schema": [inner[0]]} for one in names]
        blocks = {
            "uid": "parts",
            "data_type": "blocks",
            "display_name": "P",
            "multiple": True,
            "blocks": parts,
        }
        return {**page, "schema": [*page["schema"], group, blocks]}

    main.content_types["page"] = with_fields("name", "lost")
    facts = [{"name": "a", "lost": "x", "_metadata": {"uid": "csa"}}]
    parts = [{"name": {"name": "1", "_metadata": {"uid": "cs1"}}}, {"lost": {"name": "2"}}]
    editors.save("page", HEN, facts=facts, parts=parts)
    snapshot = bench.export()
    main.content_types["page"] = with_fields("name", "since")
    edited = [{"name": "changed", "since": "newer", "_metadata": {"uid": "csa"}}]
    editors.save("page", HEN, facts=edited, parts=[{"name": {"name": "changed"}}])
    report, writes = restored(bench, snapshot, HEN)
    assert writes == [f"PUT {PAGE}/{HEN}"]
    assert {gap["path"] for gap in report.gaps} == {"/facts/0/lost", "/parts/1/lost"}
    held = latest(bench, HEN)
    assert [(one["name"], one["since"], one.get("lost")) for one in held["facts"]] == [("a", "newer", None)]
    assert [one["name"]["name"] for one in held["parts"]] == ["1"]
    assert restored(bench, snapshot, HEN)[1] == []


def test_a_translation_that_is_missing_comes_back_and_a_new_one_stays(bench: Workbench) -> None:
    snapshot, editors = bench.export(), Editors(bench)
    path = f"/content_types/page/entries/{EGG}"
    editors.call("DELETE", path, params={"locale": "fr-fr"}).raise_for_status()
    editors.save("page", HEN, "fr-fr", title="Poule", partner=latest(bench, HEN)["partner"])
    report, _ = restored(bench, snapshot, EGG, HEN)
    assert latest(bench, EGG, "fr-fr")["title"] == "Œuf"
    assert [(row["kind"], row["locale"], row["uids"]) for row in report.left] == [
        ("localizations", "fr-fr", [HEN])
    ]
    assert restored(bench, snapshot, EGG, HEN)[1] == []


def test_one_language(bench: Workbench) -> None:
    """The others stay as they are, the master's too."""
    snapshot, editors = bench.export(), Editors(bench)
    editors.save("page", EGG, title="Edited since")
    editors.save("page", EGG, "fr-fr", title="Changé depuis")
    _, writes = restored(bench, snapshot, EGG, locales=["fr-fr"])
    assert writes == [f"PUT {PAGE}/{EGG}"]
    assert (latest(bench, EGG)["title"], latest(bench, EGG, "fr-fr")["title"]) == ("Edited since", "Œuf")
    assert restored(bench, snapshot, EGG, locales=["fr-fr"])[1] == []


def test_an_older_version_becomes_the_latest_and_is_not_published(bench: Workbench) -> None:
    """It stays in the workflow stage that it is in, and no version tells that of its own."""
    bench.source.main.entries["page"][HEN].documents["en-us"].workflow = {"uid": "bltstage", "name": "Draft"}
    snapshot = bench.export()
    before = bench.dump(SOURCE)
    report, writes = restored(bench, snapshot, HEN, version=1)
    assert writes == [f"PUT {PAGE}/{HEN}"]
    assert report.left == []
    assert (latest(bench, HEN)["title"], latest(bench, HEN)["_version"]) == ("Hen", 3)
    assert {one.partition(":")[0] for one in map(str, compare(before, bench.dump(SOURCE)))} != set()
    assert restored(bench, snapshot, HEN, version=1)[1] == []


def test_a_version_of_one_language_tells_nothing_of_the_others(bench: Workbench) -> None:
    """The snapshot has the entry in French, too. The entry is called what its master is."""
    editors = Editors(bench)
    german: JsonObject = {"code": "de-de", "uid": "bltaaaaaaaaaaaaaa05", "name": "German"}
    bench.source.main.put_locale({**german, "fallback_locale": "en-us", **STAMPS})
    document = latest(bench, EGG)
    editors.save("page", EGG, "de-de", title="Ei", partner=document.get("partner"))
    editors.save("page", EGG, title="Egg again")
    snapshot = bench.export(versions="all")
    report, writes = restored(bench, snapshot, EGG, version=document["_version"])
    assert writes == [f"PUT {PAGE}/{EGG}"]
    assert report.left == []
    assert [row["title"] for row in report.named] == ["Egg again"]


def test_what_is_live_is_made_exact_in_all_environments(bench: Workbench) -> None:
    """Published again in its old version, taken down elsewhere; with publish="none" neither."""
    snapshot, editors = bench.export(), Editors(bench)
    bench.source.put("environments", {"uid": "blt_preview", "name": "preview", "urls": []})
    path, before = f"/content_types/page/entries/{EGG}", bench.dump(SOURCE)
    for call, place in (("unpublish", LIVE), ("publish", "blt_preview")):
        where = {"entry": {"environments": [place], "locales": ["en-us"]}, "locale": "en-us"}
        editors.call("POST", f"{path}/{call}", json={**where, "version": 1}).raise_for_status()
    assert restored(bench, snapshot, EGG, publish="none")[1] == []
    _, writes = restored(bench, snapshot, EGG)
    assert len(writes) == 2
    assert compare(before, bench.dump(SOURCE)) == []
    assert restored(bench, snapshot, EGG)[1] == []


def test_an_entry_that_was_deleted_since(bench: Workbench) -> None:
    """From the trash under its uid; what refers to it leads to it again, and nothing else is written."""
    snapshot, before = bench.export(), bench.dump(SOURCE)
    every = {"delete_all_localized": "true"}
    Editors(bench).call("DELETE", f"/content_types/page/entries/{EGG}", params=every).raise_for_status()
    report, writes = restored(bench, snapshot, EGG)
    assert report.gaps == []
    assert {call.partition(" ")[2] for call in writes} <= {f"{PAGE}/{EGG}/restore", "/v3/bulk/publish"}
    assert compare(before, bench.dump(SOURCE)) == []
    assert restored(bench, snapshot, EGG)[1] == []


def test_a_dry_run_lists_each_field_with_both_values(bench: Workbench) -> None:
    snapshot = bench.export()
    Editors(bench).save("page", HEN, title="Edited since", tags=["x"])
    found = plan(bench, snapshot, HEN)
    assert bench.writes() == 0
    (row,) = found.writes
    assert (row["uid"], row["title"], row["locale"]) == (HEN, "Hen, revised", "en-us")
    assert row["fields"] == [
        {"path": "/tags", "from": ["x"]},
        {"path": "/title", "from": "Edited since", "to": "Hen, revised"},
    ]
    assert found.plan["entries"]


def test_into_another_stack(bench: Workbench) -> None:
    """Any place will do: an entry that it lacks is made there, under the identities of earlier imports."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot, identities=lambda *_: bench.root / "map.jsonl")
    (hen,) = (
        uid
        for uid, one in bench.target.main.entries["page"].items()
        if "en-us" in one.documents and one.documents["en-us"].latest["title"] == "Hen, revised"
    )
    Editors(bench, key=TARGET).save("page", hen, title="Theirs")
    report, writes = restored(bench, snapshot, HEN, key=TARGET, identities=bench.root / "map.jsonl")
    assert [call for call in writes if "publish" not in call] == [f"PUT {PAGE}/{hen}"]
    assert report.gaps == []
    assert restored(bench, snapshot, HEN, key=TARGET, identities=bench.root / "map.jsonl")[1] == []


def test_one_language_leaves_what_is_the_masters(bench: Workbench) -> None:
    """Fields that are not localizable are the master's, which is not restored."""
    main, editors = bench.source.main, Editors(bench)
    page: Any = main.content_types["page"]
    shared: JsonObject = {"uid": "number", "display_name": "N", "data_type": "text", "non_localizable": True}
    main.content_types["page"] = {**page, "schema": [*page["schema"], shared]}
    editors.save("page", EGG, number="one")
    snapshot = bench.export()
    editors.save("page", EGG, number="two")
    editors.save("page", EGG, "fr-fr", title="Changé depuis")
    bodies = sent_bodies(bench)
    restored(bench, snapshot, EGG, locales=["fr-fr"])
    assert bodies == [dumps({"entry": {"title": "Œuf"}})]
    assert latest(bench, EGG)["number"] == "two"


@pytest.mark.parametrize("is_new", [False, True])
def test_one_language_of_an_entry_that_was_deleted(bench: Workbench, is_new: bool) -> None:
    """That language alone comes back: whoever wants the others names them."""
    snapshot, path = bench.export(), f"/content_types/page/entries/{EGG}"
    if is_new:
        del bench.source.main.entries["page"][EGG]
    else:
        every = {"delete_all_localized": "true"}
        Editors(bench).call("DELETE", path, params=every).raise_for_status()
    report, _ = restored(bench, snapshot, EGG, locales=["fr-fr"])
    # Under another uid, the release holds HEN at a version that refers to what is gone.
    stale = [("release_items", HEN)] if is_new else []
    assert [(str(gap["kind"]), str(gap["path"])) for gap in report.gaps] == stale
    (found,) = (
        one
        for one in bench.source.main.entries["page"].values()
        if "fr-fr" in one.documents and one.documents["fr-fr"].latest["title"] == "Œuf"
    )
    assert list(found.documents) == ["fr-fr"]
    assert restored(bench, snapshot, EGG, locales=["fr-fr"])[1] == []


def test_a_new_field_inside_of_a_group_stays_where_an_older_version_is_written_first(
    bench: Workbench,
) -> None:
    """The older version that is live is not in the entry's history: it is written, published, and written over."""
    main, editors = bench.source.main, Editors(bench)
    page: Any = main.content_types["page"]

    def with_fields(*names: str) -> Any:
        inner = [{"uid": one, "display_name": one, "data_type": "text"} for one in names]
        group = {
            "uid": "facts",
            "data_type": "group",
            "display_name": "F",
            "multiple": False,
            "schema": inner,
        }
        return {**page, "schema": [*page["schema"], group]}

    main.content_types["page"] = with_fields("name")
    editors.save("page", HEN, facts={"name": "snapshot"})
    snapshot = bench.export()
    entry = main.entries["page"][HEN].documents["en-us"]
    main.content_types["page"] = with_fields("name", "since")
    editors.save("page", HEN, facts={"name": "changed", "since": "newer"})
    for version in (1, 2):
        entry.versions[version] = {**entry.versions[version], "title": f"rewritten {version}"}
    restored(bench, snapshot, HEN)
    assert latest(bench, HEN)["facts"] == {"name": "snapshot", "since": "newer"}


def test_into_another_branch(bench: Workbench) -> None:
    """What is named is as in the snapshot afterwards, also where it was edited in that branch alone."""
    snapshot = bench.export()
    dev = bench.source.main.fork("dev", {"uid": "dev", "source": "main"}, ForkTerms())
    bench.source.branches["dev"] = dev
    Editors(bench, branch="dev").save("page", HEN, title="Edited in dev")
    report, writes = restored(bench, snapshot, HEN, branch="dev")
    assert f"PUT {PAGE}/{HEN}" in writes
    assert dev.entries["page"][HEN].documents["en-us"].latest["title"] == "Hen, revised"
    assert "conflicts" not in report.remarks
    assert restored(bench, snapshot, HEN, branch="dev")[1] == []


def test_an_older_version_of_another_language(bench: Workbench) -> None:
    """Each language counts its own; without --locale it is the master's."""
    editors = Editors(bench)
    for title in ("Œuf, revu", "Œuf, revu encore"):
        editors.save("page", EGG, "fr-fr", title=title)
    snapshot = bench.export(versions="all")
    with pytest.raises(UsageError, match="holds 1 of en-us; 1, 2, 3 of fr-fr"):
        restored(bench, snapshot, EGG, version=2)
    _, writes = restored(bench, snapshot, EGG, version=2, locales=["fr-fr"])
    assert writes == [f"PUT {PAGE}/{EGG}"]
    assert latest(bench, EGG, "fr-fr")["title"] == "Œuf, revu"
    assert latest(bench, EGG)["title"] == "Egg"


def test_a_service_that_empties_what_an_update_does_not_name(bench: Workbench) -> None:
    """No page says that it keeps that: what is lost is told."""
    snapshot, handle = bench.export(), bench.emulator.handle
    Editors(bench).save("page", HEN, title="Edited since")

    def replacing(request: HttpRequest) -> Any:
        if request.method == "PUT" and "/entries/" in request.path:
            body: Any = loads(request.body)
            request = replace(request, body=dumps({"entry": {"picture": None, **body["entry"]}}))
        return handle(request)

    bench.emulator.handle = replacing  # type: ignore[method-assign] # the seam of the emulator's application
    report, _ = restored(bench, snapshot, HEN)
    assert [(gap["uid"], gap["path"]) for gap in report.gaps] == [(HEN, "/picture")]
