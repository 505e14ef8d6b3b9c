"""References in an entry: found and rewritten by its content type's schema, never by text replacement.

`find_references` and `rewrite_references` share one walk, so both see the same references. Plain texts are never
searched. What the schema does not name, and every value whose type is not what the schema states, stays exactly as it
is. This module must never do I/O and never alter what it is given.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.json_values import as_object, nested
from stackferry.providers.contentstack.references.asset_urls import asset_url_finder
from stackferry.providers.contentstack.references.field_types import (
    FieldValue,
    deleted_files,
    nested_instances,
    references_of_field,
)
from stackferry.providers.contentstack.references.json_edits import Drop, Rename, apply_edits
from stackferry.providers.contentstack.references.model import (
    FoundReference,
    Reference,
    ReferenceKind,
    fields_by_uid,
    pointer,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.references.field_types import Instance
    from stackferry.providers.contentstack.references.json_edits import Path
    from stackferry.providers.contentstack.references.model import Resolve, Schema


def find_references(schema: Schema, document: Json) -> Iterator[Reference]:
    """Every reference in a document, in a fixed order. Takes any JSON without an error."""
    walk = _walk(schema, document, for_write=False)
    return (found.reference for found in walk if isinstance(found, FoundReference))


def rewrite_references(schema: Schema, document: Json, resolve: Resolve, *, for_write: bool = False) -> Json:
    """A new document in which every reference is as `resolve` answers: a new uid, None (taken out) or `KEEP`.

    Taken out: a list loses the element; a single reference, file or custom asset becomes null; a link's address
    becomes empty; an extension's metadata goes; for texts see `rich_text`. For an `asset_url` the answer is
    the complete new address; image parameters of the old one (`?width=…`) are carried over, its `branch` is not.

    `for_write` gives files as the API takes them ("Create an entry", scenario 2): the bare uid in place of the asset
    object that a read answers. A file that was deleted is answered as null: in a list, where a write is refused for it,
    it goes. Otherwise an asset object keeps its form and only its `uid` is rewritten.
    """
    walk = _walk(schema, document, for_write=for_write)
    edits = (one if isinstance(one, Drop) else one.edit(resolve(one.reference)) for one in walk)
    return apply_edits(document, [edit for edit in edits if edit])


def _walk(schema: Schema, document: Json, *, for_write: bool) -> Iterator[FoundReference | Drop]:
    """Depth first, with a stack of its own: a document may be nested deeper than Python's call stack allows."""
    urls = asset_url_finder(schema.asset_hosts)
    pending: list[Instance] = [(schema.fields, document, ())]
    while pending:
        fields, instance, path = pending.pop()
        if not isinstance(instance, dict):
            continue
        # Metadata hangs on every instance, whatever its schema.
        yield from _extension_metadata(instance, path)
        inner: list[Instance] = []
        for uid, field in fields_by_uid(fields).items():
            if instance.get(uid) is not None:  # null is an empty field
                value = FieldValue(field, instance[uid], (*path, uid), urls, for_write)
                inner += nested_instances(schema, value)
                yield from references_of_field(value)
                yield from deleted_files(value)
        pending += reversed(inner)  # the last one is taken first: so the order of the document is kept


def _extension_metadata(instance: JsonObject, path: Path) -> Iterator[FoundReference]:
    """Metadata that extensions keep for an entry, a group or a block, under each extension's uid.

    API page: "Get a single entry", `include_metadata`.
    """
    at = (*path, "_metadata", "extensions")
    for uid in as_object(nested(instance, "_metadata", "extensions")):
        reference = Reference(kind=ReferenceKind.EXTENSION, uid=uid, path=pointer((*at, uid)))
        yield FoundReference(reference, partial(Rename, at, uid), Drop((*at, uid)))
