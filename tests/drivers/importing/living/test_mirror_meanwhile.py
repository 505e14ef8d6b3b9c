"""A mirror among editors, and one that is stopped: a deletion is of what was read, and is never repeated."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import fill_every_kind
from meanwhile import after, before, meanwhile
from mirrored_stack import PAGES, differences, fill_target, mirror, twin
from small_stack import EGG, fill_small
from workbench import TARGET, Cut, RecordingTransport, cut_at, make_workbench, memory_directory

from sampling import sampled
from stackferry.emulators.contentstack import Fault
from stackferry.providers.contentstack.system import Contentstack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mirrored_stack import Filled
    from workbench import Workbench

    from stackferry.io.storage.snapshot import Snapshot


SHARES = 4


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


@pytest.fixture
def filled(bench: Workbench) -> Filled:
    return twin(bench)


@pytest.fixture
def every_kind() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_every_kind)


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


@pytest.mark.parametrize("kind", ["assets", "releases", "release_items", "localizations"])
def test_what_is_edited_after_it_was_read_stays(filled: Filled, kind: str) -> None:
    """Of every kind: it is a conflict that names it, and a gap."""
    bench, snapshot, surplus, _ = filled
    editor = Editors(bench, key=TARGET)

    def edit(_: object) -> bool:
        """While the person is asked; all has been read."""
        if kind == "assets":
            editor.call("PUT", f"/assets/{surplus['assets']}", json={"asset": {"title": "Needed"}})
        elif kind == "releases":
            sent = {"release": {"name": "Needed"}}
            editor.call("PUT", f"/releases/{surplus['releases']}", json=sent).raise_for_status()
        elif kind == "localizations":
            editor.save("page", surplus["hen"], "fr-fr", title="Needed")
        else:
            (item,) = [one for one in spring.items if one["uid"] == surplus["entries"]]
            item["version"] = 2
        return True

    spring = bench.target.main.releases[surplus["spring"]]
    done, _ = mirror(bench, snapshot, agree=edit)
    (conflict,) = done.remarks["conflicts"]
    named = surplus[{"localizations": "hen", "release_items": "entries"}.get(kind, kind)]
    assert (conflict["kind"], conflict["uid"]) == (kind, named)
    assert [(row["kind"], row["uid"]) for row in done.gaps] == [(kind, named)]
    main = bench.target.main
    assert {
        "assets": surplus["assets"] in main.assets,
        "releases": surplus["releases"] in main.releases,
        "release_items": any(one["uid"] == surplus["entries"] for one in spring.items),
        "localizations": "fr-fr" in main.entries["page"][surplus["hen"]].documents,
    } == {name: name == kind for name in ("assets", "releases", "release_items", "localizations")}


def test_each_page_is_looked_at_right_before_it_is_deleted(bench: Workbench) -> None:
    """What is saved long after the deletions have begun, and before its own turn, stays."""
    fill_small(bench.target)
    snapshot, main = bench.export(), bench.target.main
    for number in range(500):
        row: Any = {"uid": f"bltsurplus{number:03}", "title": f"Surplus {number}", "_version": 1}
        main.put_entry_version("page", "en-us", row)
    editor, last = Editors(bench, key=TARGET), "bltsurplus499"
    moment = after(match=f"DELETE {PAGES}")
    fields: Any = {"title": "Needed", "partner": [{"uid": EGG, "_content_type_uid": "page"}]}
    with meanwhile(bench.emulator, (moment, lambda: editor.save("page", last, **fields))):
        done, writes = mirror(bench, snapshot)
    assert [row["uid"] for row in done.gaps] == [last]
    assert last in main.entries["page"]
    assert len([call for call in writes if call.startswith("DELETE")]) == 499


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
