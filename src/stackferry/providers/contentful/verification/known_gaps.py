"""What a snapshot or its import recorded as missing: a difference that it explains is a gap again. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from stackferry.json_values import text
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.kinds import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject

_EVERY: Final = ("", "*")  # the uid of a gap about a whole kind


_HELD_BY_RELEASES: Final = {
    kinds.RELEASE_ENTRIES.name: kinds.ENTRIES.name,
    kinds.RELEASE_ASSETS.name: kinds.ASSETS.name,
}


_BODIES: Final = {"Entry": kinds.ENTRIES.name, "Asset": kinds.ASSETS.name}


class KnownGaps:
    """The recorded gaps, by kind and uid. What is part of an object is explained by a gap of that object, too."""

    def __init__(self, gaps: Iterable[JsonObject]) -> None:
        self._by_object: defaultdict[tuple[str, str], list[JsonObject]] = defaultdict(list)
        for gap in gaps:
            # A gap of a whole listing has its name: "roles", "release_entries/RELEASE".
            kind, _, owner = text(gap.get("kind")).partition("/")
            uid = text(gap.get("uid"))
            self._by_object[kind, owner or "*" if uid in _EVERY else uid].append(gap)

    def of_object(self, kind: str, uid: str) -> str:
        """Why an object, or all of its kind, is not in the target; empty where nothing explains that."""
        whole = ("", _in_release(kind, uid), _item(kind, uid))
        found = (gap for gap in self._of(kind, uid) if text(gap.get("path")) in whole)
        return next((text(gap.get("reason")) for gap in found), "")

    def of_value(self, kind: str, uid: str, path: str) -> str:
        """Why the value at a path, a JSON pointer, is another; empty where nothing explains that."""
        names = (path, f"{_in_release(kind, uid)}{path}", *_body_of(kind, path))
        for gap in self._of(kind, uid):
            own = text(gap.get("path"))
            if own and any(name == own or name.startswith(f"{own}/") for name in names):
                return text(gap.get("reason"))
        # A file that the asset has, too, comes with that one.
        is_file = kind == kinds.RELEASE_ASSETS.name and path.startswith("/fields/file/")
        return self.of_value(kinds.ASSETS.name, _entity(uid), path) if is_file else ""

    def _of(self, kind: str, uid: str) -> Iterator[JsonObject]:
        part_of = BY_NAME[kind].part_of if kind in BY_NAME else ""
        for name in filter(None, (kind, part_of)):
            # Of a body in a release the uid names both; a gap may be about all of the release.
            for key in dict.fromkeys((uid, uid.replace("\0", "/"), *uid.split("\0"), "*")):
                yield from self._by_object.get((name, key), ())


def _in_release(kind: str, uid: str) -> str:
    """Where a body stands that a release holds, as a gap of the release says; empty for anything else."""
    of = _HELD_BY_RELEASES.get(kind)
    return f"/{of}/{_entity(uid)}" if of else ""


def _item(kind: str, uid: str) -> str:
    """Where the item is that such a body comes with, as a gap of the release says."""
    link_type = {kinds.RELEASE_ENTRIES.name: "Entry", kinds.RELEASE_ASSETS.name: "Asset"}.get(kind)
    return f"/entities/items/{link_type} {_entity(uid)}" if link_type else ""


def _body_of(kind: str, path: str) -> Iterator[str]:
    """Where the body stands that an item of a release came with: an entry of the release alone is there by its body."""
    _, is_item, entity = path.partition("/entities/items/")
    link_type, _, uid = entity.partition(" ")
    if kind == kinds.RELEASES.name and is_item:
        yield f"/{_BODIES.get(link_type, '')}/{uid}"


def _entity(uid: str) -> str:
    return uid.partition("\0")[2]
