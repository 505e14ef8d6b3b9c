"""Files that releases hold of their own and that can no longer be processed: their uploads are gone. Pure.

A release's copy of an asset that names such an upload, whether or not the answer to its write arrived, is written once
more. What has been processed by then is in the target, and gets no second upload.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.model import Stream
from stackferry.providers.contentful.importing.assets.files import AssetFiles, uploads_named
from stackferry.providers.contentful.importing.releases.files import RELEASE_PROCESSED, RELEASE_SENT
from stackferry.providers.contentful.importing.releases.wanted import WantedBodies, scoped_key, scoped_kind
from stackferry.providers.contentful.kinds import RELEASES
from stackferry.providers.made_anew import Made

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.contentful.importing.documents import Document
    from stackferry.providers.identities import Memory
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext


class ReleasedFile(NamedTuple):
    """A file in a release, as `RELEASE_SENT` names it."""

    release: str
    asset: str
    locale: str


def expired_in_releases(
    context: ImportContext, memory: Memory, present: RecordStore, uploads: Collection[str]
) -> Iterator[Made]:
    """The files of releases that name one of the `uploads`, which are gone, and that were not processed."""
    wanted = context.once(WantedBodies)
    for release, document, row in wanted.assets() if uploads else ():
        target = memory.target(RELEASES.name, release)
        copy = present.get(Stream(scoped_kind(document)), f"{target}\0{document.uid}") if target else None
        if copy is not None and _is_stuck(memory, scoped_key(release, document), copy, uploads):
            yield from _sent(context, release, document, wanted.content(document, row), copy)


def _is_stuck(memory: Memory, key: str, copy: JsonObject, uploads: Collection[str]) -> bool:
    """Whether a copy names an upload that is gone.

    Once processing was asked for, its end is awaited: what it came to, the copy shows.
    """
    return any(
        upload in uploads and memory.target(RELEASE_PROCESSED, f"{key}\0{locale}") is None
        for locale, upload in uploads_named(copy).items()
    )


def _sent(
    context: ImportContext, release: str, document: Document, content: JsonObject, copy: JsonObject
) -> Iterator[Made]:
    """The files that are uploaded for the next write of a copy: all that are not known to be processed."""
    files = context.once(AssetFiles)
    version = files.own_version(content, copy)
    for locale, _ in files.to_upload(document, content):
        yield Made(RELEASE_SENT, f"{scoped_key(release, document)}\0{locale}", str(version))


def released_file(source: str) -> ReleasedFile:
    """What the name of a file in a release says."""
    key, _, locale = source.partition("\0")
    _, release, _, asset = key.split("/")
    return ReleasedFile(release, asset, locale)
