"""What an import of a few named objects looks for in its target, so that it need not list the whole space. Pure.

The objects themselves, what they link to (a link to what is not there is told), and what items of releases name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.content.links import ASSET, ENTRY, links_of
from stackferry.providers.contentful.exporting.staged import entities_of, rows
from stackferry.providers.contentful.exporting.taxonomy import metadata_links
from stackferry.providers.contentful.kinds import record_key, sys_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import RecordStore

_MOST: Final = 300  # objects; above that listing everything takes hardly more requests
_OF_ENTRIES: Final = (kinds.ENTRIES, kinds.PUBLISHED_ENTRIES, kinds.RELEASE_ENTRIES)
_BODIES: Final = (*_OF_ENTRIES, kinds.ASSETS, kinds.PUBLISHED_ASSETS, kinds.RELEASE_ASSETS)


def wanted(selected: RecordStore) -> frozenset[str]:
    """The objects to look for, as "entries/ID"; none where there are too many, so that all are to be listed."""
    found = frozenset(_named(selected))
    return found if len(found) <= _MOST else frozenset()


def names_concepts(selected: RecordStore) -> bool:
    """Whether any of the objects has a concept of the taxonomy."""
    return any(
        True for kind in _BODIES for row in rows(selected, kind) for _ in metadata_links(row, "concepts")
    )


def _named(selected: RecordStore) -> Iterator[str]:
    for kind in _BODIES:
        own = ENTRY if kind in _OF_ENTRIES else ASSET
        for row in rows(selected, kind):
            release, _, entity = record_key(kind.name, row)[0].partition("\0")
            yield _key(own, entity or release)
            yield from (_key(link.kind, link.uid) for link in links_of(row) if own == ENTRY)
    for row in selected.objects(Stream(kinds.RELEASES.name)):
        yield f"{kinds.RELEASES.name}/{sys_id(row)}"
        yield from (_key(link_type, uid) for link_type, uid in entities_of(row))


def _key(link_type: str, uid: str) -> str:
    return f"{(kinds.ENTRIES if link_type == ENTRY else kinds.ASSETS).name}/{uid}"
