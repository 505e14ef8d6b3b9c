"""Whether entries are of the type that others name them by: an entry never changes its type."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from stackferry.json_values import as_object, text
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.entries import read_schemas
from stackferry.providers.contentstack.exporting.selection import mentions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import RecordStore


def links_into_other_types(store: RecordStore) -> Iterator[str]:
    """Each entry that something names by one type, and that is among those of another."""
    streams = [stream for stream in store.streams() if stream.kind == kinds.ENTRIES.name]
    named_types = {stream.type for stream in streams}

    @lru_cache(maxsize=4096)
    def types_of(uid: str) -> list[str]:
        return sorted({stream.type for stream in streams if store.get(stream, uid) is not None})

    for where, content_type, uid in _links(store):
        if content_type in named_types and uid and (found := types_of(uid)) and content_type not in found:
            yield f"{where} names {uid} as one of {content_type}: it is among those of {found[0]}"


def _links(store: RecordStore) -> Iterator[tuple[str, str, str]]:
    """Who names an entry, by which type, and its uid."""
    schemas = read_schemas(store, store.objects(Stream(kinds.ASSETS.name)))
    for mention in mentions(store, schemas):
        where = "/".join(filter(None, mention.stream))
        yield f"{where}: {mention.uid}", mention.reference.content_type, mention.reference.uid
    for row in store.objects(Stream(kinds.RELEASE_ITEMS.name)):
        item = as_object(row.get("item"))
        where = f"{kinds.RELEASE_ITEMS.name}: {text(row.get('release'))}"
        yield where, text(item.get("content_type_uid")), text(item.get("uid"))
    for row in store.objects(Stream(kinds.METADATA.name)):
        where = f"{kinds.METADATA.name}: {text(row.get('uid'))}"
        yield where, text(row.get("_content_type_uid")), text(row.get("entity_uid"))
