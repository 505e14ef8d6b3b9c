"""SIGKILL of the real command at random instants: the same bytes, the same stack, nothing lost, nothing twice.

`pytest -m torture -s tests/torture` kills STACKFERRY_KILLS (500) exports and imports, half as many copies, and tells
the figures.
"""

from __future__ import annotations

import os
from random import Random
from typing import TYPE_CHECKING

import pytest
from arena import Figures, arena, export_storm, import_storm

if TYPE_CHECKING:
    from pathlib import Path

KILLS = int(os.environ.get("STACKFERRY_KILLS", "500"))
SEED = int(os.environ.get("STACKFERRY_SEED", "1"))
STACKS = (9, 5, 3, 1)  # seeds of stacks with versions, languages, assets and releases
SHARE = -(-KILLS // (2 * len(STACKS)))  # of one storm
EXPORTS, IMPORTS, COPIES = Figures(), Figures(), Figures()  # of all stacks


def nothing_happened(figures: Figures) -> None:
    print(f"\n{figures}")  # noqa: T201 - the figures are what a person runs this for
    assert not figures.lost
    assert not figures.duplicated
    assert not figures.changed
    assert not figures.unexpected
    assert figures.most_writes <= 0, "more than one write per worker was repeated after a kill"


def test_an_export_is_killed(tmp_path: Path) -> None:
    """A2, I1-I3, I6: a few kills of an export; its snapshot is byte-identical to a quiet one's."""
    figures = Figures()
    with arena(tmp_path, 9, latency=0.004) as here:
        export_storm(here, Random(SEED), 5, figures)
    assert figures.kills == 5
    nothing_happened(figures)


def test_an_import_is_killed(tmp_path: Path) -> None:
    """A2, C2, I3-I5: a few kills of an import; its target is what a quiet import makes."""
    figures = Figures()
    with arena(tmp_path, 9, latency=0.004) as here:
        import_storm(here, Random(SEED), 3, figures)
    assert figures.kills == 3
    nothing_happened(figures)


def test_a_copy_is_killed(tmp_path: Path) -> None:
    """A2, C2, I3-I5: a few kills of a copy, in both of its halves; its target is what a quiet copy makes."""
    figures = Figures()
    with arena(tmp_path, 9, latency=0.004) as here:
        import_storm(here, Random(SEED), 3, figures, copy=True)
    assert figures.kills == 3
    nothing_happened(figures)


@pytest.mark.torture
@pytest.mark.timeout(0)
@pytest.mark.parametrize("stack", STACKS)
def test_exports_are_killed(tmp_path: Path, stack: int) -> None:
    """A2: half of the kills, spread over the stacks."""
    figures = Figures()
    with arena(tmp_path, stack, latency=0.004) as here:
        export_storm(here, Random(f"{SEED}/{stack}"), SHARE, figures)
    EXPORTS.add(figures)
    print(f"\nexports so far: {EXPORTS}")  # noqa: T201 - see above
    nothing_happened(figures)


@pytest.mark.torture
@pytest.mark.timeout(0)
def test_incremental_exports_are_killed(tmp_path: Path) -> None:
    """A2: some more, of exports on top of an earlier snapshot."""
    figures = Figures()
    with arena(tmp_path, STACKS[0], latency=0.004) as here:
        export_storm(here, Random(SEED), KILLS // 10 + 1, figures, base=True)
    nothing_happened(figures)


@pytest.mark.torture
@pytest.mark.timeout(0)
@pytest.mark.parametrize("stack", STACKS)
def test_imports_are_killed(tmp_path: Path, stack: int) -> None:
    """A2: the other half."""
    figures = Figures()
    with arena(tmp_path, stack, latency=0.004) as here:
        import_storm(here, Random(f"{SEED}/{stack}"), SHARE, figures)
    IMPORTS.add(figures)
    print(f"\nimports so far: {IMPORTS}")  # noqa: T201 - see above
    nothing_happened(figures)


@pytest.mark.torture
@pytest.mark.timeout(0)
@pytest.mark.parametrize("stack", STACKS)
def test_copies_are_killed(tmp_path: Path, stack: int) -> None:
    """A2: as many again, of exports and imports at the same time."""
    figures = Figures()
    with arena(tmp_path, stack, latency=0.004) as here:
        import_storm(here, Random(f"{SEED}/{stack}"), SHARE, figures, copy=True)
    COPIES.add(figures)
    print(f"\ncopies so far: {COPIES}")  # noqa: T201 - see above
    nothing_happened(figures)
