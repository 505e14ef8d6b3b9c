"""`stackferry bulk`: many entries and assets of a live place at once, by the API's bulk operations."""

from __future__ import annotations

from stackferry.cli.live.group import LiveGroup

command = LiveGroup(
    "bulk",
    """Publish, unpublish or otherwise change many entries and assets at once.

    PLACE is a URL or a profile, and decides which commands there are; the credential comes from
    STACKFERRY_TARGET_TOKEN or STACKFERRY_TOKEN. What is too much for one request becomes several. The service
    works on them in jobs, which are followed to their end.
    """,
)
