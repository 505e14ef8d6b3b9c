"""Width and height of images, from their first bytes; and the smallest image that has them, for seeds without files."""

from __future__ import annotations

import re
import struct
import zlib

_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = re.compile(rb"<svg[^>]*?\swidth=\"(\d+)[^\"]*\"[^>]*?\sheight=\"(\d+)", re.DOTALL)


def image_size(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None for what is no image that is known here."""
    if content.startswith(_PNG) and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return int(width), int(height)
    if content[:6] in (b"GIF87a", b"GIF89a") and len(content) >= 10:
        width, height = struct.unpack("<HH", content[6:10])
        return int(width), int(height)
    if content.startswith(b"\xff\xd8"):
        return _jpeg_size(content)
    found = _SVG.search(content[:4096])
    return (int(found[1]), int(found[2])) if found else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # a frame header
            return int.from_bytes(content[at + 7 : at + 9]), int.from_bytes(content[at + 5 : at + 7])
        at += 2 + length
    return None


def stand_in(name: str, width: int, height: int) -> bytes:
    """A PNG that says to be of this size, and holds a text; its pixels are not there."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return _PNG + header + _chunk(b"tEXt", b"Title\0" + name.encode()) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
