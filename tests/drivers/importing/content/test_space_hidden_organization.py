"""Taxonomy lies in the organization: where the target's is not to be seen, all of it is a gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from space_bench import make_space_bench
from workbench import memory_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def root() -> Iterator[Path]:
    with memory_directory() as path:
        yield path


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
