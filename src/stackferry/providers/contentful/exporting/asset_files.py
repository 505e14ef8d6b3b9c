"""The bytes of assets: which files an export downloads. Pure.

Each address is asked for once, whatever assets, locales and bodies hold it. No credential is sent there, and no limit
of the API counts it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from stackferry.model import Budget, Gap, Request, Stream
from stackferry.providers.contentful.content.files import AssetFile, files_of
from stackferry.providers.source import Download

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import ReadOptions, RecordStore

_RECENT: Final = 10_000  # files: more than can be under way at a time
# Kinds whose records are bodies of assets.
BODIES: Final = ("assets", "published_assets", "release_assets")


def files(staged: RecordStore, options: ReadOptions) -> Iterator[Download]:
    """Every file that some body of an asset names, each once."""
    recent: deque[str] = deque(maxlen=_RECENT)
    asked = set[str]()
    for file in _all_files(staged) if options.assets else ():
        if file.url in asked:
            continue
        # What was asked for long ago is done by now, and the driver leaves it out: the addresses of all files are many.
        if len(recent) == _RECENT:
            asked.discard(recent[0])
        recent.append(file.url)
        asked.add(file.url)
        yield download(file)


def _all_files(staged: RecordStore) -> Iterator[AssetFile]:
    for kind in BODIES:
        for asset in staged.objects(Stream(kind)):
            yield from files_of(asset)


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
