"""What a comparison finds: differences, gaps, and how many objects of each kind were compared. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.core.json_diff import ABSENT, Side, differences
from stackferry.json_values import text
from stackferry.model import Gap, Json, JsonObject
from stackferry.providers.contentstack.content.normalize import normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One place where the target differs from the snapshot. `uid` is the snapshot's, `left` its value."""

    kind: str
    uid: str
    content_type: str = ""
    locale: str = ""
    path: str = ""
    left: Side = None
    right: Side = None

    def as_json(self) -> JsonObject:
        facts: JsonObject = {
            "kind": self.kind,
            "uid": self.uid,
            "content_type": self.content_type,
            "locale": self.locale,
            "path": self.path,
        }
        sides = {"left": self.left, "right": self.right}
        values = {name: value for name, value in sides.items() if value is not ABSENT}
        return {**{name: value for name, value in facts.items() if value}, **values}


class Findings:
    """The gaps and counts of one comparison. `known_gaps` are those that the snapshot or its import recorded."""

    def __init__(self, known_gaps: Iterable[JsonObject]) -> None:
        self._known = {(_kind_of(gap), text(gap.get("uid"))) for gap in known_gaps}
        self.gaps: list[Gap] = []
        self.compared: Counter[str] = Counter()

    def missing(
        self, kind: str, uid: str, left: Json, content_type: str = "", locale: str = ""
    ) -> Iterator[Mismatch]:
        """An object that the target lacks: a gap where a recorded gap explains it, else a difference."""
        if (kind, uid) in self._known:
            reason = "not in the target"
            self.gaps.append(Gap(kind=kind, uid=uid, type=content_type, locale=locale, reason=reason))
        else:
            yield Mismatch(
                kind=kind, uid=uid, content_type=content_type, locale=locale, left=left, right=ABSENT
            )


def _kind_of(gap: JsonObject) -> str:
    """Without its bytes an asset cannot be made, so a gap of its file explains its absence."""
    kind = text(gap.get("kind"))
    return "assets" if kind == "files" else kind


def field_mismatches(kind: str, uid: str, name: str, left: Json, right: Json) -> Iterator[Mismatch]:
    """Differences of one field. Null, empty and absent are the same value."""
    if (left or None) == (right or None):
        return
    for found in differences(normalize(left), normalize(right)):
        yield Mismatch(kind=kind, uid=uid, path=f"/{name}{found.path}", left=found.left, right=found.right)
