"""Stacks built through the API, exported and imported by commands, and compared by a reader of these tests' own.

Written from the vendor's pages and the project's facts alone. What differs in the target must stand in the gaps; where
nothing differs and there is no gap, every exit code is 0; and `verify` must come to the same judgement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from compare_stacks import compare
from read_stack import read_stack
from round_trip_bench import Bench, open_bench
from small_fields import FIELDS
from small_people import PEOPLE
from small_publications import PUBLICATIONS, many_of_each
from weird_stack import fill_weird

if TYPE_CHECKING:
    from collections.abc import Callable

    from plain_api import Api

PLAIN_HEADER = "/destinations/0/custom_header/0/value"


def equal_in_silence(bench: Bench) -> None:
    """Nothing differs, no gap, and every command ended with 0."""
    assert bench.found == [], bench.summary()
    assert bench.gaps == [], bench.summary()
    assert {int(code) for code in bench.codes.values()} == {0}, bench.summary()


@pytest.mark.parametrize("fill", [*FIELDS, *PEOPLE, *PUBLICATIONS])
def test_a_small_stack_arrives(fill: Callable[[Api], None]) -> None:
    """One thing each that is easily lost."""
    with open_bench(fill) as bench:
        bench.move("--schedules")
        equal_in_silence(bench)


@pytest.mark.torture
@pytest.mark.parametrize("fill", [many_of_each])
def test_a_long_stack_arrives(fill: Callable[[Api], None]) -> None:
    """More than one page of each kind."""
    with open_bench(fill) as bench:
        bench.move("--schedules")
        equal_in_silence(bench)


def all_but_the_webhook(found: list[str]) -> list[str]:
    """A header's value is redacted and told; webhooks arrive disabled unless it is asked otherwise."""
    return [line for line in found if not line.startswith("webhook/Hook/d")]


@pytest.mark.parametrize("command", ["import", "copy"])
def test_a_weird_stack_arrives(command: str) -> None:
    """Every kind of field at depth, odd texts and numbers, languages, releases, schedules, a workflow."""
    with open_bench(fill_weird) as bench:
        if command == "import":
            found = bench.move("--schedules")
            assert bench.codes == {"export": 0, "import": 3, "verify": 3}, bench.summary()
        else:
            bench.run(
                "copy", *(bench.cli.place(api.key) for api in (bench.source, bench.target)), "--schedules"
            )
            found = compare(
                read_stack(bench.source), read_stack(bench.target), without=("history", "version names")
            )
        assert all_but_the_webhook(found) == [], "\n".join(found)
        assert [line for line in bench.gaps if PLAIN_HEADER not in line] == [], bench.summary()


@pytest.mark.parametrize("generation", [1, 2])
def test_a_weird_stack_arrives_by_an_export_of_the_vendors_cli(generation: int) -> None:
    """§15: generation 1 has lists in a branch's folder, generation 2 a file for each uid and no folder."""
    with open_bench(fill_weird) as bench:
        source, target = (bench.cli.place(api.key) for api in (bench.source, bench.target))
        bench.run("export", source, bench.snapshot, "--versions", "all")
        out = root = bench.cli.home / "root" / "main"
        root.parent.mkdir()
        assert bench.cli.run("convert", bench.snapshot, out, "--to", "csdx").code == 3
        lists = [out / "content_types" / "schema.json", out / "global_fields" / "globalfields.json"]
        if generation == 1:
            root = out.parent
            (root / "branches.json").write_text('[{"uid": "main", "source": ""}]')
            doomed = [file for one in lists for file in one.parent.glob("*.json") if file != one]
        else:
            doomed = [*lists, out / "export-info.json"]
        for file in doomed:
            file.unlink()
        bench.run("import", root, target, "--schedules", "--versions", "all")
        limits = {row["kind"] for row in bench.reports["import"]["limits"]}
        assert {"releases", "schedules", "version_names", "workflow_stages"} <= limits
        cannot = ("release", "schedule", "version names", "term name", "stage")
        found = compare(read_stack(bench.source), read_stack(bench.target), without=cannot)
        left = [line for line in all_but_the_webhook(found) if not line.startswith("asset live//")]
        assert [line for line in left if "production» " not in line] == [], "\n".join(left)
        assert sum("production" in line for line in bench.gaps) >= 2, (
            "the older bytes have no place in the layout"
        )
