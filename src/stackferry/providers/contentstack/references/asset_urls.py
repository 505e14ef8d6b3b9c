"""The addresses of asset files: `https://HOST/v3/assets/STACK/ASSET/UNIQUE/FILENAME[?branch=…]`.

HOST is any of the vendor's delivery hosts, in every region, or one that the caller names.
This module must never decide where an asset goes: it recognises addresses and joins their parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_VENDOR: Final = r"(?:[a-z0-9]+-){0,4}(?:images|assets)\.contentstack\.(?:io|com)"
_IDS: Final = r"/v3/assets/(?P<stack>\w+)/(?P<uid>\w+)/(?P<unique>\w+)/"
# In running text a name ends at a blank, a quote or a bracket that it did not open itself, and before the
# punctuation of the sentence.
_INSIDE: Final = r"(?:[^\s\"'<>()\[\]{}\\|`?#/]|\([^\s\"'<>()\[\]{}\\|`?#/]*\))+"
_INSIDE_QUERY: Final = r"(?:\?[^\s\"'<>()\[\]{}\\|`#]*)?(?<![.,;:!*])"
_WHOLE: Final = r"[^?#/\"<>\r\n]+(?:\?[^#\"<>\s]*)?(?:#\S*)?"
_PARTS: Final = re.compile(r"(?P<base>[^?#]*)(?:\?(?P<query>[^#]*))?(?P<fragment>#.*)?", re.DOTALL)
_AND: Final = re.compile(r"(&amp;|&)")


@dataclass(frozen=True, slots=True)
class AssetUrl:
    """An asset's address and where it stands in the text."""

    uid: str
    url: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class AssetUrlFinder:
    """Recognises addresses on the vendor's hosts and on those of the caller."""

    _whole: re.Pattern[str]
    _inside: re.Pattern[str]

    def whole(self, text: str) -> AssetUrl | None:
        """The address that this text is, if it is one and nothing else."""
        match = self._whole.fullmatch(text)
        return _found(match) if match else None

    def inside(self, text: str) -> Iterator[AssetUrl]:
        """The addresses in running text, in order."""
        return map(_found, self._inside.finditer(text))


def _found(match: re.Match[str]) -> AssetUrl:
    return AssetUrl(match["uid"], match[0], match.start(), match.end())


@lru_cache(maxsize=16)
def asset_url_finder(hosts: tuple[str, ...] = ()) -> AssetUrlFinder:
    """A recogniser for the vendor's delivery hosts and `hosts` (with their port, as they stand in a URL)."""
    host = "|".join([_VENDOR, *map(re.escape, hosts)])
    start = rf"(?:https?:)?//(?i:{host}){_IDS}"
    return AssetUrlFinder(re.compile(start + _WHOLE), re.compile(start + _INSIDE + _INSIDE_QUERY))


def keep_query(old: str, new: str) -> str:
    """The new address, with what the old one asked of the delivery network (`?width=…`, a fragment).

    A parameter that both have takes the new value; `branch` belongs to the address and is never carried.
    """
    if old == new:
        return new
    was, now = _PARTS.fullmatch(old), _PARTS.fullmatch(new)
    if not was or not now:  # both patterns match every text; this is for the type checker
        return new
    query = _merged(was["query"] or "", now["query"] or "")
    return now["base"] + (f"?{query}" if query else "") + (now["fragment"] or was["fragment"] or "")


def _merged(old: str, new: str) -> str:
    ampersand = match[0] if (match := _AND.search(old)) else "&"
    given = {_name(item): item for item in _items(new)}
    stays = [
        given.pop(_name(item), item) for item in _items(old) if _name(item) != "branch" or "branch" in given
    ]
    return ampersand.join([*given.values(), *stays])


def _items(query: str) -> list[str]:
    return [item for item in _AND.split(query)[::2] if item]


def _name(item: str) -> str:
    return item.partition("=")[0]
