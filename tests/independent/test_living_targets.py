"""Targets that hold content already: what a narrowed export, or a branch of the same stack, may not lose or invent.

Written from `../shared/cases/README.md` and the research facts, section 10.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from compare_stacks import compare
from read_stack import read_stack
from round_trip_bench import open_bench
from small_publications import taxonomy_live

CASES = Path(__file__).parents[2] / "../shared/cases"
LIVE = CASES / "entries-of-one-type-over-live"


@pytest.mark.skipif(not LIVE.is_dir(), reason="the shared cases are not here")
def test_a_live_value_is_never_replaced_by_nothing() -> None:
    """The case `entries-of-one-type-over-live`: its part holds the notes alone, changed in `body`."""
    with open_bench() as bench:
        place = bench.cli.place(bench.target.key)
        bench.run("import", LIVE, place)
        before = read_stack(bench.target)
        bench.run("import", LIVE.with_name(f"{LIVE.name}.partial"), place, "--on-conflict", "update")
        found = compare(before, read_stack(bench.target), without=("history", "version names"))
        assert all("/body:" in line for line in found), "\n".join(found)


def test_a_branch_shares_the_names_of_its_taxonomies() -> None:
    """A taxonomy belongs to the stack: copied to a branch it is there already, in every language."""
    with open_bench(taxonomy_live) as bench:
        bench.run("copy", *(bench.cli.place(bench.source.key, name) for name in ("main", "dev")))
        assert bench.gaps == [], bench.summary()
