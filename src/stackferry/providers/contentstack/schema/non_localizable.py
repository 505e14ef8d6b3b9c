"""Fields that are the same in every language: what a document says there, and what the target made of it.

A field that is not localizable has the master's value in every language, whatever is sent. Where the source's document
says something else (an older version from before the master's change, say), no write brings that over. Pure.
API page: "Localize an entry".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.json_diff import differences
from stackferry.model import Gap
from stackferry.providers.contentstack.content.normalize import normalize
from stackferry.providers.contentstack.references.rewrite import fields_by_uid

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.content.documents import EntryVersion
    from stackferry.providers.contentstack.references.rewrite import Schema

_NESTING = ("group", "global_field", "blocks")


def non_localizable_gaps(
    schema: Schema, document: EntryVersion, ours: JsonObject, theirs: JsonObject
) -> list[Gap]:
    """Each place where a shared field of the target's document does not say what the source's document says."""
    left, right = (normalize(_shared(schema, schema.fields, one)) for one in (ours, theirs))
    return [
        Gap(
            kind="entries",
            uid=document.uid,
            type=document.content_type,
            locale=document.locale,
            path=f"version {document.version}{found.path}",
            reason="the field is not localizable: the target keeps the master's value",
        )
        for found in differences(left, right)
    ]


def _shared(schema: Schema, fields: Json, instance: Json) -> Json:
    """What an instance says in its shared fields, each in its place."""
    if not isinstance(instance, dict):
        return None
    found: JsonObject = {}
    for uid, field in fields_by_uid(fields).items():
        if field.get("non_localizable") is True:
            found[uid] = instance.get(uid)
        elif field.get("data_type") in _NESTING:
            found[uid] = _nested(schema, field, instance.get(uid))
    return {name: value for name, value in found.items() if value}


def _nested(schema: Schema, field: JsonObject, value: Json) -> Json:
    if isinstance(value, list):
        items = [_nested(schema, field, item) for item in value]
        return items if any(items) else None
    if field.get("data_type") != "blocks":
        return _shared(schema, schema.inside(field), value)
    blocks = fields_by_uid(field.get("blocks")).items()
    holds = value if isinstance(value, dict) else {}
    return {
        uid: found
        for uid, block in blocks
        if (found := _shared(schema, schema.inside(block), holds.get(uid)))
    }
