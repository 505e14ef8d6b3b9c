"""Versions of the target that stand where one of the snapshot's should, under another number than that became.

What is live, pinned by a release or named is right if the content is. So a version whose number is not the expected
one is read, and compared with the snapshot's. Pure.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from stackferry.json_values import integer, text
from stackferry.model import Stream
from stackferry.providers.contentstack.content.comparable import ComparableEntries
from stackferry.providers.contentstack.content.entries import EntryVersion
from stackferry.providers.contentstack.content.pinned_versions import PinnedVersion
from stackferry.providers.contentstack.exporting.listings import older_version
from stackferry.providers.contentstack.file_names import stored_name
from stackferry.providers.contentstack.target_names import is_same_stack, target_locale

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.source import Job, RecordStore
    from stackferry.providers.target import ImportContext

_FACTS = ("filename", "title", "description", "tags", "content_type")


class Instead(NamedTuple):
    """A version of the snapshot, and the target's that stands in its place. Of an asset type and owner are empty."""

    content_type: str
    uid: str
    owner: str
    version: int
    target: str
    number: int


def reads(context: ImportContext, found: Iterable[Instead]) -> Iterator[Job]:
    """The versions of the target that its listing does not show."""
    asked: set[tuple[str, str, int]] = set()
    for one in found:
        owner = target_locale(context, one.owner) if one.owner else ""
        if min(one.version, one.number) < 1:
            continue
        if _row(context.target, one.content_type, one.target, owner, one.number) is None:
            name = (owner, one.target, one.number)
            if name not in asked:
                asked.add(name)
                kind = "entries" if one.content_type else "assets"
                yield older_version(
                    PinnedVersion(kind, one.content_type, one.target, owner, one.number, "in use")
                )


def is_same(context: ImportContext, one: Instead) -> bool:
    """Whether both versions have the same content; not so where one of them is not there to be compared."""
    owner = target_locale(context, one.owner) if one.owner else ""
    left = _row(context.source, one.content_type, one.uid, one.owner, one.version)
    right = _row(context.target, one.content_type, one.target, owner, one.number)
    if right is None:
        # A dry run reads the version for its plan, and remembers what it found.
        key = "\0".join((one.content_type, one.uid, one.owner, str(one.version), str(one.number)))
        return context.identity.target("same_versions", key) is not None
    if left is None:
        return False
    if not one.content_type:
        return _is_same_file(context, one, left, right)
    stream = Stream("entries", one.content_type, one.owner)
    is_latest = _number(context.source.get(stream, one.uid) or {}) == one.version
    document = EntryVersion(
        one.content_type, one.uid, one.owner, 0 if is_latest else one.version, one.version
    )
    return context.once(ComparableEntries).is_same(document, right)


def is_right(context: ImportContext, one: Instead) -> bool:
    """Whether both versions are the same, or of one number in branches and one of them is not there to be compared.

    Branches share the history from before the fork, and go on with the same numbers, each with content of its own.
    """
    if is_same(context, one):
        return True
    if not is_same_stack(context) or (one.uid, one.version) != (one.target, one.number):
        return False
    owner = target_locale(context, one.owner) if one.owner else ""
    left = _row(context.source, one.content_type, one.uid, one.owner, one.version)
    return left is None or _row(context.target, one.content_type, one.target, owner, one.number) is None


def _is_same_file(context: ImportContext, one: Instead, left: JsonObject, right: JsonObject) -> bool:
    """The same facts, and an upload that is known to be the same: that of the version which the snapshot's became."""
    if any(_fact(left, name) != _fact(right, name) for name in _FACTS):
        return False
    made = context.identity.target("asset_versions", f"{one.uid}\0{one.version}")
    known = None if made is None else _row(context.target, "", one.target, "", int(made))
    uploads = {_upload(row) for row in (left, known or {})} - {()}
    return _upload(right) in uploads


def _row(rows: RecordStore, content_type: str, uid: str, locale: str, number: int) -> JsonObject | None:
    kinds = ("entries", "versions") if content_type else ("assets", "asset_versions")
    latest, older = (Stream(kind, content_type, locale) for kind in kinds)
    shown = (row for row in chain([rows.get(latest, uid)], [rows.get(older, uid, number)]) if row)
    return next((row for row in shown if _number(row) == number), None)


def _number(row: JsonObject) -> int:
    return integer(row.get("_version")) or 1


def _upload(row: JsonObject) -> tuple[str, ...]:
    """What names one upload in its address: stack, asset, upload."""
    parts = urlsplit(text(row.get("url"))).path.split("/")
    return tuple(parts[-4:-1]) if len(parts) > 4 else ()


def _fact(row: JsonObject, name: str) -> Json:
    value = row.get(name) or None
    return stored_name(value) if name == "filename" and value else value
