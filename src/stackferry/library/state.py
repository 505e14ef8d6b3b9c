"""What is kept in the platform's state directory: checkpoints, copies under way, converted exports, target locks."""

from __future__ import annotations

import hashlib
import logging
from contextlib import ExitStack, closing, contextmanager, suppress
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from stackferry.drivers.events import Emit, silent
from stackferry.drivers.import_run import state_path
from stackferry.drivers.import_target import CHECKPOINT, IDENTITIES
from stackferry.drivers.working_directory import remove_new_dirs_on_failure
from stackferry.errors import BusyError, SnapshotCorrupt, StackferryError, UsageError
from stackferry.formats.exports import check_file, export_to_snapshot, is_export
from stackferry.io.config import lock_directory, state_directory
from stackferry.io.storage.checkpoint import Checkpoint
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import Snapshot
from stackferry.json_values import as_object, nested
from stackferry.providers.registry import system_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import Place, Stream
    from stackferry.providers.system import System

_log = logging.getLogger(__name__)


def name_of(*facts: str) -> str:
    """A directory name made of these facts, the same on every run."""
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()[:32]


def checkpoint_directory(snapshot: Snapshot, target: Place, state: str | Path | None = None) -> Path:
    """Where the checkpoint of an import lies: in `state`, or else in the platform's state directory."""
    return state_path(state_directory(), snapshot.root, target) if state is None else Path(state)


class MapFile:
    """Finds the file of the identities between two places: `file`, else one in the directory of the checkpoint.

    Without that, too (`state`), in the platform's state directory, for all imports between the two. `asked` are the
    places that it was asked for first: those of the import, as the service resolves them.
    """

    def __init__(self, file: str | Path | None, state: str | Path | None) -> None:
        self._file, self._state = file, state
        self.asked: tuple[Place, Place] | None = None

    def __call__(self, source: Place, target: Place) -> Path:
        self.asked = self.asked or (source, target)
        if self._file is not None:
            return Path(self._file)
        home = state_directory() if self._state is None else Path(self._state)
        return home / IDENTITIES / f"{name_of(source.identity, target.identity)}.jsonl"


def identity_map(file: str | Path | None, state: str | Path | None) -> MapFile:
    """Where the identities between two places lie."""
    return MapFile(file, state)


def is_finished(state: Path) -> bool:
    """Whether the import that this checkpoint belongs to has come to its end."""
    if not (state / CHECKPOINT).is_file():
        return False
    with closing(Checkpoint(state / CHECKPOINT)) as checkpoint:
        return checkpoint.fact("finished") is not None


def open_snapshot(snapshot: str | Path | Snapshot, emit: Emit = silent, branch: str = "") -> Snapshot:
    """A snapshot, or a snapshot made of an export by a vendor's own tool, which is left as it is.

    `branch` names the one to read where an export holds several. Raises SnapshotCorrupt for a directory that holds
    neither, UsageError where the branch is not in it, and for a file that is no export.
    """
    if isinstance(snapshot, Snapshot):
        return snapshot
    if not isinstance(snapshot, str | Path):
        raise UsageError(f"a snapshot is a directory or a Snapshot, not a {type(snapshot).__name__}")
    directory = Path(snapshot)
    # Named after the export, so that every run finds the same snapshot, and with it the same checkpoint.
    if directory.is_file():
        check_file(directory)
    if not is_export(directory):
        held = Snapshot(directory)
        if branch and branch != (own := nested(held.manifest, "source", "branch")):
            raise UsageError(f"{directory} is a snapshot of branch '{own}', not of '{branch}'")
        return held
    converted = (
        state_directory() / "exports" / name_of(str(directory.resolve()), *([branch] if branch else []))
    )
    with remove_new_dirs_on_failure(converted):
        return export_to_snapshot(directory, converted, branch=branch, emit=emit)


def system_of_snapshot(snapshot: Snapshot) -> System:
    """The system that a snapshot was exported from. Raises UsageError for one that this version does not support."""
    return system_of(str(as_object(snapshot.manifest.get("source")).get("system")))


@contextmanager
def target_lock(target: Place) -> Iterator[None]:
    """Keep other imports of this user on this machine out of a place, whatever their snapshot and checkpoint.

    Raises BusyError while another run holds the place. The lock is the kernel's: it ends with its process. Where its
    directory cannot be written, the import goes on without it.
    """
    with ExitStack() as held:
        try:
            held.enter_context(_lock(name_of(target.identity)))
        except BusyError as busy:
            raise BusyError(f"{target}: {busy}") from busy
        except StackferryError as error:
            _log.warning("%s is not locked against other imports: %s", target, error)
        yield


@contextmanager
def _lock(name: str) -> Iterator[None]:
    home = lock_directory()
    # Directories that are made only for the lock are removed again, unless another run uses them by then.
    made = [directory for directory in (home, *home.parents) if not directory.exists()]
    try:
        with Files(home).lock(name):
            yield
    finally:
        for directory in made:
            with suppress(OSError):  # another run has put something there meanwhile
                directory.rmdir()


def counts(snapshot: Snapshot) -> dict[str, int]:
    """How many objects of each kind a snapshot holds; of what it holds in languages, also how many translations."""
    found = record_counts(snapshot)
    try:
        in_languages = system_of_snapshot(snapshot).words.in_languages
        objects = {kind: _objects(snapshot, kind) for kind in in_languages.keys() & found.keys()}
    except (UsageError, SnapshotCorrupt):  # of a system that this version does not know, or damaged
        return found
    return found | {in_languages[kind]: found[kind] for kind in objects} | objects


def record_counts(snapshot: Snapshot) -> dict[str, int]:
    """How many records of each kind a snapshot holds, as its manifest says."""
    counted = as_object(snapshot.manifest.get("counts"))
    return {kind: count for kind, count in counted.items() if isinstance(count, int)}


def _objects(snapshot: Snapshot, kind: str) -> int:
    """How many objects there are of a kind with a record for each language: equal uids stand at the same place."""
    of_types: dict[str, list[Stream]] = {}
    held = snapshot.record_counts()
    for stream in held:
        if stream.kind == kind:
            of_types.setdefault(stream.type, []).append(stream)
    return sum(
        held[streams[0]] if len(streams) == 1 else _distinct(snapshot, streams)
        for streams in of_types.values()
    )


def _distinct(snapshot: Snapshot, streams: Sequence[Stream]) -> int:
    """How many uids there are in several streams, each sorted by uid; one of each in memory at a time."""
    uids = [(str(row.get("uid")) for row in snapshot.objects(stream)) for stream in streams]
    return sum(1 for _ in groupby(merge(*uids)))
