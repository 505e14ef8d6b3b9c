"""The host part of a place whose service has regions. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stackferry.core.nearest import ended, suggestion
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


_FOUR_NUMBERS: Final = re.compile(r"[0-9]+(\.[0-9]+){3}")
_NUMBERS: Final = 256


def host_of(word: str, regions: Mapping[str, str], *, secure: bool) -> str:
    """The host of a region; any other word is a host itself: an emulator, or a region that is newer than the table.

    Raises UsageError for a bare word, which is a mistyped region: a host has a dot, a port, or plain HTTP; and for four
    numbers that are no address.
    """
    if word in regions:
        return regions[word]
    if secure and not {".", ":"} & {*word}:
        told = ended(f"'{word}' is no region{suggestion(word, regions)}")
        raise UsageError(f"{told} A host has a dot or a port: {word}:443")
    name = word.rpartition(":")[0] or word
    if _FOUR_NUMBERS.fullmatch(name) and not _is_address(name):
        raise UsageError(
            f"'{name}' is no host: an address has four numbers up to 255, without zeros before them"
        )
    return word


def _is_address(name: str) -> bool:
    return all(str(int(part)) == part and int(part) < _NUMBERS for part in name.split("."))
