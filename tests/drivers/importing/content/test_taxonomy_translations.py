"""Taxonomies in several languages: exported, imported, compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fewest_requests import fewest_reads, fewest_writes
from oracle_differences import differences
from oracle_graph import Graph
from workbench import (
    SOURCE,
    TARGET,
    RecordingTransport,
    Workbench,
    import_cut_at_every_write,
    make_workbench,
    memory_directory,
    serve_emulator,
)

from stackferry.emulators.contentstack import Stack, Switches
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from random_fields import Row

TERMS = ("sea", "harbour", "quay")


def fill(stack: Stack) -> None:
    """A tree of three terms; French has all names, German that of the taxonomy and of one term, Italian that of a term
    alone."""
    for number, code in enumerate(("de-de", "fr-fr", "it-it")):
        row: Row = {"code": code, "uid": f"bltlocale{number}", "name": code, "fallback_locale": "en-us"}
        stack.main.put_locale(row)
    for uid in ("places", "plain"):
        stack.put_taxonomy({"uid": uid, "name": uid.title(), "description": "All of them"})
    for order, uid in enumerate(TERMS):
        parent = TERMS[order - 1] if order else None
        stack.put_term("places", {"uid": uid, "name": uid.title(), "parent_uid": parent, "order": 1})
    stack.put_taxonomy({"uid": "places", "name": "Lieux", "description": "Tous"}, "fr-fr")
    for uid, name in zip(TERMS, ("Mer", "Port", "Quai"), strict=True):
        stack.put_term("places", {"uid": uid, "name": name}, "fr-fr")
    stack.put_taxonomy({"uid": "places", "name": "Orte"}, "de-de")
    stack.put_term("places", {"uid": "harbour", "name": "Hafen"}, "de-de")
    stack.put_term("places", {"uid": "quay", "name": "Molo"}, "it-it")


@pytest.fixture
def workbench() -> Iterator[Workbench]:
    with memory_directory() as root:
        yield make_workbench(root, fill)


def is_equal(workbench: Workbench) -> bool:
    """Whether the oracle finds both stacks equal in every language."""
    with serve_emulator(workbench):
        return differences(Graph(workbench.dump(SOURCE).nodes), Graph(workbench.dump(TARGET).nodes)) == []


def test_translations_take_the_fewest_requests_and_arrive_whole(workbench: Workbench) -> None:
    """One import call for each of two languages, and one for the term alone. Imported again, nothing is sent."""
    snapshot = workbench.export()
    assert workbench.counts.read == fewest_reads(workbench.source)
    found = [(row["locale"], row.get("term", "")) for row in snapshot.objects(Stream("translations"))]
    assert found == [
        *[("de-de", term) for term in ("", "harbour")],
        *[("fr-fr", term) for term in ("", "harbour", "quay", "sea")],
        ("it-it", "quay"),
    ]
    expected_writes = fewest_writes(workbench.source, workbench.target)
    result = workbench.import_snapshot(snapshot)
    assert (result.gaps, workbench.writes()) == ([], expected_writes)
    assert is_equal(workbench)
    workbench.import_snapshot(snapshot)
    assert workbench.writes() == expected_writes
    assert [*workbench.export("again", key=TARGET).objects(Stream("translations"))] != []


def test_without_taxonomies_no_translation_is_asked_for(workbench: Workbench) -> None:
    workbench.source.taxonomies.clear()
    transport = RecordingTransport(workbench.emulator)
    workbench.export(transport=transport)
    assert [request for request in transport.log if "taxonomies" in request] == [
        request
        for request in transport.log
        if request.startswith("GET /v3/taxonomies?include_publish_details=")
    ]


def test_an_import_cut_at_every_write_loses_no_name(workbench: Workbench) -> None:
    """No language is imported twice."""
    snapshot = workbench.export()
    assert import_cut_at_every_write(workbench, snapshot, 40).gaps == []
    assert is_equal(workbench)


def test_translations_follow_the_locale_option(workbench: Workbench) -> None:
    workbench.import_snapshot(workbench.export(), locales={"fr-fr": "fr-ca"})
    names = workbench.target.taxonomies["places"].translations
    assert names["fr-ca"]["quay"]["name"] == "Quai"
    assert names.keys() == {"de-de", "fr-ca", "it-it"}
    assert "" not in names["it-it"], "the taxonomy itself has no name there"


def test_a_refused_taxonomy_file_is_imported_name_by_name() -> None:
    """German lacks the parent of its one term, so the service refuses the file as a whole. No gap is left."""
    with memory_directory() as root:
        workbench = make_workbench(root, fill, switches=Switches(taxonomy_file_is_whole=True))
        snapshot, transport = workbench.export(), RecordingTransport(workbench.emulator)
        assert workbench.import_snapshot(snapshot, transport=transport).gaps == []
        assert is_equal(workbench)
        sent = [request.partition("?")[0] for request in transport.log if "locale=de-de" in request]
        assert [request for request in sent if request.startswith("POST")] == [
            "POST /v3/taxonomies/import",
            "POST /v3/taxonomies/places",
            "POST /v3/taxonomies/places/terms/harbour",
        ]


def test_update_localizes_missing_names_and_changes_different_ones(workbench: Workbench) -> None:
    """All others are left as they are."""
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    target_names = workbench.target.taxonomies["places"].translations["fr-fr"]
    target_names["quay"]["name"] = "Le Quai"
    del target_names["sea"]
    transport = RecordingTransport(workbench.emulator)
    assert workbench.import_snapshot(snapshot, "second", transport=transport, on_conflict="update").gaps == []
    assert sorted(
        request.partition("?")[0] for request in transport.log if not request.startswith("GET")
    ) == [
        "POST /v3/taxonomies/places/terms/sea",
        "PUT /v3/taxonomies/places/terms/quay",
    ]
    assert is_equal(workbench)


def test_without_update_a_different_name_is_left_alone_and_is_a_gap(workbench: Workbench) -> None:
    snapshot = workbench.export()
    workbench.import_snapshot(snapshot)
    workbench.target.taxonomies["places"].translations["fr-fr"]["quay"]["name"] = "Le Quai"
    writes = workbench.writes()
    gaps = workbench.import_snapshot(snapshot, "second").gaps
    assert [(gap["kind"], gap["uid"], gap["locale"], gap["path"]) for gap in gaps] == [
        ("translations", "places", "fr-fr", "quay")
    ]
    assert workbench.writes() == writes


def test_nothing_is_sent_to_a_branch_that_shares_the_taxonomies(workbench: Workbench) -> None:
    workbench.source.branches["next"] = workbench.source.main.fork("next", {"uid": "next"})
    snapshot = workbench.export()
    transport = RecordingTransport(workbench.emulator)
    assert workbench.import_snapshot(snapshot, transport=transport, key=SOURCE, branch="next").gaps == []
    assert [
        request for request in transport.log if "taxonomies" in request and not request.startswith("GET")
    ] == []


def test_a_service_without_localized_taxonomies_leaves_no_gap() -> None:
    with memory_directory() as root:
        workbench = make_workbench(root, fill, switches=Switches(localized_taxonomies=False))
        snapshot = workbench.export()
        assert (snapshot.gaps(), [*snapshot.objects(Stream("translations"))]) == ([], [])
        assert workbench.import_snapshot(snapshot).gaps == []
