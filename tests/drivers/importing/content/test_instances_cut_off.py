"""Instances of groups that no longer follow the master document, in a language where an update cut them off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from random_stack import STAMPS, TITLE
from workbench import SOURCE, TARGET, Workbench, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches
from stackferry.json_values import as_object, objects

if TYPE_CHECKING:
    from random_fields import Row

    from stackferry.emulators.contentstack import Stack

ENTRY = "bltinventedcut000001"
VERSIONS = ("latest", "all")


def text_field(uid: str, *, shared: bool = False) -> Row:
    field: Row = {"uid": uid, "display_name": uid, "data_type": "text", "multiple": False}
    return {**field, "mandatory": shared, "unique": False, "non_localizable": shared}


def fill(stack: Stack) -> None:
    """Two instances, whose `fixed` is the master's; in French an update without the mark cut off the first."""
    german: Row = {"code": "fr-fr", "uid": "bltfr", "name": "French", "fallback_locale": "en-us"}
    stack.main.put_locale({**german, **STAMPS})
    inner: list[Row] = [text_field("fixed", shared=True), text_field("own")]
    group: Row = {"uid": "parts", "display_name": "Parts", "data_type": "group", "multiple": True}
    page: Row = {"uid": "page", "title": "Page", "schema": [TITLE, {**group, "schema": inner}]}
    stack.main.put_content_type({**page, "options": {"title": "title", "singleton": False}, **STAMPS})
    put(stack, "en-us", 1, "a", "b")
    put(stack, "fr-fr", 1, "a", "b")
    put(stack, "fr-fr", 2, "own value", "b")
    stack.main.entries["page"][ENTRY].documents["fr-fr"].unlinked = frozenset({"cs0"})


def put(stack: Stack, code: str, version: int, *fixed: str) -> None:
    parts: list[Row] = [
        {"fixed": value, "own": f"{code} {place}", "_metadata": {"uid": f"cs{place}"}}
        for place, value in enumerate(fixed)
    ]
    row: Row = {"uid": ENTRY, "title": "One", "tags": [], "parts": parts, "_version": version}
    stack.main.put_entry_version("page", code, {**row, "locale": code, **STAMPS})


def fixed_values(workbench: Workbench, key: str) -> list[Any]:
    dump = workbench.emulator.stacks[key].main.entries["page"]
    (entry,) = dump.values()
    return [part.get("fixed") for part in objects(as_object(entry.documents["fr-fr"].latest).get("parts"))]


@pytest.mark.parametrize("versions", VERSIONS)
def test_an_instance_that_was_cut_off_keeps_its_values(versions: str) -> None:
    """With the history by its own update; else by one update more, for the first write of a language cannot."""
    with memory_directory() as root:
        workbench = make_workbench(root, fill)
        snapshot = workbench.export(versions=versions)
        imported = workbench.import_snapshot(snapshot, versions=versions)
        assert imported.gaps == []
        assert fixed_values(workbench, TARGET) == fixed_values(workbench, SOURCE) == ["own value", "b"]
        assert workbench.verify(snapshot).differences == []
        (entry,) = workbench.target.main.entries["page"].values()
        french = entry.documents["fr-fr"]
        assert len(french.versions) == 2
        _, linked = (as_object(part["_metadata"])["uid"] for part in objects(french.latest["parts"]))
        assert linked not in french.unlinked
        assert len(french.unlinked) == 1
        sent = workbench.writes()
        assert workbench.import_snapshot(snapshot, versions=versions).gaps == []
        assert workbench.writes() == sent


@pytest.mark.parametrize("versions", VERSIONS)
def test_where_the_service_never_cuts_off_the_value_is_a_gap(versions: str) -> None:
    with memory_directory() as root:
        workbench = make_workbench(root, fill, switches=Switches(unmarked_instance_unlinks=False))
        imported = workbench.import_snapshot(workbench.export(versions=versions), versions=versions)
        places = {(gap["kind"], gap["uid"], gap["locale"], gap["path"]) for gap in imported.gaps}
        assert ("entries", ENTRY, "fr-fr", "version 2/parts/0/fixed") in places
        assert fixed_values(workbench, TARGET) == ["a", "b"]
