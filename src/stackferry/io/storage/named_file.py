"""A file that the user names: written whole or not at all, and only in place of a file.

A new file is renamed over the old one. Over `/dev/null` or `/dev/stdout` that would remove the device for everybody,
where the user may do so.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from stackferry.errors import StackferryError, UsageError
from stackferry.io.storage.files import FileDigest, Files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def write_named(file: Path, pieces: Iterable[bytes]) -> FileDigest:
    """Write a file, for its owner alone, and the directories that it lacks. Raises UsageError as `check_named` does."""
    whole = check_named(file)
    return Files(whole.parent).write_atomically(whole.name, pieces)


def check_named(file: Path) -> Path:
    """Where a file lies, also behind a link.

    Raises UsageError where a directory, a device or a pipe is there, and StackferryError where no file can be.
    """
    try:
        mode = file.stat().st_mode
    except FileNotFoundError:
        return file.resolve()
    except OSError as error:
        raise StackferryError(f"cannot create {file}: {error.strerror}; name another file") from error
    if not stat.S_ISREG(mode):
        raise UsageError(
            f"{file} is {'a directory' if stat.S_ISDIR(mode) else 'a device or a pipe'}; name a file"
        )
    return file.resolve()
