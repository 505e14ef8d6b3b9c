"""The emulator's rules, held against real exports: what real stacks hold must pass them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from emulator_desk import Desk, open_desk

from stackferry.emulator import Emulator, Stack, Switches
from stackferry.emulator.content.check import complaints
from stackferry.emulator.content.links import exists, links
from stackferry.emulator.content.schema import schema_of
from stackferry.emulator.seed import plant, read_seed
from stackferry.emulator.values import objs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject

EXPORTS = (Path(__file__).parents[2] / "../shared/datasets/contentstack").resolve()
NAMES = (
    "compass-starter-stack/stack",
    "academy-starter-app",
    "nextJS-CS-modeling/stack",
    "stack-evtrader/stack",
)


def planted(name: str) -> Stack:
    if not EXPORTS.is_dir():
        pytest.skip("the datasets of real exports are not beside this checkout")
    return plant(Emulator(), read_seed(EXPORTS / name), api_key="blt_real", management_token="cs-invented")


@pytest.mark.parametrize("name", NAMES)
def test_real_entries_fit_their_schemas(name: str) -> None:
    """No document of a real export is refused; only known dangling references are missing their target."""
    stack = planted(name)
    dangling: set[str] = set()
    for kind, table in stack.main.entries.items():
        schema = schema_of(stack.main, kind)
        for entry in table.values():
            for document in entry.documents.values():
                assert complaints(stack.main, schema, document.latest, stack.taxonomies) == {}
                found = links(stack.main, schema, document.latest)
                dangling |= {link.path for link in found if not exists(stack.main, link)}
    assert dangling == ({"region"} if "evtrader" in name else set())


@pytest.mark.parametrize("name", NAMES)
def test_real_content_types_are_accepted(name: str) -> None:
    """Every global field and content type of a real export can be created as it is."""
    stack = planted(name)
    with open_desk(Switches(check_schema_references=False)) as desk:
        create_all(desk, "global_field", stack.main.global_fields.values())
        create_all(desk, "content_type", stack.main.content_types.values())


def create_all(desk: Desk, kind: str, rows: Iterable[JsonObject]) -> None:
    for raw in rows:
        made = desk.post(f"/{kind}s", {kind: raw}, include_global_field_schema="true")[kind]
        assert [field["uid"] for field in made["schema"]] == [field["uid"] for field in objs(raw["schema"])]
