"""Non-localizable fields: a localized document takes their value from the master document.

Instances of repeated groups and modular blocks correspond by `_metadata.uid` (page: Localize an entry).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.content.schema import CONTAINERS, block_schemas, inner_schema
from stackferry.json_values import as_object, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.content.schema import Schema
    from stackferry.emulators.contentstack.state import Branch
    from stackferry.model import Json, JsonObject


def with_master_values(branch: Branch, schema: Schema, own: JsonObject, master: JsonObject) -> JsonObject:
    """The localized content, with the master's values in fields that are not localizable."""
    result = dict(own)
    for field in schema:
        uid = text(field.get("uid"))
        if field.get("non_localizable") is True:
            result.pop(uid, None)
            if uid in master:
                result[uid] = master[uid]
        elif uid in own:
            result[uid] = _field_value(branch, field, own[uid], master.get(uid))
    return result


def has_non_localizable_fields(branch: Branch, schema: Schema) -> bool:
    """Whether any field of the schema, at any depth, is non-localizable."""
    for field in schema:
        inner = [inner_schema(branch, field), *block_schemas(branch, field).values()]
        if field.get("non_localizable") is True or any(has_non_localizable_fields(branch, s) for s in inner):
            return True
    return False


def _field_value(branch: Branch, field: JsonObject, own: Json, master: Json) -> Json:
    kind = field.get("data_type")
    if kind in CONTAINERS:
        return _groups(branch, inner_schema(branch, field), own, master)
    if kind == "blocks" and isinstance(own, list):
        schemas = block_schemas(branch, field)
        return [_block(branch, schemas, as_object(item), master) for item in own]
    return own


def _groups(branch: Branch, schema: Schema, own: Json, master: Json) -> Json:
    if not isinstance(own, list):
        return with_master_values(branch, schema, own, as_object(master)) if isinstance(own, dict) else own
    by_uid = {_instance_uid(item): item for item in objects(master)}
    instances = [(as_object(item), by_uid.get(_instance_uid(as_object(item)), {})) for item in own]
    return [with_master_values(branch, schema, item, from_master) for item, from_master in instances]


def _block(branch: Branch, schemas: dict[str, Schema], own: JsonObject, master: Json) -> JsonObject:
    by_kind_and_uid = {
        (kind, _instance_uid(as_object(content))): as_object(content)
        for item in objects(master)
        for kind, content in item.items()
    }
    result: JsonObject = {}
    for kind, content in own.items():
        from_master = by_kind_and_uid.get((kind, _instance_uid(as_object(content))), {})
        result[kind] = with_master_values(branch, schemas.get(kind, []), as_object(content), from_master)
    return result


def _instance_uid(instance: JsonObject) -> str:
    return text(as_object(instance.get("_metadata")).get("uid"))
