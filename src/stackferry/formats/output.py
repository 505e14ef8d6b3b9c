"""The directory that a conversion writes: made beside it, put in its place when it is complete, told apart from others.

After a failure the output directory is as it was. Must never replace anything but what a conversion made.
"""

from __future__ import annotations

import tempfile
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry import exact_json
from stackferry.errors import StackferryError, UsageError
from stackferry.io.storage.files import Files, changed_at
from stackferry.io.storage.snapshot import LOCK, MANIFEST, WORK, SnapshotIndex, clear_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.io.storage.snapshot import KeyOf, Snapshot
    from stackferry.model import Gap, JsonObject

# Ends the name of the note beside an export whose making nobody was told of.
_UNREPORTED_ENDING: Final = ".unreported"
_NOTE_ENDING: Final = (
    ".adopted.json"  # ends the name of the note beside a snapshot that was made of an export
)


class ExportLayout(NamedTuple):
    """How a snapshot becomes an export of one layout.

    `key_of` names the records of a snapshot; a whole export has a file whose name ends so: `finished`. `write` writes
    into an empty directory and tells what the layout cannot hold; `lost` tells the same of an export that is there.
    """

    key_of: KeyOf
    finished: str
    write: Callable[[SnapshotIndex, Files], Iterable[Gap]]
    lost: Callable[[SnapshotIndex], Iterable[Gap]]


def write_export(
    snapshot: Snapshot, out: Path, layout: ExportLayout, when_reported: list[Callable[[], None]] | None
) -> list[Gap]:
    """Write a snapshot as an export; return what its layout cannot hold.

    Where the caller gives a list, it calls what is put there when it has shown the result: a conversion that nobody was
    told of is reported by the next call. Raises UsageError where `out` holds anything else, SnapshotCorrupt for a
    damaged snapshot. After an error `out` is as it was.
    """
    out = out.absolute()
    unreported = Files(out.parent)
    note, made_of = out.name + _UNREPORTED_ENDING, snapshot.files.digest(MANIFEST).sha256
    if when_reported is not None:
        when_reported.append(lambda: unreported.remove(note, missing_ok=True))
    is_made = unreported.exists(note) and unreported.read(note).decode() == made_of
    if is_made and out.is_dir() and any(out.iterdir()):
        return _lost(snapshot, out, layout)
    check_output(out, replace=False, finished=layout.finished)
    snapshot.check()
    with temporary_directory(out) as files:
        with closing(SnapshotIndex(snapshot, layout.key_of, files.path(f"{WORK}/source.sqlite"))) as source:
            gaps = [*layout.write(source, files)]
        clear_work(files)
        if when_reported is not None:
            unreported.write_atomically(note, [made_of.encode()])
        move_into_place(files, out)
    return gaps


def _lost(snapshot: Snapshot, out: Path, layout: ExportLayout) -> list[Gap]:
    """What the layout cannot hold of a snapshot that was converted before."""
    with (
        tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch,
        closing(SnapshotIndex(snapshot, layout.key_of, Path(scratch, "source.sqlite"))) as source,
    ):
        return [*layout.lost(source)]


def note_of(into: Path) -> JsonObject | None:
    """What the snapshot in `into` was made of; None if no conversion made it, or if it was changed since."""
    parent = Files(into.parent)
    if not (into / MANIFEST).is_file() or not parent.exists(into.name + _NOTE_ENDING):
        return None
    note = exact_json.loads(parent.read(into.name + _NOTE_ENDING))
    if not isinstance(note, dict) or note.pop("manifest", None) != Files(into).digest(MANIFEST).sha256:
        return None
    return note


def check_output(into: Path, *, replace: bool, finished: str = "") -> None:
    """Raise UsageError where the output would replace anything. A whole export has a file whose name ends so:
    `finished`."""
    if into.exists() and not into.is_dir():
        raise UsageError(f"{into} is a file; name a directory for the output")
    if not replace and into.is_dir() and any(into.iterdir()):
        whole = next(into.glob(f"*{finished}"), None) if finished else None
        if whole is not None:
            since = changed_at(whole)
            raise UsageError(
                f"{into} holds an export, complete since {since}; nothing was read; name a new directory"
            )
        raise UsageError(f"{into} holds something else; name a new or empty directory")


@contextmanager
def temporary_directory(into: Path) -> Iterator[Files]:
    """A hidden directory beside `into`, empty and locked; removed after a failure."""
    name = f".{into.name}.converting"
    files = Files(into.parent / name)
    files.mkdir(WORK)
    with files.lock(LOCK):
        for old in [*files.walk()]:  # of a conversion that was killed
            if old != LOCK:
                files.remove(old)
        try:
            yield files
        except BaseException:
            with suppress(StackferryError):  # report the first failure, not that of cleaning up
                Files(into.parent).remove_tree(name)
            raise


def move_into_place(files: Files, into: Path, note: JsonObject | None = None) -> None:
    """Replace `into` by the finished directory.

    The note is written in between: a crash leaves a note without a snapshot, and never a snapshot without a note,
    which the next run would refuse to replace.
    """
    parent = Files(into.parent)
    parent.remove_tree(into.name)
    if note is not None:
        parent.write_atomically(into.name + _NOTE_ENDING, [exact_json.dumps(note), b"\n"])
    parent.rename(files.root.name, into.name)
    parent.fsync_dir()
