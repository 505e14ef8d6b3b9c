"""What a client sent, in the form that is stored.

Unknown fields are dropped, files become asset uids, and every instance of a repeated group and every modular block
gets a `_metadata.uid` when it has none. Values of a wrong type pass through: `check` refuses them.
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
    """Shapes content for one branch. `new_uid` makes a uid with a prefix."""

    def __init__(self, branch: Branch, new_uid: Callable[[str], str]) -> None:
        self._branch = branch
        self._new_uid = new_uid

    def content(self, schema: Schema, sent: JsonObject) -> JsonObject:
        """The fields of the schema that were sent, in the order in which they were sent."""
        fields = {text(field.get("uid")): field for field in schema}
        return {name: self._field(fields[name], value) for name, value in sent.items() if name in fields}

    def _field(self, field: JsonObject, value: Json) -> Json:
        kind = field.get("data_type")
        if kind in CONTAINERS:
            return self._groups(inner_schema(self._branch, field), value)
        if kind == "blocks":
            return self._blocks(block_schemas(self._branch, field), value)
        if kind == "file":
            return _map_instances(value, _asset_uid)
        if is_custom_asset(field):
            return _map_instances(value, _without_asset)
        return value

    def _groups(self, schema: Schema, value: Json) -> Json:
        if isinstance(value, list):
            return [self._instance(schema, item) if isinstance(item, dict) else item for item in value]
        if not isinstance(value, dict):
            return value
        shaped = self.content(schema, value)
        return {**shaped, "_metadata": _stored_metadata(value)} if "_metadata" in value else shaped

    def _instance(self, schema: Schema, sent: JsonObject) -> JsonObject:
        metadata = _stored_metadata(sent)
        if not metadata.get("uid"):
            metadata = {**metadata, "uid": self._new_uid("cs")}
        return {**self.content(schema, sent), "_metadata": metadata}

    def _blocks(self, schemas: dict[str, Schema], value: Json) -> Json:
        if not isinstance(value, list):
            return value
        return [self._block(schemas, item) if isinstance(item, dict) else item for item in value]

    def _block(self, schemas: dict[str, Schema], sent: JsonObject) -> JsonObject:
        """A block names its kind by its only key. `_metadata` next to that key is moved inside, where it is stored."""
        outer: JsonObject = {"_metadata": sent["_metadata"]} if "_metadata" in sent else {}
        return {
            kind: self._instance(schemas.get(kind, []), {**outer, **obj(content)})
            for kind, content in sent.items()
            if kind != "_metadata"
        }


def _stored_metadata(instance: JsonObject) -> JsonObject:
    """The metadata without the flag that says how to read a request (page: Update a localized entry)."""
    metadata = obj(instance.get("_metadata"))
    return {name: value for name, value in metadata.items() if name != "non_localizable_content"}


def _map_instances(value: Json, change: Callable[[Json], Json]) -> Json:
    return [change(item) for item in value] if isinstance(value, list) else change(value)


def _asset_uid(value: Json) -> Json:
    if isinstance(value, dict) and isinstance(value.get("uid"), str):
        return value["uid"]
    return None if value == "" else value


def _without_asset(value: Json) -> Json:
    """A custom asset field as it is stored: the object that a read adds under `asset` is left out."""
    return {key: item for key, item in value.items() if key != "asset"} if isinstance(value, dict) else value
