"""What is staged by now, as the stages look at it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_object, integer, nested, text
from stackferry.model import Stream
from stackferry.providers.contentful.content.states import has_other_live_body, locales_of, published_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.kinds import Kind
    from stackferry.providers.source import RecordStore


def rows(staged: RecordStore, kind: Kind) -> Iterator[JsonObject]:
    """All records of a kind, whatever content type they are of."""
    for stream in staged.streams():
        if stream.kind == kind.name:
            yield from staged.objects(stream)


def uids(staged: RecordStore, kind: Kind) -> Iterator[str]:
    """The ids of all records of a kind."""
    return map(kind.key, rows(staged, kind))


def is_live_otherwise(document: JsonObject) -> bool:
    """Whether what is live of a document is another body than the current one."""
    return has_other_live_body(document, locales_of(document))


def has_history(document: JsonObject) -> bool:
    """Whether a document has versions that neither the current nor the live body shows.

    Publishing makes a snapshot. The only one of a document that is live as it is says the same as the document.
    """
    count = integer(nested(document, "sys", "publishedCounter")) or 0
    is_all = bool(published_version(document)) and not is_live_otherwise(document)
    return count > 1 or (count == 1 and not is_all)


def document_of(row: JsonObject) -> JsonObject:
    """The document that a record is, or that a snapshot holds."""
    inner = row.get("snapshot")
    return inner if isinstance(inner, dict) else row


def organization(staged: RecordStore) -> str:
    """The id of the organization that the space belongs to; empty where the space does not say it."""
    space = next(staged.objects(Stream("space")), {})
    return text(nested(space, "sys", "organization", "sys", "id"))


def is_timeline(release: JsonObject) -> bool:
    """Whether a release is one of the second generation, which holds bodies of its own."""
    return nested(release, "sys", "schemaVersion") == "Release.v2"


def entities_of(release: JsonObject) -> Iterator[tuple[str, str]]:
    """The link type and the id of each entity of a release: links (v1), or items with a link (v2)."""
    items = as_object(release.get("entities")).get("items")
    for item in items if isinstance(items, list) else []:
        link = as_object(item).get("entity", item)
        yield text(nested(link, "sys", "linkType")), text(nested(link, "sys", "id"))
