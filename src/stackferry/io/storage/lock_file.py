"""Lock files, so that one run at a time works in a directory.

The lock is the kernel's (`flock`): it ends with the process that holds it, however that dies. The process id in the
file is for the message of the second run and decides nothing, so an id that has died or was given to another process
locks nobody out.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from stackferry.errors import BusyError
from stackferry.io.storage.dir_fd import descend, is_same, open_regular, stat_at
from stackferry.io.storage.os_errors import AGAIN, explained, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold a lock file while the block runs; remove it when the block ends.

    Raises `BusyError` with the other run's process id when another one holds it, `StackferryError` when its
    directory cannot be written to.
    """
    with explained("lock", str(path)), descend(path.parent, ()) as directory:
        descriptor = _acquire(path, directory)
    try:
        with explained("lock", str(path)):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        # Removed before it is released: another run that has it open already then finds, in `_acquire`, that the name
        # refers to another file or to none, and tries again.
        path.unlink(missing_ok=True)
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether a run holds a lock file at this moment; nothing is made or changed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def opened_shared(path: Path) -> BinaryIO:
    """A file that is open for reading; until it is closed `is_shared` says so, where the file system has locks."""
    file = path.open("rb")
    with suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return file


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """The same while the block runs; a file that cannot be read is told by whoever reads it."""
    try:
        file = opened_shared(path)
    except OSError:
        yield
        return
    with file:
        yield


def is_shared(path: Path) -> bool:
    """Whether a run has opened a file by `opened_shared` at this moment."""
    with suppress(OSError), path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _acquire(path: Path, directory: int) -> int:
    while True:
        descriptor = open_regular(path.name, os.O_RDWR | os.O_CREAT, directory)
        try:
            _flock(descriptor, path)
            if is_same(stat_at(path.name, directory), descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its holder removed it after we had opened it: open the new one


def _flock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        raise BusyError(
            f"{shown(str(path))}: {f'process {pid}' if pid.isdecimal() else 'another run'} is running here: "
            f"wait until it has ended, then {AGAIN}"
        ) from None
