"""What an import wrote or found and the target's listings no longer show. Pure.

Live bodies, editor interfaces and files go with what they belong to. A schedule is deleted by being canceled, and its
row stays. Of the bodies in a release only those count that exist nowhere else: taking another one out of a release is
an edit of the release. API pages: "Scheduled actions", "Timeline releases".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import nested
from stackferry.model import Stream
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.matching.held import Held
from stackferry.providers.made_anew import Made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext, Memory

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
    here = Held(context.everything, context.scratch)
    for kind, own in PARTS_OF_RELEASES.items():
        for source, target in memory.identities(kind) if context.options.includes(kind) else ():
            release, _, uid = target.partition("\0")
            exists_alone = not here.holds(own, uid) and now.holds(kinds.RELEASES.name, release)
            if exists_alone and not now.holds(kind, target):
                yield Made(kind, source, target)


def _is_canceled(kind: str, target: str, present: RecordStore) -> bool:
    row = present.get(Stream(kind), target) if kind == kinds.SCHEDULED_ACTIONS.name else None
    return nested(row, "sys", "status") == "canceled"
