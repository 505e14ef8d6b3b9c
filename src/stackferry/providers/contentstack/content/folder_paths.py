"""Asset folders by the names on their way from the root: how a person tells them apart. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.model import Stream
from stackferry.providers.contentstack.values import text

if TYPE_CHECKING:
    from stackferry.providers.source import RecordStore


def folder_paths(staged: RecordStore) -> dict[str, str]:
    """Each folder's path from the root, by names."""
    rows = {text(row.get("uid")): row for row in staged.objects(Stream("folders"))}

    def path(uid: str, depth: int = 0) -> str:
        row = rows.get(uid)
        if row is None or depth > len(rows):
            return ""
        return f"{path(text(row.get('parent_uid')), depth + 1)}/{text(row.get('name'))}"

    return {uid: path(uid) for uid in rows}
