"""One run at a time: a lock file that says who holds it.

The lock is the kernel's (`flock`), so a run that dies, however it dies, holds nothing. The process id in the
file is for the message alone and is never trusted: a dead one or one that was given to another process again
cannot keep anybody out.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stackferry.errors import BusyError
from stackferry.io.storage.dir_fd import descend, is_same, open_regular, stat_at
from stackferry.io.storage.os_errors import AGAIN, explained, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
        # Removed while it is held: whoever opened it meanwhile finds that its name means another file.
        path.unlink(missing_ok=True)
        os.close(descriptor)


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
        os.close(descriptor)  # its holder removed it between our opening it and our locking it


def _flock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        raise BusyError(
            f"{shown(str(path))}: {f'process {pid}' if pid.isdecimal() else 'another run'} is at work here: "
            f"wait until it has ended, then {AGAIN}"
        ) from None
