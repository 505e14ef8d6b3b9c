"""What a comparison finds: differences, gaps, and how many objects of each kind were compared. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stackferry.core.json_diff import ABSENT, differences
from stackferry.json_values import text
from stackferry.model import Gap, Json, JsonObject
from stackferry.providers.contentstack.content.comparable import normalize
from stackferry.providers.contentstack.content.filled_in import without_filled_in
from stackferry.providers.contentstack.references.resolver import KEPT
from stackferry.providers.differences import Mismatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Findings:
    """The gaps and counts of one comparison. `known_gaps` are those that the snapshot or its import recorded."""

    def __init__(self, known_gaps: Iterable[JsonObject], *, tells_edits: bool = False) -> None:
        self.tells_edits = tells_edits
        gaps = list(known_gaps)
        self._known = {(_kind_of(gap), text(gap.get("uid"))) for gap in gaps}
        self._known_paths = {(_kind_of(gap), text(gap.get("uid")), text(gap.get("path"))) for gap in gaps}
        self._known_places = {
            tuple(text(gap.get(name)) for name in ("kind", "uid", "locale")) for gap in gaps
        }
        # Fields that keep the target's value, because what they refer to is not there.
        self._kept = {
            (text(gap.get("uid")), text(gap.get("locale")), text(gap.get("path")).split("/")[1])
            for gap in gaps
            if gap.get("kind") == "references" and text(gap.get("reason")).endswith(KEPT)
        }
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
            yield Mismatch(kind, uid, left, ABSENT, content_type, locale)

    def is_told(self, kind: str, uid: str, locale: str) -> bool:
        """Whether the snapshot or its import recorded a gap of an object in a language."""
        return (kind, uid, locale) in self._known_places

    def without_kept(self, document: JsonObject, uid: str, locale: str) -> JsonObject:
        """A document without the fields that its import has left as the target has them, each told as a gap."""
        return {name: value for name, value in document.items() if (uid, locale, name) not in self._kept}

    def is_known(self, kind: str, uid: str, path: str) -> bool:
        """Whether the snapshot or its import recorded a gap of this place."""
        return (kind, uid, path) in self._known_paths

    def foreign(self, kind: str, uid: str, path: str, value: str) -> Iterator[Mismatch]:
        """A uid of the source that stands in the target: a gap where the import recorded it, else a difference."""
        if (kind, uid, path) in self._known_paths:
            self.gaps.append(Gap(kind=kind, uid=uid, path=path, reason=f"it names {value} of the source"))
        else:
            yield Mismatch(kind=kind, uid=uid, path=path, left=ABSENT, right=value)


def _kind_of(gap: JsonObject) -> str:
    """Without its bytes an asset cannot be made, so a gap of its file explains its absence."""
    kind = text(gap.get("kind"))
    return "assets" if kind == "files" else kind


def field_mismatches(kind: str, uid: str, name: str, left: Json, right: Json) -> Iterator[Mismatch]:
    """Differences of one field. Null, empty and absent are the same value, and what the target fills in is none."""
    # The service answers null, "" or [] for a field that nobody has filled.
    if (left or None) == (right or None):
        return
    for found in differences(normalize(left), normalize(without_filled_in(right, left))):
        yield Mismatch(kind, uid, found.left, found.right, path=f"/{name}{found.path}")
