"""A service that drops one key of one call that publishes, takes down, moves or pins: the import tells, or makes good.

The judge is the emulator's own state. Answers to these calls are notices, so what they did is read afterwards.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from typing import Any, Literal

import pytest
from dropping import DroppingTransport
from editors import Editors
from published_stack import edit_source, edit_target, fill_published, shown_state
from workbench import TARGET, make_workbench, memory_directory

from stackferry.errors import StackferryError

Target = Literal["empty", "living"]
TARGETS: tuple[Target, ...] = ("empty", "living")
PARTS, SAMPLE = 16, 1  # of the keys; how many run always, the others with `-m torture`
_ROUTES = re.compile(r"/(un)?publish |/bulk/|/releases|/workflow |/assets ")
_UNTOLD = {"POST /v3/content_types/page/entries/*/publish /locale"}
"""Of a language that shows another one's document, a listing tells the number alone, and both documents have it."""


def imported(target: Target, key: str = "") -> tuple[set[str], bool, set[tuple[Any, ...]]]:
    """The keys that an import sends, whether it says that all of it arrived, and what the target then shows."""
    with memory_directory() as root:
        bench = make_workbench(root, fill_published)
        options: dict[str, Any] = {"versions": "all", "enable_webhooks": True}
        if target == "living":
            bench.import_snapshot(bench.export("first", versions="all"), "first", **options)
            edit_target(Editors(bench, key=TARGET))
            edit_source(bench.source)
            options["on_conflict"] = "update"
        transport, is_whole = DroppingTransport(bench.emulator, key), False
        snapshot = bench.export(versions="all")
        with suppress(StackferryError):
            is_whole = bench.import_snapshot(snapshot, transport=transport, **options).gaps == []
        return {one for one in transport.keys if _ROUTES.search(one)}, is_whole, shown_state(bench.target)


@cache
def undisturbed(target: Target) -> tuple[list[str], set[tuple[Any, ...]]]:
    keys, is_whole, shown = imported(target)
    assert is_whole
    return sorted(keys), shown


def test_the_calls_of_every_kind_are_tried() -> None:
    keys = {key.rpartition(" ")[0] for target in TARGETS for key in undisturbed(target)[0]}
    bulk = {f"POST /v3/bulk/{name}" for name in ("publish", "unpublish", "workflow")}
    entry = {f"POST /v3/content_types/page/entries/*/{name}" for name in ("publish", "workflow")}
    others = {"POST /v3/assets", "POST /v3/metadata/*/publish", "POST /v3/taxonomies/publish"}
    assert bulk | entry | others | {"POST /v3/releases/*/items"} <= keys


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=[pytest.mark.torture] * (part >= SAMPLE)) for part in range(PARTS)]
)
def test_a_key_that_the_service_drops_is_told(target: Target, part: int) -> None:
    keys, whole = undisturbed(target)
    for key in keys[part::PARTS]:
        _, is_whole, shown = imported(target, key)
        assert not is_whole or shown == whole or key in _UNTOLD, f"{key}: {sorted(map(str, shown ^ whole))}"


@pytest.mark.parametrize(
    ("target", "key"),
    [
        ("empty", "POST /v3/bulk/publish /locales"),
        ("empty", "POST /v3/bulk/workflow /entries/*/locale"),
        ("empty", "POST /v3/assets asset[parent_uid]"),
        ("living", "POST /v3/bulk/publish /locales"),
        ("living", "POST /v3/bulk/unpublish /locales"),
    ],
)
def test_what_went_elsewhere_is_told(target: Target, key: str) -> None:
    """A call whose language is dropped means the master one: too much is live there, or too little."""
    _, is_whole, shown = imported(target, key)
    assert shown != undisturbed(target)[1] or "parent_uid" in key
    assert not is_whole
