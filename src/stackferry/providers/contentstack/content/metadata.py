"""What extensions and apps keep beside entries and assets: the records of a snapshot, by object. Pure.

Each record belongs to one object, extension and language. API page: "CMA | Metadata".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.json_values import as_object, nested, objects, text
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.content.entries import asset_hosts
from stackferry.providers.contentstack.kinds import METADATA, kind_of_metadata
from stackferry.providers.contentstack.references.model import Schema
from stackferry.providers.contentstack.references.resolver import Resolver
from stackferry.providers.contentstack.references.rewrite import rewrite_references
from stackferry.providers.contentstack.references.source_uids import SourceUids

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Gap, Json
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext


def metadata_rows(source: RecordStore) -> Iterator[JsonObject]:
    """Every record. A snapshot that has none, an older one for example, may still show them inside its entries."""
    stream = Stream(METADATA.name)
    if any(True for _ in source.objects(stream)):
        yield from source.objects(stream)
        return
    for one in source.streams():
        if one.kind == "entries":
            for row in source.objects(one):
                yield from _inside(one, row)


def _inside(stream: Stream, entry: JsonObject) -> Iterator[JsonObject]:
    for extension, rows in as_object(nested(entry, "_metadata", "extensions")).items():
        for row in objects(rows)[:1]:  # one for each extension
            about: JsonObject = {
                "uid": f"{text(entry.get('uid'))}/{stream.locale}/{extension}",
                "entity_uid": entry.get("uid"),
                "type": "entry",
                "_content_type_uid": stream.type,
                "extension_uid": extension,
                "locale": stream.locale,
            }
            yield {**row, **about}


def included_rows(context: ImportContext) -> Iterator[JsonObject]:
    """The records of objects whose kind is imported."""
    includes = context.options.includes
    yield from (row for row in metadata_rows(context.source) if includes(kind_of_metadata(row)))


def with_target_values(context: ImportContext, row: JsonObject) -> tuple[JsonObject, list[Gap]]:
    """A record whose own values name what they are about as the target does, at any depth; and what it lacks.

    They are values of an app, as those of its fields in entries are. A whole value that is a uid which the target lacks
    is no gap here: that is looked for in every object that is written.
    """
    about = {*METADATA.refers_to, *METADATA.service_keys, "refers_to", "type", "publish_details"}
    names = [name for name in row if name not in about and not name.startswith("_")]
    fields: list[Json] = [{"uid": name, "data_type": "json", "extension_uid": "*"} for name in names]
    resolver = Resolver(context, text(row.get("_content_type_uid")), text(row.get("uid")), "")
    schema = Schema(fields, asset_hosts=context.once(asset_hosts))
    found = as_object(rewrite_references(schema, row, resolver))
    told = {path for path, _ in context.once(SourceUids).foreign(found)}
    gaps = [replace(one, kind=METADATA.name) for one in resolver.gaps if one.path not in told]
    return found, gaps
