"""Asset bytes on disk under the name of their SHA-256: no name that a stranger chose becomes a path.

Bytes are hashed while they stream in, written aside, synced and renamed. Must never hold a whole asset in memory.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from stackferry.io.storage.files import Digester
from stackferry.io.storage.snapshot_layout import WORK, bytes_file

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable

    from stackferry.io.storage.files import Files


class BlobStore:
    """The asset bytes of one snapshot."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._serial = itertools.count(1)

    def take_over(self, other: Files, sha256: str) -> None:
        """Keep bytes that another snapshot holds, without writing them again where that can be."""
        self._files.take_over(other, bytes_file(sha256))

    async def store(
        self, pieces: AsyncIterable[bytes], check: Callable[[str, int], None] = lambda *_: None
    ) -> tuple[str, int]:
        """Keep the bytes, once, and tell their SHA-256 and size. Nothing is left behind if they stop short.

        Nor if `check`, which is told both before anything is kept, raises.
        """
        aside = f"{WORK}/download.{next(self._serial)}"
        self._files.remove(aside, missing_ok=True)
        file = self._files.create(aside)
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
        except BaseException:
            self._files.remove(aside, missing_ok=True)
            raise
        self._files.seal(aside, bytes_file(digest.sha256))
        return digest.sha256, digest.size
