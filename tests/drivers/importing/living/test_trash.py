"""What was deleted since the snapshot was made comes back from the trash, under its old uid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import BIRDS, EXTENSION, fill_every_kind
from meanwhile import after, meanwhile
from small_stack import EGG, FOLDER, HEN, PICTURE, fill_small
from workbench import (
    SOURCE,
    SYSTEM,
    TOKEN,
    UNLIMITED,
    Cut,
    RecordingTransport,
    cut_at,
    make_workbench,
    memory_directory,
    no_wait,
    run_async,
)

from oracle import compare
from sampling import sampled
from stackferry.drivers.import_run import dry_run
from stackferry.drivers.run import Run
from stackferry.emulators.contentstack import Switches
from stackferry.io.http.session import open_session
from stackferry.model import Secret
from stackferry.providers.contentstack.connection import headers
from stackferry.providers.contentstack.options import ContentstackWriteOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Workbench

    from stackferry.drivers.import_outcome import ImportResult
    from stackferry.io.storage.snapshot import Snapshot

EVERYWHERE = {"delete_all_localized": "true"}
PAGES = "/content_types/page/entries"
RESTORED = f"PUT {PAGES}/{EGG}/restore"


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_small)


def restore(
    bench: Workbench, snapshot: Snapshot, state: str = "restore", **options: Any
) -> tuple[ImportResult, list[str]]:
    """Restored in place, and the writes that were sent."""
    transport = RecordingTransport(bench.emulator)
    asked = {"in_place": True, "on_conflict": "update", "key": SOURCE, "transport": transport, **options}
    done = bench.import_snapshot(snapshot, state, **asked)
    return done, [call.split("?")[0].replace("/v3", "") for call in transport.log if call[:3] != "GET"]


def delete(bench: Workbench, *uids: str, branch: str = "main") -> None:
    """An editor deletes entries in all languages, and assets."""
    for uid in uids:
        is_asset = uid in bench.source.main.assets
        path = f"/assets/{uid}" if is_asset else f"{PAGES}/{uid}"
        answer = Editors(bench, branch=branch).call("DELETE", path, params={} if is_asset else EVERYWHERE)
        answer.raise_for_status()


def test_a_deleted_entry_comes_back_under_its_uid(bench: Workbench) -> None:
    """In every language, published where it was, and not written: it holds what it held. Twice: nothing is sent."""
    snapshot, before = bench.export(), bench.dump(SOURCE)
    delete(bench, EGG)
    done, writes = restore(bench, snapshot)
    assert done.gaps == []
    told = [(row["uid"], row["locale"], row["title"]) for row in done.remarks.pop("restored")]
    assert (told, done.remarks) == ([(EGG, "en-us", "Egg"), (EGG, "fr-fr", "Œuf")], {})
    assert writes == [RESTORED, RESTORED, "POST /bulk/publish", "POST /bulk/publish"]
    assert compare(before, bench.dump(SOURCE)) == []
    again, writes = restore(bench, snapshot)
    assert (again.remarks, writes) == ({}, [])
    assert restore(bench, snapshot, "another")[1] == []


def test_what_was_edited_before_it_was_deleted_is_written_over(bench: Workbench) -> None:
    snapshot, before = bench.export(), bench.dump(SOURCE)
    Editors(bench).save("page", EGG, title="Edited since")
    delete(bench, EGG)
    done, writes = restore(bench, snapshot)
    assert done.gaps == []
    assert writes.count(f"PUT {PAGES}/{EGG}") == 1
    assert compare(before, bench.dump(SOURCE)) == []


def test_a_deleted_asset_that_entries_use_comes_back_with_them(bench: Workbench) -> None:
    """Its older version is published again; what refers to both leads to them again."""
    snapshot, before = bench.export(), bench.dump(SOURCE)
    delete(bench, PICTURE, HEN)
    done, _ = restore(bench, snapshot)
    assert done.gaps == []
    assert set(bench.source.main.assets) >= {PICTURE}
    assert compare(before, bench.dump(SOURCE)) == []
    assert restore(bench, snapshot)[1] == []
    assert restore(bench, snapshot, "another")[1] == []


@pytest.mark.parametrize(
    ("switches", "calls"),
    [
        (Switches(), [f"PUT /assets/{PICTURE}/restore"]),
        (
            Switches(asset_restore=False, trash_api=True),
            [f"PUT /assets/{PICTURE}/restore", f"POST /trash/{PICTURE}/restore"],
        ),
    ],
)
def test_either_call_gives_an_asset_back(switches: Switches, calls: list[str]) -> None:
    """No page has the one or the other."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_small, switches=switches)
        snapshot, before = bench.export(), bench.dump(SOURCE)
        delete(bench, PICTURE)
        done, writes = restore(bench, snapshot)
        assert writes[: len(calls)] == calls
        assert done.gaps == []
        assert compare(before, bench.dump(SOURCE)) == []


def test_a_language_that_is_not_in_the_trash_is_written_anew(bench: Workbench) -> None:
    snapshot, before = bench.export(), bench.dump(SOURCE)
    delete(bench, EGG)
    del bench.source.main.trash.entries["page"][EGG, "fr-fr"]
    done, _ = restore(bench, snapshot)
    assert done.gaps == []
    assert compare(before, bench.dump(SOURCE)) == []


def test_a_dry_run_counts_what_it_would_ask_the_trash_for(bench: Workbench) -> None:
    """And takes it for what the snapshot holds: what the trash holds nobody can see. Nothing is written."""
    snapshot = bench.export()
    delete(bench, EGG)
    writes = bench.writes()
    planned = plan(bench, snapshot)
    assert bench.writes() == writes
    assert {kind: {**counts, "skip": 0} for kind, counts in planned.items() if counts.keys() != {"skip"}} == {
        "entries": {"restore": 2, "skip": 0},
        "publications": {"publish": 2, "skip": 0},
        # HEN refers to it: its draft, and the older version that is live.
        "if_not_restored": {"update": 2, "publish": 2, "skip": 0},
    }
    delete(bench, PICTURE)
    assert plan(bench, snapshot)["assets"]["restore"] == 1


def plan(bench: Workbench, snapshot: Snapshot) -> dict[str, dict[str, int]]:
    """What a dry run counts."""
    options = ContentstackWriteOptions(in_place=True, on_conflict="update")

    async def planned() -> dict[str, dict[str, int]]:
        place = bench.place(SOURCE)
        credential, transport = ("token", Secret(TOKEN)), RecordingTransport(bench.emulator)
        async with open_session(
            bench.origin, headers(place, credential), rates=UNLIMITED, transport=transport
        ) as session:
            run = Run(SYSTEM, session, place, sleep=no_wait)
            async with dry_run(run, snapshot, bench.root / "dry", options) as done:
                return {kind: {**counts} for kind, counts in done.writes.actions.items()}

    return run_async(planned)


@pytest.mark.parametrize("is_older", [True, False])
def test_a_branch_is_asked_for_what_it_had_once(bench: Workbench, is_older: bool) -> None:
    """What was made after the fork was never in it, so its trash is not asked."""
    call = Editors(bench).call
    if is_older:
        made = EGG
    call("POST", "/stacks/branches", json={"branch": {"uid": "dev", "source": "main"}}).raise_for_status()
    if is_older:
        delete(bench, EGG, branch="dev")
        Editors(bench).save("page", EGG, title="Edited, so that it comes back")
    else:
        sent = {"entry": {"title": "New", "partner": [{"uid": HEN, "_content_type_uid": "page"}]}}
        made = call("POST", PAGES, json=sent).raise_for_status().json()["entry"]["uid"]
    transport = RecordingTransport(bench.emulator)
    bench.import_snapshot(bench.export(), key=SOURCE, branch="dev", on_conflict="update", transport=transport)
    assert any("/restore" in call for call in transport.log) is is_older
    assert (made in bench.source.branches["dev"].entries["page"]) is is_older


def test_somebody_else_gets_it_back_meanwhile(bench: Workbench) -> None:
    """The trash refuses it then, and the title is taken: nothing is made twice, and a second run finds it there."""
    snapshot = bench.export()
    delete(bench, EGG)

    def theirs() -> None:
        for code in ("en-us", "fr-fr"):
            body = {"entry": {"locale": code}}
            Editors(bench).call("PUT", f"{PAGES}/{EGG}/restore", json=body).raise_for_status()

    with meanwhile(bench.emulator, (after(match="^GET /content_types/page/entries"), theirs)):
        restore(bench, snapshot)
    assert len(bench.source.main.entries["page"]) == 3
    done, _ = restore(bench, snapshot, "another")
    assert done.gaps == []
    assert len(bench.source.main.entries["page"]) == 3


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("number", sampled(range(1, 6), 3))
def test_a_killed_restore_goes_on(bench: Workbench, number: int, is_after: bool) -> None:
    """At every write: the same stack, nothing twice."""
    snapshot, before = bench.export(), bench.dump(SOURCE)
    delete(bench, EGG, PICTURE)
    transport = RecordingTransport(bench.emulator, cut_at(number, after=is_after, only="write"))
    with pytest.raises(Cut):
        restore(bench, snapshot, transport=transport)
    done, _ = restore(bench, snapshot)
    assert done.gaps == []
    assert compare(before, bench.dump(SOURCE)) == []
    assert restore(bench, snapshot, "another")[1] == []


def test_what_no_call_takes_from_the_trash_is_made_anew_and_told() -> None:
    """Folders, extensions, labels: under another uid. A type and a term have the uid that their authors chose."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind)
        snapshot, editors = bench.export(), Editors(bench)
        for path in (f"assets/folders/{FOLDER}", f"labels/{BIRDS}", f"extensions/{EXTENSION}"):
            editors.call("DELETE", f"/{path}").raise_for_status()
        for path in ("content_types/cart", "content_types/horse", "taxonomies/places/terms/quay"):
            editors.call("DELETE", f"/{path}", params={"force": "true"}).raise_for_status()
        done, _ = restore(bench, snapshot)
        told = {(row["kind"], row["uid"]): (row["title"], row["target"]) for row in done.remarks["mapped"]}
        alone = {
            key: title for key, (title, _) in told.items() if key[0] not in ("entries", "assets", "schedules")
        }
        assert alone == {
            ("folders", FOLDER): "Pictures",
            ("labels", BIRDS): "Birds",
            ("extensions", EXTENSION): "Colour",
        }
        (folder,) = [uid for uid, one in bench.source.main.assets.items() if one.is_folder]
        assert told["folders", FOLDER][1] == folder
        assert {"cart", "horse"} <= set(bench.source.main.content_types)
