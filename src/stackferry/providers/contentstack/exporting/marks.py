"""What rows that are read anyway show of features which a snapshot cannot hold, or can only record. Pure.

No page describes these marks; the guides name the features ("Assets" with spaces, rollback releases), and the vendor's
CLI the keys of their rows. So whatever looks like one is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import text
from stackferry.model import Gap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject

# An asset of the old kind has none of them: its languages are those of its publications.
_OF_SPACES: Final = ("space_uid", "asset_type", "locale")
_SPACES: Final = (
    "assets of this stack lie in spaces (Assets 2.0): their types, fields and languages are not in this snapshot, "
    "another service has them, which needs a login"
)
_ROLLBACK: Final = "it is a rollback release, which the service made by itself; it is kept as an ordinary one"


def gaps_of_marks(list_key: str, rows: Iterable[JsonObject]) -> list[Gap]:
    """What the rows of a listing show; the same on every page is one gap."""
    match list_key:
        case "assets":
            is_marked = any(row.get(name) for row in rows for name in _OF_SPACES)
            return [Gap(kind="spaces", uid="*", reason=_SPACES)] if is_marked else []
        case "releases":
            found = (text(row.get("uid")) for row in rows if _is_rollback(row))
            return [Gap(kind="rollback_releases", uid=uid, reason=_ROLLBACK) for uid in found]
    return []


def _is_rollback(row: JsonObject) -> bool:
    names = (name for name, value in row.items() if value)
    types = (text(row.get(name)) for name in ("type", "release_type"))
    return any("rollback" in word.casefold() for word in (*names, *types))
