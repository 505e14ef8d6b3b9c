"""The asset bytes of a snapshot, each file named by its SHA-256, so that no name of an asset ever becomes a path.

Bytes are hashed while they are received, written to a temporary file, synced and renamed. Must never hold a whole
asset in memory.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, BinaryIO

from stackferry.io.storage.blob_list import bytes_file
from stackferry.io.storage.snapshot import WORK
from stackferry.io.storage.streamed_file import write_stream

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
        digest = await write_stream(self._files, temporary, pieces, check=check, look=look)
        self._files.seal(temporary, bytes_file(digest.sha256))
        return digest.sha256, digest.size
