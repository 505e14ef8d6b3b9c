"""The digest of a file, computed while its bytes pass by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileDigest:
    """What a manifest says of a file: SHA-256 in lower-case hexadecimal, size in bytes."""

    sha256: str
    size: int


class Digester:
    """Takes the bytes of a file in any pieces and tells the digest of all of them."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._size = 0

    def update(self, data: bytes) -> None:
        """Take the next bytes."""
        self._sha256.update(data)
        self._size += len(data)

    def digest(self) -> FileDigest:
        """The digest of all bytes taken so far."""
        return FileDigest(self._sha256.hexdigest(), self._size)
