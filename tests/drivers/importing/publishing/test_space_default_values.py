"""Entries without a value that their type has a default for: the service puts it into every new entry.

API page: "Entries", "Create an entry". They arrive without it all the same, before anything of them is live.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import link, sys
from space_bench import make_space_bench
from space_state import differences, state_of
from states_space import PAGE, entry, field, fill_states, titles

from stackferry.emulators.contentful import Fault, Switches
from stackferry.errors import AccessError
from stackferry.json_values import as_object, nested

if TYPE_CHECKING:
    from pathlib import Path

    from space_bench import SpaceBench

    from stackferry.emulators.contentful import Environment, Space

SHOWN = field("shown", "Boolean", localized=True, defaultValue={"en-US": True, "de": False})
RELEASE: dict[str, Any] = {
    "sys": sys("Release", "spring", schemaVersion="Release.v2", status="active"),
    "title": "Spring",
    "entities": {
        "sys": {"type": "Array"},
        "items": [
            {"entity": link("Entry", "later"), "action": "publish"},
            {"entity": link("Entry", "named"), "action": "publish"},
        ],
    },
}
NAMED = {"shown": {"en-US": False}}


def fill(space: Space, environment: Environment) -> None:
    """Entries in every state, of a type that was given a field with default values after they were made."""
    fill_states(space, environment)
    environment.put_content_type({**PAGE, "fields": [*PAGE["fields"], SHOWN]})
    environment.put_entry(entry("named", {"title": titles(en="Named"), **NAMED}, "PPPP"))
    named = entry("named", {"title": titles(en="Soon"), **NAMED}, "")
    environment.put_release(RELEASE, [entry("later", {"title": titles(en="Later")}, ""), named])


def _differences(bench: SpaceBench) -> list[Any]:
    one, other = (state_of(space, history=False) for space in (bench.source, bench.target))
    return [row for row in differences(one, other) if row[0][0] != "editor_interfaces"]


@pytest.mark.parametrize("filled", ["fields", "locales"])
def test_entries_arrive_without_values_that_nobody_gave_them(root: Path, filled: Any) -> None:
    bench = make_space_bench(root / "bench", fill, switches=Switches(default_values=filled))
    snapshot = bench.export()
    assert bench.import_snapshot(snapshot).gaps == []
    assert _differences(bench) == []
    writes = bench.writes()
    assert bench.import_snapshot(snapshot, on_conflict="update").gaps == []
    assert bench.writes() == writes


def test_no_default_value_is_ever_live(root: Path) -> None:
    """What is published holds what was sent, and nothing else."""
    bench = make_space_bench(root / "bench", fill)
    bench.import_snapshot(bench.export())
    entries = bench.target.master.entries.values()
    published = [as_object(nested(row, "snapshot", "fields")) for one in entries for row in one.snapshots]
    assert {str(fields["shown"]) for fields in published if "shown" in fields} == {str(NAMED["shown"])}


def test_a_bulk_operation_leaves_no_default_value_either(root: Path) -> None:
    bench = make_space_bench(root / "bench", _many, switches=Switches(bulk_operations=True))
    assert bench.import_snapshot(bench.export()).gaps == []
    assert "shown" not in as_object(bench.target.master.entries["many-7"].body["fields"])
    assert _differences(bench) == []


def test_an_import_that_is_stopped_leaves_no_default_value_in_a_release(root: Path) -> None:
    """An entry that exists in a release alone is written once more, whenever the import was stopped."""
    whole = make_space_bench(root / "bench", fill)
    snapshot = whole.export()
    assert whole.import_snapshot(snapshot).gaps == []
    for number in range(1, 4):  # the body, that of another entry, and the first one without default values
        bench = make_space_bench(root / f"{number}", fill)
        refused = Fault(
            method="PUT", path="/releases/.*/entries/", after=number - 1, status=401, carried_out=False
        )
        bench.emulator.faults.add(refused)
        with pytest.raises(AccessError):
            bench.import_snapshot(snapshot)
        assert bench.import_snapshot(snapshot).gaps == []
        assert bench.verify(snapshot).differences == []


def _many(space: Space, environment: Environment) -> None:
    fill(space, environment)
    for number in range(260):
        environment.put_entry(entry(f"many-{number}", {"title": titles(en=str(number))}, "DDDD", version=1))
