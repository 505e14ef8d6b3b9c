"""Values that a service still answers although the type has no field for them any more. Pure.

A field was taken out of the type; nobody can write what it held, nor empty it. So what only the target answers of such
a field is no difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_list, as_object
from stackferry.providers.contentstack.references.model import fields_by_uid

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.references.model import Schema

_NO_FIELDS = frozenset(("tags", "uid"))  # what every entry, or instance of a group, has besides its fields


def without_stale(schema: Schema, row: JsonObject, beside: JsonObject) -> JsonObject:
    """A document of the target without such values, but for those that `beside`, what it is compared with, has too."""
    return _kept(schema, schema.fields, row, beside)


def _kept(schema: Schema, fields: Json, row: JsonObject, beside: JsonObject) -> JsonObject:
    known = fields_by_uid(fields)
    return {
        name: _inside(schema, known[name], value, beside.get(name)) if name in known else value
        for name, value in row.items()
        if name in known or name in beside or name in _NO_FIELDS or name.startswith("_")
    }


def _inside(schema: Schema, field: JsonObject, value: Json, beside: Json) -> Json:
    if field.get("data_type") not in ("group", "global_field", "blocks", None):  # a block has no data type
        return value
    if isinstance(value, list):
        others = as_list(beside)
        pairs = ((one, others[at] if at < len(others) else None) for at, one in enumerate(value))
        return [_inside(schema, field, one, other) for one, other in pairs]
    if not isinstance(value, dict):
        return value
    fields = field.get("blocks") if field.get("data_type") == "blocks" else schema.fields_of(field)
    return _kept(schema, fields, value, as_object(beside))
