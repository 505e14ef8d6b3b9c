"""Answering stored content: files as whole asset objects."""

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


class Renderer:
    """Renders content of one branch; `asset` answers the object of an asset uid, or None."""

    def __init__(self, branch: Branch, asset: Callable[[str], JsonObject | None]) -> None:
        self._branch = branch
        self._asset = asset

    def content(self, schema: Schema, stored: JsonObject) -> JsonObject:
        """Stored content with its files filled in; keys beside the schema are kept."""
        known = {text(field.get("uid")): field for field in schema}
        return {
            name: self._field(known[name], value) if name in known else value
            for name, value in stored.items()
        }

    def _field(self, field: JsonObject, value: Json) -> Json:
        if isinstance(value, list):
            return [self._one(field, item) for item in value]
        return self._one(field, value)

    def _one(self, field: JsonObject, value: Json) -> Json:
        kind = field.get("data_type")
        if kind == "file":
            return self._file(value)
        if not isinstance(value, dict):
            return value
        if kind in CONTAINERS:
            return self.content(inner_schema(self._branch, field), value)
        if kind == "blocks":
            schemas = block_schemas(self._branch, field)
            return {name: self.content(schemas.get(name, []), obj(inner)) for name, inner in value.items()}
        if is_custom_asset(field):
            return {**value, "asset": self._asset(text(value.get("uid")))}
        return value

    def _file(self, value: Json) -> Json:
        """A uid whose asset is gone answers null; a seeded object whose asset was never there stays."""
        if isinstance(value, str):
            return self._asset(value)
        if isinstance(value, dict):
            return self._asset(text(value.get("uid"))) or value
        return value
