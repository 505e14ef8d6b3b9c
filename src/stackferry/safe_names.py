"""Names from content, made safe: `path_segment` for a directory, `readable_segment` for one that people look into,
`display_name` for a terminal.

`path_segment` is injective: two different texts never give the same segment, not even on a file system that ignores
case or normalises Unicode, and no segment can lead out of its directory. The others cannot be reversed.
This module must never touch a disk.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

MAX_SEGMENT: Final = 200
"""The longest segment in bytes. File systems allow 255: the rest is for `.jsonl`, and the names of partial files."""

_EMPTY: Final = "%"  # the empty text; a percent sign in a text is escaped, so nothing else gives this
_DIGEST_DIGITS: Final = 40  # hexadecimal digits of SHA-256: 160 bits, so that cut names do not collide
_UNSAFE: Final = re.compile(r"[^a-z0-9_.-]")
# Device names on Windows, with any extension. Its other spellings (CON, COM¹, CONIN$) hold characters that are
# escaped anyway.
_DEVICE: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)")
_SIGNS: Final = frozenset(
    " _-.,()[]+=@#&'!"
)  # of a readable name: no system and no shell gives them another file
_JOINERS: Final = "\u200c\u200d"  # emoji and several scripts are written with them
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def path_segment(text: str) -> str:
    """Encode a text as one safe file name of at most `MAX_SEGMENT` bytes of ASCII.

    `a-z 0-9 _ - .` stay; every other byte of its UTF-8 form, capitals included, is written `%XX`. So is the
    first character of a name that some system treats specially (`.`, `..`, `.git`, `-rf`, `con`,
    `nul.txt`) and a dot at the end. The empty text is `%`. A name that is too long is cut and ends in `~` and
    the first digits of its SHA-256.
    """
    if not text:
        return _EMPTY
    segment = _UNSAFE.sub(_escaped, text)
    if segment[0] in ".-" or _DEVICE.match(segment):
        segment = _hex(segment[0]) + segment[1:]
    if segment[-1] == ".":
        segment = segment[:-1] + _hex(".")
    return segment if len(segment) <= MAX_SEGMENT else _shortened(segment, text)


def _escaped(match: re.Match[str]) -> str:
    return _hex(match.group())


def _hex(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in _utf8(text))


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _shortened(segment: str, text: str) -> str:
    digest = hashlib.sha256(_utf8(text)).hexdigest()[:_DIGEST_DIGITS]
    kept = _utf8(segment)[: MAX_SEGMENT - 1 - _DIGEST_DIGITS].decode("utf-8", "ignore")
    return f"{kept}~{digest}"


def readable_segment(text: str) -> str:
    """Make a text one file name of at most `MAX_SEGMENT` bytes that people can read.

    Letters and digits of any script, blanks and some signs stay; the rest of its UTF-8 form, and what some system
    treats specially, is written `%XX` as `path_segment` does. Two texts may give names that a file system takes for
    one.
    """
    segment = "".join(map(_readable, unicodedata.normalize("NFC", text))) or _EMPTY
    device = unicodedata.normalize("NFKC", segment).casefold()
    if segment[0] in ".- " or _DEVICE.match(device):
        segment = _hex(segment[0]) + segment[1:]
    if segment[-1] in ". ":
        segment = segment[:-1] + _hex(segment[-1])
    return segment if len(_utf8(segment)) <= MAX_SEGMENT else _shortened(segment, text)


def _readable(character: str) -> str:
    return character if character.isalnum() or character in _SIGNS else _hex(character)


def display_name(text: str, width: int = 120) -> str:
    """Make a name printable on one line of a terminal, whatever it contains.

    Control characters, line separators, bidirectional overrides, other invisible characters and lone
    surrogates become escapes like `\\x1b` and `\\u202e`; a backslash is doubled, so that an escape cannot be
    forged. More than `width` characters end in `…`. Never store the result.
    """
    shown = "".join(_shown(character) for character in text[: width + 1])
    return shown if len(shown) <= width else shown[: width - 1] + "…"


def visible(text: str) -> str:
    """A text whose invisible characters are escapes, so that none can move the cursor of a terminal or turn a line.

    Joiners stay, which emoji and several scripts are written with, and so do backslashes.
    """
    return "".join(one if one == "\\" else _shown(one) for one in text)


def _shown(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if unicodedata.category(character) in _HIDDEN and character not in _JOINERS:
        return character.encode("unicode_escape").decode()
    return character
