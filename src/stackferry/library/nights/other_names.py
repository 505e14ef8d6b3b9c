"""Which snapshots in a directory of nights are of a place, whatever its name was when they were made."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from stackferry.drivers.origin import Origins
from stackferry.errors import SnapshotCorrupt
from stackferry.io.storage.snapshot import Snapshot
from stackferry.library.nights.catalogue import directories_in, place_of, snapshots_in
from stackferry.library.state import system_of_snapshot
from stackferry.providers.places import KnowsSpellings

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from stackferry.drivers.run import Run
    from stackferry.library.nights.catalogue import Found
    from stackferry.model import Place


async def snapshots_of_place(run: Run, found: Iterable[Found]) -> frozenset[Path]:
    """The complete snapshots of the place of a run. The service is asked once, if one has another name."""
    origins, own = Origins(run), []
    for one in found:
        place = place_of(one) if one.is_sealed else None
        with suppress(SnapshotCorrupt):  # a damaged one is no base anyway
            if place is not None and await origins.has(place, Snapshot(one.path)):
                own.append(one.path)
    return frozenset(own)


async def nights_elsewhere(run: Run, root: Path, folder: Path) -> list[Found]:
    """The complete snapshots of the place in the other directories of `root`, the newest first.

    A directory that is named after a place has another name once the place has.
    """
    if not isinstance(run.system, KnowsSpellings):
        return []
    found = [one for path in directories_in(root) if path != folder for one in snapshots_in(path)]
    own = await snapshots_of_place(run, found)
    return sorted(
        (one for one in found if one.path in own), key=lambda one: (one.at, one.path.name), reverse=True
    )


def lasting_name(found: Found, place: Place) -> str:
    """What a complete snapshot's place goes by, here the same before and after it was renamed."""
    snapshot = Snapshot(found.path)
    system = system_of_snapshot(snapshot)
    if isinstance(system, KnowsSpellings):
        with suppress(SnapshotCorrupt):
            return system.place_id(snapshot) or place.identity.casefold()
    return place.identity
