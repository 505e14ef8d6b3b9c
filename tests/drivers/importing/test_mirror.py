"""A mirror: what the source has is written, and what only the target has is deleted. Nothing else is."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import fill_every_kind
from meanwhile import after, before, meanwhile
from round_trip import explain_differences
from small_stack import EGG, HEN, fill_small
from test_trash import PAGES
from workbench import SOURCE, TARGET, Cut, RecordingTransport, cut_at, make_workbench, memory_directory

from sampling import sampled
from stackferry.emulators.contentstack import Fault, Switches
from stackferry.errors import BadAnswer, UsageError
from stackferry.providers.contentstack.system import Contentstack
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from random_fields import Row
    from workbench import Workbench

    from stackferry.drivers.import_run import ImportResult
    from stackferry.io.storage.snapshot import Snapshot

Log = list[str]
SHARES = 4
Filled = tuple["Workbench", "Snapshot", dict[str, str], list[str]]


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


@pytest.fixture
def every_kind() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_every_kind)


def mirror(
    bench: Workbench, snapshot: Snapshot, state: str = "state", **options: Any
) -> tuple[ImportResult, Log]:
    """The result of a mirror, and the writes that it sent."""
    transport = RecordingTransport(bench.emulator)
    asked = {"mirror": True, "on_conflict": "update", **options}
    done = bench.import_snapshot(snapshot, state, transport=transport, **asked)
    return done, [call for call in transport.log if not call.startswith("GET")]


def add_surplus(bench: Workbench) -> dict[str, str]:
    """One more object of every kind that a mirror deletes, in a target that was filled; their uids."""
    editor, main = Editors(bench, key=TARGET), bench.target.main
    egg = next(uid for uid, one in main.entries["page"].items() if "Egg" in titles(one))
    fields: Any = {"partner": [{"uid": egg, "_content_type_uid": "page"}]}

    def made(method: str, path: str, **request: Any) -> Any:
        return editor.call(method, path, **request).raise_for_status().json()

    entry = made("POST", "/content_types/page/entries", json={"entry": {"title": "Surplus", **fields}})[
        "entry"
    ]
    hen = next(uid for uid, one in main.entries["page"].items() if "Hen, revised" in titles(one))
    for uid, title in ((entry["uid"], "De trop"), (hen, "Poule")):
        sent = {"entry": {"title": title, **fields}}
        made("PUT", f"/content_types/page/entries/{uid}", params={"locale": "fr-fr"}, json=sent)
    file = {"asset[upload]": ("surplus.txt", b"surplus", "text/plain")}
    asset = made("POST", "/assets", files=file)["asset"]
    (spring,) = main.releases
    release = made("POST", "/releases", json={"release": {"name": "Surplus"}})["release"]
    main.releases[spring].raw["locked"] = False
    item = {
        "uid": entry["uid"],
        "version": 1,
        "locale": "en-us",
        "content_type_uid": "page",
        "action": "publish",
    }
    made("POST", f"/releases/{spring}/items", json={"items": [item]})
    main.releases[spring].raw["locked"] = True
    return {
        "entries": entry["uid"],
        "assets": asset["uid"],
        "releases": release["uid"],
        "hen": hen,
        "spring": spring,
    }


def titles(entry: Any) -> set[str]:
    return {document.latest["title"] for document in entry.documents.values()}


def differences(bench: Workbench) -> list[str]:
    """How the target differs from the source, modulo uids."""
    return explain_differences(bench.dump(SOURCE), bench.dump(TARGET), []).unexplained


@pytest.fixture
def filled(bench: Workbench) -> Filled:
    """A target that holds a snapshot and more; and how it differed before."""
    return twin(bench)


def twin(bench: Workbench) -> Filled:
    """A target that was filled like its source: with the same uids."""
    fill_small(bench.target)
    return bench, bench.export(), add_surplus(bench), []


def fill_target(bench: Workbench) -> Filled:
    """A target that was filled by an import."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot)
    before = differences(bench)
    return bench, snapshot, add_surplus(bench), before


def test_what_only_the_target_has_is_deleted(every_kind: Workbench) -> None:
    """Items of releases first, then releases, languages, entries, assets; a second time nothing is sent."""
    bench, snapshot, surplus, before = fill_target(every_kind)
    done, writes = mirror(bench, snapshot)
    assert (done.gaps, done.left) == ([], [])
    assert differences(bench) == before
    page = "/v3/content_types/page/entries"
    assert [call for call in writes if call.startswith("DELETE")] == [
        f"DELETE /v3/releases/{surplus['spring']}/items",
        f"DELETE /v3/releases/{surplus['releases']}",
        f"DELETE {page}/{surplus['hen']}?locale=fr-fr",
        f"DELETE {page}/{surplus['entries']}?delete_all_localized=true",
        f"DELETE /v3/assets/{surplus['assets']}",
    ]
    assert bench.target.main.releases[surplus["spring"]].raw["locked"] is True
    assert bench.emulator.defects == []
    assert mirror(bench, snapshot)[1] == []
    assert mirror(bench, snapshot, "another")[1] == []
    assert bench.verify(snapshot).differences == []


def test_the_report_names_what_was_deleted(filled: Filled) -> None:
    bench, snapshot, surplus, _ = filled
    done, _ = mirror(bench, snapshot)
    told = {(row["kind"], row["uid"], row["title"], row.get("locale")) for row in done.remarks["removed"]}
    assert told == {
        ("release_items", surplus["entries"], "Surplus", "en-us"),
        ("releases", surplus["releases"], "Surplus", None),
        ("localizations", surplus["hen"], "Poule", "fr-fr"),
        ("entries", surplus["entries"], "Surplus", None),
        ("assets", surplus["assets"], "surplus.txt", None),
    }


def test_a_dry_run_names_every_deletion(filled: Filled) -> None:
    bench, snapshot, surplus, _ = filled
    written = bench.writes()
    lines = bench.plan(snapshot, "dry", mirror=True, on_conflict="update")
    deleted = [row for row in lines if row["line"] == "write" and row["action"] == "delete"]
    assert [(row["kind"], row["target"], row.get("title")) for row in deleted] == [
        ("release_items", surplus["entries"], "Surplus"),
        ("releases", surplus["releases"], "Surplus"),
        ("localizations", surplus["hen"], "Poule"),
        ("entries", surplus["entries"], "Surplus"),
        ("assets", surplus["assets"], "surplus.txt"),
    ]
    assert bench.writes() == written


def test_types_and_what_belongs_to_the_stack_stay(filled: Filled) -> None:
    """Also where all entries of such a type go; it is told as left."""
    bench, snapshot, _, _ = filled
    target = bench.target
    title: Any = {"uid": "title", "display_name": "Title", "data_type": "text", "mandatory": True}
    target.main.put_content_type({"uid": "own", "title": "Own", "schema": [title]})
    target.main.put_entry_version("own", "en-us", {"uid": "blt_own", "title": "Own", "_version": 1})
    target.main.put_locale({"code": "de-de", "uid": "blt_de", "name": "German", "fallback_locale": "en-us"})
    target.put("environments", {"uid": "blt_env", "name": "own", "urls": []})
    target.main.put_asset({"uid": "blt_folder", "name": "Own", "is_dir": True, "_version": 1})
    target.put("webhooks", {"uid": "blt_hook", "name": "own", "destinations": [], "disabled": True})
    done, _ = mirror(bench, snapshot)
    assert done.gaps == []
    assert target.main.entries.get("own", {}) == {}
    assert "own" in target.main.content_types
    assert "de-de" in target.main.locales
    assert "blt_env" in target.environments
    assert "blt_hook" in target.webhooks
    assert "blt_folder" in target.main.assets
    assert [(row["kind"], row["uids"]) for row in done.left] == [
        ("content_types", ["own"]),
        ("environments", ["blt_env"]),
        ("folders", ["blt_folder"]),
        ("locales", ["de-de"]),
        ("webhooks", ["blt_hook"]),
    ]


def test_without_mirror_everything_stays_and_is_told(filled: Filled) -> None:
    bench, snapshot, surplus, _ = filled
    done = bench.import_snapshot(snapshot, on_conflict="update")
    assert [(row["kind"], row.get("content_type"), row["uids"]) for row in done.left] == [
        ("assets", None, [surplus["assets"]]),
        ("entries", "page", [surplus["entries"]]),
        ("localizations", "page", [surplus["hen"]]),
        ("release_items", "page", [surplus["entries"]]),
        ("releases", None, [surplus["releases"]]),
    ]
    assert surplus["entries"] in bench.target.main.entries["page"]


def test_only_what_was_asked_for_is_deleted(filled: Filled) -> None:
    bench, snapshot, surplus, _ = filled
    done, _ = mirror(bench, snapshot, only=frozenset({"assets"}))
    main = bench.target.main
    assert {row["kind"] for row in done.remarks["removed"]} == {"assets"}
    assert surplus["assets"] not in main.assets
    assert surplus["entries"] in main.entries["page"]
    assert surplus["releases"] in main.releases


# --- editors ---


def test_what_was_edited_meanwhile_stays_and_is_told(filled: Filled) -> None:
    """An entry that is saved after the import has read the target, and before it is deleted."""
    bench, snapshot, surplus, _ = filled
    editor, entry = Editors(bench, key=TARGET), surplus["entries"]
    moment = before(match="DELETE .*/releases/[^/]*$")
    with meanwhile(bench.emulator, (moment, lambda: editor.save("page", entry, title="Needed"))):
        done, writes = mirror(bench, snapshot)
    assert not any(entry in call for call in writes if call.startswith("DELETE /v3/content_types"))
    assert [(row["kind"], row["uid"]) for row in done.gaps] == [("entries", entry)]
    assert [(row["uid"], row["title"]) for row in done.remarks["conflicts"]] == [(entry, "Surplus")]
    assert bench.target.main.entries["page"][entry].documents["en-us"].latest["title"] == "Needed"
    assert mirror(bench, snapshot)[0].gaps == []  # now it was read as it is
    assert entry not in bench.target.main.entries["page"]


def test_a_language_that_an_entry_gets_meanwhile_keeps_it(filled: Filled) -> None:
    bench, snapshot, surplus, _ = filled
    bench.target.main.put_locale(
        {"code": "de-de", "uid": "blt_de", "name": "German", "fallback_locale": "en-us"}
    )
    entry = bench.target.main.entries["page"][surplus["entries"]]
    sent = {"title": "Deutsch", "partner": entry.documents["en-us"].latest["partner"]}
    editor = Editors(bench, key=TARGET)
    moment = before(match="DELETE .*/releases/[^/]*$")
    with meanwhile(bench.emulator, (moment, lambda: editor.save("page", entry.uid, "de-de", **sent))):
        done, _ = mirror(bench, snapshot)
    assert [(row["kind"], row["uid"]) for row in done.gaps] == [("entries", entry.uid)]
    assert {*entry.documents} == {"en-us", "fr-fr", "de-de"}


def test_what_is_made_meanwhile_is_not_deleted(filled: Filled) -> None:
    """Also of the same title as what is."""
    bench, snapshot, surplus, _ = filled
    editor, made = Editors(bench, key=TARGET), []
    file = {"asset[upload]": ("surplus.txt", b"surplus", "text/plain")}
    moment = after(match="DELETE /assets/")
    with meanwhile(
        bench.emulator, (moment, lambda: made.append(editor.call("POST", "/assets", files=file).json()))
    ):
        done, _ = mirror(bench, snapshot)
    assert done.gaps == []
    assert made[0]["asset"]["uid"] in bench.target.main.assets
    assert surplus["assets"] not in bench.target.main.assets


def test_what_somebody_else_deletes_is_no_gap(filled: Filled) -> None:
    bench, snapshot, surplus, _ = filled
    editor, page = Editors(bench, key=TARGET), "/content_types/page/entries"
    moment = before(match="DELETE .*/releases/[^/]*$")
    everywhere = {"delete_all_localized": "true"}
    with meanwhile(
        bench.emulator,
        (moment, lambda: editor.call("DELETE", f"{page}/{surplus['entries']}", params=everywhere)),
    ):
        done, _ = mirror(bench, snapshot)
    assert done.gaps == []


def test_an_entry_that_its_stage_locks_is_a_gap(every_kind: Workbench) -> None:
    bench, snapshot, surplus, _ = fill_target(every_kind)
    (flow,) = bench.target.workflows.values()
    stages: Any = flow["workflow_stages"]
    flow["workflow_stages"] = [{**stages[0], "entry_lock": "$all"}, *stages[1:]]
    document = bench.target.main.entries["page"][surplus["entries"]].documents["en-us"]
    document.workflow = {"uid": stages[0]["uid"], "name": "Draft"}
    done, _ = mirror(bench, snapshot, only=Contentstack().parse_kinds(["entries"]))
    gaps = [row for row in done.gaps if row["uid"] == surplus["entries"]]
    assert len(gaps) == 1
    assert "'Draft'" in str(gaps[0]["reason"])


# --- what is refused ---


def refused(bench: Workbench, snapshot: Snapshot, match: str, **options: Any) -> None:
    written = bench.writes()
    with pytest.raises(UsageError, match=match):
        mirror(bench, snapshot, **options)
    assert bench.writes() == written


def test_a_narrowed_snapshot_or_a_selection_is_refused(filled: Filled) -> None:
    bench, snapshot, _, _ = filled
    for name, options in (
        ("types", {"types": frozenset({"page"})}),
        ("locales", {"locales": frozenset({"en-us"})}),
        ("assets", {"assets": False}),
    ):
        refused(bench, bench.export(name, **options), "narrowed")
    refused(bench, snapshot, "selected", selection=Selection(types=frozenset({"page"})))


def test_a_gap_that_leaves_something_out_is_refused(filled: Filled) -> None:
    """It is named; one of a kind that is not deleted is no obstacle."""
    bench, _, _, _ = filled
    for kind, path in (
        ("entries", "^/v3/content_types/page/entries[?]locale=fr-fr"),
        ("release_items", "^/v3/releases/[^/?]+/items"),
    ):
        bench.emulator.faults.add(Fault(path=path, status=200, body=b"{}", times=99))
        for _ in range(2):  # a listing that fails ends the first run
            with suppress(BadAnswer, UsageError):
                snapshot = bench.export(f"without {kind}")
        bench.emulator.faults.clear()
        refused(bench, snapshot, f"could not be given .*{kind}")
        assert mirror(bench, snapshot, only=frozenset({"assets"}))[0].gaps == snapshot.gaps()


def test_deletions_must_be_agreed_to(filled: Filled) -> None:
    """The question names how many of each kind."""
    bench, snapshot, _, _ = filled
    asked: list[Any] = []

    def no(counts: Any) -> bool:
        asked.append(dict(counts))
        return False

    refused(bench, snapshot, "nothing was written", agree=no)
    assert asked == [{"release_items": 1, "releases": 1, "localizations": 1, "entries": 1, "assets": 1}]


# --- in place ---


def in_place(bench: Workbench, snapshot: Snapshot, state: str = "place") -> tuple[ImportResult, Log]:
    return mirror(bench, snapshot, state, key=SOURCE, in_place=True)


def test_what_goes_is_not_pointed_to_what_was_made_anew() -> None:
    """It would be edited by the import itself, and so be taken for edited by somebody."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small, switches=Switches(trash=False))
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
    assert bench.verify(snapshot, "place", key=SOURCE).differences == []


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


# --- runs that are stopped ---


@cache
def requests_of_a_mirror() -> range:
    """The numbers of the requests of an undisturbed one, from the one before the first write."""
    with memory_directory() as root:
        bench, snapshot, *_ = twin(make_workbench(root, fill_small))
        transport = RecordingTransport(bench.emulator)
        bench.import_snapshot(snapshot, transport=transport, mirror=True, on_conflict="update")
        first = next(at for at, call in enumerate(transport.log) if not call.startswith("GET"))
        return range(first, len(transport.log) + 1)


def cut(bench: Workbench, snapshot: Snapshot, number: int, *, after: bool, only: str = "") -> None:
    transport = RecordingTransport(bench.emulator, cut_at(number, after=after, only=only))
    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=transport, mirror=True, on_conflict="update")


@pytest.mark.parametrize("share", sampled(range(SHARES), 1))
def test_one_that_is_cut_before_any_request_goes_on(share: int) -> None:
    for number in requests_of_a_mirror()[share::SHARES]:
        with memory_directory() as root:
            bench, snapshot, *_ = twin(make_workbench(root, fill_small))
            cut(bench, snapshot, number, after=False)
            assert mirror(bench, snapshot)[0].gaps == []
            assert differences(bench) == []
            assert mirror(bench, snapshot)[1] == []


@pytest.mark.parametrize("number", range(1, 8))
def test_one_that_is_cut_after_a_deletion_never_repeats_it(number: int) -> None:
    """The deletion was carried out, and its answer is lost. The first write unlocks a release, the last locks it."""
    with memory_directory() as root:
        bench, snapshot, *_ = twin(make_workbench(root, fill_small))
        cut(bench, snapshot, number, after=True, only="write")
        done, writes = mirror(bench, snapshot)
        assert done.gaps == []
        assert differences(bench) == []
        assert len([call for call in writes if call.startswith("DELETE")]) <= 6 - min(number, 6)
        assert len(done.remarks["removed"]) == 5


@pytest.mark.parametrize("is_finished", [False, True])
def test_what_comes_back_after_a_deletion_is_not_deleted_again(filled: Filled, *, is_finished: bool) -> None:
    """Somebody takes it out of the trash while the run is stopped: it is there in a version that nobody read."""
    bench, snapshot, surplus, _ = filled
    editor, path = Editors(bench, key=TARGET), f"/content_types/page/entries/{surplus['entries']}"
    cut(bench, snapshot, 5 + is_finished, after=True, only="write")  # the fifth write deletes it
    assert surplus["entries"] not in bench.target.main.entries["page"]
    for code in ("en-us", "fr-fr"):
        sent = {"entry": {"locale": code}}
        editor.call("PUT", f"{path}/restore", params={"deleted": "true"}, json=sent).raise_for_status()
    done, writes = mirror(bench, snapshot)
    assert not any(path in call for call in writes)
    assert surplus["entries"] in bench.target.main.entries["page"]
    assert [row["uid"] for row in done.gaps] == ([] if is_finished else [surplus["entries"]])


def test_an_answer_that_is_lost_on_the_way_is_looked_for(filled: Filled) -> None:
    """Once carried out and once not; neither is sent to something that has been edited in between."""
    bench, snapshot, surplus, _ = filled
    for path, carried_out in (("/assets/", True), ("delete_all_localized", False)):
        fault = Fault(method="DELETE", path=path, status=504, carried_out=carried_out)
        bench.emulator.faults.add(fault)
    done, _ = mirror(bench, snapshot)
    assert done.gaps == []
    assert differences(bench) == []
    assert surplus


def test_what_comes_back_while_its_deletion_is_in_doubt_stays(filled: Filled) -> None:
    bench, snapshot, surplus, _ = filled
    bench.emulator.faults.add(Fault(method="DELETE", path="delete_all_localized", status=504))
    editor, path = Editors(bench, key=TARGET), f"/content_types/page/entries/{surplus['entries']}"

    def restore() -> None:
        for code in ("en-us", "fr-fr"):
            sent = {"entry": {"locale": code}}
            editor.call("PUT", f"{path}/restore", params={"deleted": "true"}, json=sent).raise_for_status()

    with meanwhile(bench.emulator, (after(match="DELETE .*delete_all_localized"), restore)):
        done, writes = mirror(bench, snapshot)
    assert len([call for call in writes if "delete_all_localized" in call]) == 1
    assert [row["uid"] for row in done.gaps] == [surplus["entries"]]
    assert [row["uid"] for row in done.remarks["conflicts"]] == [surplus["entries"]]
    assert surplus["entries"] in bench.target.main.entries["page"]


def test_a_copy_mirrors_its_source(bench: Workbench) -> None:
    """The source is read as a whole first; into an empty target, too."""
    asked: Any = {"mirror": True, "on_conflict": "update"}
    _, done = bench.copy(**asked)
    assert (done.gaps, differences(bench)) == ([], [])
    add_surplus(bench)
    _, done = bench.copy("again", "again", **asked)
    assert (done.gaps, differences(bench)) == ([], [])
    assert len(done.remarks["removed"]) == 5
