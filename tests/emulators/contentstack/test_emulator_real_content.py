"""The emulator's rules, held against real exports: what real stacks hold must pass them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from emulator_client import EmulatorClient, open_client

from repository import CONTENTSTACK_EXPORTS
from stackferry.emulators.contentstack import Emulator, Stack, Switches, serve
from stackferry.emulators.contentstack.content.check import field_errors
from stackferry.emulators.contentstack.content.schema import link_exists, links, schema_of
from stackferry.emulators.contentstack.seed.load import add_seeded_stack, read_seed
from stackferry.json_values import objects

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject

EXPORTS = CONTENTSTACK_EXPORTS
NAMES = (
    "compass-starter-stack/stack",
    "academy-starter-app",
    "nextJS-CS-modeling/stack",
    "stack-evtrader/stack",
)


HEADERS = {"api_key": "blt_real", "authorization": "cs-invented"}


def loaded(name: str, emulator: Emulator | None = None) -> Stack:
    if not EXPORTS.is_dir():
        pytest.skip("the datasets of real exports are not beside this checkout")
    seed = read_seed(EXPORTS / name)
    return add_seeded_stack(emulator or Emulator(), seed, api_key="blt_real", management_token="cs-invented")


@pytest.mark.parametrize("name", NAMES)
def test_real_entries_fit_their_schemas(name: str) -> None:
    """No document of a real export is refused; only known dangling references are missing their target."""
    stack = loaded(name)
    dangling: set[str] = set()
    for kind, table in stack.main.entries.items():
        schema = schema_of(stack.main, kind)
        for entry in table.values():
            for document in entry.documents.values():
                assert field_errors(stack.main, schema, document.latest, stack.taxonomies) == {}
                found = links(stack.main, schema, document.latest)
                dangling |= {link.path for link in found if not link_exists(stack.main, link)}
    assert dangling == ({"region"} if "evtrader" in name else set())


@pytest.mark.parametrize("name", NAMES)
def test_real_content_types_are_accepted(name: str) -> None:
    """Every global field and content type of a real export can be created as it is."""
    stack = loaded(name)
    with open_client(Switches(check_schema_references=False)) as client:
        create_all(client, "global_field", stack.main.global_fields.values())
        create_all(client, "content_type", stack.main.content_types.values())


def create_all(client: EmulatorClient, kind: str, rows: Iterable[JsonObject]) -> None:
    for raw in rows:
        made = client.post(f"/{kind}s", {kind: raw}, include_global_field_schema="true")[kind]
        assert [field["uid"] for field in made["schema"]] == [
            field["uid"] for field in objects(raw["schema"])
        ]


def named(value: Any) -> Any:
    """The value with uids in place of asset objects, whose URLs are this emulator's."""
    if isinstance(value, list):
        return [named(item) for item in value]
    if not isinstance(value, dict):
        return value
    return value["uid"] if "filename" in value else {key: named(item) for key, item in value.items()}


def changed(recorded: JsonObject, answer: JsonObject) -> set[str]:
    return {field for field, value in recorded.items() if named(answer.get(field)) != named(value)}


@pytest.mark.parametrize("name", NAMES)
def test_real_rows_are_listed_as_they_were_recorded(name: str) -> None:
    """What the service once answered for an entry or an asset is what the emulator answers, field by field (G6)."""
    emulator = Emulator()
    stack = loaded(name, emulator)
    differing: set[str] = set()
    with serve(emulator) as origin, httpx.Client(base_url=f"{origin}/v3", headers=HEADERS) as http:
        for kind, table in stack.main.entries.items():
            for uid, entry in table.items():
                for code, document in entry.documents.items():
                    shown = {"locale": code, "include_publish_details": "true", "include_workflow": "true"}
                    answer = http.get(f"/content_types/{kind}/entries/{uid}", params=shown).json()["entry"]
                    differing |= changed(document.latest, answer)
        for asset in stack.main.assets.values():
            answer = http.get(f"/assets/{asset.uid}", params={"include_publish_details": "true"}).json()[
                "asset"
            ]
            differing |= changed(asset.latest, answer)
    assert differing <= {
        "url",
        "publish_details",
    }  # addresses are its own; of publications it shows the latest
