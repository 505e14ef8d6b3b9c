"""The keys of the steps that make versions of assets. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_list, integer, text
from stackferry.model import Stream
from stackferry.providers.contentstack.importing.assets.addresses import address_keys

if TYPE_CHECKING:
    from stackferry.model import JsonObject
    from stackferry.providers.source import RecordStore


def asset_keys(document: JsonObject) -> tuple[str, ...]:
    """The steps that make a version of an asset: the upload, and the update of tags that its form cannot say."""
    name = f"{text(document.get('uid'))}/{integer(document.get('_version')) or 1}"
    has_commas = any("," in text(tag) for tag in as_list(document.get("tags")))
    return (f"assets/{name}", *([f"asset_tags/{name}"] if has_commas else []))


def version_keys(source: RecordStore, uid: str, version: int) -> tuple[str, ...]:
    """The steps that make a version of an asset; none where the snapshot lacks it."""
    asset = source.get(Stream("assets"), uid)
    if asset is not None and (integer(asset.get("_version")) or 1) == version:
        return asset_keys(asset) + address_keys(asset)
    asset = source.get(Stream("asset_versions"), uid, version)
    return asset_keys(asset) if asset is not None else ()
