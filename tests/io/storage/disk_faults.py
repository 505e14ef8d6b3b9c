"""A disk that fails on demand and a power cut that can strike between any two system calls.

`FaultyFiles` fails the N-th operation. `RecordingFiles` writes every operation down, and `crash_states`
replays each prefix of such a record on a model of a disk and yields what may be found when the power is back.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from stackferry.io.storage.files import Files, SystemCall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

T = TypeVar("T")
NAMES = {"create", "rename", "remove", "remove_tree", "mkdir", "fsync_dir", "link"}
CHANGING = NAMES | {"write", "fsync", "close"}


class RecordingFiles(Files):
    """Real files; each operation that changes the disk is written down once it is done."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.record: list[SystemCall] = []

    def attempt(self, operation: SystemCall, call: Callable[[], T]) -> T:
        result = call()
        if operation.verb in CHANGING:
            self.record.append(operation)
        return result


class FaultyFiles(Files):
    """Real files whose N-th changing operation fails; `late` lets it happen first and fail then.

    With `for_good`, everything after it fails in the same way, as on a disk that is full or gone.
    """

    def __init__(
        self, root: Path, *, at: int, code: int = errno.ENOSPC, late: bool = False, for_good: bool = False
    ) -> None:
        super().__init__(root)
        self.failed: list[SystemCall] = []
        self._countdown, self._code, self._late, self._for_good = at, code, late, for_good

    def attempt(self, operation: SystemCall, call: Callable[[], T]) -> T:
        if operation.verb not in CHANGING:
            return call()
        self._countdown -= 1
        if self._countdown == 0 or (self._for_good and self._countdown < 0):
            self.failed.append(operation)
            if self._late:
                self._happens(operation, call)
            raise OSError(self._code, os.strerror(self._code))
        return call()

    def _happens(self, operation: SystemCall, call: Callable[[], object]) -> None:
        try:
            descriptor = call()
        except OSError:
            return  # it failed on its own account
        if operation.verb == "create" and isinstance(descriptor, int):
            os.close(descriptor)  # nobody will ever hear of it


@dataclass
class Disk:
    """A model of a disk: what programs see, and what would be there after a power cut."""

    seen: dict[str, int] = field(default_factory=dict)  # name → inode; directories too
    kept: dict[str, int] = field(default_factory=dict)
    bytes_seen: dict[int, bytes] = field(default_factory=dict)
    bytes_kept: dict[int, bytes] = field(default_factory=dict)
    opened: dict[str, int] = field(default_factory=dict)
    directories: set[str] = field(default_factory=set)

    @classmethod
    def holding(cls, files: Mapping[str, bytes]) -> Disk:
        """A disk with files that are durable, and their directories."""
        disk = cls()
        for name, data in files.items():
            for parent in _parents(name):
                disk._mkdir(SystemCall("mkdir", parent))
            disk._new(name, data)
        disk.kept, disk.bytes_kept = dict(disk.seen), dict(disk.bytes_seen)
        return disk

    def _new(self, name: str, data: bytes = b"") -> None:
        self.seen[name] = inode = len(self.bytes_seen)
        self.bytes_seen[inode] = data
        self.bytes_kept[inode] = b""

    def apply(self, operation: SystemCall) -> None:
        """Do what the operation does."""
        getattr(self, f"_{operation.verb}")(operation)

    def _create(self, operation: SystemCall) -> None:
        self._new(operation.name)
        self.opened[operation.name] = self.seen[operation.name]

    def _write(self, operation: SystemCall) -> None:
        self.bytes_seen[self.opened[operation.name]] += operation.data

    def _fsync(self, operation: SystemCall) -> None:
        inode = self.opened[operation.name]
        self.bytes_kept[inode] = self.bytes_seen[inode]

    def _close(self, operation: SystemCall) -> None:
        del self.opened[operation.name]

    def _rename(self, operation: SystemCall) -> None:
        self.seen[operation.to] = self.seen.pop(operation.name)

    def _link(self, operation: SystemCall) -> None:
        self.seen[operation.to] = self.seen[operation.name]

    def _remove(self, operation: SystemCall) -> None:
        del self.seen[operation.name]

    def _remove_tree(self, operation: SystemCall) -> None:
        gone = [n for n in self.seen if n == operation.name or n.startswith(f"{operation.name}/")]
        for name in gone:
            del self.seen[name]

    def _mkdir(self, operation: SystemCall) -> None:
        self._new(operation.name)
        self.directories.add(operation.name)

    def _fsync_dir(self, operation: SystemCall) -> None:
        def inside(name: str) -> bool:
            return name.rpartition("/")[0] == operation.name

        self.kept = {n: i for n, i in self.kept.items() if not inside(n)} | {
            n: i for n, i in self.seen.items() if inside(n)
        }

    def after_a_cut(self) -> Iterator[tuple[str, dict[str, bytes]]]:
        """What may be found: all that was not synced lost, only its bytes lost, torn in half, or all kept."""
        yield "lost", self._found(self.kept, lambda inode: self.bytes_kept[inode])
        yield "names kept", self._found(self.seen, lambda inode: self.bytes_kept[inode])
        yield "torn", self._found(self.seen, self._torn)
        yield "kept", self._found(self.seen, lambda inode: self.bytes_seen[inode])

    def _torn(self, inode: int) -> bytes:
        kept, seen = self.bytes_kept[inode], self.bytes_seen[inode]
        return seen[: (min(len(kept), len(seen)) + len(seen)) // 2]

    def _found(self, names: Mapping[str, int], content: Callable[[int], bytes]) -> dict[str, bytes]:
        reachable = [name for name in names if all(parent in names for parent in _parents(name))]
        return {name: content(names[name]) for name in reachable if name not in self.directories}


def _parents(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def crash_states(
    record: Sequence[SystemCall], before: Mapping[str, bytes] | None = None
) -> Iterator[tuple[int, str, dict[str, bytes]]]:
    """Each crash: after how many operations, what became of what was not synced, and the files then found."""
    disk = Disk.holding(before or {})
    for done in range(len(record) + 1):
        for fate, files in disk.after_a_cut():
            yield done, fate, files
        if done < len(record):
            disk.apply(record[done])
