"""A run that failed before it did anything worth keeping leaves nothing behind.

Must never remove a file that it was not told the name of, nor a directory that it did not make, nor anything
while another run holds the lock.
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
    """A directory that one run works in. While `keep` holds, a failure leaves everything for the next run."""

    files: Files
    keep: bool = True


@contextmanager
def remove_new_dirs_on_failure(directory: Path) -> Iterator[None]:
    """When the block raises, the directories down to this one that it made are gone again, where empty."""
    made = [one for one in (directory, *directory.parents) if not one.exists()]
    try:
        yield
    except BaseException:
        for one in made:
            with suppress(OSError):  # it was not made, or it holds something after all
                one.rmdir()
        raise


@contextmanager
def working_directory(
    directory: Path, lock: str, names: Sequence[str], disk: Callable[[Path], Files] = Files
) -> Iterator[WorkingDirectory]:
    """A directory to work in, locked, and made with its parents where it is missing; `disk` is how to reach it.

    When the block raises and there is nothing to keep, what is called one of `names` is removed, and so are
    the directories that were made. Raises BusyError while another run works there.
    """
    place = WorkingDirectory(disk(directory))
    with remove_new_dirs_on_failure(directory), place.files.lock(lock):
        try:
            yield place
        except BaseException:
            _sweep(place, names)
            raise


def _sweep(place: WorkingDirectory, names: Sequence[str]) -> None:
    for name in () if place.keep else names:
        with suppress(StackferryError):  # the failure that led here is the one to tell
            if place.files.path(name).is_dir():
                place.files.remove_tree(name)
            else:
                place.files.remove(name, missing_ok=True)
