"""`stackferry entry`: one entry of a live stack, by the API's own operations."""

from __future__ import annotations

import click

from stackferry.cli import entry_changing, entry_moving, entry_reading


@click.group()
def command() -> None:
    """Look at one entry of a live stack, or change it.

    PLACE is contentstack://API_KEY@REGION_OR_HOST/BRANCH or a profile; the credential comes from
    STACKFERRY_TARGET_TOKEN or STACKFERRY_TOKEN. TYPE is the uid of a content type, UID that of an entry.
    """


for one in (
    entry_reading.get,
    entry_reading.versions,
    entry_reading.references,
    entry_reading.languages,
    entry_changing.name,
    entry_changing.localize,
    entry_changing.unlocalize,
    entry_changing.delete,
    entry_moving.export,
    entry_moving.import_,
    entry_moving.publish,
    entry_moving.unpublish,
):
    command.add_command(one)
