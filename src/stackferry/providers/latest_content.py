"""How a target is read that a snapshot is compared with. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_object
from stackferry.providers.source import ReadOptions

if TYPE_CHECKING:
    from stackferry.model import JsonObject


def latest_content(manifest: JsonObject, *, is_origin: bool) -> ReadOptions:
    """What is latest of a place, with credentials if a snapshot with this manifest holds them, or no two were equal."""
    del is_origin
    keeps = as_object(manifest.get("options")).get("keep_secrets") is True
    return ReadOptions(versions="latest", keep_secrets=keeps)
