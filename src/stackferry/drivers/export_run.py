"""One export, from a place to a sealed snapshot: the whole of `stackferry export`.

Must never touch a directory that holds anything but an unfinished snapshot of the same source and options.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.drivers.events import Emit, silent
from stackferry.drivers.exporter import Exporter
from stackferry.drivers.incremental_base import heritage
from stackferry.drivers.working_directory import working_directory
from stackferry.errors import UsageError
from stackferry.io.storage.blobs import BlobStore
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import Snapshot, clear_work, seal
from stackferry.io.storage.snapshot_layout import BASE, LOCK, MANIFEST, STAGING, WORK
from stackferry.io.storage.staging import Staging
from stackferry.model import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from stackferry.drivers.incremental_base import Earlier, Previous
    from stackferry.io.http.session import Session
    from stackferry.model import JsonObject, Request
    from stackferry.providers.source import ReadOptions
    from stackferry.providers.system import System


async def export(
    system: System,
    session: Session,
    place: Place,
    directory: Path,
    options: ReadOptions,
    emit: Emit = silent,
    disk: Callable[[Path], Files] = Files,
    base: Previous | None = None,
) -> Snapshot:
    """Bring a branch into `directory` as a complete snapshot, beginning or taking up again.

    With a `base`, what an earlier snapshot of the same branch holds is not asked for again. Raises UsageError for a
    directory that holds something else and for a base of another place, SnapshotCorrupt for a damaged base,
    BusyError while another run works in the directory. A place that gives nothing leaves no directory behind.
    """
    place = await resolve_place(system, session, place)
    if is_untidy(directory, place, options):
        return _tidied(directory)
    refuse_others(directory)
    earlier = base.checked(source_of(place)) if base else None
    with begun(directory, place, options, earlier, disk) as work:
        reading, files, staging = system.export_plan(), work.files, work.staging
        with heritage(earlier, reading, staging, options, files.path(BASE)) as known:
            await Exporter(reading, session, staging, BlobStore(files), options, emit, known).run()
        work.seal(head(system, place, options, staging), earlier.snapshot if earlier else None)
        if base:
            base.taken.update(staging.inherited())
    return Snapshot(directory)


@dataclass(slots=True)
class Work:
    """An export that was begun: its directory and its working store, which is gone when it `is_sealed`."""

    files: Files
    staging: Staging
    is_sealed: bool = False

    def seal(self, head: JsonObject, base: Snapshot | None = None) -> None:
        """Make a snapshot of it; `head` is what its manifest says of the source."""
        seal(self.files, self.staging, head, base)
        self.is_sealed = True


@contextmanager
def begun(
    directory: Path,
    place: Place,
    options: ReadOptions,
    earlier: Earlier | None = None,
    disk: Callable[[Path], Files] = Files,
) -> Iterator[Work]:
    """One export, held for this run alone, new or as an earlier run left it.

    Raises UsageError where another export was begun there, BusyError while another run works there.
    """
    with working_directory(directory, LOCK, [WORK], disk) as place_of_work:
        with closing(Staging(place_of_work.files.path(STAGING))) as staging:
            work = Work(place_of_work.files, staging)
            try:
                _claim(staging, directory, place, options, earlier)
                yield work
            finally:
                place_of_work.keep = not staging.is_empty()
        if work.is_sealed:
            clear_work(work.files)


async def resolve_place(system: System, session: Session, place: Place) -> Place:
    """The place itself, where it was named by an alias; the session's requests then go there.

    Raises the error that it means if the place is not there or does not let us in.
    """
    found: Place | Request = system.access_request(place) or place
    while not isinstance(found, Place):
        found = system.check_access(place, found, await session.call(found))
    if found != place:
        session.address(system.address(found))
    return found


def is_untidy(directory: Path, place: Place, options: ReadOptions) -> bool:
    """Whether this very export was sealed here, and stopped before its working directory was gone."""
    if not (directory / MANIFEST).is_file() or not (directory / WORK).is_dir():
        return False
    manifest = Snapshot(directory).manifest
    return manifest.get("source") == source_of(place) and manifest.get("options") == options.as_json()


def _tidied(directory: Path) -> Snapshot:
    files = Files(directory)
    with files.lock(LOCK):
        clear_work(files)
    return Snapshot(directory)


def source_of(place: Place) -> JsonObject:
    """What a manifest says of the place that a snapshot comes from."""
    return {"system": place.system, "key": place.key, "host": place.host, "branch": place.name}


def head(system: System, place: Place, options: ReadOptions, staging: Staging) -> JsonObject:
    """What the manifest says besides its files. No time, so that the same source gives the same bytes."""
    return {"source": source_of(place), "options": options.as_json(), **system.describe(staging)}


def refuse_others(directory: Path) -> None:
    """Raise UsageError for a directory that holds anything but an unfinished export."""
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"{directory} is a file; name a directory for the snapshot")
    if (directory / MANIFEST).exists():
        raise UsageError(f"{directory} already holds a complete snapshot; name a new directory")
    if directory.is_dir() and not (directory / WORK).is_dir() and any(directory.iterdir()):
        raise UsageError(f"{directory} holds something else; name a new or empty directory")


def _claim(
    staging: Staging, directory: Path, place: Place, options: ReadOptions, earlier: Earlier | None
) -> None:
    """An unfinished snapshot goes on only as what it was begun as."""
    onto: JsonObject = {"base": earlier.claim()} if earlier else {}
    claim: JsonObject = {"place": str(place), "options": options.as_json(), **onto}
    begun = staging.fact("claim")
    if begun is None:
        staging.state("claim", claim)
    elif begun != claim:
        raise UsageError(
            f"{directory} holds an unfinished export of {begun.get('place')} with options {begun.get('options')}; "
            "run it again as it was, or name a new directory"
        )
