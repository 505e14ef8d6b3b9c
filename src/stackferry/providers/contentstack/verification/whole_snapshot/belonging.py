"""Whether a record names itself, is of the language of its file, and belongs to an object that is there."""

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

_DOCUMENTS = frozenset((kinds.ENTRIES.name, kinds.VERSIONS.name))
# Read for an entry that a listing showed in that type and language.
_OF_DOCUMENTS = frozenset((kinds.VERSIONS.name, kinds.HISTORY.name, kinds.VARIANTS.name))
_OF_ASSETS = frozenset((kinds.FILES.name, kinds.ASSET_VERSIONS.name))


def misplaced(stream: Stream, row: JsonObject) -> Iterator[str]:
    """What shows in a record itself that it belongs elsewhere."""
    uid, _ = record_key(stream.kind, row)
    if not uid.strip("\0"):
        yield "a record lacks what names it"
        return
    codes = [text(one.get("locale")).casefold() for one in _with_language(stream, row)]
    if codes and all(code and code != stream.locale.casefold() for code in codes):
        yield f"{uid} is in {codes[0]}"


def _with_language(stream: Stream, row: JsonObject) -> list[JsonObject]:
    """The objects that show in which language a record is."""
    if stream.kind == kinds.HISTORY.name:
        return objects(row.get("versions"))
    return [row] if stream.kind in _DOCUMENTS else []


class Owners:
    """The objects of a snapshot that others are parts of, and the gaps that say which are missing."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store
        listed = objects((store.get(HEAD, "") or {}).get("gaps"))
        self._gaps = {(text(gap.get("kind")), text(gap.get("uid"))) for gap in listed}

    def missing(self, stream: Stream, row: JsonObject) -> Iterator[str]:
        """The object that a record is a part of, where the snapshot neither has it nor says why."""
        owner, uid = _owner(stream, row)
        is_told = bool(self._gaps & {(owner.kind, uid), (owner.kind, "*")})
        if owner.kind and not is_told and self._store.get(owner, uid) is None:
            yield f"{'/'.join(filter(None, owner))} {uid} is not there"


_NOBODY = Stream("")


def _owner(stream: Stream, row: JsonObject) -> tuple[Stream, str]:
    """Where the object is that a record is a part of, and its uid; nowhere, where it stands for itself."""
    if stream.kind == kinds.ENTRIES.name:
        return Stream(kinds.CONTENT_TYPES.name), stream.type
    if stream.kind in _OF_DOCUMENTS:
        return stream._replace(kind=kinds.ENTRIES.name), text(row.get("uid"))
    if stream.kind in _OF_ASSETS:
        return Stream(kinds.ASSETS.name), text(row.get("uid"))
    kind = kinds.BY_NAME.get(stream.kind)
    if kind and kind.owner_key and kind.part_of:
        return Stream(kind.part_of), text(row.get(kind.owner_key))
    return _NOBODY, ""
