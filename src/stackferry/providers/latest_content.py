"""How a target is read that a snapshot is compared with. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.source import ReadOptions

if TYPE_CHECKING:
    from stackferry.model import JsonObject


def latest_content(manifest: JsonObject, salt: str, *, is_origin: bool) -> ReadOptions:
    """What is latest of a place; with a `salt` credentials as digests."""
    del manifest, is_origin
    return ReadOptions(versions="latest", salt=salt)
