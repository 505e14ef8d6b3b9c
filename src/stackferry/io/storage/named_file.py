"""A file that the user names: written whole or not at all, and only in place of a file.

A new file is renamed over the old one. Over `/dev/null` or `/dev/stdout` that would remove the device for everybody,
where the user may do so.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from stackferry.errors import SnapshotCorrupt, StackferryError, UsageError
from stackferry.io.storage.files import FileDigest, Files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def write_named(file: Path, pieces: Iterable[bytes]) -> FileDigest:
    """Write a file, for its owner alone, and the directories that it lacks. Raises UsageError as `check_named` does."""
    whole = check_named(file)
    source = _Source(pieces)
    try:
        return Files(whole.parent).write_atomically(whole.name, source)
    except SnapshotCorrupt as error:
        if source.failed:
            raise
        raise _cannot_create(file, error.__cause__ or error) from error


class _Source:
    """What is to be written; `failed`: it was this that failed, and not the writing."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.failed = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._pieces
        except Exception:
            self.failed = True
            raise


def check_named(file: Path) -> Path:
    """Where a file lies, also behind a link.

    Raises UsageError where a directory, a device or a pipe is there, and StackferryError where no file can be.
    """
    if str(file) == "-":
        raise UsageError("'-' is no name of a file here, and nothing is written to stdout: name a file")
    try:
        mode = file.stat().st_mode
    except FileNotFoundError:
        return _may_be_made(file)
    except OSError as error:
        raise _cannot_create(file, error) from error
    if not stat.S_ISREG(mode):
        raise UsageError(
            f"{file} is {'a directory' if stat.S_ISDIR(mode) else 'a device or a pipe'}; name a file"
        )
    return _may_be_made(file)


def _may_be_made(file: Path) -> Path:
    """Where it lies. Raises StackferryError where the directory that it, or what it lies in, would be made in is none
    that may be written to."""
    whole = file.resolve()
    home = next(one for one in whole.parents if one.exists())
    cause = errno.ENOTDIR if not home.is_dir() else 0 if os.access(home, os.W_OK | os.X_OK) else errno.EACCES
    if cause:
        raise _cannot_create(file, OSError(cause, os.strerror(cause)))
    return whole


def _cannot_create(file: Path, error: BaseException) -> StackferryError:
    cause = getattr(error, "strerror", None) or str(error)
    return StackferryError(f"cannot create {file}: {cause}; name another file")
