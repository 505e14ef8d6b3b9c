"""What a narrowed import looks for in its target, so that it need not list the whole stack. Pure.

Between branches of a stack, and in place, objects are known by uid. Where a few entries are selected it is enough to
read these, what they refer to, and their assets. Anything else is listed only where that shows something missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.entries import read_schemas
from stackferry.providers.contentstack.exporting.selection import mentions
from stackferry.providers.contentstack.importing.selected.store import whole
from stackferry.providers.contentstack.options import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.references.model import Reference
    from stackferry.providers.source import RecordStore

_MOST: Final = 300  # objects; above that listing everything takes hardly more requests
_NO_TIME: Final = "~"  # later than every time
_ASSETS: Final = Stream("assets")


def wanted(source: RecordStore, *, with_edits: bool) -> dict[tuple[str, str], Wanted] | None:
    """The objects to look for, by content type (empty for assets) and uid; None where there are too many.

    `with_edits`: an import between branches, which leaves deleted what the source has not edited since they parted.
    """
    found: dict[tuple[str, str], Wanted] = {}
    for content_type, row in _selected(source):
        key = (content_type, text(row.get("uid")))
        known = found.get(key, Wanted(text(row.get("created_at")), is_selected=True))
        # One language that was edited, or that tells no time, counts for the whole entry.
        edited = max(known.edited, text(row.get("updated_at")) or _NO_TIME) if with_edits else ""
        found[key] = _with_names(known._replace(edited=edited), row)
        if len(found) > _MOST:
            return None
    everything = whole(source)
    for _, _, _, reference in mentions(source, read_schemas(source)):
        for key in _keys(reference):
            if key not in found:
                found[key] = _outside(everything, *key)
        if len(found) > _MOST:
            return None
    return found


def _selected(source: RecordStore) -> Iterator[tuple[str, JsonObject]]:
    for stream in source.streams():
        if stream.kind == "entries":
            yield from ((stream.type, row) for row in source.objects(stream))
    yield from (("", row) for row in source.objects(_ASSETS))


def _keys(reference: Reference) -> Iterator[tuple[str, str]]:
    if reference.may_be_asset:
        yield "", reference.uid
    if reference.may_be_entry and reference.content_type:
        yield reference.content_type, reference.uid


def _outside(everything: RecordStore, content_type: str, uid: str) -> Wanted:
    """What is known of an object that is not selected, if the snapshot holds it."""
    found = Wanted()
    streams = (one for one in everything.streams() if (one.kind, one.type) == ("entries", content_type))
    for stream in streams if content_type else (_ASSETS,):
        row = everything.get(stream, uid)
        found = found if row is None else _with_names(found, row)
    return found


def _with_names(known: Wanted, row: JsonObject) -> Wanted:
    """With what else names the object: in any language its title and url, of an asset its file's name."""
    names = {(name, value) for name in ("title", "url", "filename") if (value := text(row.get(name)))}
    return known._replace(names=known.names | names)
