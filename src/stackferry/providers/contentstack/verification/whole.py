"""Whether a snapshot hangs together: what its files hold belongs there, and what it belongs to is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import objects, text
from stackferry.model import HEAD, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.kinds import record_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore


def inconsistencies(store: RecordStore) -> Iterator[str]:
    """What is wrong with a snapshot whose files are as its manifest lists them, a sentence each."""
    gaps = _gaps(store)
    found = set[str]()
    for stream in store.streams():
        where = "/".join(filter(None, stream))
        for row in store.objects(stream):
            if problem := _problem(stream, row):
                found.add(f"{where}: {problem}")
            owner, uid = _owner(stream, row)
            if owner and not gaps & {(owner, uid), (owner, "*")} and store.get(Stream(owner), uid) is None:
                found.add(f"{where}: {owner} {uid} is not there")
    yield from sorted(found)


def _gaps(store: RecordStore) -> set[tuple[str, str]]:
    """The kind and the uid of each gap that the manifest lists."""
    listed = objects((store.get(HEAD, "") or {}).get("gaps"))
    return {(text(gap.get("kind")), text(gap.get("uid"))) for gap in listed}


def _owner(stream: Stream, row: JsonObject) -> tuple[str, str]:
    """The kind and the uid of the object that a record is a part of; empty where it stands for itself."""
    if stream.kind == kinds.ENTRIES.name:
        return kinds.CONTENT_TYPES.name, stream.type
    if stream.kind == kinds.FILES.name:
        return kinds.ASSETS.name, text(row.get("uid"))
    kind = kinds.BY_NAME.get(stream.kind)
    return (
        (kind.part_of, text(row.get(kind.owner_key)))
        if kind and kind.owner_key and kind.part_of
        else ("", "")
    )


def _problem(stream: Stream, row: JsonObject) -> str:
    uid, _ = record_key(stream.kind, row)
    if not uid.strip("\0"):
        return "a record lacks what names it"
    locale = text(row.get("locale"))
    is_elsewhere = stream.kind == kinds.ENTRIES.name and locale.casefold() not in (
        "",
        stream.locale.casefold(),
    )
    return f"{uid} is in {locale}" if is_elsewhere else ""
