"""The clients of Contentful's Content Management API about releases and bulk actions (docs/api.md).

async with stackferry.connect("contentful://SPACE@na/master") as space:
    answer = await Releases(space.call, Root.of(space.place)).get(release_id="3fTdUpKB")
"""

from __future__ import annotations

from stackferry.providers.contentful.api import (
    BulkActions,
    BulkItem,
    ReleaseActions,
    ReleaseAssets,
    ReleaseEditor,
    ReleaseEntries,
    Releases,
    Root,
    Wanted,
)
from stackferry.providers.contentful.options import ContentfulReadOptions, ContentfulWriteOptions

__all__ = [
    "BulkActions",
    "BulkItem",
    "ContentfulReadOptions",
    "ContentfulWriteOptions",
    "ReleaseActions",
    "ReleaseAssets",
    "ReleaseEditor",
    "ReleaseEntries",
    "Releases",
    "Root",
    "Wanted",
]
