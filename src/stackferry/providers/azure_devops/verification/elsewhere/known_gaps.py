"""What a snapshot or its import recorded as missing: a difference that it explains is a gap again. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from stackferry.json_values import text
from stackferry.providers.azure_devops.kinds import RELEASES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.verification.edits import Edit


class KnownGaps:
    """The recorded gaps of single objects. One without a path is about the whole object, which is not there."""

    def __init__(self, gaps: Iterable[JsonObject]) -> None:
        self._gaps: defaultdict[tuple[str, str], list[JsonObject]] = defaultdict(list)
        for gap in gaps:
            self._gaps[text(gap.get("kind")), text(gap.get("uid"))].append(gap)

    def of_object(self, kind: str, uid: str) -> str:
        """Why an object is not in the target; empty where nothing explains that."""
        found = (gap for gap in self._gaps.get((kind, uid), ()) if not gap.get("path"))
        return next((text(gap.get("reason")) for gap in found), "")

    def of_edit(self, edit: Edit) -> str:
        """Why a value is another; empty where nothing explains that."""
        about = edit.about
        for gap in self._gaps.get((about.kind, about.uid), ()):
            path = text(gap.get("path"))
            is_draft = about.kind == RELEASES.name and path == "/artifacts" and edit.path == "/status"
            if path and (is_draft or any(_is_below(one, path) for one in (edit.path, edit.place))):
                return text(gap.get("reason"))
        return ""


def _is_below(path: str, owner: str) -> bool:
    return path == owner or path.startswith(f"{owner}/")
