"""`stackferry release`: the releases of a live place, by the API's own operations."""

from __future__ import annotations

from stackferry.cli.live.group import LiveGroup

command = LiveGroup(
    "release",
    """Show the releases of a live place, fill them, deploy or publish them.

    PLACE is a URL or a profile, and decides which commands there are; the credential comes from
    STACKFERRY_TARGET_TOKEN or STACKFERRY_TOKEN.
    """,
)
