"""Non-localizable fields: where the target keeps the master's value instead of the one that was sent.

A field that is not localizable has the master's value in every language, whatever a write of another language sends.
The source's document may differ (an older version, from before the master changed): no call can write that. Pure.
API pages: "Localize an entry", "Update a localized entry".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.json_diff import differences
from stackferry.json_values import as_object
from stackferry.model import Gap
from stackferry.providers.contentstack.content.comparable import normalize
from stackferry.providers.contentstack.references.model import fields_by_uid

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.content.entries import EntryVersion
    from stackferry.providers.contentstack.references.model import Schema

_NESTED_TYPES = ("group", "global_field", "blocks")


def non_localizable_gaps(
    schema: Schema, document: EntryVersion, source: JsonObject, target: JsonObject
) -> list[Gap]:
    """A gap for each non-localizable value of the target's document that differs from the source's document."""
    left, right = (normalize(_master_values(schema, schema.fields, each)) for each in (source, target))
    return [
        Gap(
            kind="entries",
            uid=document.uid,
            type=document.content_type,
            locale=document.locale,
            path=f"version {document.version}{difference.path}",
            reason="the field is not localizable: the target keeps the master's value",
        )
        for difference in differences(left, right)
    ]


def _master_values(schema: Schema, fields: Json, instance: Json) -> Json:
    """The non-localizable values of a document, a group or a block, in the structure that they have there."""
    if not isinstance(instance, dict):
        return None
    found: JsonObject = {}
    for uid, field in fields_by_uid(fields).items():
        if field.get("non_localizable") is True:  # with all that it holds, if it is a group
            found[uid] = instance.get(uid)
        elif field.get("data_type") in _NESTED_TYPES:
            found[uid] = _nested(schema, field, instance.get(uid))
    return {name: value for name, value in found.items() if value}


def _nested(schema: Schema, field: JsonObject, value: Json) -> Json:
    if isinstance(value, list):
        items = [_nested(schema, field, item) for item in value]
        # The positions stay, so that a difference names the right element.
        return items if any(items) else None
    if field.get("data_type") != "blocks":
        return _master_values(schema, schema.fields_of(field), value)
    blocks = fields_by_uid(field.get("blocks")).items()
    instances = as_object(value)
    return {
        uid: found
        for uid, block in blocks
        if (found := _master_values(schema, schema.fields_of(block), instances.get(uid)))
    }
