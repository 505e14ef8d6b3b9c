"""A group that an update names: the service may replace it, or merge into it. No page says which of a single one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from editors import edit_page
from random_stack import STAMPS, TITLE
from workbench import SOURCE, TARGET, Workbench, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches
from stackferry.json_values import as_object
from stackferry.providers.contentstack.content.comparable import normalize
from stackferry.providers.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack import Stack
    from stackferry.model import Json

Row = dict[str, Any]
ENTRY = "bltgroup00000001"
UPDATES = ("replaced", "merged")
VERSIONS = ("latest", "all")


def field(uid: str, kind: str = "text", **more: Any) -> Row:
    return {"uid": uid, "display_name": uid, "data_type": kind, "mandatory": False, "multiple": False, **more}


INNER = [field("name"), field("size", "number"), field("deep", "group", schema=[field("a"), field("b")])]


def fill(stack: Stack) -> None:
    """A group in two languages, of which each version has other fields than the one before it."""
    french: Row = {"code": "fr-fr", "uid": "bltfr", "name": "French", "fallback_locale": "en-us"}
    stack.main.put_locale({**french, **STAMPS})
    page: Row = {"uid": "page", "title": "Page", "schema": [TITLE, field("facts", "group", schema=INNER)]}
    stack.main.put_content_type({**page, "options": {"title": "title", "singleton": False}, **STAMPS})
    put(stack, "en-us", 1, {"name": "one", "size": 1, "deep": {"a": "x", "b": "y"}})
    put(stack, "en-us", 2, {"name": "two", "deep": {"b": "y"}})
    put(stack, "en-us", 3, {"size": 3})
    put(stack, "fr-fr", 1, {"deep": {"a": "z"}})
    put(stack, "fr-fr", 2, {"name": "deux"})


def put(stack: Stack, code: str, version: int, facts: Row) -> None:
    row: Row = {"uid": ENTRY, "title": "One", "tags": [], "facts": facts, "_version": version}
    stack.main.put_entry_version("page", code, {**row, "locale": code, **STAMPS})


@pytest.fixture(params=UPDATES)
def bench(request: pytest.FixtureRequest) -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill, switches=Switches(group_update=request.param))


def facts(bench: Workbench, key: str) -> dict[tuple[str, int], Json]:
    """The group, by language and version, without what is null in it."""
    (entry,) = bench.emulator.stacks[key].main.entries["page"].values()
    return {
        (code, number): normalize(as_object(document.versions[number]).get("facts"))
        for code, document in entry.documents.items()
        for number in document.versions
    }


def latest(bench: Workbench, key: str) -> dict[str, Json]:
    return {code: value for (code, _), value in sorted(facts(bench, key).items())}


@pytest.mark.parametrize("versions", VERSIONS)
def test_each_version_has_its_own_fields_in_a_group(bench: Workbench, versions: str) -> None:
    snapshot = bench.export(versions=versions)
    done = bench.import_snapshot(snapshot, versions=versions)
    assert done.gaps == []
    assert latest(bench, TARGET) == latest(bench, SOURCE)
    if versions == "all":
        assert facts(bench, TARGET) == facts(bench, SOURCE)
    assert bench.verify(snapshot, versions=versions).differences == []
    sent = bench.writes()
    bench.import_snapshot(snapshot, versions=versions)
    assert bench.writes() == sent


@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("versions", VERSIONS)
def test_what_a_new_language_takes_from_another_inside_of_a_group(update: Any, versions: str) -> None:
    """It starts from what it falls back to: what the group lacks is emptied."""
    with memory_directory() as root:
        switches = Switches(group_update=update, localize_copies_fallback=True)
        bench = make_workbench(root, fill, switches=switches)
        snapshot = bench.export(versions=versions)
        assert bench.import_snapshot(snapshot, versions=versions).gaps == []
        assert latest(bench, TARGET) == latest(bench, SOURCE)
        assert bench.verify(snapshot).differences == []


def test_an_update_of_what_the_target_holds(bench: Workbench) -> None:
    """What only the target's document has in the group is emptied."""
    bench.import_snapshot(bench.export())
    put(bench.source, "en-us", 4, {"name": "four"})
    put(bench.source, "fr-fr", 3, {"deep": {"b": "quatre"}})
    snapshot = bench.export("later")
    done = bench.import_snapshot(snapshot, "update", on_conflict="update")
    assert done.gaps == []
    assert latest(bench, TARGET) == latest(bench, SOURCE)
    sent = bench.writes()
    bench.import_snapshot(snapshot, "again", on_conflict="update")
    assert bench.writes() == sent


@pytest.mark.parametrize("named", [False, True])
def test_a_restore_in_place(bench: Workbench, named: bool) -> None:
    """Of all, or of the entry by its uid, which writes the fields that differ alone."""
    snapshot = bench.export()
    before = latest(bench, SOURCE)
    edit_page(bench.source.main, ENTRY, facts={"name": "since", "size": 3, "deep": {"a": "since"}})
    options: Row = {"selection": Selection(uids=frozenset({ENTRY}))} if named else {}
    sent = []
    for state in ("first", "again"):
        done = bench.import_snapshot(
            snapshot, state, key=SOURCE, in_place=True, on_conflict="update", **options
        )
        assert done.gaps == []
        assert latest(bench, SOURCE) == before
        sent.append(bench.writes())
    assert sent[0] == sent[1]


def test_a_field_that_was_added_inside_of_a_group_stays(bench: Workbench) -> None:
    """At both depths, in a group that is written; beside it what the snapshot lacks is emptied."""
    snapshot = bench.export()
    before: Any = latest(bench, SOURCE)["en-us"]
    page = bench.source.main.content_types["page"]
    deep = field("deep", "group", schema=[field("a"), field("b"), field("since")])
    grown = [field("name"), field("size", "number"), deep, field("later")]
    bench.source.main.content_types["page"] = {
        **page, "schema": [TITLE, field("facts", "group", schema=grown)]
    }  # fmt: skip
    edited = {"name": "since", "size": 9, "later": "kept", "deep": {"a": "since", "since": "kept"}}
    edit_page(bench.source.main, ENTRY, facts=edited)
    done = bench.import_snapshot(snapshot, "in place", key=SOURCE, in_place=True, on_conflict="update")
    assert done.gaps == []
    after: Any = latest(bench, SOURCE)["en-us"]
    assert after.pop("later") == "kept"
    assert after.pop("deep") == {"since": "kept"}
    assert after == before
    sent = bench.writes()
    bench.import_snapshot(snapshot, "again", key=SOURCE, in_place=True, on_conflict="update")
    assert bench.writes() == sent
