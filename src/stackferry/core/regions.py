"""The host part of a place whose service has regions. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.nearest import suggestion
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


def host_of(word: str, regions: Mapping[str, str], *, secure: bool) -> str:
    """The host of a region; any other word is a host itself: an emulator, or a region that is newer than the table.

    Raises UsageError for a bare word, which is a mistyped region: a host has a dot, a port, or plain HTTP.
    """
    if word in regions:
        return regions[word]
    if secure and not {".", ":"} & {*word}:
        near = suggestion(word, regions).removesuffix("?")
        raise UsageError(f"'{word}' is no region{near}. A host has a dot or a port: {word}:443")
    return word
