"""The one seam to the disk: a directory and the few things that are done in it.

Every file is named by its path from the root (`entries/page/en-us.jsonl`) and reached one directory at a time
without following links, so that nothing inside a snapshot can lead out of it. Every system call passes
through `Files.attempt`, where tests make it fail or write it down. An `OSError` never leaves: it becomes a
`StackferryError` that names the file, the cause and what to do.

What becomes durable when: `fsync` makes the bytes of a file durable, `fsync_dir` the names in a directory.
`write_atomically` and `seal` do all of it in the right order: a crash at any instant leaves the old file, no
file or the whole new one. This module must never know what is in a file.
"""

from __future__ import annotations

import errno
import itertools
import logging
import os
import shutil
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar

from stackferry.errors import SnapshotCorrupt, StackferryError
from stackferry.io.storage.digests import Digester, FileDigest
from stackferry.io.storage.dir_fd import descend, flush, hard_link, open_regular, stat_at, write_all
from stackferry.io.storage.lock_file import hold
from stackferry.io.storage.os_errors import explained, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

T = TypeVar("T")

PARTIAL: Final = ".partial"
"""Ends the name of a file that is being written. One that is left over after a crash may be removed."""

_CHUNK: Final = 1 << 20
_UNSUPPORTED: Final = frozenset({errno.EINVAL, errno.ENOTSUP})
_NO_LINKS: Final = frozenset(
    {errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Operation:
    """One system call about to be made. `to` is the second name of a rename or a link."""

    verb: str
    name: str
    to: str = ""
    data: bytes = b""
    size: int = 0


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file open for writing; only `Files` does anything with it."""

    name: str
    descriptor: int


class Files:
    """The files under one directory, by relative name; "" is the directory itself.

    All methods raise `StackferryError` when the system refuses, and `SnapshotCorrupt` for a name that leads
    out of the root, for a link or a device where a file or a directory belongs, and for what is not there.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._serial = itertools.count(1)
        self._durable: set[str] = set()  # directories whose names are known to be on disk

    def path(self, name: str) -> Path:
        """The full path, for those who must open it themselves (SQLite) and for messages."""
        return self.root.joinpath(*_parts(name))

    def attempt(self, operation: Operation, call: Callable[[], T]) -> T:
        """Make a system call. The place where a test fails it, delays it or writes it down."""
        del operation  # named for those who override this
        return call()

    # --- writing ---

    def create(self, name: str) -> OpenFile:
        """Open a new file for writing. It must not exist yet."""
        return self._open_to_write("create", name, os.O_CREAT | os.O_EXCL)

    def append(self, name: str) -> OpenFile:
        """Open a file for writing at its end; make it if it is not there."""
        return self._open_to_write("append", name, os.O_CREAT | os.O_APPEND)

    def _open_to_write(self, verb: str, name: str, flags: int) -> OpenFile:
        with self._parent(verb, name) as (directory, leaf):
            descriptor = self.attempt(
                Operation(verb, name),
                lambda: open_regular(leaf, os.O_WRONLY | flags, directory),
            )
        return OpenFile(name, descriptor)

    def write(self, file: OpenFile, data: bytes) -> None:
        """Write all of it, or raise; after a failure any part of it may be in the file."""
        with self._explained("write", file.name):
            self.attempt(Operation("write", file.name, data=data), lambda: write_all(file.descriptor, data))

    def fsync(self, file: OpenFile) -> None:
        """Make the bytes of a file durable. After a failure nothing is known about them: write them anew."""
        with self._explained("fsync", file.name):
            self.attempt(Operation("fsync", file.name), lambda: flush(file.descriptor))

    def close(self, file: OpenFile) -> None:
        """Close a file. It is closed even when this raises."""
        with self._explained("close", file.name):
            try:
                self.attempt(Operation("close", file.name), lambda: None)
            finally:
                os.close(file.descriptor)

    def truncate(self, name: str, size: int) -> None:
        """Cut a file to a size that is known to be good, and make that durable."""
        if size > self.size(name):
            raise SnapshotCorrupt(
                f"{self._shown(name)}: shorter than the {size:,} bytes that were written to it"
            )
        file = self._open_to_write("append", name, os.O_APPEND)
        try:
            with self._explained("truncate", name):
                self.attempt(
                    Operation("truncate", name, size=size), lambda: os.ftruncate(file.descriptor, size)
                )
            self.fsync(file)
        finally:
            self.close(file)

    def write_atomically(self, name: str, chunks: Iterable[bytes]) -> FileDigest:
        """Write a whole file, durably: afterwards it is all there, and after any failure it is as it was.

        Missing directories are made. No partial file stays behind unless the process dies.
        """
        directory, _, leaf = name.rpartition("/")
        self.mkdir(directory)
        aside = f"{directory}/.{leaf}.{next(self._serial)}{PARTIAL}".removeprefix("/")
        try:
            digest = self._write_aside(aside, chunks)
            self.rename(aside, name)
        except BaseException:
            with suppress(StackferryError):  # the first failure is the one to tell
                self.remove(aside, missing_ok=True)
            raise
        self.fsync_dir(directory)
        return digest

    def _write_aside(self, aside: str, chunks: Iterable[bytes]) -> FileDigest:
        self.remove(aside, missing_ok=True)  # left over by a run that died
        file = self.create(aside)
        try:
            digester = Digester()
            for chunk in chunks:
                self.write(file, chunk)
                digester.update(chunk)
            self.fsync(file)
        finally:
            self.close(file)
        return digester.digest()

    def seal(self, aside: str, name: str) -> None:
        """Give a file that is complete and synced its final name, durably, in place of any other."""
        directory, before = name.rpartition("/")[0], aside.rpartition("/")[0]
        self.mkdir(directory)
        self.rename(aside, name)
        self.fsync_dir(directory)
        if before != directory:
            self.fsync_dir(before)

    def take_over(self, other: Files, name: str) -> None:
        """Have a file of another directory here too, durably: as a second name for it, else as a copy."""
        directory, _, leaf = name.rpartition("/")
        self.mkdir(directory)
        aside = f"{directory}/.{leaf}.{next(self._serial)}{PARTIAL}".removeprefix("/")
        self.remove(aside, missing_ok=True)  # left over by a run that died
        try:
            self._link_from(other, name, aside)
            self.rename(aside, name)
        except StackferryError as refused:
            if getattr(refused.__cause__, "errno", None) not in _NO_LINKS:
                raise
            self.write_atomically(name, other.chunks(name))
        finally:
            with suppress(StackferryError):  # where both names were one file already, renaming does nothing
                self.remove(aside, missing_ok=True)
        self.fsync_dir(directory)

    def _link_from(self, other: Files, name: str, to: str) -> None:
        with other._parent("open", name) as (source, old), self._parent("link", to) as (target, new):
            self.attempt(
                Operation("link", f"{other.root}/{name}", to=to),
                lambda: hard_link(old, new, src_dir_fd=source, dst_dir_fd=target),
            )

    # --- names ---

    def rename(self, name: str, to: str) -> None:
        """Rename a file over any other: at every instant one of the two is there. Not yet durable."""
        self._two_names("rename", name, to, os.replace)

    def link(self, name: str, to: str) -> None:
        """Give a file a second name (a hard link), which must be free. Not yet durable."""
        self._two_names("link", name, to, hard_link)

    def _two_names(self, verb: str, name: str, to: str, call: Callable[..., None]) -> None:
        with self._parent(verb, name) as (source, old), self._parent(verb, to) as (target, new):
            self.attempt(
                Operation(verb, name, to=to), lambda: call(old, new, src_dir_fd=source, dst_dir_fd=target)
            )

    def remove(self, name: str, *, missing_ok: bool = False) -> None:
        """Remove a file or a link, never what a link points at. Not yet durable."""
        with self._parent("remove", name) as (directory, leaf), suppress(*[FileNotFoundError] * missing_ok):
            self.attempt(Operation("remove", name), lambda: os.unlink(leaf, dir_fd=directory))

    def remove_tree(self, name: str) -> None:
        """Remove a directory and all that is in it; nothing if it is not there."""
        if self._stat(name) is None:
            return
        with self._parent("remove_tree", name) as (directory, leaf):
            self._durable.clear()
            self.attempt(Operation("remove_tree", name), lambda: shutil.rmtree(leaf, dir_fd=directory))

    def mkdir(self, name: str) -> None:
        """Make a directory with its parents, durably; nothing where it exists. "" makes the root."""
        if not self.root.exists():
            self._make_root()
        parts = _parts(name)
        for depth in range(len(parts)):
            self._mkdir_one("/".join(parts[: depth + 1]))

    def _make_root(self) -> None:
        missing = itertools.takewhile(lambda path: not path.exists(), (self.root, *self.root.parents))
        for path in reversed(list(missing)):
            with self._explained("mkdir", ""):
                self.attempt(Operation("mkdir", ""), partial(path.mkdir, exist_ok=True))
            Files(path.parent).fsync_dir()

    def _mkdir_one(self, name: str) -> None:
        if name in self._durable:
            return
        with self._parent("mkdir", name) as (directory, leaf):
            if stat_at(leaf, directory) is None:
                with suppress(FileExistsError):  # another worker was faster
                    self.attempt(Operation("mkdir", name), lambda: os.mkdir(leaf, dir_fd=directory))
        self.fsync_dir(name.rpartition("/")[0])  # also where it exists: whoever made it may have died before
        self._durable.add(name)

    def fsync_dir(self, name: str = "") -> None:
        """Make the names in a directory durable. Where a file system cannot, that is logged."""
        with self._directory("fsync_dir", name) as directory:
            try:
                self.attempt(Operation("fsync_dir", name), lambda: os.fsync(directory))
            except OSError as error:
                if error.errno not in _UNSUPPORTED:
                    raise
                _log.warning("%s: this file system cannot make names durable", self._shown(name))

    # --- reading ---

    def reader(self, name: str) -> BinaryIO:
        """Open a file for reading. Its own methods raise `OSError`: prefer `read`, `chunks` and `lines`."""
        with self._parent("open", name) as (directory, leaf):
            descriptor = self.attempt(
                Operation("open", name), lambda: open_regular(leaf, os.O_RDONLY, directory)
            )
        return os.fdopen(descriptor, "rb")

    def read(self, name: str) -> bytes:
        """All bytes of a file."""
        return b"".join(self.chunks(name))

    def chunks(self, name: str, size: int = _CHUNK) -> Iterator[bytes]:
        """The bytes of a file, piece by piece."""
        with self.reader(name) as stream, self._explained("read", name):
            while data := self.attempt(Operation("read", name), lambda: stream.read(size)):
                yield data

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file, each with its line end; one at a time in memory."""
        with self.reader(name) as stream, self._explained("read", name):
            yield from stream

    def digest(self, name: str) -> FileDigest:
        """Read a file and tell its size and SHA-256."""
        digester = Digester()
        for chunk in self.chunks(name):
            digester.update(chunk)
        return digester.digest()

    def exists(self, name: str) -> bool:
        """Whether a file or a directory of that name is there. A link is neither: it raises."""
        return self._stat(name) is not None

    def size(self, name: str) -> int:
        """The size of a file."""
        facts = self._stat(name)
        if facts is None:
            raise SnapshotCorrupt(f"{self._shown(name)}: missing")
        return facts.st_size

    def _stat(self, name: str) -> os.stat_result | None:
        try:
            with self._parent("stat", name) as (directory, leaf):
                return self.attempt(Operation("stat", name), lambda: stat_at(leaf, directory))
        except SnapshotCorrupt as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return None  # not even its directory is there
            raise

    def listing(self, name: str = "") -> list[str]:
        """The names in a directory, sorted; none if it is not there."""
        if name and not self.exists(name):
            return []
        with self._directory("list", name) as directory, os.scandir(directory) as entries:
            return sorted(self.attempt(Operation("list", name), lambda: [entry.name for entry in entries]))

    def walk(self, name: str = "") -> Iterator[str]:
        """All files below a directory, by name from the root, sorted."""
        for leaf in self.listing(name):
            inner = f"{name}/{leaf}".removeprefix("/")
            facts = self._stat(inner)
            if facts is not None and stat.S_ISDIR(facts.st_mode):
                yield from self.walk(inner)
            elif facts is not None:
                yield inner

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock file while the block runs: see `locking.hold`. Missing directories are made."""
        self.mkdir(name.rpartition("/")[0])
        with hold(self.path(name)):
            yield

    # --- ways in ---

    @contextmanager
    def _parent(self, verb: str, name: str) -> Iterator[tuple[int, str]]:
        *directories, leaf = _parts(name) or [""]
        if not leaf:
            raise SnapshotCorrupt(f"{self._shown('')}: a directory, not a file")
        with self._explained(verb, name), descend(self.root, directories) as directory:
            yield directory, leaf

    @contextmanager
    def _directory(self, verb: str, name: str) -> Iterator[int]:
        with self._explained(verb, name), descend(self.root, _parts(name)) as directory:
            yield directory

    def _explained(self, verb: str, name: str) -> AbstractContextManager[None]:
        return explained(verb, f"{self.root}/{name}".rstrip("/"))

    def _shown(self, name: str) -> str:
        return shown(f"{self.root}/{name}".rstrip("/"))


def _parts(name: str) -> list[str]:
    parts = name.split("/") if name else []
    if any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise SnapshotCorrupt(f"{shown(name)!r} does not name a file inside this directory")
    return parts
