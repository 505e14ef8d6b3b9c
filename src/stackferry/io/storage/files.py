"""Files below one directory: atomic writes, durable renames, reads that cannot be led out of the directory.

A file is named by its path from the root (`entries/page/en-us.jsonl`) and reached one directory at a time without
following links, so that nothing inside a snapshot can lead out of it. Every system call passes through
`Files.attempt`, where tests make it fail or record it. No `OSError` leaves this module: it becomes a
`StackferryError` that names the file, the cause and what to do.

Durability has two halves: `fsync` makes the bytes of a file durable, `fsync_dir` the names in a directory.
`write_atomically` and `seal` do both in the right order: after a crash at any instant there is the old file, no file
or the whole new one. This module must never interpret the content of a file.
"""

from __future__ import annotations

import errno
import hashlib
import itertools
import logging
import os
import shutil
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar

from stackferry.errors import SnapshotCorrupt, StackferryError
from stackferry.io.storage.dir_fd import (
    OWNER_ONLY_DIRECTORY,
    descend,
    flush,
    open_regular,
    stat_at,
    write_all,
)
from stackferry.io.storage.lock_file import hold
from stackferry.io.storage.os_errors import CREATE, explained, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

T = TypeVar("T")

PARTIAL: Final = ".partial"
"""The suffix of a file that is still being written. One that a crash left behind may be removed."""

_CHUNK: Final = 1 << 20  # bytes a read
_UNSUPPORTED: Final = frozenset({errno.EINVAL, errno.ENOTSUP})  # fsync of a directory, on some network mounts
# Why a file cannot be linked and has to be copied: another file system, too many links, or one that has no links.
_NO_LINKS: Final = frozenset(
    {errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FileDigest:
    """What a manifest records of a file: SHA-256 in lower-case hexadecimal, size in bytes."""

    sha256: str
    size: int


class Digester:
    """Computes the digest of a file from its bytes, given in pieces of any size."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._size = 0

    def update(self, data: bytes) -> None:
        self._sha256.update(data)
        self._size += len(data)

    def digest(self) -> FileDigest:
        return FileDigest(self._sha256.hexdigest(), self._size)


def digest_of(pieces: Iterable[bytes]) -> FileDigest:
    digester = Digester()
    for piece in pieces:
        digester.update(piece)
    return digester.digest()


@dataclass(frozen=True, slots=True)
class SystemCall:
    """One system call about to be made. `to` is the second name of a rename or a link, `data` what is written."""

    verb: str
    name: str
    to: str = ""
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file open for writing, for the methods of `Files` alone."""

    name: str
    descriptor: int


class Files:
    """The files under one directory, by relative name; "" is the directory itself.

    All methods raise `StackferryError` when the system refuses, and `SnapshotCorrupt` for a name that leads out of
    the root, for a link or a device where a file or a directory belongs, and for a missing file.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._serial = itertools.count(1)
        self._durable: set[str] = set()  # directories whose names are known to be on disk

    def path(self, name: str) -> Path:
        """The full path, for code that must open the file itself (SQLite) and for messages."""
        return self.root.joinpath(*_parts(name))

    def attempt(self, operation: SystemCall, call: Callable[[], T]) -> T:
        """Make a system call. Tests override this to fail or to record it."""
        del operation  # only overriding methods use it
        return call()

    # --- writing ---

    def create(self, name: str) -> OpenFile:
        """Open a new file for writing. It must not exist yet."""
        with self._parent("create", name) as (directory, leaf):
            descriptor = self.attempt(
                SystemCall("create", name),
                lambda: open_regular(leaf, os.O_WRONLY | os.O_CREAT | os.O_EXCL, directory),
            )
        return OpenFile(name, descriptor)

    def write(self, file: OpenFile, data: bytes) -> None:
        """Write all of `data`, or raise; after a failure any part of it may be in the file."""
        with self._explained("write", file.name):
            self.attempt(SystemCall("write", file.name, data=data), lambda: write_all(file.descriptor, data))

    def fsync(self, file: OpenFile) -> None:
        """Make the bytes of a file durable.

        After a failure the file must be written again from the start: the kernel may have dropped the dirty pages,
        and a second fsync would then succeed although the bytes are lost.
        """
        with self._explained("fsync", file.name):
            self.attempt(SystemCall("fsync", file.name), lambda: flush(file.descriptor))

    def close(self, file: OpenFile) -> None:
        """Close a file. It is closed even when this raises."""
        with self._explained("close", file.name):
            try:
                self.attempt(SystemCall("close", file.name), lambda: None)
            finally:
                os.close(file.descriptor)

    def write_atomically(self, name: str, chunks: Iterable[bytes]) -> FileDigest:
        """Write a whole file, durably; after any failure the file is as it was before.

        Missing directories are made. No partial file stays behind unless the process dies.
        """
        directory = name.rpartition("/")[0]
        self.mkdir(directory)
        partial_name = self._partial_name(name)
        try:
            # The order makes it atomic: the bytes are durable before the name points at them, the name after that.
            digest = self._write_partial(partial_name, chunks)
            self.rename(partial_name, name)
        except BaseException:
            with suppress(StackferryError):  # the first failure is the one to report
                self.remove(partial_name, missing_ok=True)
            raise
        self.fsync_dir(directory)
        return digest

    def _partial_name(self, name: str) -> str:
        """A name beside `name`, because a rename cannot cross file systems; another one for each write."""
        directory, _, leaf = name.rpartition("/")
        return f"{directory}/.{leaf}.{next(self._serial)}{PARTIAL}".removeprefix("/")

    def _write_partial(self, partial_name: str, chunks: Iterable[bytes]) -> FileDigest:
        self.remove(partial_name, missing_ok=True)  # left by a run that died
        file = self.create(partial_name)
        try:
            digester = Digester()
            for chunk in chunks:
                self.write(file, chunk)
                digester.update(chunk)
            self.fsync(file)
        finally:
            self.close(file)
        return digester.digest()

    def seal(self, temporary: str, name: str) -> None:
        """Give a file that is complete and synced its final name, durably, in place of any other."""
        directory, before = name.rpartition("/")[0], temporary.rpartition("/")[0]
        self.mkdir(directory)
        self.rename(temporary, name)
        self.fsync_dir(directory)
        if before != directory:
            self.fsync_dir(before)

    def link_or_copy(self, other: Files, name: str) -> None:
        """Add a file of another directory to this one, durably: as a hard link where that works, else as a copy."""
        directory = name.rpartition("/")[0]
        self.mkdir(directory)
        partial_name = self._partial_name(name)
        self.remove(partial_name, missing_ok=True)  # left by a run that died
        try:
            # A link cannot replace a file, so it gets a name of its own first and is then renamed over the old one.
            self._link_from(other, name, partial_name)
            self.rename(partial_name, name)
        except StackferryError as refused:
            if getattr(refused.__cause__, "errno", None) not in _NO_LINKS:
                raise
            self.write_atomically(name, other.chunks(name))
        finally:
            # Rename does nothing where both names are links to one file already.
            with suppress(StackferryError):
                self.remove(partial_name, missing_ok=True)
        self.fsync_dir(directory)

    def _link_from(self, other: Files, name: str, to: str) -> None:
        with other._parent("open", name) as (source, old), self._parent("link", to) as (target, new):
            self.attempt(
                SystemCall("link", f"{other.root}/{name}", to=to),
                # A symbolic link is linked itself, not what it points at.
                lambda: os.link(old, new, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False),
            )

    # --- names ---

    def rename(self, name: str, to: str) -> None:
        """Rename a file over any other: at every instant one of the two is there. Not yet durable."""
        with self._parent("rename", name) as (source, old), self._parent("rename", to) as (target, new):
            self.attempt(
                SystemCall("rename", name, to=to),
                lambda: os.replace(old, new, src_dir_fd=source, dst_dir_fd=target),
            )

    def remove(self, name: str, *, missing_ok: bool = False) -> None:
        """Remove a file or a link, never what a link points at. Not yet durable."""
        with self._parent("remove", name) as (directory, leaf), suppress(*[FileNotFoundError] * missing_ok):
            self.attempt(SystemCall("remove", name), lambda: os.unlink(leaf, dir_fd=directory))

    def remove_tree(self, name: str) -> None:
        """Remove a directory and all that is in it; nothing where it does not exist."""
        if self._stat(name) is None:
            return
        with self._parent("remove_tree", name) as (directory, leaf):
            self._durable.clear()
            self.attempt(SystemCall("remove_tree", name), lambda: shutil.rmtree(leaf, dir_fd=directory))

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
            with self._explained(CREATE, ""):
                self.attempt(
                    SystemCall("mkdir", ""), partial(path.mkdir, OWNER_ONLY_DIRECTORY, exist_ok=True)
                )
            Files(path.parent).fsync_dir()

    def _mkdir_one(self, name: str) -> None:
        if name in self._durable:
            return
        with self._parent("mkdir", name) as (directory, leaf):
            if stat_at(leaf, directory) is None:
                with suppress(FileExistsError):  # another worker was faster
                    self.attempt(
                        SystemCall("mkdir", name),
                        lambda: os.mkdir(leaf, OWNER_ONLY_DIRECTORY, dir_fd=directory),
                    )
        # Also where the directory exists: the run that made it may have died before it synced the name.
        self.fsync_dir(name.rpartition("/")[0])
        self._durable.add(name)

    def fsync_dir(self, name: str = "") -> None:
        """Make the names in a directory durable. Where a file system cannot, that is logged."""
        with self._directory("fsync_dir", name) as directory:
            try:
                self.attempt(SystemCall("fsync_dir", name), lambda: os.fsync(directory))
            except OSError as error:
                if error.errno not in _UNSUPPORTED:
                    raise
                _log.warning("%s: this file system cannot make names durable", self._shown(name))

    # --- reading ---

    def reader(self, name: str) -> BinaryIO:
        """Open a file for reading. Its own methods raise `OSError`: prefer `read`, `chunks` and `lines`."""
        with self._parent("open", name) as (directory, leaf):
            descriptor = self.attempt(
                SystemCall("open", name), lambda: open_regular(leaf, os.O_RDONLY, directory)
            )
        return os.fdopen(descriptor, "rb")

    def read(self, name: str) -> bytes:
        return b"".join(self.chunks(name))

    def chunks(self, name: str, size: int = _CHUNK) -> Iterator[bytes]:
        with self.reader(name) as stream, self._explained("read", name):
            while data := self.attempt(SystemCall("read", name), lambda: stream.read(size)):
                yield data

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a file, each with its line end; one at a time in memory."""
        with self.reader(name) as stream, self._explained("read", name):
            yield from stream

    def digest(self, name: str) -> FileDigest:
        return digest_of(self.chunks(name))

    def exists(self, name: str) -> bool:
        """Whether a file or a directory of that name exists. Raises for a link, which is neither."""
        return self._stat(name) is not None

    def size(self, name: str) -> int:
        facts = self._stat(name)
        if facts is None:
            raise SnapshotCorrupt(f"{self._shown(name)}: missing")
        return facts.st_size

    def _stat(self, name: str) -> os.stat_result | None:
        try:
            with self._parent("stat", name) as (directory, leaf):
                return self.attempt(SystemCall("stat", name), lambda: stat_at(leaf, directory))
        except SnapshotCorrupt as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return None  # its directory does not exist either
            raise

    def listing(self, name: str = "") -> list[str]:
        """The names in a directory, sorted; none where it does not exist."""
        if name and not self.exists(name):
            return []
        with self._directory("list", name) as directory, os.scandir(directory) as entries:
            return sorted(self.attempt(SystemCall("list", name), lambda: [entry.name for entry in entries]))

    def walk(self, name: str = "", *, but: str = "") -> Iterator[str]:
        """All files below a directory but for those in `but`, by name from the root, sorted; none if it is absent."""
        for leaf in self.listing(name):
            inner = f"{name}/{leaf}".removeprefix("/")
            facts = None if inner == but else self._stat(inner)
            if facts is not None and stat.S_ISDIR(facts.st_mode):
                yield from self.walk(inner)
            elif facts is not None:
                yield inner

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock file while the block runs: see `lock_file.hold`. Missing directories are made."""
        self.mkdir(name.rpartition("/")[0])
        with hold(self.path(name)):
            yield

    # --- directories ---

    @contextmanager
    def _parent(self, verb: str, name: str) -> Iterator[tuple[int, str]]:
        """The descriptor of the directory that holds a file, and the file's own name in it."""
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


def changed_at(path: Path) -> str:
    """When a file was written, for people."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
