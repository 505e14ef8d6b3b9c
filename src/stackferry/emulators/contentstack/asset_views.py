"""How assets are shown: their download URLs and what is live of them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry.emulators.values import text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Asset
    from stackferry.model import JsonObject


def asset_object(
    call: Call, uid: str, *, version: int = 0, include_publish_details: bool = False
) -> JsonObject | None:
    """A file or folder as the API answers it; None when the branch does not hold it."""
    asset = call.branch.assets.get(uid)
    if asset is None:
        return None
    number = version or asset.version
    answer = dict(asset.versions[number].raw)
    if not asset.is_folder:
        answer["url"] = asset_url(call, asset, number)
    if include_publish_details:
        answer["publish_details"] = [found.as_json() for found in asset.live.values()]
    if call.flag("include_branch"):
        answer["_branch"] = call.branch.uid
    return answer


def asset_url(call: Call, asset: Asset, number: int) -> str:
    """Where the bytes of a version are; outside main the branch is part of it."""
    found = asset.versions[number]
    origin = call.service.asset_origin or call.origin
    name = quote(text(found.raw.get("filename")), safe="")
    suffix = "" if call.branch.uid == "main" else f"?branch={quote(call.branch.uid)}"
    return f"{origin}/v3/assets/{call.stack.api_key}/{asset.uid}/{found.unique}/{name}{suffix}"
