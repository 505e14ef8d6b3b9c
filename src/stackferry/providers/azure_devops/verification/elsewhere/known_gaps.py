"""What a snapshot or its import recorded as missing: a difference that it explains is a gap again. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from stackferry.core.json_diff import ABSENT
from stackferry.json_values import text
from stackferry.providers.azure_devops.kinds import DEFINITIONS, RELEASES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject
    from stackferry.providers.azure_devops.verification.edits import Edit

# Paths of gaps that tell more than one place of a definition.
_SECRETS: Final = "/variables"
_TRIGGERS: Final = "/triggers"
_VARIABLE: Final = re.compile(r"^(/environments/[^/]+)?/variables/[^/]+$")
_TRIGGER: Final = re.compile(r"/triggers(/[^/]+)?")


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
            if path and (is_draft or _explains(path, edit)):
                return text(gap.get("reason"))
        return ""


def _explains(path: str, edit: Edit) -> bool:
    """Whether what a gap of this path tells is this difference, and not another one at the same place."""
    if edit.about.kind == DEFINITIONS.name and path == _SECRETS:
        return False  # values that neither side shows
    if edit.about.kind == DEFINITIONS.name and path == _TRIGGERS:
        return (
            edit.right is ABSENT and _TRIGGER.fullmatch(edit.path) is not None
        )  # it is off, and not another one
    if edit.about.kind == RELEASES.name and edit.left is ABSENT and _VARIABLE.search(path):
        return False  # what a release has of its definition is found by itself: this is another value
    return any(_is_below(one, path) for one in (edit.path, edit.place))


def _is_below(path: str, owner: str) -> bool:
    return path == owner or path.startswith(f"{owner}/")
