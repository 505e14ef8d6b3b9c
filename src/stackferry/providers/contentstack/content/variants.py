"""What a variant of an entry says: the fields that it changes. Pure.

API page: "CMA | Entry Variants".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_list, as_object, nested, text
from stackferry.providers.contentstack.content.comparable import strip_for_write
from stackferry.providers.contentstack.references.model import KEEP
from stackferry.providers.contentstack.references.rewrite import rewrite_references

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.references.model import Schema


def variant_record(row: JsonObject) -> JsonObject:
    """The variant's own record: its uid, and which fields it changes."""
    return as_object(row.get("_variant"))


def variant_of(row: JsonObject) -> str:
    """The uid of the variant whose document a record holds."""
    return text(variant_record(as_object(row.get("variant"))).get("_uid"))


def linked_types(groups: Iterable[JsonObject]) -> set[str]:
    """The content types that variant groups are linked to, each `{uid, status}` or a uid: their variants are read."""
    rows = (row for group in groups for row in as_list(group.get("content_types")))
    return {text(nested(row, "uid")) or text(row) for row in rows}


def changed_names(document: JsonObject) -> set[str]:
    """The fields that a version of a variant changes, by name."""
    # The change set has paths with dots; a request names whole fields.
    return {text(path).partition(".")[0] for path in as_list(variant_record(document).get("_change_set"))}


def changed_fields(document: JsonObject, schema: Schema) -> JsonObject:
    """The fields that a version of a variant changes."""
    names = changed_names(document)
    return {name: value for name, value in strip_for_write(document, schema).items() if name in names}


def written_variant(document: JsonObject, schema: Schema) -> JsonObject:
    """The same, in the form in which it would be written: references are not resolved."""
    changed = changed_fields(document, schema)
    return as_object(rewrite_references(schema, changed, lambda _: KEEP, for_write=True))
