"""Names of files in the vendor's layout: the content's own where a disk can hold them."""

from __future__ import annotations

from typing import Final
from unicodedata import category

from stackferry.safe_names import path_segment

_LONGEST: Final = 240  # bytes; a file being written has a longer name than the one that it gets
_ODD: Final = frozenset("/\\")


def is_file_name(name: str) -> bool:
    """Whether a name can stand for a file as it is, and for nothing else."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return False
    odd = any(character in _ODD or category(character) == "Cc" for character in name)
    return 0 < size <= _LONGEST and not name.startswith(".") and not odd


def leaf(name: str) -> str:
    """The name itself, or a spelling of it that cannot lead anywhere."""
    return name if is_file_name(name) else path_segment(name)
