"""Opening the files of a seed: JSON of an expected shape, or an error that names the file.

A name that was read out of a file is never trusted as a path. Nothing is written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.errors import JsonRefused, SnapshotCorrupt
from stackferry.json_values import objects

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


def read_object(path: Path) -> JsonObject:
    """The object in a file; an empty one where there is no such file."""
    if not path.is_file():
        return {}
    content = read_json(path)
    if not isinstance(content, dict):
        raise SnapshotCorrupt(f"{path} should hold an object")
    return content


def read_rows(path: Path) -> list[JsonObject]:
    """The objects in a file, which is an array or an object that maps uids to them; no file has none.

    A uid that is only the key is put into its object.
    """
    if not path.is_file():
        return []
    content = read_json(path)
    if isinstance(content, list):
        return objects(content)
    if not isinstance(content, dict):
        raise SnapshotCorrupt(f"{path} should hold an array or an object")
    return [{"uid": uid, **row} for uid, row in content.items() if isinstance(row, dict)]


def read_records(path: Path) -> Iterator[JsonObject]:
    """The objects of a JSON-lines file, one at a time."""
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    record = exact_json.loads(line)
                except JsonRefused as error:
                    message = f"{path} line {number} is not JSON that can be kept: {error}"
                    raise SnapshotCorrupt(message) from error
                if not isinstance(record, dict):
                    raise SnapshotCorrupt(f"{path} line {number} should be an object")
                yield record
    except OSError as error:
        raise SnapshotCorrupt(f"{path} cannot be read: {error.strerror}") from error


def child(folder: Path, name: str) -> Path | None:
    """The path of a name right inside a folder; None for a name that would lead elsewhere."""
    if name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name:
        return None
    return folder / name


def read_chunks(folder: Path, index: str) -> Iterator[JsonObject]:
    """The rows of every chunk that an index names, in the order of its counters; other chunks are stale.

    Raises `SnapshotCorrupt` naming the chunk that the index names and the folder lacks.
    """
    named = read_object(folder / index)
    for counter in sorted(named, key=lambda text: (len(text), text)):  # "10" comes after "9"
        name = named[counter]
        path = child(folder, name) if isinstance(name, str) else None
        if path is None or not path.is_file():
            raise SnapshotCorrupt(f"{folder / str(name)} is missing, and {folder / index} names it")
        yield from read_rows(path)
