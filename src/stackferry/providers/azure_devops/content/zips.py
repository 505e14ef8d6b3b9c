"""Whether the zip of a release's logs is whole: its directory reads, and every member has the checksum that it names.

It comes without a length, so nothing else shows that it was cut. Names of members are never paths here.
"""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO, Final

from stackferry.errors import BadAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE: Final = 1 << 20
# What the library raises for files that are no zip, are cut or damaged, or packed or locked in a way it does not know.
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)


def check_zip(file: BinaryIO) -> None:
    """Raise BadAnswer for bytes that are no whole zip. One without members is whole."""
    if problem := next(damage(file), ""):
        raise BadAnswer(f"the log is no whole zip: {problem}")


def damage(file: BinaryIO) -> Iterator[str]:
    """What is wrong with a zip, a sentence each."""
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                yield from _member_damage(archive, member)
    except _BROKEN as error:
        yield f"{type(error).__name__}: {error}"


def _member_damage(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[str]:
    try:
        with archive.open(member) as opened:
            while opened.read(_PIECE):  # its checksum is compared at the end
                pass
    except _BROKEN as error:
        yield f"member {member.filename!r}: {error}"
