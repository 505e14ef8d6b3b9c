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
from stackferry.providers.contentful.importing.assets.files import EXPIRES, UPLOADS, AssetFiles, uploads_named
from stackferry.providers.contentful.importing.assets.plan import PROCESSED, SENT
from stackferry.providers.contentful.importing.deleted.expired_in_releases import expired_in_releases
from stackferry.providers.contentful.importing.documents import Document, Documents
from stackferry.providers.contentful.kinds import sys_id
from stackferry.providers.contentful.matching.held import Held
from stackferry.providers.made_anew import Made

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    uploads = {one: upload for one, upload in memory.identities(UPLOADS) if one in gone}
    yield from (Made(UPLOADS, one, upload) for one, upload in uploads.items())
    names_one = frozenset(uploads.values())
    yield from expired_in_releases(context, memory, present, names_one)
    for wanted in context.source.objects(Stream(kinds.ASSETS.name)) if names_one else ():
        document = Document(kinds.ASSETS.name, sys_id(wanted))
        row = present.get(document.stream, document.uid) or {}
        if names_one.intersection(uploads_named(row).values()):
            yield from _unprocessed(context, memory, document, wanted, row, uploads)


def _unprocessed(
    context: ImportContext,
    memory: Memory,
    document: Document,
    wanted: JsonObject,
    row: JsonObject,
    uploads: Mapping[str, str],
) -> Iterator[Made]:
    """The files of the bodies of an asset that name uploads which are gone, whether or not its answer arrived.

    Such a body is written once more, and then with new uploads for all files that are not known to be processed.
    """
    files = context.once(AssetFiles)
    named = uploads_named(row)
    for at, body in enumerate(context.once(Documents).planned(document, wanted).wanted.bodies):
        sent = {
            f"{document.uid}\0{locale}\0{at}": sha256
            for locale, sha256 in files.to_upload(document, body.content)
        }
        # Once processing was asked for, its end is awaited: what it came to, the asset shows.
        if any(
            uploads.get(sha256, "-") == named.get(source.split("\0")[1])
            and memory.target(PROCESSED, source) is None
            for source, sha256 in sent.items()
        ):
            version = files.own_version(body.content, row)
            yield from (Made(SENT, source, str(version)) for source in sent)


def _is_canceled(kind: str, target: str, present: RecordStore) -> bool:
    row = present.get(Stream(kind), target) if kind == kinds.SCHEDULED_ACTIONS.name else None
    return nested(row, "sys", "status") == "canceled"
