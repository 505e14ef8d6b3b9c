"""With `--versions all`: the snapshots of entries and types, which publishing makes. Pure.

API page: "Snapshots". One request for each object that has any, and none for one whose only snapshot says what the
object says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.exporting.languages import Languages
from stackferry.providers.contentful.exporting.listings import listing
from stackferry.providers.contentful.exporting.staged import has_history, rows
from stackferry.providers.contentful.kinds import sys_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.contentful.exporting.live_bodies import IsHeld
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.source import Job, ReadOptions, RecordStore

HISTORIES: Final = (
    (kinds.CONTENT_TYPES, kinds.CONTENT_TYPE_SNAPSHOTS),
    (kinds.ENTRIES, kinds.ENTRY_SNAPSHOTS),
)


def histories(
    root: Root, staged: RecordStore, options: ReadOptions, is_held: IsHeld = lambda _kind, _own, _row: False
) -> Iterator[Job]:
    """The snapshots of every entry and type that has been published more than once, or is not live as it is.

    `is_held`: those of an object are at hand.
    """
    cut = Languages(staged, options).cut
    for kind, snapshots in HISTORIES if options.versions == "all" else ():
        for row in rows(staged, kind):
            if has_history(row) and not is_held(kind, snapshots, row):
                uid = sys_id(row)
                yield listing(root, snapshots, options, name=f"{snapshots.name}/{uid}", owner=uid, cut=cut)
