"""Errors of the file system, as messages that name the file, the cause and what to do.

The one place where an `OSError` becomes a `StackferryError`; it stays the `__cause__`.
"""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from stackferry.errors import SnapshotCorrupt, StackferryError
from stackferry.safe_names import display_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AGAIN: Final = "run the same command again"
CREATE: Final = "create a directory"
_ELSEWHERE: Final = "name another place"
_ADVICE: Final = {
    errno.ENOSPC: f"free some space and {AGAIN}",
    errno.EDQUOT: f"free some space or raise the quota, and {AGAIN}",
    errno.EFBIG: f"raise the limit on the size of files, or choose another file system, and {AGAIN}",
    errno.EEXIST: "remove it or choose another place",
    errno.EROFS: "choose a directory that can be written to",
    errno.EACCES: f"check the permissions, then {AGAIN}",
    errno.EPERM: f"check the permissions, then {AGAIN}",
    errno.EMFILE: f"raise the limit on open files (ulimit -n) and {AGAIN}",
    errno.EIO: f"check the disk, then {AGAIN}",
    errno.ESTALE: f"check that the network file system is mounted, then {AGAIN}",
}
# What opening gives where a link, a device, a pipe or a socket has the name of a file or a directory.
_WRONG_TYPE: Final = frozenset({errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENXIO})


def check_parents(path: Path) -> None:
    """Raise StackferryError for a path that nothing can be made at, because what it lies in is no directory."""
    first = next((one for one in path.absolute().parents if one.exists()), None)
    if first is not None and not first.is_dir():
        raise StackferryError(f"cannot create {shown(str(path))}: {first} is no directory: {_ELSEWHERE}")


@contextmanager
def explained(verb: str, path: str) -> Iterator[None]:
    """Turn an `OSError` of the block into an error that names the file, the cause and what to do."""
    try:
        yield
    except OSError as error:
        raise _explanation(error, verb.replace("_", " "), shown(path)) from error


def shown(path: str) -> str:
    """A path as it is printed in a message: on one line, without control characters."""
    return display_name(path, 4096)


def _explanation(error: OSError, verb: str, path: str) -> StackferryError:
    if verb == CREATE:  # of a path that a person has named, which may be anything
        cause = error.strerror or type(error).__name__
        return StackferryError(f"cannot create {path}: {cause}: {_ADVICE.get(error.errno or 0, _ELSEWHERE)}")
    if error.errno in _WRONG_TYPE:
        return SnapshotCorrupt(f"{path}: a link or a device where a file or a directory belongs: remove it")
    if error.errno == errno.ENOENT:
        return SnapshotCorrupt(f"{path}: missing, cannot {verb} it")
    cause = error.strerror or type(error).__name__
    return StackferryError(f"{path}: cannot {verb}: {cause}: {_ADVICE.get(error.errno or 0, AGAIN)}")
