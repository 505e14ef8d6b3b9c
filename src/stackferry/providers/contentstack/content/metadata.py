"""What extensions and apps keep beside entries and assets: the records of a snapshot, by object. Pure.

Each record belongs to one object, extension and language. API page: "CMA | Metadata".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_object, nested, objects, text
from stackferry.model import JsonObject, Stream
from stackferry.providers.contentstack.kinds import METADATA, kind_of_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

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
