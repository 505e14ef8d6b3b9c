"""Logs on this machine: a zip saved whole, its members listed, and extracted under names that are safe.

Members are named after stages, attempts and tasks, which people name as they like: a name never leads out of the
directory, and no member replaces another one.
"""

from __future__ import annotations

import unicodedata
import zipfile
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, NamedTuple

from stackferry.errors import SnapshotCorrupt, UsageError
from stackferry.io.storage.files import PARTIAL, Files
from stackferry.io.storage.streamed_file import write_stream
from stackferry.providers.azure_devops.content.zips import check_zip
from stackferry.safe_names import readable_segment

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from stackferry.io.storage.files import FileDigest

_PIECE = 1 << 20


class Member(NamedTuple):
    """One log in a zip: its name as the service gives it, its size in bytes, and the path that it is extracted to."""

    name: str
    size: int
    path: str


async def save(
    pieces: AsyncIterable[bytes], file: Path, look: Callable[[BinaryIO], None] | None = None
) -> FileDigest:
    """Write a file, in place of one that is there, when all bytes have come and `look` finds them right."""
    files, temporary = Files(file.parent), f".{file.name}{PARTIAL}"
    with _named_by_a_person():
        files.mkdir("")
        digest = await write_stream(files, temporary, pieces, look=look)
        files.seal(temporary, file.name)
    return digest


class NothingInIt(Exception):
    """A zip is whole, and holds no log: so a release may be answered of which nothing has run."""


async def save_zip(pieces: AsyncIterable[bytes], file: Path) -> FileDigest | None:
    """Write a zip that is whole, in place of one that is there; None, and nothing is written, where it holds no log."""
    try:
        return await save(pieces, file, _check)
    except NothingInIt:
        return None


def _check(file: BinaryIO) -> None:
    check_zip(file)
    with zipfile.ZipFile(file) as archive:
        if all(one.is_dir() for one in archive.infolist()):
            raise NothingInIt


def members(file: Path) -> list[Member]:
    """The logs in a zip."""
    with zipfile.ZipFile(file) as archive:
        found = [one for one in archive.infolist() if not one.is_dir()]
    paths = safe_paths(one.filename for one in found)
    return [Member(one.filename, one.file_size, path) for one, path in zip(found, paths, strict=True)]


def extract(file: Path, directory: Path) -> None:
    """Write each log of a zip to its path below a directory, which is made where it is missing."""
    files = Files(directory)
    with _named_by_a_person(), zipfile.ZipFile(file) as archive:
        files.mkdir("")
        found = [one for one in archive.infolist() if not one.is_dir()]
        for one, path in zip(found, safe_paths(one.filename for one in found), strict=True):
            with closing(archive.open(one)) as opened:
                files.write_atomically(path, iter(lambda: opened.read(_PIECE), b""))


@contextmanager
def _named_by_a_person() -> Iterator[None]:
    """What is in the way is no damage of a snapshot, as it would be in one."""
    try:
        yield
    except SnapshotCorrupt as error:
        raise UsageError(str(error)) from error


def safe_paths(names: Iterable[str]) -> Iterator[str]:
    """A path below a directory for each name, in their order: two of them never are one file on any file system."""
    files, folders = set[str](), set[str]()
    for name in names:
        parts = [readable_segment(part) for part in name.replace("\\", "/").split("/") if part] or ["%"]
        for depth in range(len(parts)):
            taken = files if depth < len(parts) - 1 else files | folders
            parts[depth] = _free(parts, depth, taken)
        keys = [_key(parts[: depth + 1]) for depth in range(len(parts))]
        folders.update(keys[:-1])
        files.add(keys[-1])
        yield "/".join(parts)


def _free(parts: list[str], depth: int, taken: set[str]) -> str:
    """A part of a path, with a number after it where another log has its name."""
    part, number = parts[depth], 1
    while _key([*parts[:depth], part]) in taken:
        number += 1
        part = f"{parts[depth]}~{number}"
    return part


def _key(parts: list[str]) -> str:
    """The same for paths that some file system takes for one."""
    return unicodedata.normalize("NFKC", "/".join(parts)).casefold()


def some_lines(file: Path, first: int | None, last: int | None) -> Iterator[bytes]:
    """The lines of a text from `first` to `last`, counted from 1, with their ends."""
    for number, line in enumerate(Files(file.parent).lines(file.name), 1):
        if last is not None and number > last:
            return
        if number >= (first or 1):
            yield line
