"""The asset bytes of a snapshot, each file named by its SHA-256, so that no name of an asset ever becomes a path.

Bytes are hashed while they are received, written to a temporary file, synced and renamed. Must never hold a whole
asset in memory.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, BinaryIO

import anyio

from stackferry.io.storage.files import Digester
from stackferry.io.storage.snapshot import WORK, bytes_file

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable

    from stackferry.io.storage.files import Files


class BlobStore:
    """The asset bytes of one snapshot."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._serial = itertools.count(1)

    def link_or_copy(self, other: Files, sha256: str) -> None:
        """Add bytes that another snapshot holds."""
        self._files.link_or_copy(other, bytes_file(sha256))

    async def store(
        self,
        pieces: AsyncIterable[bytes],
        check: Callable[[str, int], None] = lambda *_: None,
        look: Callable[[BinaryIO], None] | None = None,
    ) -> tuple[str, int]:
        """Store the bytes; return their SHA-256 and size.

        `check(sha256, size)` is called before they get their name, and then `look`, which may read them all. If one
        raises, or the bytes stop, nothing is left.
        """
        # In the working directory, which is removed with whatever an interrupted run leaves in it.
        temporary = f"{WORK}/download.{next(self._serial)}"
        self._files.remove(temporary, missing_ok=True)
        file = self._files.create(temporary)
        digester = Digester()
        try:
            try:
                async for piece in pieces:
                    self._files.write(file, piece)
                    digester.update(piece)
                self._files.fsync(file)
            finally:
                self._files.close(file)
            digest = digester.digest()
            check(digest.sha256, digest.size)
            if look is not None:  # in a thread: hundreds of megabytes must not hold up all other tasks
                await anyio.to_thread.run_sync(self._look, temporary, look)
        except BaseException:
            self._files.remove(temporary, missing_ok=True)
            raise
        self._files.seal(temporary, bytes_file(digest.sha256))
        return digest.sha256, digest.size

    def _look(self, name: str, look: Callable[[BinaryIO], None]) -> None:
        with self._files.path(name).open("rb") as file:
            look(file)
