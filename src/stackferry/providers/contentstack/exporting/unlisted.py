"""What a record refers to that is not staged. Pure.

People edit while an export looks at its listings a second time, one after the other. A record that changed may refer to
an object that was made after the listing of that object was looked at: this listing is looked at once more. Where the
object was deleted, or never was there, the look finds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_object, nested, objects, text
from stackferry.model import Json, JsonObject, Stream
from stackferry.providers.contentstack.content.pinned_versions import ASSET_TYPES
from stackferry.providers.contentstack.content.publish_queue import schedules
from stackferry.providers.contentstack.references.model import ReferenceKind, Schema
from stackferry.providers.contentstack.references.rewrite import find_references
from stackferry.providers.source import Outdated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import RecordStore


def unlisted(staged: RecordStore, stream: Stream, row: JsonObject) -> Iterator[Outdated]:
    """The listings that may hold what a record refers to, to be looked at."""
    match stream.kind:
        case "entries":
            yield from _of_document(staged, stream.type, row)
        case "assets":
            yield from _where_absent(staged, "folders", text(row.get("parent_uid")))
        case "content_types" | "global_fields":
            for uid in _global_fields(row.get("schema")):
                yield from _where_absent(staged, "global_fields", uid)
        case "release_items":
            item = as_object(row.get("item"))
            yield from _of_subject(staged, text(item.get("content_type_uid")), text(item.get("uid")))
        case "schedules":
            for one in schedules(row):
                yield from _of_subject(staged, one.content_type, one.uid)
    for publication in objects(row.get("publish_details")):
        yield from _where_absent(staged, "environments", text(publication.get("environment")))


def _of_document(staged: RecordStore, content_type: str, row: JsonObject) -> Iterator[Outdated]:
    schema = Schema.of(staged.get(Stream("content_types"), content_type) or {})
    for one in find_references(schema, row):
        match one.kind:
            case ReferenceKind.ENTRY:
                yield from _of_subject(staged, one.content_type, one.uid)
            case ReferenceKind.ASSET:
                yield from _of_subject(staged, "", one.uid)
            case ReferenceKind.TERM if staged.get(Stream("terms"), f"{one.content_type}\0{one.uid}") is None:
                yield from (
                    Outdated(name, look_only=True) for name in ("taxonomies", f"terms/{one.content_type}")
                )


def _of_subject(staged: RecordStore, content_type: str, uid: str) -> Iterator[Outdated]:
    """An entry, or with the type of an asset or none an asset."""
    if content_type in ("", *ASSET_TYPES):
        yield from _where_absent(staged, "assets", uid)
        return
    if staged.get(Stream("content_types"), content_type) is None:
        yield Outdated("content_types", look_only=True)
    codes = (text(row.get("code")) for row in staged.objects(Stream("locales")))
    if all(staged.get(Stream("entries", content_type, code), uid) is None for code in codes):
        yield Outdated(f"entries/{content_type}", look_only=True)


def _where_absent(staged: RecordStore, kind: str, uid: str) -> Iterator[Outdated]:
    if uid and staged.get(Stream(kind), uid) is None:
        yield Outdated(kind, look_only=True)


def _global_fields(fields: Json) -> Iterator[str]:
    """The global fields that fields refer to, however deep."""
    for field in objects(fields):
        if field.get("data_type") == "global_field":
            yield text(nested(field, "reference_to"))
        for holder in (field, *objects(field.get("blocks"))):
            yield from _global_fields(holder.get("schema"))
