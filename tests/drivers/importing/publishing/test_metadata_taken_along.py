"""What extensions keep beside an entry is live in the end where it was, whatever single calls have taken along.

The judge is the emulator's own table of records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import Editors
from every_kind_stack import EXTENSION
from random_stack import STAMPS
from small_stack import EGG, HEN, LIVE
from test_repointed_variants import fill, publish, save
from test_repointing import add_outside, link
from test_trash import PAGES, delete, restore
from workbench import Workbench, make_workbench, memory_directory

from stackferry.emulators.contentstack import Fault, Switches
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject

RECORD = "csaaaaaaaaaaaaaa46"


def fill_with_extension(stack: Stack) -> None:
    fill(stack)
    stack.main.put(
        "extensions", {"uid": EXTENSION, "title": "Colour", "type": "widget", "src": "x", **STAMPS}
    )


def bench_of(**switches: Any) -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill_with_extension, switches=Switches(trash=False, **switches))


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """A stack without a trash."""
    yield from bench_of()


def put_record(bench: Workbench, uid: str, *shown: str, record: str = RECORD) -> None:
    """A record of an entry's English document, live in these languages."""
    places: list[Any] = [{"environment": LIVE, "locale": code, "version": 1} for code in shown]
    about: JsonObject = {"uid": record, "entity_uid": uid, "type": "entry", "_content_type_uid": "page"}
    facts: JsonObject = {"extension_uid": EXTENSION, "locale": "en-us", "scope": "local", "_version": 1}
    live: JsonObject = {"is_published": bool(shown), "publish_details": places}
    bench.source.main.put("metadata", {**about, **facts, **live, "seen": 1, **STAMPS})


def shown(bench: Workbench, record: str = RECORD) -> set[str]:
    """The languages in which a record is live."""
    rows: Any = bench.source.main.metadata[record].get("publish_details") or ()
    return {row["locale"] for row in rows}


def bulk(bench: Workbench, action: str, uid: str) -> None:
    """An editor publishes an entry, or takes it down; its records stay as they are."""
    members = [{"uid": uid, "content_type": "page", "locale": "en-us"}]
    body = {"entries": members, "environments": ["live"], "locales": ["en-us"]}
    Editors(bench).call("POST", f"/bulk/{action}", json=body).raise_for_status()


def forbid_bulk(bench: Workbench) -> None:
    body = b'{"error_code":141,"error_message":"Bulk publishing is not part of your plan."}'
    bench.emulator.faults.add(Fault(path="^/v3/bulk/", status=422, body=body))


@pytest.mark.parametrize("places", [(), ("en-us",), ("en-us", "fr-fr")])
def test_an_entry_that_is_repointed_keeps_what_its_records_show(
    bench: Workbench, places: tuple[str, ...]
) -> None:
    """An entry that the snapshot does not have is published alone, with the new uid of what it refers to."""
    snapshot = bench.export()
    uid = add_outside(bench)
    put_record(bench, uid, *places)
    delete(bench, EGG)
    done, writes = restore(bench, snapshot)
    assert done.gaps == []
    assert f"POST {PAGES}/{uid}/publish" in writes
    assert shown(bench) == set(places)
    assert restore(bench, snapshot, "another")[1] == []


def test_a_narrowed_restore_keeps_it_of_what_follows_beyond_the_selection(bench: Workbench) -> None:
    """HEN is re-pointed and published alone, as it refers to what is restored; its record is live nowhere."""
    put_record(bench, HEN)
    snapshot = bench.export()
    delete(bench, EGG)
    done, writes = restore(bench, snapshot, selection=Selection(uids=frozenset({EGG})))
    assert [gap for gap in done.gaps if gap["kind"] != "release_items"] == []
    assert f"POST {PAGES}/{HEN}/publish" in writes
    assert shown(bench) == set()


@pytest.mark.parametrize("takes", [True, False])
def test_a_variant_that_is_repointed_keeps_it_too(*, takes: bool) -> None:
    """No page says whether publishing a variant takes along what is kept beside its entry."""
    for bench in bench_of(variant_publish_takes_metadata=takes):
        snapshot = bench.export()
        uid = add_outside(bench)
        Editors(bench).save("page", uid, partner=link(HEN))
        bulk(bench, "publish", uid)
        save(bench, uid, partner=link(EGG))
        publish(bench, uid, 1)
        put_record(bench, uid)
        delete(bench, EGG)
        done, writes = restore(bench, snapshot)
        assert done.gaps == []
        assert f"POST {PAGES}/{uid}/publish" in writes
        assert shown(bench) == set()


@pytest.mark.parametrize("places", [(), ("fr-fr",)])
def test_a_record_that_only_the_target_has_stays_as_it_was(bench: Workbench, places: tuple[str, ...]) -> None:
    """Bulk publishing is refused, so what is taken down is published again by a call of its own."""
    snapshot = bench.export()
    put_record(bench, HEN, *places)
    bulk(bench, "unpublish", HEN)
    forbid_bulk(bench)
    done, writes = restore(bench, snapshot)
    assert done.gaps == []
    assert f"POST {PAGES}/{HEN}/publish" in writes
    assert shown(bench) == set(places)


@pytest.mark.parametrize("takes", [True, False])
@pytest.mark.parametrize("whose", ["snapshot", "target"])
def test_taking_an_entry_down_leaves_what_its_records_show(whose: str, *, takes: bool) -> None:
    """A bulk call leaves records alone; no page says whether a single one does."""
    for bench in bench_of(unpublish_takes_metadata=takes):
        bulk(bench, "unpublish", HEN)
        if whose == "snapshot":
            put_record(bench, HEN, "en-us")
        snapshot = bench.export()
        if whose == "target":
            put_record(bench, HEN, "en-us")
        bulk(bench, "publish", HEN)
        forbid_bulk(bench)
        done, writes = restore(bench, snapshot)
        assert done.gaps == []
        assert f"POST {PAGES}/{HEN}/unpublish" in writes
        assert shown(bench) == {"en-us"}
