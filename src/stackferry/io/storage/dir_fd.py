"""System calls below one directory that follow no link on the way.

Each name is resolved against the descriptor of its directory, so a directory that is swapped for a link
between the check and the use leads nowhere. These functions raise `OSError`; only `files` and `locking` call
them.
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

_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# O_NONBLOCK so that a pipe in the place of a file cannot hold us for ever; a regular file ignores it.
_FILE: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FULL_FSYNC: Final[int | None] = getattr(
    fcntl, "F_FULLFSYNC", None
)  # macOS: fsync alone stops at the drive's cache


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
    """Open a file, and nothing that only looks like one: a link, a pipe, a device, a directory."""
    descriptor = os.open(name, flags | _FILE, 0o666, dir_fd=directory)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.ELOOP, "not a regular file")
    return descriptor


def stat_at(name: str, directory: int) -> os.stat_result | None:
    """What is known of a file or a directory; None if it is not there."""
    try:
        facts = os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(facts.st_mode) and not stat.S_ISDIR(facts.st_mode):
        raise OSError(errno.ELOOP, "not a regular file")
    return facts


def is_same(facts: os.stat_result | None, descriptor: int) -> bool:
    """Whether a name still stands for the file that was opened."""
    return facts is not None and os.path.samestat(facts, os.fstat(descriptor))


def write_all(descriptor: int, data: bytes) -> None:
    """Write all bytes, in as many calls as the system wants."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def flush(descriptor: int) -> None:
    """Make what was written durable, down to the drive's platter or cells."""
    if _FULL_FSYNC is not None:
        fcntl.fcntl(descriptor, _FULL_FSYNC)
    else:
        os.fsync(descriptor)


def hard_link(name: str, to: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
    """A second name for a file; a link is not followed."""
    os.link(name, to, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd, follow_symlinks=False)
