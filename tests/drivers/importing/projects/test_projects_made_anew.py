"""Definitions and releases of a project made anew in another organization, judged by the emulator's raw state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from project_oracle import definitions, releases, self_starting, started
from project_pair import OTHER, ProjectPair, project_pair

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def pair() -> Iterator[ProjectPair]:
    with project_pair() as made:
        yield made


def sides(pair: ProjectPair, *, quiet: bool = True) -> tuple[Any, Any]:
    """The definitions of both."""
    home, other = (pair.emulator.organizations[name] for name in ("fabrikam", OTHER))
    return definitions(home, pair.project, quiet=quiet), definitions(other, pair.target, quiet=False)


def test_definitions_and_releases_are_those_of_the_source(pair: ProjectPair) -> None:
    pair.import_snapshot(pair.export(keep_secrets=True))
    wanted, found = sides(pair)
    assert found == wanted
    assert releases(pair.target) == releases(pair.project)


def test_nothing_starts(pair: ProjectPair) -> None:
    pair.import_snapshot(pair.export())
    assert len(pair.target.releases) > 20
    assert started(pair.target) == []
    assert self_starting(pair.target) == []


def test_a_second_run_writes_nothing(pair: ProjectPair) -> None:
    snapshot = pair.export()
    first = pair.import_snapshot(snapshot)
    assert pair.import_snapshot(snapshot).gaps == first.gaps
    assert pair.writes() == []
    pair.import_snapshot(snapshot, "another state", on_conflict="update")
    assert pair.writes() == []


def test_requests_are_as_many_as_the_formula_says(pair: ProjectPair) -> None:
    done = pair.import_snapshot(pair.export())
    assert len(pair.log) == sum(done.minimum.values())
