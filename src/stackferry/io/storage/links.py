"""Symbolic links from a directory to what lies in it, replaced in one step.

Everything else in `io/storage` refuses links. These are for people and scripts, and nothing is read through them.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from stackferry.io.storage.files import PARTIAL, SystemCall
from stackferry.io.storage.os_errors import explained

if TYPE_CHECKING:
    from stackferry.io.storage.files import Files


def point_at(files: Files, link: str, target: str) -> None:
    """Make `link` lead to `target` beside it, durably. At every instant it leads to the old target or to the new one.

    Raises StackferryError where something that is no link has its name, or the file system has no links.
    """
    partial, path = f".{link}{PARTIAL}", files.path(link)
    with explained("link", str(path)):
        if path.exists() and not path.is_symlink():
            raise FileExistsError(errno.EEXIST, "it is no link", str(path))
        files.remove(partial, missing_ok=True)  # left by a run that died
        files.attempt(
            SystemCall("symlink", partial, to=target), lambda: files.path(partial).symlink_to(target)
        )
        files.rename(partial, link)
    files.fsync_dir()


def target_of(files: Files, link: str) -> str:
    """What a link leads to; empty where there is no such link."""
    try:
        return str(files.path(link).readlink())
    except OSError:
        return ""
