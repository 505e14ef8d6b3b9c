"""Which fields of an object of the target a write changes: old and new, without credentials. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.json_changes import json_changes
from stackferry.core.json_diff import ABSENT
from stackferry.json_values import as_object, text
from stackferry.model import Json, JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.comparable import rewritten_for_write
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.content.recognisable import recognisable
from stackferry.providers.contentstack.credentials import redact
from stackferry.providers.contentstack.schema.transform import outlined
from stackferry.providers.secrets.redacted import without_digests

if TYPE_CHECKING:
    from stackferry.providers.target import ImportContext


def document_fields(
    context: ImportContext, content_type: str, held: JsonObject, sent: JsonObject
) -> list[Json]:
    """What a write changes in a document: a field that it does not name stays as it is."""
    before = held
    schema = context.once(read_content).schemas.get(content_type)
    if schema is not None:
        before = rewritten_for_write(schema, held)
    return changes(before, {**before, **{name: value for name, value in sent.items() if name != "uid"}})


def object_fields(context: ImportContext, kind: str, held: JsonObject, sent: JsonObject) -> list[Json]:
    """What a write changes in an object of a kind that is written as a whole."""
    if kind in (kinds.CONTENT_TYPES.name, kinds.GLOBAL_FIELDS.name):
        known = {
            text(row.get("uid"))
            for store in (context.source, context.target)
            for row in store.objects(Stream(kinds.GLOBAL_FIELDS.name))
        }
        held, sent = outlined(held, known), outlined(sent, known)
    before: JsonObject = {name: held.get(name) for name in sent}
    if kind in kinds.BY_NAME:
        before, sent = redact(kind, before)[0], redact(kind, sent)[0]
    return changes(as_object(without_digests(before)), sent)


def changes(before: JsonObject, after: JsonObject) -> list[Json]:
    """Each edit once: its path, and what is there before and after; of what moved where it was."""
    found: list[Json] = []
    for one in json_changes(recognisable(before), recognisable(after)):
        row: JsonObject = {"path": one.path}
        if one.origin:
            row["moved_from"] = one.origin
        row |= {name: side for name, side in (("from", one.left), ("to", one.right)) if side is not ABSENT}
        found.append(row)
    return found
