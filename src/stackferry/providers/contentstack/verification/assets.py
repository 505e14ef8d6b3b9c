"""Compares assets: what they say, where they lie, and their bytes where both sides' are at hand. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import integer, text
from stackferry.model import Stream
from stackferry.providers.contentstack.verification.findings import field_mismatches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.verification.findings import Findings, Mismatch
    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import ImportContext

_FIELDS = ("title", "description", "filename", "content_type", "tags")


def compare_assets(context: ImportContext, findings: Findings) -> Iterator[Mismatch]:
    """The latest version of every asset of the snapshot."""
    for asset in context.source.objects(Stream("assets")):
        uid = text(asset.get("uid"))
        target = context.identity.target("assets", uid)
        found = context.target.get(Stream("assets"), target) if target else None
        if found is None:
            yield from findings.missing("assets", uid, asset.get("filename"))
        else:
            findings.compared["assets"] += 1
            yield from _compare(context, asset, found)


def _compare(context: ImportContext, asset: JsonObject, found: JsonObject) -> Iterator[Mismatch]:
    uid, folder = text(asset.get("uid")), text(asset.get("parent_uid"))
    for name in _FIELDS:
        yield from field_mismatches("assets", uid, name, asset.get(name), found.get(name))
    parent = context.identity.target("folders", folder) if folder else None
    yield from field_mismatches("assets", uid, "parent_uid", parent, found.get("parent_uid"))
    digest = _digest(context.target, found)
    if digest is not None:
        yield from field_mismatches("assets", uid, "bytes", _digest(context.source, asset), digest)


def _digest(staged: RecordStore, asset: JsonObject) -> Json:
    """The SHA-256 of an asset's bytes; None where they were not read."""
    number = integer(asset.get("_version")) or 1
    return (staged.get(Stream("files"), text(asset.get("uid")), number) or {}).get("sha256")
