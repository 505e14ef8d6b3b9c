"""Fields that are not localizable: exact where no master overrides them, otherwise a gap."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from random_stack import STAMPS, TITLE
from round_trip import explain_differences
from workbench import SOURCE, TARGET, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches

if TYPE_CHECKING:
    from random_fields import Row

    from stackferry.emulators.contentstack import Stack

LIVE = "bltaaaaaaaaaaaaaa01"
ALONE, TWO, LACKING, GROUPS, MASTER = (f"bltaaaaaaaaaaaaaa{number}" for number in (11, 12, 13, 14, 15))
SETTINGS = [
    {"other_locale_creates_master": made, "localize_copies_fallback": copied, "null_is_kept": kept}
    for made, copied, kept in product([True, False], repeat=3)
]


def put_settings(stack: Stack) -> None:
    """Four languages, an environment, and a type with shared fields: one at the top, one inside a group."""
    for number, (code, fallback) in enumerate([("fr-fr", "en-us"), ("fr-ca", "fr-fr"), ("de-de", "en-us")]):
        uid = f"bltaaaaaaaaaaaaab{number:02}"
        row: Row = {"code": code, "uid": uid, "name": code, "fallback_locale": fallback}
        stack.main.put_locale({**row, **STAMPS})
    stack.put("environments", {"uid": LIVE, "name": "live", "urls": [], **STAMPS})
    schema = [TITLE, text_field("fixed", shared=True), text_field("own")]
    inner = [text_field("fixed", shared=True), text_field("own")]
    group: Row = {"uid": "parts", "display_name": "Parts", "data_type": "group", "multiple": True}
    schema.append({**group, "mandatory": False, "unique": False, "schema": inner})
    page: Row = {"uid": "page", "title": "Page", "description": "", "schema": schema}
    page["options"] = {"is_page": False, "singleton": False, "title": "title"}
    stack.main.put_content_type({**page, **STAMPS})


def text_field(uid: str, *, shared: bool = False) -> Row:
    """A text field."""
    field: Row = {"uid": uid, "display_name": uid, "data_type": "text", "mandatory": False, "unique": False}
    return {**field, "multiple": False, **({"non_localizable": True} if shared else {})}


def put(
    stack: Stack, uid: str, code: str, version: int, fixed: str, parts: str = "", *, live: int = 0
) -> None:
    """One version: the value of the shared field ("" for none), and a group instance for each letter of `parts`."""
    row: Row = {"uid": uid, "title": f"{uid[-2:]} in {code}", "own": f"{code} {version}", "tags": []}
    row |= {"fixed": fixed} if fixed else {}
    row["parts"] = [
        {"fixed": letter, "own": f"{letter} {code}", "_metadata": {"uid": f"cs{uid[-2:]}{place:012}"}}
        for place, letter in enumerate(parts)
    ]
    detail = {"environment": LIVE, "locale": code, "version": live, "time": "", "user": ""}
    row |= {"publish_details": [detail] if live else [], "_version": version, "locale": code}
    stack.main.put_entry_version("page", code, {**row, **STAMPS})


def without_master(stack: Stack) -> None:
    """Entries in other languages only: each language and version has other values."""
    put_settings(stack)
    put(stack, ALONE, "fr-fr", 1, "first")
    put(stack, ALONE, "fr-fr", 2, "second", live=1)
    put(stack, TWO, "fr-fr", 1, "french", live=1)
    put(stack, TWO, "de-de", 1, "german", live=1)
    put(stack, LACKING, "fr-fr", 1, "french")
    put(stack, LACKING, "fr-ca", 1, "")
    put(stack, LACKING, "fr-ca", 2, "canadian", live=1)
    put(stack, GROUPS, "fr-fr", 1, "x", "ab")
    put(stack, GROUPS, "de-de", 1, "y", "A", live=1)
    put(stack, GROUPS, "de-de", 2, "z", "BC")


def beside_a_master(stack: Stack) -> None:
    """A translation from before the master's shared fields changed, and still published."""
    put_settings(stack)
    put(stack, MASTER, "en-us", 1, "before", "a")
    put(stack, MASTER, "en-us", 2, "after", "b", live=1)
    put(stack, MASTER, "fr-fr", 1, "before", "a")
    put(stack, MASTER, "fr-fr", 2, "after", "b", live=1)


@pytest.mark.parametrize("switches", SETTINGS, ids=lambda one: "".join("ny"[on] for on in one.values()))
def test_without_a_master_each_language_keeps_its_own_values(switches: dict[str, Any]) -> None:
    """Whatever the service creates and copies by itself: every version is exact, and so are the publications."""
    with memory_directory() as root:
        one = make_workbench(root, without_master, switches=Switches(**switches))
        imported = one.import_snapshot(one.export(versions="all"), versions="all")
        assert imported.gaps == []
        result = explain_differences(one.dump(SOURCE, versions=True), one.dump(TARGET, versions=True), [])
        assert [
            line for line in result.unexplained if "/history/" not in line or "has also" not in line
        ] == []
        assert one.emulator.defects == []


@pytest.mark.parametrize("switches", SETTINGS[:4], ids=lambda one: "".join("ny"[on] for on in one.values()))
def test_an_older_value_that_the_master_overrides_is_a_gap(switches: dict[str, Any]) -> None:
    with memory_directory() as root:
        one = make_workbench(root, beside_a_master, switches=Switches(**switches))
        imported = one.import_snapshot(one.export(versions="all"), versions="all")
        found = [(gap["kind"], gap["uid"], gap["locale"], gap["path"]) for gap in imported.gaps]
        where = ("entries", MASTER, "fr-fr")
        assert sorted(found) == [(*where, "version 1/fixed"), (*where, "version 1/parts/0/fixed")]
