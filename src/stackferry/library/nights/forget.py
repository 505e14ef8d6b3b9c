"""`stackferry.forget`: deletes the snapshots that a retention policy does not keep.

Only snapshots with a date for a name are deleted, never one that `latest` leads to, and nothing of a place before
one of those that stay was found whole, byte by byte. A snapshot goes in one step: it is renamed first, so that a run
that is killed leaves no half of one under its name. What others share with it as hard links stays whole in them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from stackferry.drivers.working_directory import working_directory
from stackferry.errors import SnapshotCorrupt, StackferryError
from stackferry.io.storage.files import Files
from stackferry.io.storage.links import target_of
from stackferry.io.storage.snapshot import Snapshot
from stackferry.library.connect import single_error
from stackferry.library.nights.alike import series as series_of
from stackferry.library.nights.backup import LOCK
from stackferry.library.nights.catalogue import bytes_freed, folders_in, is_whole, place_of, snapshots_in
from stackferry.library.nights.names import LATEST
from stackferry.library.nights.other_names import lasting_name
from stackferry.library.nights.reports import ForgetReport, ForgetRow
from stackferry.library.nights.retention import Policy, kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from stackferry.library.nights.catalogue import Found
    from stackferry.model import JsonObject, Place

FORGOTTEN: Final = ".forgotten-"
"""Begins the name of a snapshot that is being deleted; the next run deletes what a killed one has left."""


_Series: TypeAlias = tuple[str, str]
"""Snapshots that can take each other's place: what place they are of, and with which options they were made."""


class _Decision(NamedTuple):
    """A snapshot, its place and its series, and why it stays; without reasons it goes."""

    found: Found
    place: Place | None
    series: _Series | None
    reasons: Sequence[str]


def forget(
    directory: str | Path,
    policy: Policy,
    *,
    unfinished: bool = False,
    dry_run: bool = False,
    disk: Callable[[Path], Files] = Files,
) -> ForgetReport:
    """Delete what `policy` does not keep of the snapshots in a directory, of each place for itself.

    With `unfinished` also exports that were stopped and that no backup goes on with, because a newer snapshot is
    complete. With `dry_run` nothing is deleted. What is wrong in one profile's directory (another run works there, or
    no snapshot that stays is whole) is a problem of the report, and stops no other.

    Raises UsageError for a policy that keeps nothing and where there is no such directory.
    """
    with single_error():
        policy.check()
    root = Path(directory)
    rows: list[ForgetRow] = []
    problems: list[JsonObject] = []
    freed = 0
    for folder in folders_in(root):
        try:
            decided = (_decided if dry_run else _carried_out)(folder, policy, unfinished, disk)
        except StackferryError as error:
            row: JsonObject = {
                "directory": str(folder),
                "exit_code": int(error.exit_code),
                "error": str(error),
            }
            problems.append(row)
            continue
        freed += decided.freed
        rows += [_row(one, "" if folder == root else folder.name) for one in decided.decisions]
    return ForgetReport(rows=rows, problems=problems, freed_bytes=freed)


class _Decided(NamedTuple):
    """What stays and what goes of one directory, and the bytes that this frees."""

    decisions: list[_Decision]
    freed: int


def _row(decision: _Decision, profile: str) -> ForgetRow:
    return ForgetRow(
        profile=profile,
        path=decision.found.path,
        at=decision.found.at,
        place=str(decision.place or ""),
        action="keep" if decision.reasons else "remove",
        reasons=decision.reasons,
    )


def _carried_out(folder: Path, policy: Policy, unfinished: bool, disk: Callable[[Path], Files]) -> _Decided:
    """Decide and delete, while no other run works in the directory."""
    with working_directory(folder, LOCK, (), disk) as work:
        for left in [name for name in work.files.listing() if name.startswith(FORGOTTEN)]:
            work.files.remove_tree(left)
        decided = _decided(folder, policy, unfinished, disk)
        for one in decided.decisions:
            if not one.reasons:
                _delete(work.files, one.found.path.name)
    return decided


def _delete(files: Files, name: str) -> None:
    """Remove a snapshot: first its name, in one step, then what it holds."""
    hidden = f"{FORGOTTEN}{name}"
    files.rename(name, hidden)
    files.fsync_dir()
    files.remove_tree(hidden)


def _decided(folder: Path, policy: Policy, unfinished: bool, disk: Callable[[Path], Files]) -> _Decided:
    """What becomes of each snapshot, the newest first. Raises SnapshotCorrupt where none that stays is whole."""
    found = snapshots_in(folder)
    latest = target_of(disk(folder), LATEST)
    places = {one.path: place_of(one) for one in found if one.is_sealed}
    series = _series_of(found, places)
    chosen = _chosen(found, series, policy)
    newest = max((one.at for one in found if one.is_sealed), default=None)
    decisions = []
    for one in found:
        reasons = [*_kept_anyway(one, latest, places.get(one.path)), *chosen.get(one.path, ())]
        goes = unfinished and newest is not None and one.at < newest
        if not (one.is_sealed or reasons or goes):
            reasons.append("unfinished")
        decisions.append(_Decision(one, places.get(one.path), series.get(one.path), reasons))
    _check(decisions)
    return _Decided(decisions, bytes_freed(one.found.path for one in decisions if not one.reasons))


def _chosen(
    found: Sequence[Found], series: Mapping[Path, _Series], policy: Policy
) -> dict[Path, Sequence[str]]:
    """Why the policy keeps snapshots; each place is judged for itself, and what was made otherwise of it, too."""
    chosen: dict[Path, Sequence[str]] = {}
    for same in {*series.values()}:
        own = [one for one in found if one.is_dated and series.get(one.path) == same]
        reasons = kept([one.at for one in own], policy)
        chosen.update(zip((one.path for one in own), reasons, strict=True))
    return chosen


def _series_of(found: Sequence[Found], places: Mapping[Path, Place | None]) -> dict[Path, _Series]:
    """The series of each complete snapshot that can be read. A place that was renamed stays the same one."""
    named = {one.path: (one, place) for one in found if (place := places.get(one.path))}
    names = {place.identity: lasting_name(one, place) for one, place in reversed([*named.values()])}
    return {
        path: (names[place.identity], series_of(Snapshot(path).manifest))
        for path, (_, place) in named.items()
    }


def _kept_anyway(one: Found, latest: str, place: Place | None) -> Iterator[str]:
    """Why a snapshot stays whatever the policy says."""
    if one.path.name == latest:
        yield "latest"
    if not one.is_dated:
        yield "its name is no date"
    if one.is_running:
        yield "a run works in it"
    if one.is_sealed and one.is_read:
        yield "a run reads it"
    if one.is_sealed and place is None:
        yield "its manifest cannot be read"


def _check(decisions: Sequence[_Decision]) -> None:
    """Raise SnapshotCorrupt unless, of each series that loses a snapshot, one of those that stay is whole."""
    losing = {one.series: one.place for one in decisions if one.series and not one.reasons}
    for same, place in losing.items():
        staying = [one for one in decisions if one.series == same and one.reasons]
        if not any(is_whole(one.found.path) for one in staying):
            raise SnapshotCorrupt(
                f"none of the snapshots of {place} that would stay is whole, so none was deleted: "
                f"`stackferry verify {staying[0].found.path}` tells what is wrong with the newest"
            )
