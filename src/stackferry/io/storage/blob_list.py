"""The list of a snapshot's files of bytes, as long as the snapshot has assets or logs: a few bytes for each.

The manifest names each with its size and SHA-256. As JSON objects in memory they would be what grows most.
"""

from __future__ import annotations

import re
from array import array
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject

FILES: Final = "files"
"""The directory that asset bytes lie in."""
# As `entry` is written. Within a text of JSON its quotes would be escaped, so this is never a part of one.
_WRITTEN: Final = (
    rb'\{"path":"files/([0-9a-f]{2})/(\1[0-9a-f]{62})","sha256":"\2","size":(0|[1-9][0-9]{0,17})\}'
)
_FIRST: Final = re.compile(rb"(?:(?<=\[)|(?<=\}),)" + _WRITTEN)
_NEXT: Final = re.compile(rb"," + _WRITTEN)
_FOLLOWS: Final = b'],"format":'  # keys are sorted
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_MOST: Final = 10**18


def bytes_file(sha256: str) -> str:
    """Where asset bytes lie: content names the file, so no file name of a source ever becomes a path."""
    return f"{FILES}/{sha256[:2]}/{sha256}"


class BlobList:
    """Files of bytes by digest and size, in the order in which they were added."""

    __slots__ = ("_digests", "_sizes")

    def __init__(self, rows: Iterable[tuple[str, int]] = ()) -> None:
        self._digests, self._sizes = bytearray(), array("q")
        for sha256, size in rows:
            self._add(bytes.fromhex(sha256), size)

    def _add(self, digest: bytes, size: int) -> None:
        self._digests += digest
        self._sizes.append(size)

    def __len__(self) -> int:
        return len(self._sizes)

    def rows(self) -> Iterator[tuple[str, int]]:
        """The digest of each, and its size."""
        for number, size in enumerate(self._sizes):
            yield self._digests[32 * number : 32 * number + 32].hex(), size

    def entries(self) -> Iterator[JsonObject]:
        """Each as the manifest lists it."""
        for sha256, size in self.rows():
            yield {"path": bytes_file(sha256), "size": size, "sha256": sha256}

    def digests(self) -> set[bytes]:
        """What `digest_in` gives for the path of each."""
        return {bytes(self._digests[at : at + 32]) for at in range(0, len(self._digests), 32)}

    def take_entry(self, entry: JsonObject) -> bool:
        """Add an entry of a manifest, if `entries` would give it back as it is."""
        sha256, size = entry.get("sha256"), entry.get("size")
        is_plain = isinstance(sha256, str) and _DIGEST.fullmatch(sha256) is not None
        if not is_plain or type(size) is not int or not 0 <= size < _MOST:
            return False
        if entry != {"path": bytes_file(str(sha256)), "size": size, "sha256": sha256}:
            return False
        self._add(bytes.fromhex(str(sha256)), size)
        return True

    def take_written(self, manifest: bytes) -> bytes:
        """Add what a manifest lists, as it was written, and give the rest of its JSON.

        All of it is given back, and nothing is added, where the list is written in another way, as by another program.
        """
        found = _FIRST.search(manifest)
        begin = end = len(manifest) if found is None else found.start()
        taken = BlobList()
        while found is not None:
            taken._add(bytes.fromhex(found[2].decode()), int(found[3]))
            end = found.end()
            found = _NEXT.match(manifest, end)
        if not manifest.startswith(_FOLLOWS, end):
            return manifest
        self._digests += taken._digests
        self._sizes += taken._sizes
        return manifest[:begin] + manifest[end:]


def digest_in(path: str) -> bytes | None:
    """The digest that the path of a file of bytes names; None for any other path."""
    sha256 = path.rpartition("/")[2]
    is_one = _DIGEST.fullmatch(sha256) is not None and path == bytes_file(sha256)
    return bytes.fromhex(sha256) if is_one else None


def is_listed(path: str, others: set[str], blobs: set[bytes]) -> bool:
    """Whether a file is one of the digests of a `BlobList`, or one of `others`."""
    return path in others or digest_in(path) in blobs
