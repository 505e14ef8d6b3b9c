"""Which versions have another number in the target than in the source: read off who became whom.

A number changes where the target had a history of its own, where an entry of a cycle was created without its
references first, and where earlier versions were not asked for. Pure.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import JsonObject

    Pairs = Iterable[tuple[str, str]]


def renumbered(identities: Callable[[str], Pairs]) -> Iterator[JsonObject]:
    """Every version whose number differs, as `kind`, `content_type`, `uid`, `locale`, `from` and `to`.

    `identities` gives the sources and targets of a kind, in the order of the sources.
    """
    for names, number, became in _moved(identities("versions")):
        content_type, _, rest = names.partition("\0")
        uid, _, locale = rest.rpartition("\0")
        facts: JsonObject = {"content_type": content_type, "uid": uid, "locale": locale}
        yield {"kind": "entries", **facts, "from": number, "to": became}
    for uid, number, became in _moved(identities("asset_versions")):
        yield {"kind": "assets", "uid": uid, "from": number, "to": became}


def _moved(pairs: Pairs) -> Iterator[tuple[str, int, int]]:
    """What has the version, and its two numbers; those of one document in their order."""
    keyed = ((source.rpartition("\0"), target) for source, target in pairs)
    numbered = ((names, int(number), int(target)) for (names, _, number), target in keyed)
    for _, versions in groupby(numbered, key=lambda one: one[0]):
        yield from sorted(one for one in versions if one[1] != one[2])
