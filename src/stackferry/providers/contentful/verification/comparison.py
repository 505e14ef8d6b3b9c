"""One comparison of a snapshot with a target, or with another snapshot, from the ground up. Pure.

Both sides are taken as the API shows them. What is never compared is in `not_compared`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentful.verification.documents import document_differences
from stackferry.providers.contentful.verification.history import history_differences
from stackferry.providers.contentful.verification.not_compared import NOT_COMPARED, OF_ONE_PLACE
from stackferry.providers.contentful.verification.objects import object_differences
from stackferry.providers.contentful.verification.sides import Sides

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.differences import Change, Mismatch
    from stackferry.providers.target import ImportContext


class SpaceComparison:
    """`gaps` and `compared` are complete when `mismatches` is exhausted.

    `known_gaps`: what the snapshot or its import recorded as missing is a gap again, and no difference. With
    `tells_edits` each edit is told once, as people make it.
    """

    def __init__(
        self, context: ImportContext, known_gaps: Iterable[JsonObject], *, tells_edits: bool = False
    ) -> None:
        self._sides = Sides(context, known_gaps, tells_edits=tells_edits)
        self.gaps, self.compared = self._sides.gaps, self._sides.compared
        left_out = (row for one in self._sides.coverage for row in one.not_compared())
        self.not_compared = (*(OF_ONE_PLACE if context.is_one_place else NOT_COMPARED), *left_out)

    def mismatches(self) -> Iterator[Mismatch | Change]:
        yield from object_differences(self._sides)
        yield from document_differences(self._sides)
        yield from history_differences(self._sides)


def changes(context: ImportContext, known_gaps: Iterable[JsonObject]) -> SpaceComparison:
    """What was edited between two snapshots of one place, or what two places hold differently."""
    return SpaceComparison(context, known_gaps, tells_edits=True)
