"""The bytes of assets: which files an export downloads. Pure.

Each address is asked for once, whatever assets, locales and bodies hold it. No credential is sent there, and no limit
of the API counts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.model import Budget, Gap, Request, Stream
from stackferry.providers.contentful.content.files import AssetFile, files_of
from stackferry.providers.source import Download

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import ReadOptions, RecordStore

# Kinds whose records are bodies of assets.
BODIES: Final = ("assets", "published_assets", "release_assets")


def files(staged: RecordStore, options: ReadOptions) -> Iterator[Download]:
    """Every file that some body of an asset names."""
    asked: set[str] = set()
    for kind in BODIES if options.assets else ():
        for asset in staged.objects(Stream(kind)):
            for file in files_of(asset):
                if file.url not in asked:
                    asked.add(file.url)
                    yield download(file)


def download(file: AssetFile) -> Download:
    """The bytes of one file."""
    return Download(
        name=f"files/{file.url}",
        request=Request(method="GET", path=file.url, budget=Budget.ASSET),
        uid=file.url,
        version=0,
        gap=Gap(kind="files", uid=file.url, reason=""),
        size=file.size,
        may_be_empty=file.size == 0,
    )
