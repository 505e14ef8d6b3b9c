"""The addresses of asset files: `https://HOST/v3/assets/STACK/ASSET/UNIQUE/FILENAME[?branch=…]`.

A permanent address has a name that an author chose in place of the last two: `…/STACK/ASSET/SLUG`.

HOST is any of the vendor's delivery hosts, in every region, or one that the caller names. Outside of the branch `main`
the service adds `?branch=`. This module must never decide where an asset goes: it finds addresses and joins their
parts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# images.contentstack.io, eu-assets.contentstack.com, azure-na-images.contentstack.com …
_VENDOR_HOST: Final = r"(?:[a-z0-9]+-){0,4}(?:images|assets)\.contentstack\.(?:io|com)"
_IDS: Final = r"/v3/assets/(?P<stack>[\w-]+)/(?P<uid>[\w-]+)/(?:(?P<unique>[\w-]+)/|(?![^\s\"'<>?#]*/))"
# An address that is a whole value: the file name may hold blanks and brackets.
_REST_OF_VALUE: Final = r"[^?#/\"<>\r\n]+(?:\?[^#\"<>\s]*)?(?:#\S*)?"
# An address in running text: its file name ends at a blank, a quote or a bracket that it did not open itself, and the
# address ends before the punctuation of the sentence.
_NAME_IN_TEXT: Final = r"(?:[^\s\"'<>()\[\]{}\\|`?#/]|\([^\s\"'<>()\[\]{}\\|`?#/]*\))+"
_QUERY_IN_TEXT: Final = r"(?:\?[^\s\"'<>()\[\]{}\\|`#]*)?(?<![.,;:!*])"
# `urllib.parse` would decode and encode the query again; these patterns keep every other byte.
_PARTS: Final = re.compile(r"(?P<base>[^?#]*)(?:\?(?P<query>[^#]*))?(?P<fragment>#.*)?", re.DOTALL)
_AMPERSAND: Final = re.compile(r"(&amp;|&)")  # in HTML the parameters are joined by `&amp;`


@dataclass(frozen=True, slots=True)
class AssetUrl:
    """An asset's address, and from which character to which it stands in the text."""

    uid: str
    url: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class AssetUrlFinder:
    """Finds addresses on the vendor's hosts and on those of the caller."""

    _whole_value: re.Pattern[str]
    _in_text: re.Pattern[str]

    def match(self, text: str) -> AssetUrl | None:
        """The address that this text is, if it is one and nothing else."""
        match = self._whole_value.fullmatch(text)
        return _asset_url(match) if match else None

    def find_all(self, text: str) -> Iterator[AssetUrl]:
        """The addresses in running text, in order."""
        return map(_asset_url, self._in_text.finditer(text))


def _asset_url(match: re.Match[str]) -> AssetUrl:
    return AssetUrl(match["uid"], match[0], match.start(), match.end())


@lru_cache(maxsize=16)
def asset_url_finder(hosts: tuple[str, ...] = ()) -> AssetUrlFinder:
    """A finder for the vendor's delivery hosts and `hosts` (with their port, as they are written in a URL)."""
    host = "|".join([_VENDOR_HOST, *map(re.escape, hosts)])
    start = rf"(?:https?:)?//(?i:{host}){_IDS}"
    return AssetUrlFinder(
        re.compile(start + _REST_OF_VALUE), re.compile(start + _NAME_IN_TEXT + _QUERY_IN_TEXT)
    )


def slug_of(url: str) -> str:
    """The name that an author gave an asset's permanent address; empty for an address of another form."""
    parts = _path_of(url)
    return parts[-1] if len(parts) == _PERMANENT else ""


def permanent_url(url: str, slug: str) -> str:
    """The permanent address of the asset whose file is at an address."""
    base = url.partition("?")[0]
    return "/".join([*base.split("/")[:-2], slug])


PERMANENT: Final = "asset_permanent_urls"  # kind of identity, by an asset's uid
_PERMANENT: Final = 5  # v3, assets, the stack, the asset, the slug


def _path_of(url: str) -> list[str]:
    path = url.partition("?")[0].partition("#")[0].partition("//")[2].split("/")[1:]
    return path if path[:2] == ["v3", "assets"] else []


def keep_query(old: str, new: str) -> str:
    """The new address with the old one's image parameters (`?width=…`) and fragment.

    A parameter that both have takes the new value. `branch` belongs to the address and is never carried over.
    """
    if old == new:
        return new
    old_parts, new_parts = _PARTS.fullmatch(old), _PARTS.fullmatch(new)
    if not old_parts or not new_parts:  # the pattern matches every text; this is for the type checker
        return new
    query = _merge_queries(old_parts["query"] or "", new_parts["query"] or "")
    fragment = new_parts["fragment"] or old_parts["fragment"] or ""
    return new_parts["base"] + (f"?{query}" if query else "") + fragment


def _merge_queries(old: str, new: str) -> str:
    ampersand = match[0] if (match := _AMPERSAND.search(old)) else "&"
    added = {_name(item): item for item in _parameters(new)}
    kept = [
        added.pop(_name(item), item)
        for item in _parameters(old)
        if _name(item) != "branch" or "branch" in added
    ]
    return ampersand.join([*added.values(), *kept])


def _parameters(query: str) -> list[str]:
    return [item for item in _AMPERSAND.split(query)[::2] if item]


def _name(parameter: str) -> str:
    return parameter.partition("=")[0]
