"""The clients of Contentstack's Content Management API: one method for each endpoint of its pages (docs/api.md).

async with stackferry.connect("contentstack://API_KEY@eu/main") as stack:
    answer = await Entries(stack.call).get(content_type_uid="page", entry_uid="blt0123")
"""

from __future__ import annotations

from stackferry.providers.contentstack.api import (
    AtomicUpdates,
    Bulk,
    BulkJobs,
    Entries,
    EntryFiles,
    EntryPublishing,
    EntryVersions,
    PublishQueue,
    Releases,
)
from stackferry.providers.contentstack.options import ContentstackReadOptions, ContentstackWriteOptions

__all__ = [
    "AtomicUpdates",
    "Bulk",
    "BulkJobs",
    "ContentstackReadOptions",
    "ContentstackWriteOptions",
    "Entries",
    "EntryFiles",
    "EntryPublishing",
    "EntryVersions",
    "PublishQueue",
    "Releases",
]
