"""A space with everything goes there and back under each value of each switch: of each thing that no page proves.

The values follow from the switches themselves, so that none is left out.
"""

from __future__ import annotations

import ast
import inspect
import re
import typing
from dataclasses import fields
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from small_space import entry, fill_small
from space_bench import make_space_bench
from test_space_every_kind import ALWAYS, bench_of

from sampling import sampled
from stackferry.emulators.contentful import Switches, behaviour

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from space_bench import SpaceBench

NUMBERS: dict[str, tuple[Any, ...]] = {
    "request_bytes": (1_048_576, 2_097_152),
    "snapshots_kept": (None, 1),
    "snapshot_rows": (100, 1000),
    "job_requests": (0, 3),
    "job_seconds": (0.0,),
    "page_rows": (1000, 3),
    "locale_rows": (100, 1),
}


def numbered() -> dict[str, int]:
    """The switches of the list of what is not proven, with their numbers in it."""
    tree = ast.parse(inspect.getsource(behaviour))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Switches")
    found = {}
    for one, later in pairwise(body):
        if isinstance(one, ast.AnnAssign) and isinstance(later, ast.Expr):
            number = re.match(r"\[(\d+)\]", ast.literal_eval(later.value))
            if number:
                found[one.target.id] = int(number[1])  # type: ignore[union-attr]  # a name
    return found


def values_of(name: str) -> tuple[Any, ...]:
    of_type = typing.get_type_hints(Switches, vars(behaviour) | vars(typing))[name]
    if name in NUMBERS:
        return NUMBERS[name]
    return (True, False) if of_type is bool else typing.get_args(of_type)


NAMES = [field.name for field in fields(Switches)]
DEFAULT = Switches()
OTHERS = [(name, value) for name in NAMES for value in values_of(name) if value != getattr(DEFAULT, name)]


def test_each_number_of_the_list_has_two_values() -> None:
    assert set(numbered().values()) == set(range(1, 25))
    assert [name for name in numbered() if len(values_of(name)) < 2] == []
    assert [name for name in NAMES if getattr(DEFAULT, name) not in values_of(name)] == []


# --- what makes a switch bite ---


def large(bench: SpaceBench) -> None:
    """A body of more than a megabyte: only one of the two limits takes it."""
    words = {"en-US": {"words": "w" * 1_500_000}}
    bench.source.master.put_entry(
        entry("large", {"title": "Large", "slug": "large", "data": words}, kind="page")
    )


def unknown_widget(bench: SpaceBench) -> None:
    """The sidebar of a type names an extension that is in neither space."""
    layout: Any = bench.source.master.editor_interfaces["page"]
    layout["sidebar"] = [{"widgetId": "nowhere", "widgetNamespace": "extension"}]


def archived(bench: SpaceBench) -> None:
    """The Timeline release is archived."""
    sys: Any = bench.source.master.releases["campaign"].raw["sys"]
    sys |= {"status": "archived", "archivedAt": "2030-01-03T08:00:00.000Z"}


BITES: dict[str, Callable[[SpaceBench], None]] = {
    "request_bytes": large,
    "unknown_widgets": unknown_widget,
    "archived_release_entries": archived,
}
# What is told beside what always is: nothing of it is silent, and nothing else is lost.
MORE: dict[tuple[str, Any], set[tuple[str, Any]]] = {
    ("space_shows_organization", False): {("concepts", None), ("concept_schemes", None)},
    ("request_bytes", 1_048_576): {("entries", None)},
    ("unknown_widgets", "refused"): {("editor_interfaces", "/sidebar")},
    # Its bodies cannot be read, and what exists in it alone is among them.
    ("archived_release_entries", False): {
        ("release_entries/campaign", None),
        ("release_assets/campaign", None),
        ("releases", "/entities/items/Entry chick"),
    },
}
PRUNED = {("snapshots_kept", 1): [("entry_snapshots", "hen")]}  # by the target itself, after each publish
CASES = [("", None), *OTHERS, *((name, getattr(DEFAULT, name)) for name in BITES)]


@pytest.mark.parametrize("case", sampled(CASES, 6), ids=str)
def test_there_and_back(root: Path, case: tuple[str, Any]) -> None:
    name, value = case
    bench = bench_of(root, **({name: value} if name else {}))
    if name in BITES:
        BITES[name](bench)
    snapshot = bench.export(versions="all", editorial=True)
    done = bench.import_snapshot(snapshot, versions="all")
    told = {(gap["kind"], gap.get("path")) for gap in done.gaps}
    assert told == ALWAYS | MORE.get((name, value), set())
    found = [(one["kind"], one["uid"]) for one in bench.verify(snapshot, versions="all").differences]
    assert found == PRUNED.get((name, value), [])
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, "again", versions="all", on_conflict="update")
    # What was refused is asked for again: only that.
    assert [one.path for one in bench.emulator.log if one.method != "GET" and one.status < 400] == []


@pytest.mark.parametrize("answer", values_of("template_types"))
def test_a_type_that_a_template_owns(root: Path, answer: Any) -> None:
    """[24] It is written, or stays as it is and is told."""
    bench = make_space_bench(root, fill_small, switches=Switches(template_types=answer))
    snapshot = bench.export()
    bench.import_snapshot(snapshot, "first")
    page = bench.target.master.content_types["page"]
    page.body = {**page.body, "description": "of a template"}
    page.sys |= {"version": page.version + 1, "template": True}
    bench.target.master.changed()
    done = bench.import_snapshot(snapshot, "second", on_conflict="update")
    is_written = page.body["description"] == ""
    assert is_written is (answer == "writable")
    assert {(gap["kind"], gap["uid"]) for gap in done.gaps} == (
        set() if is_written else {("content_types", "page")}
    )


@pytest.mark.parametrize("shown", [True, False])
def test_a_space_that_publishes_whole_entries(root: Path, shown: bool) -> None:
    """[16] Each locale's state is shown there, or it is not."""
    bench = make_space_bench(root, fill_small, switches=Switches(status_without_mode=shown))
    del bench.source.master.entries["partly"]
    bench.source.locale_publishing = bench.target.locale_publishing = False
    snapshot = bench.export(versions="all")
    done = bench.import_snapshot(snapshot, versions="all")
    assert (done.gaps, bench.verify(snapshot, versions="all").differences) == ([], [])
    bench.emulator.log.clear()
    bench.import_snapshot(snapshot, "again", versions="all", on_conflict="update")
    assert bench.writes() == 0
