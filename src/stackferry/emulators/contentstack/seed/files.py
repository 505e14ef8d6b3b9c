"""Opening the files of a seed: JSON of an expected shape, or an error that names the file.

A name that was read out of a file is never trusted as a path. Nothing is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.emulators.values import objs
from stackferry.errors import JsonRefused, SnapshotCorrupt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.model import Json, JsonObject


def read_json(path: Path) -> Json:
    """The document in a file. Raises `SnapshotCorrupt` naming the file that is missing or damaged."""
    try:
        return exact_json.loads(path.read_bytes())
    except OSError as error:
        raise SnapshotCorrupt(f"{path} cannot be read: {error.strerror}") from error
    except JsonRefused as error:
        raise SnapshotCorrupt(f"{path} is not JSON that can be kept: {error}") from error


def read_table(path: Path) -> JsonObject:
    """The object in a file; an empty one where there is no such file."""
    if not path.is_file():
        return {}
    found = read_json(path)
    if not isinstance(found, dict):
        raise SnapshotCorrupt(f"{path} should hold an object")
    return found


def read_rows(path: Path) -> list[JsonObject]:
    """The objects in a file, be it an array or an object that maps uids to them; a uid that is only the key
    is put into its object. No such file: no rows.
    """
    if not path.is_file():
        return []
    found = read_json(path)
    if isinstance(found, list):
        return objs(found)
    if not isinstance(found, dict):
        raise SnapshotCorrupt(f"{path} should hold an array or an object")
    return [{"uid": uid, **row} for uid, row in found.items() if isinstance(row, dict)]


def read_lines(path: Path) -> Iterator[JsonObject]:
    """The objects of a JSON-lines file, one at a time."""
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                yield _line(path, number, line)
    except OSError as error:
        raise SnapshotCorrupt(f"{path} cannot be read: {error.strerror}") from error


def _line(path: Path, number: int, line: bytes) -> JsonObject:
    try:
        found = exact_json.loads(line)
    except JsonRefused as error:
        raise SnapshotCorrupt(f"{path} line {number} is not JSON that can be kept: {error}") from error
    if not isinstance(found, dict):
        raise SnapshotCorrupt(f"{path} line {number} should be an object")
    return found


def inside(folder: Path, name: str) -> Path | None:
    """The file of that name right inside a folder, or None: a name with a path in it is no name."""
    if name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name:
        return None
    return folder / name


def read_chunks(folder: Path, index: str) -> Iterator[JsonObject]:
    """The rows of every chunk that an index names, in the order of its counters; other chunks are stale.

    Raises `SnapshotCorrupt` naming the chunk that the index names and the folder lacks.
    """
    named = read_table(folder / index)
    for counter in sorted(named, key=lambda text: (len(text), text)):
        name = named[counter]
        path = inside(folder, name) if isinstance(name, str) else None
        if path is None or not path.is_file():
            raise SnapshotCorrupt(f"{folder / str(name)} is missing, and {folder / index} names it")
        yield from read_rows(path)
