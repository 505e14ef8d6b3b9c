"""Stored content and assets as the API answers them: files as whole asset objects, with their URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry.emulators.contentstack.content.schema import (
    CONTAINERS,
    block_schemas,
    inner_schema,
    is_custom_asset,
)
from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.content.schema import Schema
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Asset
    from stackferry.model import Json, JsonObject


def asset_object(
    call: Call, uid: str, *, version: int = 0, include_publish_details: bool = False
) -> JsonObject | None:
    """A file or folder, in a version or (0) the latest; None when the branch does not hold it."""
    asset = call.branch.assets.get(uid)
    if asset is None:
        return None
    number = version or asset.version
    answer = dict(asset.versions[number].raw)
    if not asset.is_folder:
        answer["url"] = _asset_url(call, asset, number)
    if include_publish_details:
        answer["publish_details"] = [publication.as_json() for publication in asset.live.values()]
    if call.flag("include_branch"):
        answer["_branch"] = call.branch.uid
    return answer


def _asset_url(call: Call, asset: Asset, number: int) -> str:
    """The address of a version's bytes. Outside main it names the branch."""
    version = asset.versions[number]
    origin = call.service.asset_origin or call.origin
    name = quote(text(version.raw.get("filename")), safe="")
    suffix = "" if call.branch.uid == "main" else f"?branch={quote(call.branch.uid)}"
    return f"{origin}/v3/assets/{call.stack.api_key}/{asset.uid}/{version.unique}/{name}{suffix}"


class Renderer:
    """Renders stored content of the branch of a call."""

    def __init__(self, call: Call, *, include_publish_details: bool = False) -> None:
        self._call = call
        self._include_publish_details = include_publish_details

    def content(self, schema: Schema, stored: JsonObject) -> JsonObject:
        """Stored content with its files filled in; keys that the schema does not have are kept."""
        fields = {text(field.get("uid")): field for field in schema}
        return {
            name: self._field(fields[name], value) if name in fields else value
            for name, value in stored.items()
        }

    def _field(self, field: JsonObject, value: Json) -> Json:
        if isinstance(value, list):
            return [self._instance(field, item) for item in value]
        return self._instance(field, value)

    def _instance(self, field: JsonObject, value: Json) -> Json:
        kind = field.get("data_type")
        if kind == "file":
            return self._file(value)
        if not isinstance(value, dict):
            return value
        if kind in CONTAINERS:
            return self.content(inner_schema(self._call.branch, field), value)
        if kind == "blocks":
            schemas = block_schemas(self._call.branch, field)
            return {
                name: self.content(schemas.get(name, []), as_object(inner)) for name, inner in value.items()
            }
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

    def _asset(self, uid: str) -> JsonObject | None:
        return asset_object(self._call, uid, include_publish_details=self._include_publish_details)
