"""Keys that a service adds to what is sent, each with the value that stands for nothing: see `Switches.fills_in`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, objects, text

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


def filled_booleans(schema: Iterable[JsonObject], content: JsonObject) -> JsonObject:
    """The content with `false` in each boolean field that it lacks; see `Switches.fills_booleans`."""
    filled = dict(content)
    for field in schema:
        uid = text(field.get("uid"))
        if field.get("data_type") == "boolean" and not field.get("multiple"):
            filled.setdefault(uid, False)
        elif uid in content:
            filled[uid] = _filled_value(field, content[uid])
    return filled


def _filled_value(field: JsonObject, value: Json) -> Json:
    if isinstance(value, list):
        return [_filled_value(field, one) for one in value]
    if not isinstance(value, dict):
        return value
    if "blocks" not in field:
        return filled_booleans(objects(field.get("schema")), value)
    schemas = {text(block.get("uid")): objects(block.get("schema")) for block in objects(field["blocks"])}
    return {
        name: filled_booleans(schemas[name], as_object(inner)) if name in schemas else inner
        for name, inner in value.items()
    }
