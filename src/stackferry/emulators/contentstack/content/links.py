"""What an entry points at: entries, assets and taxonomy terms, found by schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.content.schema import (
    is_custom_asset,
    is_rte,
    referable_types,
    walk_fields,
)
from stackferry.emulators.values import many, obj, text, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack.content.schema import FieldValue, Schema
    from stackferry.emulators.contentstack.state import Branch
    from stackferry.model import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Link:
    """One reference. `content_type` is "sys_assets" for an asset and empty where the field does not say."""

    uid: str
    content_type: str
    path: str


ASSETS = "sys_assets"


def links(branch: Branch, schema: Schema, content: JsonObject) -> Iterator[Link]:
    """Every reference to an entry or an asset, in the order of the schema."""
    for found in walk_fields(branch, schema, content):
        if found.kind == "reference":
            yield from _references(found)
        elif found.kind == "file" or is_custom_asset(found.field):
            yield from _files(found)
        elif is_rte(found.field):
            yield from _embedded(found)


def _references(found: FieldValue) -> Iterator[Link]:
    only = referable_types(found.field)
    for item in many(found.value):
        if isinstance(item, str):
            yield Link(item, only[0] if len(only) == 1 else "", found.path)
        elif isinstance(item, dict):
            yield Link(text(item.get("uid")), text(item.get("_content_type_uid")), found.path)


def _files(found: FieldValue) -> Iterator[Link]:
    for item in many(found.value):
        uid = item if isinstance(item, str) else text(obj(item).get("uid"))
        if uid:
            yield Link(uid, ASSETS, found.path)


def _embedded(found: FieldValue) -> Iterator[Link]:
    for node in walk(found.value):
        attrs = obj(node.get("attrs"))
        if uid := text(attrs.get("entry-uid")):
            yield Link(uid, text(attrs.get("content-type-uid")), found.path)
        elif uid := text(attrs.get("asset-uid")):
            yield Link(uid, ASSETS, found.path)


def exists(branch: Branch, link: Link) -> bool:
    """Whether the branch holds what a link points at, under the content type that the link names."""
    if link.content_type == ASSETS:
        return link.uid in branch.assets and not branch.assets[link.uid].is_folder
    if not link.content_type:
        return any(link.uid in table for table in branch.entries.values())
    return link.uid in branch.entries.get(link.content_type, {})


def rte_document_uids(branch: Branch, schema: Schema, content: JsonObject) -> list[str]:
    """The uids of the JSON RTE documents in an entry."""
    documents: list[Json] = []
    for found in walk_fields(branch, schema, content):
        if is_rte(found.field):
            documents.extend(many(found.value))
    return [uid for document in documents if (uid := text(obj(document).get("uid")))]
