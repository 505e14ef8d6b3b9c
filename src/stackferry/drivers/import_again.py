"""Imports between the same two places, one after the other: what a later one knows of those before it.

The identities that an import found or made are kept for all imports between its two places, whatever their snapshot.
Where an import is finished and its target has changed since, this says what. Must never write to a place.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from stackferry.drivers.import_target import is_between
from stackferry.errors import Different
from stackferry.io.storage.identity_map import IdentityMap
from stackferry.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.drivers.import_target import ImportTarget
    from stackferry.io.storage.checkpoint import Checkpoint
    from stackferry.io.storage.sqlite import TempTables
    from stackferry.model import JsonObject
    from stackferry.providers.system import System
    from stackferry.providers.target import EarlierIdentities, ImportContext, Write

# Where the identities between two places are kept: of the source's and the target's place, no alias.
FindMap: TypeAlias = Callable[[Place, Place], Path]
_LINKS = "references"  # the kind of gaps of links that lead nowhere
_SHOWN = 10  # objects that a message names


def earlier_identities(
    target: ImportTarget, find: FindMap | None, origin: Place, scratch: TempTables, *, keep: bool
) -> EarlierIdentities:
    """What earlier imports from `origin` into the target found or made; `find` gives the file where that is kept.

    What the checkpoint holds of an import that was finished, or of one that is to be resumed, is among it; the file is
    written where it is to `keep` that.
    """
    system, place = target.run.system, target.run.place
    path = None if find is None else find(origin, place)
    known = IdentityMap(path, origin.identity, place.identity, scratch, keep=keep)
    known.add(_of_way_back(system, find, (place, origin), scratch))
    if is_between(target.checkpoint, origin, place):
        known.add(_lasting(system, target.checkpoint))
    return known


def _of_way_back(
    system: System, find: FindMap | None, places: tuple[Place, Place], scratch: TempTables
) -> Iterator[tuple[str, str, str]]:
    """What imports the other way round say that holds in both directions."""
    path = None if find is None else find(*places)
    here = None if find is None else find(*reversed(places))
    if path is None or path == here:  # one file for whatever places: it is that of this direction
        return
    back = IdentityMap(path, places[0].identity, places[1].identity, scratch, keep=False)
    for kind, source, target in back.identities():
        if kind in system.two_way_kinds:
            yield kind, target, source


@contextmanager
def remembered(target: ImportTarget, context: ImportContext) -> Iterator[None]:
    """Keep the identities that the import finds or makes for later ones, also where it ends early."""
    try:
        yield
    finally:
        if isinstance(context.earlier, IdentityMap):
            context.earlier.add(_lasting(target.run.system, target.checkpoint))


def _lasting(system: System, checkpoint: Checkpoint) -> Iterator[tuple[str, str, str]]:
    kinds = system.lasting_kinds
    return (one for one in checkpoint.all_identities() if one[0] in kinds)


class Changes:
    """What would be written into a target to make it again what a finished import made it.

    What that import left out is no change, nor is what follows from that. A value that was left out explains nothing of
    its object.
    """

    def __init__(self, gaps: Iterable[JsonObject]) -> None:
        """`gaps` are those of the finished import."""
        self._explained = {str(gap.get("uid")) for gap in gaps if not _is_of_a_value(gap)}
        self._first: list[str] = []
        self.count = 0

    def add(self, write: Write) -> None:
        if write.failed.uid in self._explained:
            return
        self.count += 1
        if len(self._first) < _SHOWN:
            gap = write.failed
            named = " ".join(filter(None, (gap.kind, gap.type, gap.uid, gap.locale)))
            self._first.append(write.about or named)

    def error(self, place: Place, *, is_planned: bool) -> Different:
        """The error that names the first of them; `is_planned`: the import did what a plan says."""
        left = self.count - len(self._first)
        named = ", ".join([*self._first, *([f"and {left} more"] if left else [])])
        advice = "make a new plan with --plan" if is_planned else "run it with --on-conflict update"
        return Different(
            f"{place} no longer holds what this import left there: {named}. Nothing was written; "
            f"{advice} to write the snapshot's content again"
        )


def _is_of_a_value(gap: JsonObject) -> bool:
    """Whether a gap is about a link or another value of an object that did arrive."""
    return gap.get("kind") == _LINKS or str(gap.get("path", "")).startswith("/")
