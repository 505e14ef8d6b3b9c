"""System calls below one directory that follow no link on the way.

Each name is resolved against the descriptor of its directory, so a directory that is replaced by a link between
check and use leads nowhere. These functions raise `OSError`; only `files` and `lock_file` call them.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# Snapshots and state hold other people's content, and with --keep-secrets credentials.
OWNER_ONLY: Final = 0o600
OWNER_ONLY_DIRECTORY: Final = 0o700
_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# O_NONBLOCK, because opening a pipe would otherwise wait for its other end; a regular file ignores the flag.
_FILE: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
# macOS has this beside fsync, which there leaves the bytes in the cache of the drive.
_FULL_FSYNC: Final[int | None] = getattr(fcntl, "F_FULLFSYNC", None)


@contextmanager
def descend(root: Path, directories: Iterable[str]) -> Iterator[int]:
    """The descriptor of a directory below the root. The root itself may be reached through links."""
    descriptor = os.open(root, _DIRECTORY)
    try:
        for name in directories:
            inner = os.open(name, _DIRECTORY | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def open_regular(name: str, flags: int, directory: int) -> int:
    """Open a regular file; a new one is readable by its owner alone. Raises OSError for anything else."""
    descriptor = os.open(name, flags | _FILE, OWNER_ONLY, dir_fd=directory)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.ELOOP, "not a regular file")
    return descriptor


def stat_at(name: str, directory: int) -> os.stat_result | None:
    """The status of a file or a directory; None where there is none. Raises OSError for anything else."""
    try:
        facts = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(facts.st_mode) and not stat.S_ISDIR(facts.st_mode):
        raise OSError(errno.ELOOP, "not a regular file")
    return facts


def is_same(facts: os.stat_result | None, descriptor: int) -> bool:
    """Whether a name still refers to the file that was opened."""
    return facts is not None and os.path.samestat(facts, os.fstat(descriptor))


def write_all(descriptor: int, data: bytes) -> None:
    """Write all bytes; one call of `write` may take fewer."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def flush(descriptor: int) -> None:
    """Make the bytes of a file durable, beyond the cache of the drive."""
    if _FULL_FSYNC is not None:
        fcntl.fcntl(descriptor, _FULL_FSYNC)
    else:
        os.fsync(descriptor)
