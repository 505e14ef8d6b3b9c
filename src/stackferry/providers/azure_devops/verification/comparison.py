"""One comparison of an archive with another one, or with the project that it is of. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.azure_devops.verification.files import file_edits
from stackferry.providers.azure_devops.verification.not_compared import OF_ONE_PLACE
from stackferry.providers.azure_devops.verification.objects import (
    AFTER_RELEASES,
    BEFORE_RELEASES,
    object_edits,
)
from stackferry.providers.azure_devops.verification.releases import release_edits
from stackferry.providers.azure_devops.verification.sides import Sides
from stackferry.providers.secrets.redacted import NOT_HELD_REASON

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.verification.edits import Edit
    from stackferry.providers.differences import Change, Mismatch
    from stackferry.providers.target import ImportContext


class ArchiveComparison:
    """Two sides of one project. `gaps`, `compared` and `remarks` are complete when `mismatches` is exhausted."""

    not_compared = OF_ONE_PLACE

    def __init__(self, context: ImportContext, *, tells_edits: bool) -> None:
        self._sides = Sides(context, tells_edits=tells_edits)
        self.gaps, self.compared = self._sides.gaps, self._sides.compared

    @property
    def remarks(self) -> Mapping[str, Sequence[JsonObject]]:
        """What the service no longer has and only one side still holds."""
        return {"vanished": self._sides.vanished} if self._sides.vanished else {}

    def mismatches(self) -> Iterator[Mismatch | Change]:
        for edit in self._edits():
            if edit.is_unknown:
                self._sides.gap(edit.about.kind, edit.about.uid, NOT_HELD_REASON, edit.path)
            else:
                yield edit.as_change() if self._sides.tells_edits else edit.as_mismatch()

    def _edits(self) -> Iterator[Edit]:
        for kind in BEFORE_RELEASES:
            yield from object_edits(self._sides, kind)
        yield from release_edits(self._sides)
        for kind in AFTER_RELEASES:
            yield from object_edits(self._sides, kind)
        yield from file_edits(self._sides)


def is_of_this_project(context: ImportContext) -> bool:
    """Whether both sides are of one project."""
    origin, place = context.origin, context.place
    is_origin = origin is not None and place is not None and origin.identity == place.identity
    return context.is_one_place or is_origin
