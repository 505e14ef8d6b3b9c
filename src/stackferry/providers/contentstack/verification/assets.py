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
    from stackferry.providers.target import Replay

_FIELDS = ("title", "description", "filename", "content_type", "tags")


def compare_assets(replay: Replay, findings: Findings) -> Iterator[Mismatch]:
    """The latest version of every asset of the snapshot."""
    for asset in replay.source.objects(Stream("assets")):
        uid = text(asset.get("uid"))
        target = replay.identity.target("assets", uid)
        found = replay.target.get(Stream("assets"), target) if target else None
        if found is None:
            yield from findings.missing("assets", uid, asset.get("filename"))
        else:
            findings.compared["assets"] += 1
            yield from _compare(replay, asset, found)


def _compare(replay: Replay, asset: JsonObject, found: JsonObject) -> Iterator[Mismatch]:
    uid, folder = text(asset.get("uid")), text(asset.get("parent_uid"))
    for name in _FIELDS:
        yield from field_mismatches("assets", uid, name, asset.get(name), found.get(name))
    parent = replay.identity.target("folders", folder) if folder else None
    yield from field_mismatches("assets", uid, "parent_uid", parent, found.get("parent_uid"))
    digest = _digest(replay.target, found)
    if digest is not None:
        yield from field_mismatches("assets", uid, "bytes", _digest(replay.source, asset), digest)


def _digest(staged: RecordStore, asset: JsonObject) -> Json:
    """The SHA-256 of an asset's bytes; None where they were not read."""
    number = integer(asset.get("_version")) or 1
    return (staged.get(Stream("files"), text(asset.get("uid")), number) or {}).get("sha256")
