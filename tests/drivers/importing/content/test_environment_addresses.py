"""One odd address of an environment costs that address, not the environment and what is published there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from small_stack import LIVE, fill_small
from workbench import SOURCE, TARGET, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from pathlib import Path

    from workbench import Workbench

GOOD, FOREIGN, BLANK = (
    {"locale": "fr-fr", "url": "https://example.org/fr"},
    {"locale": "xx-xx", "url": "https://example.org/xx"},
    {"locale": "", "url": "https://example.org"},
)


@pytest.mark.parametrize("takes_any", [False, True])
@pytest.mark.parametrize("odd", [FOREIGN, BLANK])
def test_an_address_for_an_unknown_language_costs_that_address(odd: Any, takes_any: bool) -> None:
    with memory_directory() as root:
        found = imported(root, [odd, GOOD], takes_any)
    assert found == ([odd, GOOD] if takes_any else [GOOD], [] if takes_any else [("environments", "/urls/0")])


def test_an_environment_whose_addresses_are_all_known_is_as_it_was() -> None:
    with memory_directory() as root:
        assert imported(root, [GOOD], takes_any=False) == ([GOOD], [])


def published(bench: Workbench, key: str) -> int:
    nodes = bench.dump(key).nodes
    return sum(len(node.bags["published"]) for node in nodes if node.kind == "entry")


def imported(root: Path, urls: list[Any], takes_any: bool) -> tuple[Any, list[tuple[Any, Any]]]:
    """The addresses in the target, and the gaps; a second import finds nothing to write."""
    switches = Switches(environment_takes_any_locale=takes_any)
    bench = make_workbench(root, fill_small, switches=switches)
    bench.source.environments[LIVE]["urls"] = urls
    snapshot = bench.export()
    result = bench.import_snapshot(snapshot)
    assert published(bench, SOURCE) == published(bench, TARGET) != 0
    written = bench.writes()
    again = bench.import_snapshot(snapshot, "again", on_conflict="update", schedules=False)
    assert bench.writes() == written
    assert [gap for gap in again.gaps if gap["kind"] == "environments"] == [
        gap for gap in result.gaps if gap["kind"] == "environments"
    ]
    (row,) = bench.target.environments.values()
    return row["urls"], [(gap["kind"], gap.get("path")) for gap in result.gaps]
