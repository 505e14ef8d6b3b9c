"""The bytes of assets: which files an export downloads, and when. Pure.

The service scans files. One that it found harmful is never given, one that is still scanned may be given later.
API page: "Get all assets", `include_asset_scan_status`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.json_values import integer, text
from stackferry.model import Gap, JsonObject, Stream
from stackferry.providers.contentstack.requests.assets import download_asset
from stackferry.providers.source import Download, Job, LocalRecords, ReadOptions, RecordStore

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASSETS = Stream("assets")
# `asset_scan_pending`, or `asset_scan_quarantined` where a listing does not show that.
_NOT_YET = frozenset({422})


def files(staged: RecordStore, _: ReadOptions) -> Iterator[Job]:
    """The bytes of every asset; those that are still scanned come last, and those in quarantine never."""
    for asset in staged.objects(_ASSETS):
        match asset.get("_asset_scan_status"):
            case "pending":
                continue
            case "quarantined":
                yield _quarantined(asset)
            case _:
                yield download(asset)


def pending_files(staged: RecordStore, _: ReadOptions) -> Iterator[Job]:
    """The bytes of assets that the service was still scanning when they were listed."""
    for asset in staged.objects(_ASSETS):
        if asset.get("_asset_scan_status") == "pending":
            yield download(asset)


def older_files(staged: RecordStore, _: ReadOptions) -> Iterator[Job]:
    """The bytes of the older asset versions."""
    yield from map(download, staged.objects(Stream("asset_versions")))


def _quarantined(asset: JsonObject) -> LocalRecords:
    """A file that nobody can have: it is not asked for."""
    job = download(asset)
    reason = "the service found it harmful and keeps it in quarantine: replace the file in the source"
    return LocalRecords(name=job.name, gaps=[replace(job.gap, reason=reason)])


def download(asset: JsonObject) -> Download:
    """The bytes of an asset's version, from the delivery network. They count against no API limit."""
    uid, version = text(asset.get("uid")), integer(asset.get("_version")) or 1
    return Download(
        name=f"files/{uid}/{version}",
        request=download_asset(text(asset.get("url"))),
        uid=uid,
        version=version,
        gap=Gap(kind="files", uid=uid, path=f"version {version}", reason=""),
        size=announced_size(asset),
        # The delivery network may answer a picture in another encoding than the one that was uploaded.
        may_be_reencoded=text(asset.get("content_type")).startswith("image/"),
        not_yet=_NOT_YET,
    )


def announced_size(asset: JsonObject) -> int | None:
    """The size in bytes that an asset's document announces; None where it announces none."""
    size = str(asset.get("file_size") or "")
    return int(size) if size.isascii() and size.isdigit() else None
