"""Where a night's snapshot is written, and on top of which earlier one: the best way first, then what remains.

Snapshots are known by their manifests, not by their names: only one of the same place can be a base, under whatever
name it was known then. What an unfinished one was begun with says its working store.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.errors import StackferryError
from stackferry.io.storage.files import Files
from stackferry.io.storage.links import target_of
from stackferry.io.storage.snapshot import MANIFEST, STAGING, WORK, Snapshot, clear_work
from stackferry.io.storage.staging import Staging
from stackferry.json_values import as_object
from stackferry.library.nights.alike import selects_alike, series
from stackferry.library.nights.catalogue import Found, snapshots_in
from stackferry.library.nights.names import LATEST, snapshot_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from stackferry.model import JsonObject
    from stackferry.providers.source import ReadOptions
    from stackferry.providers.system import System


_DAY: Final = 86_400.0


class Beginning(NamedTuple):
    """A directory to write a snapshot into, and its base. `resumed`: the name that its unfinished export had."""

    directory: Path
    base: Found | None
    resumed: str = ""


@dataclass(slots=True)
class Beginnings:
    """The ways to begin in a profile's directory, whose lock is held.

    `place` is the identity of the place itself, `options` those of its `system`; `at` is now, in seconds since 1970.
    `own` are the complete snapshots of the place in the directory; where it has none, one can begin on top of those
    `elsewhere`, the newest first.
    `unfinished` fills with the snapshots that cannot be gone on with, and why, `unsuitable` with the newest that is of
    the place and no base.
    """

    folder: Path
    system: System
    place: str
    options: ReadOptions
    trust_version_lists: bool
    at: float
    own: frozenset[Path]
    elsewhere: Sequence[Found] = ()
    unfinished: list[JsonObject] = field(default_factory=list)
    unsuitable: list[JsonObject] = field(default_factory=list)

    def __iter__(self) -> Iterator[Beginning]:
        """Go on with the newest unfinished snapshot, or begin one on top of each earlier one, or on top of none."""
        found = snapshots_in(self.folder)
        _clear(found)
        names = {one.path.name for one in found}
        at = self._not_before(found)
        if (resumed := self._resumable(found)) is not None:
            yield self._renamed(resumed, snapshot_name(at, names))
        directory = self.folder / snapshot_name(at, names | {path.name for path in self.folder.iterdir()})
        yield from (Beginning(directory, base) for base in self._bases(found))
        yield from (Beginning(directory, base) for base in self._made_alike(self.elsewhere))
        yield Beginning(directory, None)

    def _not_before(self, found: list[Found]) -> float:
        """The time of this run, or the second after the newest snapshot, where the clock was set back a little: what is
        made later sorts later."""
        newest = max((one.at.timestamp() for one in found if one.is_dated), default=0.0)
        return newest + 1 if self.at <= newest <= self.at + _DAY else self.at

    def before(self) -> Path | None:
        """The newest snapshot that was made as this one is, whose gaps can be compared with those of this one."""
        earlier = [*self._earlier(snapshots_in(self.folder)), *self.elsewhere]
        return next((one.path for one in self._made_alike(earlier)), None)

    def _made_alike(self, found: Iterable[Found]) -> Iterator[Found]:
        """Those that were made with the same options."""
        own = series({"options": self.options.as_json()})
        yield from (one for one in found if _series(one) == own)

    def _earlier(self, found: list[Found]) -> Iterator[Found]:
        """The snapshots of the same place, the newest first; last what a clock that was wrong has named, unless it was
        the last run."""
        latest = target_of(Files(self.folder), LATEST)
        found = sorted(found, key=lambda one: one.at.timestamp() > self.at + _DAY and one.path.name != latest)
        yield from (one for one in found if one.path in self.own)

    def _bases(self, found: list[Found]) -> Iterator[Found]:
        """Those of them that one with these options can be made on top of; others are told.

        First those that chose the same objects: another selection holds less of what this one asks for.
        """
        asked = self.options.as_json()
        others: list[Found] = []
        for one in self._earlier(found):
            manifest = Snapshot(one.path).manifest
            if reason := self._unsuitable(manifest):
                # Those before it are mostly of the same kind.
                self.unsuitable += [] if self.unsuitable else [{"snapshot": str(one.path), "reason": reason}]
            elif selects_alike(as_object(manifest.get("options")), asked):
                yield one
            else:
                others.append(one)
        yield from others

    def _unsuitable(self, manifest: JsonObject) -> str:
        """Why a snapshot with this manifest cannot be the base; empty where it can."""
        if manifest.get("transforms"):
            return "transforms changed what it holds"
        return self.system.why_no_base(as_object(manifest.get("options")), self.options)

    def _resumable(self, found: list[Found]) -> Beginning | None:
        """The newest unfinished snapshot, with its base, if a run may go on with it. Others are told."""
        newest = next(self._earlier(found), None)
        chosen: Beginning | None = None
        for one in (one for one in found if not one.is_sealed and one.is_dated):
            reason = "a newer one is gone on with" if chosen else ""
            if newest is not None and newest.path.name > one.path.name:
                reason = f"it is older than {newest.path.name}, which is complete"
            if one.is_running:
                reason = "another run works in it"
            try:
                base = None if reason else self._base_of(one, found)
            except _CannotResume as refused:
                reason = str(refused)
            if reason:
                self.unfinished.append({"snapshot": str(one.path), "reason": reason})
            else:
                chosen = Beginning(one.path, base, one.path.name)
        return chosen

    def _base_of(self, one: Found, found: list[Found]) -> Found | None:
        """The base that an unfinished snapshot was begun with. Raises _CannotResume where it cannot be gone on with."""
        claim = _claim(one)
        if not claim:
            return next(self._bases(found), None)
        if claim.get("place") != self.place:
            raise _CannotResume(f"it is of {claim.get('place')}")
        base = as_object(claim.get("base"))
        if claim.get("transforms"):
            raise _CannotResume("it was begun with transforms")
        if claim.get("options") != self.options.as_json() or base.get("lists") not in (
            None,
            self.trust_version_lists,
        ):
            raise _CannotResume("it was begun with other options")
        if not base:
            return None
        for sealed in (sealed for sealed in found if sealed.is_sealed):
            if Files(sealed.path).digest(MANIFEST).sha256 == base.get("manifest"):
                return sealed
        raise _CannotResume("the snapshot that it was begun on top of is gone")

    def _renamed(self, resumed: Beginning, name: str) -> Beginning:
        """Its name becomes the time of the run that completes it: its listings are read again."""
        files = Files(self.folder)
        files.rename(resumed.resumed, name)
        files.fsync_dir()
        return resumed._replace(directory=self.folder / name)


def _series(one: Found) -> str:
    return series(Snapshot(one.path).manifest)


class _CannotResume(Exception):
    """Why an unfinished snapshot is left as it is."""


def _clear(found: list[Found]) -> None:
    """Remove the working directories of complete snapshots, whose runs were killed at their very end."""
    for one in found:
        if one.is_sealed and (one.path / WORK).is_dir() and not one.is_running:
            clear_work(Files(one.path))


def _claim(one: Found) -> JsonObject:
    """What an unfinished snapshot was begun with; empty where it was stopped before it recorded anything."""
    if not (one.path / STAGING).is_file():
        return {}
    try:
        with closing(Staging(one.path / STAGING)) as staging:
            return staging.fact("claim") or {}
    except StackferryError as error:
        raise _CannotResume(str(error)) from error
