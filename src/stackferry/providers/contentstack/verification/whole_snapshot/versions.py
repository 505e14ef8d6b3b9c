"""Whether a file of older versions was exchanged for that of the latest ones, or holds one of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import integer, text
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.entries import is_latest, number_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Stream
    from stackferry.providers.source import RecordStore

_LATEST_OF = {kinds.VERSIONS.name: kinds.ENTRIES.name, kinds.ASSET_VERSIONS.name: kinds.ASSETS.name}


def only_newer_versions(store: RecordStore) -> Iterator[str]:
    """Each file whose versions all are newer than the latest ones.

    A single one may be: somebody saved it and put it into a release after the listing was read.
    """
    for stream in store.streams():
        if latest := _LATEST_OF.get(stream.kind):
            newer = [*_are_newer(store, stream, stream._replace(kind=latest))]
            if len(newer) > 1 and all(newer):
                yield f"{'/'.join(filter(None, stream))}: its versions are newer than those of {latest}"


def doubled_versions(store: RecordStore) -> Iterator[str]:
    """Each older version of an entry that has the number of the latest one."""
    for stream in store.streams():
        for row in store.objects(stream) if stream.kind == kinds.VERSIONS.name else ():
            if is_latest(store, stream, row):
                named = f"version {number_of(row)} of {text(row.get('uid'))}"
                yield f"{'/'.join(filter(None, stream))}: {named} is its latest one, too"


def _are_newer(store: RecordStore, stream: Stream, latest: Stream) -> Iterator[bool]:
    for row in store.objects(stream):
        now = store.get(latest, text(row.get("uid")))
        if now is not None:
            yield (integer(row.get("_version")) or 0) > (integer(now.get("_version")) or 0)
