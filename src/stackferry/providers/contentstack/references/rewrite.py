"""References in an entry: found and rewritten by its content type's schema, never by text replacement.

`find_references` and `rewrite_references` share one walk, so they cannot disagree. Plain texts are never
looked into. What the
schema does not know, and every value whose type is not what the schema says, is left exactly as it is.
This module must never do I/O and never alter what it is given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from stackferry.providers.contentstack.references.asset_urls import asset_url_finder
from stackferry.providers.contentstack.references.field_types import FieldValue, references_of_field
from stackferry.providers.contentstack.references.json_edits import Drop, Rename, apply_edits
from stackferry.providers.contentstack.references.model import (
    KEEP,
    FoundReference,
    Reference,
    ReferenceKind,
    Resolve,
    pointer,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.references.json_edits import Path

__all__ = ["KEEP", "Reference", "ReferenceKind", "Resolve", "Schema", "find_references", "rewrite_references"]

_Instance: TypeAlias = "tuple[Json, Json, Path]"


@dataclass(frozen=True, slots=True)
class Schema:
    """What the walk needs to know of a content type.

    `fields` are its fields. `global_fields` gives the fields of each global field by uid; it is asked only
    where the content type was read without `include_global_field_schema`. `asset_hosts` are hosts, besides
    the vendor's, that asset addresses stand on.
    """

    fields: Json
    global_fields: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))
    asset_hosts: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        content_type: JsonObject,
        global_fields: Iterable[JsonObject] = (),
        asset_hosts: tuple[str, ...] = (),
    ) -> Schema:
        """From a content type (or a global field) and the global fields, as the API gives them."""
        fields_by_uid = {str(each.get("uid")): each.get("schema") for each in global_fields}
        return cls(content_type.get("schema"), fields_by_uid, asset_hosts)

    def inside(self, holder: JsonObject) -> Json:
        """The fields of a group, a block or a global field; looked up where the holder has none itself."""
        inline = holder.get("schema")
        return inline if isinstance(inline, list) else self.global_fields.get(str(holder.get("reference_to")))


def find_references(schema: Schema, document: Json) -> Iterator[Reference]:
    """Every reference in a document, in a fixed order. Any JSON is survived."""
    return (slot.reference for slot in _slots(schema, document, for_write=False))


def rewrite_references(schema: Schema, document: Json, resolve: Resolve, *, for_write: bool = False) -> Json:
    """A new document in which every reference is as `resolve` answers: a new uid, None (dropped) or `KEEP`.

    Dropped: a list loses the element; a single reference, file or custom asset becomes null; a link's address
    becomes empty; an extension's metadata goes; for texts see `rich_text`. For an `asset_url` the answer is
    the complete new address; what the old one asked of the delivery network (`?width=…`) is carried over, its
    `branch` is not.

    `for_write` gives files as the API takes them: the bare uid in place of the asset object that it answers.
    Otherwise an asset object keeps its form and only its `uid` is rewritten.
    """
    slots = _slots(schema, document, for_write=for_write)
    edits = (slot.edit(resolve(slot.reference)) for slot in slots)
    return apply_edits(document, [edit for edit in edits if edit])


def _slots(schema: Schema, document: Json, *, for_write: bool) -> Iterator[FoundReference]:
    urls = asset_url_finder(schema.asset_hosts)
    pending: list[_Instance] = [(schema.fields, document, ())]
    while pending:
        fields, instance, path = pending.pop()
        if not isinstance(instance, dict):
            continue
        yield from _extension_slots(instance, path)
        inner: list[_Instance] = []
        for uid, each in fields_by_uid(fields).items():
            if instance.get(uid) is not None:
                held = FieldValue(each, instance[uid], (*path, uid), urls, for_write)
                inner += _instances(schema, held)
                yield from references_of_field(held)
        pending += reversed(inner)


def fields_by_uid(fields: Json) -> dict[str, JsonObject]:
    """Fields, or blocks, by uid; whatever is neither is passed over."""
    each = fields if isinstance(fields, list) else []
    return {uid: one for one in each if isinstance(one, dict) and isinstance(uid := one.get("uid"), str)}


def _instances(schema: Schema, held: FieldValue) -> Iterator[_Instance]:
    """The groups, blocks and global fields inside a field's value, each with the fields that it has."""
    kind = held.field.get("data_type")
    if kind in ("group", "global_field"):
        for item, path, _ in held.items():
            yield schema.inside(held.field), item, path
    elif kind == "blocks":
        blocks = fields_by_uid(held.field.get("blocks"))
        for item, path, _ in held.items():
            for uid, block in item.items() if isinstance(item, dict) else ():
                if uid in blocks:
                    yield schema.inside(blocks[uid]), block, (*path, uid)


def _extension_slots(instance: JsonObject, path: Path) -> Iterator[FoundReference]:
    """What an extension keeps of an entry, a group or a block lies under the extension's uid."""
    metadata = instance.get("_metadata")
    extensions = metadata.get("extensions") if isinstance(metadata, dict) else None
    at = (*path, "_metadata", "extensions")
    for uid in extensions if isinstance(extensions, dict) else ():
        reference = Reference(kind=ReferenceKind.EXTENSION, uid=uid, path=pointer((*at, uid)))
        yield FoundReference(reference, partial(Rename, at, uid), Drop((*at, uid)))
