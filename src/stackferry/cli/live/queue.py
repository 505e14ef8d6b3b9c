"""`stackferry queue`: what waits to be published in a live place, by the API's own operations."""

from __future__ import annotations

from stackferry.cli.live.group import LiveGroup

command = LiveGroup(
    "queue",
    """Show what waits to be published in a live place, and cancel it.

    PLACE is a URL or a profile, and decides which commands there are; the credential comes from
    STACKFERRY_TARGET_TOKEN or STACKFERRY_TOKEN.
    """,
)
