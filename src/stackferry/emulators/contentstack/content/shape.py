"""Bringing what a client sent into the form that is stored.

Unknown fields are dropped, files become asset uids, and every instance of a repeated group and every modular
block gets a `_metadata.uid` when it has none. Wrong types pass through: `check` complains about them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.content.schema import (
    CONTAINERS,
    block_schemas,
    inner_schema,
    is_custom_asset,
)
from stackferry.emulators.values import obj, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.emulators.contentstack.content.schema import Schema
    from stackferry.emulators.contentstack.state import Branch
    from stackferry.model import Json, JsonObject


class Shaper:
    """Shapes content for one branch; `new_uid` makes uids with a prefix."""

    def __init__(self, branch: Branch, new_uid: Callable[[str], str]) -> None:
        self._branch = branch
        self._new_uid = new_uid

    def content(self, schema: Schema, sent: JsonObject) -> JsonObject:
        """The fields of the schema that were sent, shaped, in the order they were sent."""
        known = {text(field.get("uid")): field for field in schema}
        return {name: self._field(known[name], value) for name, value in sent.items() if name in known}

    def _field(self, field: JsonObject, value: Json) -> Json:
        kind = field.get("data_type")
        if kind in CONTAINERS:
            return self._groups(inner_schema(self._branch, field), value)
        if kind == "blocks":
            return self._blocks(block_schemas(self._branch, field), value)
        if kind == "file":
            return _each(value, _asset_uid)
        if is_custom_asset(field):
            return _each(value, _without_asset)
        return value

    def _groups(self, schema: Schema, value: Json) -> Json:
        if isinstance(value, list):
            return [self._instance(schema, item) if isinstance(item, dict) else item for item in value]
        if not isinstance(value, dict):
            return value
        shaped = self.content(schema, value)
        return {**shaped, "_metadata": _own(value)} if "_metadata" in value else shaped

    def _instance(self, schema: Schema, sent: JsonObject) -> JsonObject:
        metadata = _own(sent)
        if not metadata.get("uid"):
            metadata = {**metadata, "uid": self._new_uid("cs")}
        return {**self.content(schema, sent), "_metadata": metadata}

    def _blocks(self, schemas: dict[str, Schema], value: Json) -> Json:
        if not isinstance(value, list):
            return value
        return [self._block(schemas, item) if isinstance(item, dict) else item for item in value]

    def _block(self, schemas: dict[str, Schema], sent: JsonObject) -> JsonObject:
        """An instance names its kind by its one key; `_metadata` beside the key is moved inside."""
        beside: JsonObject = {"_metadata": sent["_metadata"]} if "_metadata" in sent else {}
        kinds = {kind: content for kind, content in sent.items() if kind != "_metadata"}
        return {
            kind: self._instance(schemas.get(kind, []), {**beside, **obj(content)})
            for kind, content in kinds.items()
        }


def _own(instance: JsonObject) -> JsonObject:
    """An instance's metadata without the flag that only tells how to read a request."""
    metadata = obj(instance.get("_metadata"))
    return {name: value for name, value in metadata.items() if name != "non_localizable_content"}


def _each(value: Json, change: Callable[[Json], Json]) -> Json:
    return [change(item) for item in value] if isinstance(value, list) else change(value)


def _asset_uid(value: Json) -> Json:
    if isinstance(value, dict) and isinstance(value.get("uid"), str):
        return value["uid"]
    return None if value == "" else value


def _without_asset(value: Json) -> Json:
    return (
        {name: item for name, item in obj(value).items() if name != "asset"}
        if isinstance(value, dict)
        else value
    )
