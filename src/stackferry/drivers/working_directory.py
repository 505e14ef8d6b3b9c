"""A directory that one run works in, and what it leaves behind when it fails.

A run that failed before it did anything worth keeping leaves nothing. Must never remove a file whose name it was not
given, nor a directory that it did not make, nor anything while another run holds the lock.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.errors import StackferryError
from stackferry.io.storage.files import Files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


@dataclass(slots=True)
class WorkingDirectory:
    """The directory, open. While `keep` is true a failure leaves everything for the next run."""

    files: Files
    keep: bool = True


@contextmanager
def remove_new_dirs_on_failure(directory: Path) -> Iterator[None]:
    """When the block raises, remove `directory` and those of its parents that the block made, where they are empty."""
    made = [path for path in (directory, *directory.parents) if not path.exists()]
    try:
        yield
    except BaseException:
        for path in made:
            with suppress(OSError):  # it was not made, or holds something after all
                path.rmdir()
        raise


@contextmanager
def working_directory(
    directory: Path, lock: str, names: Sequence[str], disk: Callable[[Path], Files] = Files
) -> Iterator[WorkingDirectory]:
    """A directory, locked, and made with its parents where it is missing; `disk` opens it.

    When the block raises and there is nothing to keep, the files and folders called one of `names` are removed, and
    so are the directories that were made. Raises BusyError while another run holds the lock.
    """
    work = WorkingDirectory(disk(directory))
    # The lock is released before directories are removed: its file lies in one of them.
    with remove_new_dirs_on_failure(directory), work.files.lock(lock):
        try:
            yield work
        except BaseException:
            if not work.keep:
                _remove(work.files, names)
            raise


def _remove(files: Files, names: Sequence[str]) -> None:
    for name in names:
        with suppress(StackferryError):  # the failure that led here is the one to report
            if files.path(name).is_dir():
                files.remove_tree(name)
            else:
                files.remove(name, missing_ok=True)
