"""The blob store: asset bytes named by their SHA-256, stored whole or not at all, and once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, BinaryIO

import anyio
import pytest
from disk_faults import FaultyFiles

from stackferry.errors import BadAnswer, StackferryError
from stackferry.io.storage.blobs import BlobStore
from stackferry.io.storage.files import Files
from stackferry.io.storage.snapshot import WORK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.anyio
BYTES = b"some bytes of a picture"
NAME = hashlib.sha256(BYTES).hexdigest()


class pieces:  # noqa: N801 - reads like the function that it stands for
    """Bytes as they come from a socket; a generator would have to be closed."""

    def __init__(self, *parts: bytes | Exception) -> None:
        self._parts = iter(parts)

    def __aiter__(self) -> pieces:
        return self

    async def __anext__(self) -> bytes:
        await anyio.lowlevel.checkpoint()
        part = next(self._parts, None)
        if part is None:
            raise StopAsyncIteration
        if isinstance(part, Exception):
            raise part
        return part


def blobs(root: Path) -> BlobStore:
    files = Files(root)
    files.mkdir(WORK)
    return BlobStore(files)


def found(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


async def test_bytes_are_named_by_their_digest(tmp_path: Path) -> None:
    """The name depends on the bytes alone, not on the pieces they arrive in; an empty file has a name, too."""
    one = blobs(tmp_path)
    assert await one.store(pieces(BYTES[:3], b"", BYTES[3:])) == (NAME, len(BYTES))
    empty = hashlib.sha256(b"").hexdigest()
    assert await one.store(pieces()) == (empty, 0)
    assert found(tmp_path) == sorted([f"files/{NAME[:2]}/{NAME}", f"files/{empty[:2]}/{empty}"])
    assert (tmp_path / "files" / NAME[:2] / NAME).read_bytes() == BYTES


async def test_the_same_bytes_twice(tmp_path: Path) -> None:
    """Two assets of the same bytes share one file, also when they arrive at the same time."""
    one = blobs(tmp_path)
    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(one.store, pieces(BYTES[:5], BYTES[5:]))
    assert found(tmp_path) == [f"files/{NAME[:2]}/{NAME}"]


async def test_bytes_that_stop_short(tmp_path: Path) -> None:
    """B1: a download that breaks off leaves nothing behind, in the vault or aside."""
    with pytest.raises(ConnectionError):
        await blobs(tmp_path).store(pieces(BYTES, ConnectionError("gone")))
    assert found(tmp_path) == []


async def test_bytes_that_a_look_refuses(tmp_path: Path) -> None:
    """Whoever knows the format reads all of the bytes before they get their name."""
    seen: list[bytes] = []

    def look(file: BinaryIO) -> None:
        seen.append(file.read())
        if len(seen) == 1:
            raise BadAnswer("cut")

    one = blobs(tmp_path)
    with pytest.raises(BadAnswer):
        await one.store(pieces(BYTES[:5], BYTES[5:]), look=look)
    assert found(tmp_path) == []
    assert await one.store(pieces(BYTES), look=look) == (NAME, len(BYTES))
    assert seen == [BYTES, BYTES]


async def test_cancelled(tmp_path: Path) -> None:
    """F2: a download that is cancelled leaves nothing behind."""
    with anyio.move_on_after(0.01):

        async def stalls() -> AsyncIterator[bytes]:
            yield BYTES
            await anyio.sleep_forever()

        await blobs(tmp_path).store(stalls())
    assert found(tmp_path) == []


async def test_leftover_of_a_dead_run(tmp_path: Path) -> None:
    """A1: what a killed run left aside is not appended to."""
    one = blobs(tmp_path)
    (tmp_path / WORK / "download.1").write_bytes(b"half of something")
    assert await one.store(pieces(BYTES)) == (NAME, len(BYTES))
    assert found(tmp_path) == [f"files/{NAME[:2]}/{NAME}"]


@pytest.mark.parametrize("at", range(1, 12))
async def test_disk_that_fails(tmp_path: Path, at: int) -> None:
    """A4: whichever operation the disk refuses, the vault never holds bytes under a name that is not theirs."""
    Files(tmp_path).mkdir(WORK)
    files = FaultyFiles(tmp_path, at=at)
    try:
        await BlobStore(files).store(pieces(BYTES[:5], BYTES[5:]))
    except StackferryError:
        assert files.failed
    sealed = [name for name in found(tmp_path) if name.startswith("files/")]
    assert all((tmp_path / name).read_bytes() == BYTES for name in sealed)
    assert sealed or files.failed
