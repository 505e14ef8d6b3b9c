"""Keys that a service adds to what is sent, each with the value that stands for nothing: see `Switches.fills_in`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import objects

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import Json, JsonObject

_OF_FIELD: Final = ("indexed", "inbuilt_model", "non_localizable", "unique")


def filled_schema(schema: Iterable[JsonObject]) -> list[Json]:
    """The fields of a type, each with the keys of a field; fields of groups and blocks, too."""
    return [_filled_field(field) for field in schema]


def _filled_field(field: JsonObject) -> JsonObject:
    filled: JsonObject = {**dict.fromkeys(_OF_FIELD, False), "field_metadata": {}, **field}
    if "schema" in field:
        filled["schema"] = filled_schema(objects(field["schema"]))
    if "blocks" in field:
        filled["blocks"] = [
            {**block, "schema": filled_schema(objects(block["schema"]))} if "schema" in block else block
            for block in objects(field["blocks"])
        ]
    return filled
