"""What an entry points at: entries and assets, found by its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.emulators.contentstack.content.schema import (
    is_custom_asset,
    is_rte,
    referable_types,
    walk_fields,
)
from stackferry.emulators.values import instances, objects_within
from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack.content.schema import FieldValue, Schema
    from stackferry.emulators.contentstack.state import Branch
    from stackferry.model import Json, JsonObject

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


def exists(branch: Branch, link: Link) -> bool:
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
