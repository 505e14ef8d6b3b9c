"""The guide's files: small drawings and texts, with ordinary and hostile file names."""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

SEA, SAND, BRICK, NIGHT = "#2f6f8f", "#e7d9b8", "#a4432f", "#1d2b3a"


class File(NamedTuple):
    """A file to upload; the content refers to it by `key`."""

    key: str
    name: str
    folder: str
    title: str
    data: bytes
    kind: str = "image/svg+xml"
    description: str = ""
    tags: str = ""


def drawing(colour: str, shape: str) -> bytes:
    """A picture of a few shapes on the sea."""
    sky = f'<rect width="120" height="80" fill="{SAND}"/><rect y="56" width="120" height="24" fill="{SEA}"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 80">{sky}<g fill="{colour}">{shape}</g></svg>'
    return svg.encode() + b"\n"


def flag(width: int, height: int, top: tuple[int, int, int], bottom: tuple[int, int, int]) -> bytes:
    """A two-coloured flag as a PNG."""
    rows = b"".join(b"\0" + bytes(top if y < height // 2 else bottom) * width for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    # Level 0 stores the pixels uncompressed: compression could give other bytes with another version of zlib.
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


TOWER = '<path d="M54 56 L57 20 H63 L66 56 Z"/><rect x="55" y="12" width="10" height="8"/>'
CRANE = '<rect x="40" y="24" width="4" height="32"/><path d="M42 24 L84 14 V18 L44 28 Z"/>'
STALL = '<rect x="36" y="38" width="48" height="18"/><path d="M32 38 L40 26 H80 L88 38 Z"/>'
SHIP = '<path d="M28 50 H92 L84 62 H36 Z"/><rect x="50" y="38" width="24" height="12"/>'
ROPE = '<circle cx="60" cy="42" r="16"/><circle cx="60" cy="42" r="8" fill="#e7d9b8"/>'
BIRD = '<path d="M30 34 Q45 22 60 34 Q75 22 90 34 Q75 30 60 40 Q45 30 30 34 Z"/>'
TIDES = b"Tides at the invented harbour\n06:12 high\n12:25 low\n18:39 high\n"

FOLDERS = (("Photos", ""), ("Harbour", "Photos"), ("Maps & plans", ""), ("Odd names", ""))

FILES = (
    File("lighthouse", "lighthouse.svg", "Harbour", "The lighthouse", drawing(BRICK, TOWER), tags="landmark"),
    File(
        "market",
        "fish market.svg",
        "Harbour",
        "Fish market",
        drawing(SEA, STALL),
        description="Before sunrise.",
    ),
    File("crane", "old-crane.svg", "Harbour", "The old crane", drawing(NIGHT, CRANE), tags="landmark,closed"),
    File(
        "ferry",
        "🚢 ferry.png",
        "Photos",
        "Flag of the ferry",
        flag(24, 16, (47, 111, 143), (231, 217, 184)),
        "image/png",
    ),
    File("museum", "rope [1].svg", "Photos", "A coil of rope", drawing(BRICK, ROPE)),
    File("crow", "Krähe über dem Watt.svg", "Photos", "Krähe über dem Watt", drawing(NIGHT, BIRD)),
    File("tides", "tide-table.txt", "Maps & plans", "Tide table", TIDES, "text/plain"),
    # The same name and the same bytes as the one above, in another folder: two assets, one blob.
    File("tides-copy", "tide-table.txt", "", "Tide table (copy)", TIDES, "text/plain"),
    File(
        "plan", 'plan of the "old" quay\'s steps.svg', "Maps & plans", "Plan of the quay", drawing(SEA, SHIP)
    ),
    File(
        "escape", "../../../etc/harbour.txt", "Odd names", "A name that climbs", b"climbing\n", "text/plain"
    ),
    File("arabic", "منارة-الميناء.svg", "Odd names", "منارة الميناء", drawing(BRICK, TOWER)),
    File("override", "photo\u202egvs.svg", "Odd names", "A name that runs backwards", drawing(SEA, BIRD)),
    File("long", f"{'very-' * 39}l.txt", "Odd names", "A name of 200 characters", b"long\n", "text/plain"),
)

NEW_LIGHTHOUSE = drawing("#c0392b", TOWER + BIRD)
