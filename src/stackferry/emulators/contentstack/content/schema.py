"""Walking an entry by its schema: groups, global fields and modular blocks, at any depth.

A schema is a list of field objects, as content types hold it. Nothing here changes content.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.emulators.values import instances, text_items
from stackferry.json_values import as_object, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack.state import Branch
    from stackferry.model import Json, JsonObject

    Schema = list[JsonObject]

CONTAINERS = ("group", "global_field")


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A field of the schema at one place in an entry. `value` is None where the entry has none.

    `path` is that of the API's errors: `group.0.name`, `blocks.1.kind.name`.
    """

    field: JsonObject
    value: Json
    path: str

    @property
    def kind(self) -> str:
        return text(self.field.get("data_type"))

    @property
    def multiple(self) -> bool:
        return self.field.get("multiple") is True


def schema_of(branch: Branch, content_type: str) -> Schema:
    """The schema of a content type; empty when there is no such type."""
    return objects(branch.content_types.get(content_type, {}).get("schema"))


def inner_schema(branch: Branch, field: JsonObject) -> Schema:
    """The fields within a group or a global field, or a block that is one of them.

    A global field's own definition goes before the copy in the field, which may be out of date.
    """
    if field.get("data_type") == "global_field":
        definition = branch.global_fields.get(text(field.get("reference_to")))
        if definition is not None:
            return objects(definition.get("schema"))
    return objects(field.get("schema"))


def block_as_field(block: JsonObject) -> JsonObject:
    """A kind of block as the field that it is like: with `reference_to` a global field, else a group."""
    return {**block, "data_type": "global_field" if block.get("reference_to") else "group"}


def block_schemas(branch: Branch, field: JsonObject) -> dict[str, Schema]:
    """The schemas of the kinds of block that a modular-blocks field takes, by kind."""
    blocks = objects(field.get("blocks"))
    return {text(block.get("uid")): inner_schema(branch, block_as_field(block)) for block in blocks}


def walk_fields(branch: Branch, schema: Schema, content: JsonObject, path: str = "") -> Iterator[FieldValue]:
    """Every field at every place of an entry, outer ones before inner ones."""
    for field in schema:
        uid = text(field.get("uid"))
        value = FieldValue(field, content.get(uid), path + uid)
        yield value
        if value.kind in CONTAINERS:
            yield from _walk_groups(branch, value)
        elif value.kind == "blocks":
            yield from _walk_blocks(branch, value)


def _walk_groups(branch: Branch, groups: FieldValue) -> Iterator[FieldValue]:
    schema = inner_schema(branch, groups.field)
    for index, instance in enumerate(instances(groups.value)):
        if isinstance(instance, dict):
            prefix = f"{groups.path}.{index}." if isinstance(groups.value, list) else f"{groups.path}."
            yield from walk_fields(branch, schema, instance, prefix)


def _walk_blocks(branch: Branch, blocks: FieldValue) -> Iterator[FieldValue]:
    schemas = block_schemas(branch, blocks.field)
    for index, instance in enumerate(instances(blocks.value)):
        for kind, content in as_object(instance).items():
            prefix = f"{blocks.path}.{index}.{kind}."
            yield from walk_fields(branch, schemas.get(kind, []), as_object(content), prefix)


def is_rte(field: JsonObject) -> bool:
    """Whether this is a JSON rich text editor."""
    return (
        field.get("data_type") == "json"
        and as_object(field.get("field_metadata")).get("allow_json_rte") is True
    )


def is_custom_asset(field: JsonObject) -> bool:
    """Whether this is a custom field that holds an asset (page: Create an entry with custom asset field)."""
    return field.get("data_type") == "json" and as_object(field.get("field_metadata")).get("is_asset") is True


def referable_types(field: JsonObject) -> list[str]:
    """The content types that a field may refer to; old schemas name one, or none, as a text."""
    given = field.get("reference_to")
    named = [given] if isinstance(given, str) else text_items(given)
    return [name for name in named if name]
