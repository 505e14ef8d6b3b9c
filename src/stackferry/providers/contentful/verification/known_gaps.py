"""What a snapshot or its import recorded as missing: a difference that it explains is a gap again. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from stackferry.json_values import text
from stackferry.providers.contentful.kinds import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import JsonObject

_EVERY: Final = ("", "*")  # the uid of a gap about a whole kind


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
        found = (gap for gap in self._of(kind, uid) if not gap.get("path"))
        return next((text(gap.get("reason")) for gap in found), "")

    def of_value(self, kind: str, uid: str, path: str) -> str:
        """Why the value at a path, a JSON pointer, is another; empty where nothing explains that."""
        for gap in self._of(kind, uid):
            own = text(gap.get("path"))
            if own and (path == own or path.startswith(f"{own}/")):
                return text(gap.get("reason"))
        return ""

    def _of(self, kind: str, uid: str) -> Iterator[JsonObject]:
        part_of = BY_NAME[kind].part_of if kind in BY_NAME else ""
        for name in filter(None, (kind, part_of)):
            # Of a body in a release the uid names both; a gap may be about all of the release.
            for key in dict.fromkeys((uid, uid.replace("\0", "/"), *uid.split("\0"), "*")):
                yield from self._by_object.get((name, key), ())
