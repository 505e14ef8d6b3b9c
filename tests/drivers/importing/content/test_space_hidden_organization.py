"""Taxonomy lies in the organization: where the target's is not to be seen, all of it is a gap."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from small_space import entry, link
from space_bench import make_space_bench

if TYPE_CHECKING:
    from pathlib import Path

    from space_bench import SpaceBench


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, ["concept_schemes", "concepts"]),
        ({"only": frozenset({"concept_schemes"})}, ["concept_schemes"]),
        ({"only": frozenset({"tags"})}, []),
    ],
)
def test_an_organization_that_is_not_to_be_seen(root: Path, options: Any, told: list[str]) -> None:
    """Each kind has a gap of its own, so that verify explains what is missing."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    snapshot = bench.export()
    bench.target.organization.id = ""  # as a service that does not name it
    gaps = bench.import_snapshot(snapshot, **options).gaps
    assert sorted(str(gap["kind"]) for gap in gaps if gap["uid"] == "*") == told


def hidden(root: Path) -> SpaceBench:
    """A bench whose target lies in another organization that its token cannot see, as the source's in its own."""
    bench = make_space_bench(root / "bench", fill_every_kind)
    uid = sorted(bench.source.organization.concepts)[0]
    beside = {"tags": [], "concepts": [link("TaxonomyConcept", uid)]}
    for_live, now = (
        {**entry("edited", {"title": title, "slug": title}, version, 2), "metadata": beside}
        for title, version in (("live", 3), ("current", 5))
    )
    bench.source.master.put_entry(now, for_live)
    other = bench.emulator.add_organization("other")
    bench.target.organization = other
    bench.emulator.switches = replace(bench.emulator.switches, space_shows_organization=False)
    return bench


def concepts_of(bench: SpaceBench, uid: str) -> list[str]:
    body: Any = bench.target.master.entries[uid].body
    return [one["sys"]["id"] for one in body["metadata"]["concepts"]]


def test_documents_arrive_without_concepts_that_are_not_there(root: Path) -> None:
    """Which of them the target lacks only the service knows. A later import tells it, and sends nothing."""
    bench = hidden(root)
    snapshot = bench.export()
    assert not any(stream.kind == "concepts" for stream, _ in snapshot.stream_files())

    def told(state: str, **options: Any) -> set[str]:
        bench.emulator.log.clear()
        found = bench.import_snapshot(
            snapshot, state, on_conflict="update", identities=lambda *_: bench.root / "map", **options
        )
        return {f"{gap['uid']}{gap.get('path', '')}" for gap in found.gaps if gap["kind"] == "entries"}

    first = told("one")
    assert [one for one in bench.verify(snapshot, "one").differences if "metadata" in str(one)] == []
    assert all("/metadata/concepts/" in one for one in first)
    assert len(first) > 2
    assert set(bench.target.master.entries) == set(bench.source.master.entries)
    for state in ("two", "three"):
        assert told(state) == first
        assert bench.writes() == 0
    assert [one for one in bench.verify(snapshot, "three").differences if "metadata" in str(one)] == []
    bench.target.organization.concepts.update(bench.source.organization.concepts)
    assert told("four", only=frozenset({"entries"})) == set()
    (uid, *_) = sorted(one.partition("/")[0] for one in first)
    assert concepts_of(bench, uid)
    assert told("five") == set()  # the release gets them, too
    assert (told("six"), bench.writes()) == (set(), 0)
