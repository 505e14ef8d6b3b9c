"""A service that gives instances of groups uids of its own: a language's instances still follow those of the master."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from random_stack import STAMPS
from test_instances_cut_off import ENTRY, fill, put
from workbench import SOURCE, TARGET, Workbench, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches
from stackferry.json_values import as_object, objects

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSIONS = ("latest", "all")


@pytest.fixture
def bench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill, switches=Switches(instance_uids="new"))


def parts(bench: Workbench, key: str, code: str) -> list[Any]:
    (entry,) = bench.emulator.stacks[key].main.entries["page"].values()
    return objects(as_object(entry.documents[code].latest).get("parts"))


def uids(bench: Workbench, key: str, code: str) -> list[Any]:
    return [as_object(part["_metadata"])["uid"] for part in parts(bench, key, code)]


@pytest.mark.parametrize("versions", VERSIONS)
def test_instances_of_a_language_have_the_uids_of_the_masters(bench: Workbench, versions: str) -> None:
    snapshot = bench.export(versions=versions)
    assert bench.import_snapshot(snapshot, versions=versions).gaps == []
    assert uids(bench, TARGET, "en-us") != uids(bench, SOURCE, "en-us")
    assert uids(bench, TARGET, "fr-fr") == uids(bench, TARGET, "en-us")
    assert [part["fixed"] for part in parts(bench, TARGET, "fr-fr")] == ["own value", "b"]
    assert bench.verify(snapshot, versions=versions).differences == []
    (entry,) = bench.target.main.entries["page"].values()
    assert entry.documents["fr-fr"].unlinked == {uids(bench, TARGET, "en-us")[0]}
    sent = bench.writes()
    bench.import_snapshot(snapshot, versions=versions)
    assert bench.writes() == sent


def test_a_language_that_comes_later_follows_what_the_target_has(bench: Workbench) -> None:
    """Its master document is there and is not written again."""
    french = bench.source.main.entries["page"][ENTRY].documents.pop("fr-fr")
    bench.import_snapshot(bench.export())
    bench.source.main.entries["page"][ENTRY].documents["fr-fr"] = french
    snapshot = bench.export("later")
    assert bench.import_snapshot(snapshot, "update", on_conflict="update").gaps == []
    assert uids(bench, TARGET, "fr-fr") == uids(bench, TARGET, "en-us")
    assert bench.verify(snapshot, "update").differences == []


@pytest.mark.parametrize("reading", ["kept", "new"])
def test_a_target_that_was_filled_otherwise(reading: Any) -> None:
    """By another tool: the same content, and instances with uids of their own."""
    with memory_directory() as root:
        bench = make_workbench(root, fill, switches=Switches(instance_uids=reading))
        french = bench.source.main.entries["page"][ENTRY].documents.pop("fr-fr")
        bench.import_snapshot(bench.export())
        (entry,) = bench.target.main.entries["page"].values()
        for number, part in enumerate(objects(entry.documents["en-us"].latest["parts"])):
            part["_metadata"] = {"uid": f"csother{number}"}
        bench.source.main.entries["page"][ENTRY].documents["fr-fr"] = french
        snapshot = bench.export("later")
        assert bench.import_snapshot(snapshot, "update", on_conflict="update").gaps == []
        assert uids(bench, TARGET, "fr-fr") == uids(bench, TARGET, "en-us") == ["csother0", "csother1"]


def test_an_edit_of_the_master_keeps_its_instances(bench: Workbench) -> None:
    bench.import_snapshot(bench.export())
    before = uids(bench, TARGET, "en-us")
    put(bench.source, "en-us", 2, "a, edited", "b")
    snapshot = bench.export("later")
    assert bench.import_snapshot(snapshot, on_conflict="update").gaps == []
    assert uids(bench, TARGET, "en-us") == uids(bench, TARGET, "fr-fr") == before
    assert [part["fixed"] for part in parts(bench, TARGET, "fr-fr")] == ["own value", "b"]


def test_what_a_variant_changes_inside_of_an_instance(bench: Workbench) -> None:
    """Its change set names instances by their uids."""
    main = bench.source.main
    group = {"uid": "bltgroup", "name": "Seasons", "content_types": ["page"], **STAMPS}
    main.put("variant_groups", {**group, "variants": [{"uid": "bltsummer", "name": "Summer"}]})
    about: Any = {"_uid": "bltsummer", "_change_set": ["parts.cs0.own"], "_order": [{"parts": ["base.cs0"]}]}
    changed: Any = [{"own": "In summer", "_metadata": {"uid": "cs0"}}]
    row: Any = {"uid": ENTRY, "title": "One", "parts": changed, "locale": "en-us", "_version": 1, **STAMPS}
    main.put_variant("page", ENTRY, "en-us", {**row, "_variant": about})
    assert bench.import_snapshot(bench.export()).gaps == []
    (entry,) = bench.target.main.entries["page"].values()
    (variant,) = entry.variants.values()
    own = as_object(variant.latest["_variant"])
    first = uids(bench, TARGET, "en-us")[0]
    assert (own["_change_set"], own["_order"]) == ([f"parts.{first}.own"], [{"parts": [f"base.{first}"]}])
