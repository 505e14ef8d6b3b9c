"""What an import wrote or found and the target's listings no longer show. Pure.

Live bodies, editor interfaces and files go with what they belong to. A schedule is deleted by being canceled, and its
row stays. Of the bodies in a release only those count that exist nowhere else: taking another one out of a release is
an edit of the release. What was uploaded and is not processed goes by itself, after a day.
API pages: "Scheduled actions", "Timeline releases", "Uploads".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import nested
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.states import version_of
from stackferry.providers.contentful.importing.assets.files import EXPIRES, UPLOADS, AssetFiles
from stackferry.providers.contentful.importing.assets.plan import PROCESSED, SENT, has_url
from stackferry.providers.contentful.importing.documents import Document, Documents
from stackferry.providers.contentful.matching.held import Held
from stackferry.providers.made_anew import Made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.identities import Memory
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

_SPARE: Final = 3600.0  # seconds that an upload must still be kept for, to be of use
_KINDS: Final = tuple(
    kind.name
    for kind in kinds.KINDS
    if kind.is_written and not kind.part_of and kind.selectable and kind is not kinds.UI_CONFIG
)
PARTS_OF_RELEASES: Final = {  # bodies in releases, and what they are bodies of
    kinds.RELEASE_ENTRIES.name: kinds.ENTRIES.name,
    kinds.RELEASE_ASSETS.name: kinds.ASSETS.name,
}


def missing(context: ImportContext, memory: Memory, present: RecordStore) -> Iterator[Made]:
    """What is gone, by kind and id in the source."""
    now = Held(present, context.scratch)
    for kind in _KINDS:
        for source, target in memory.identities(kind) if context.options.includes(kind) else ():
            if not now.holds(kind, target) or _is_canceled(kind, target, present):
                yield Made(kind, source, target)
    yield from _expired(context, memory, present)
    yield from _of_releases(context, memory, now)


def _of_releases(context: ImportContext, memory: Memory, now: Held) -> Iterator[Made]:
    """What exists in releases alone, where the release is there."""
    here = Held(context.everything, context.scratch)
    for kind, own in PARTS_OF_RELEASES.items():
        for source, target in memory.identities(kind) if context.options.includes(kind) else ():
            release, _, uid = target.partition("\0")
            exists_alone = not here.holds(own, uid) and now.holds(kinds.RELEASES.name, release)
            if exists_alone and not now.holds(kind, target):
                yield Made(kind, source, target)


def _expired(context: ImportContext, memory: Memory, present: RecordStore) -> Iterator[Made]:
    """Uploads that the service keeps no longer, and the files of assets that name one and were not processed."""
    soon = context.options.now + _SPARE
    gone = {sha256 for sha256, expires in memory.identities(EXPIRES) if float(expires) <= soon}
    yield from (Made(UPLOADS, one, upload) for one, upload in memory.identities(UPLOADS) if one in gone)
    files = context.once(AssetFiles)
    for source, url in memory.identities(SENT) if gone else ():
        uid, locale, _ = source.split("\0")
        row = present.get(Stream(kinds.ASSETS.name), uid)
        # Once processing was asked for, its end is awaited: what it came to, the asset shows.
        is_asked = memory.target(PROCESSED, source) is not None
        if row is not None and not is_asked and files.sha256(url) in gone and not has_url(row, locale):
            yield Made(SENT, source, str(_own_version(context, source, row)))


def _own_version(context: ImportContext, source: str, row: JsonObject) -> int:
    """The version of an asset that is as this import wrote it, though processing may have failed since; else 0."""
    uid, _, at = source.split("\0")
    document, files = Document(kinds.ASSETS.name, uid), context.once(AssetFiles)
    wanted = context.source.get(document.stream, uid) or {}
    body = context.once(Documents).planned(document, wanted).wanted.bodies[int(at)].content
    own: JsonObject = {name: value for name, value in row.items() if name != "sys"}
    return version_of(row) if files.same_beside(body, own) else 0


def _is_canceled(kind: str, target: str, present: RecordStore) -> bool:
    row = present.get(Stream(kind), target) if kind == kinds.SCHEDULED_ACTIONS.name else None
    return nested(row, "sys", "status") == "canceled"
