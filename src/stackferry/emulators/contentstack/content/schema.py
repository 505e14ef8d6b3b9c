"""Walking an entry by its schema: its fields at any depth, and the entries and assets that they refer to.

A schema is a list of field objects, as content types hold it. Nothing here changes content.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from stackferry.emulators.values import instances, objects_within
from stackferry.json_values import as_object, nested, objects, text, texts

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
            inner = inner_schema(branch, field)
            for index, group in enumerate(instances(value.value)):
                if isinstance(group, dict):
                    place = f"{value.path}.{index}." if isinstance(value.value, list) else f"{value.path}."
                    yield from walk_fields(branch, inner, group, place)
        elif value.kind == "blocks":
            schemas = block_schemas(branch, field)
            for index, block in enumerate(instances(value.value)):
                for kind, inside in as_object(block).items():
                    place = f"{value.path}.{index}.{kind}."
                    yield from walk_fields(branch, schemas.get(kind, []), as_object(inside), place)


def is_rte(field: JsonObject) -> bool:
    """Whether this is a JSON rich text editor."""
    return field.get("data_type") == "json" and nested(field, "field_metadata", "allow_json_rte") is True


def is_custom_asset(field: JsonObject) -> bool:
    """Whether this is a custom field that holds an asset (page: Create an entry with custom asset field)."""
    return field.get("data_type") == "json" and nested(field, "field_metadata", "is_asset") is True


def referable_types(field: JsonObject) -> list[str]:
    """The content types that a field may refer to; old schemas name one, or none, as a text."""
    return texts(field.get("reference_to"))


ASSETS = "sys_assets"
"""What stands for a content type where an asset is meant."""


class Link(NamedTuple):
    """One reference. `content_type` is "sys_assets" for an asset and empty where the field does not name one."""

    uid: str
    content_type: str
    path: str


def links(branch: Branch, schema: Schema, content: JsonObject) -> Iterator[Link]:
    """Every reference to an entry or an asset, in the order of the schema."""
    for value in walk_fields(branch, schema, content):
        if value.kind == "reference":
            yield from _references(value)
        elif value.kind == "file" or is_custom_asset(value.field):
            yield from _files(value)
        elif is_rte(value.field):
            yield from _embedded(value)


def file_links(branch: Branch, schema: Schema, content: JsonObject) -> Iterator[Link]:
    """The references of the file fields alone."""
    for value in walk_fields(branch, schema, content):
        if value.kind == "file":
            yield from _files(value)


def _references(value: FieldValue) -> Iterator[Link]:
    types = referable_types(value.field)
    for item in instances(value.value):
        if isinstance(item, str):  # as old fields hold it, which refer to one content type
            yield Link(item, types[0] if len(types) == 1 else "", value.path)
        elif isinstance(item, dict):
            yield Link(text(item.get("uid")), text(item.get("_content_type_uid")), value.path)


def _files(value: FieldValue) -> Iterator[Link]:
    for item in instances(value.value):
        uid = item if isinstance(item, str) else text(as_object(item).get("uid"))
        if uid:
            yield Link(uid, ASSETS, value.path)


def _embedded(value: FieldValue) -> Iterator[Link]:
    for node in objects_within(value.value):
        attrs = as_object(node.get("attrs"))
        if uid := text(attrs.get("entry-uid")):
            yield Link(uid, text(attrs.get("content-type-uid")), value.path)
        elif uid := text(attrs.get("asset-uid")):
            yield Link(uid, ASSETS, value.path)


def link_exists(branch: Branch, link: Link) -> bool:
    """Whether the branch holds what a link points at, under the content type that the link names."""
    if link.content_type == ASSETS:
        return link.uid in branch.assets and not branch.assets[link.uid].is_folder
    if not link.content_type:
        return any(link.uid in entries for entries in branch.entries.values())
    return link.uid in branch.entries.get(link.content_type, {})


def rte_document_uids(branch: Branch, schema: Schema, content: JsonObject) -> list[str]:
    """The uids of the JSON RTE documents in an entry."""
    documents: list[Json] = []
    for value in walk_fields(branch, schema, content):
        if is_rte(value.field):
            documents.extend(instances(value.value))
    return [uid for document in documents if (uid := text(as_object(document).get("uid")))]
