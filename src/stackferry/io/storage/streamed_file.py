"""A file written from bytes as they arrive, durable and looked at before anybody sees it.

Must never hold a whole file in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import anyio

from stackferry.io.storage.files import Digester

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable

    from stackferry.io.storage.files import FileDigest, Files


async def write_stream(
    files: Files,
    temporary: str,
    pieces: AsyncIterable[bytes],
    *,
    check: Callable[[str, int], None] = lambda *_: None,
    look: Callable[[BinaryIO], None] | None = None,
) -> FileDigest:
    """Write the bytes to a temporary file, in place of one that is there; `Files.seal` gives it its name.

    `check(sha256, size)` is called when all have come, and then `look`, which may read them all. If one raises, or the
    bytes stop, no file is left.
    """
    files.remove(temporary, missing_ok=True)
    file = files.create(temporary)
    digester = Digester()
    try:
        try:
            async for piece in pieces:
                files.write(file, piece)
                digester.update(piece)
            files.fsync(file)
        finally:
            files.close(file)
        digest = digester.digest()
        check(digest.sha256, digest.size)
        if look is not None:  # in a thread: hundreds of megabytes must not hold up all other tasks
            await anyio.to_thread.run_sync(_look, files, temporary, look)
    except BaseException:
        files.remove(temporary, missing_ok=True)
        raise
    return digest


def _look(files: Files, name: str, look: Callable[[BinaryIO], None]) -> None:
    with files.path(name).open("rb") as file:
        look(file)
