"""`stackferry entry`: one entry of a live stack, by the API's own operations."""

from __future__ import annotations

import click

from stackferry.cli.contentstack import entry_read, entry_transfer, entry_write


@click.group()
def command() -> None:
    """Look at one entry of a live stack, or change it.

    PLACE is contentstack://API_KEY@REGION_OR_HOST/BRANCH or a profile; the credential comes from
    STACKFERRY_TARGET_TOKEN or STACKFERRY_TOKEN. TYPE is the uid of a content type, UID that of an entry.
    """


for one in (
    entry_read.get,
    entry_read.versions,
    entry_read.references,
    entry_read.languages,
    entry_write.name,
    entry_write.localize,
    entry_write.unlocalize,
    entry_write.delete,
    entry_transfer.export,
    entry_transfer.import_,
    entry_transfer.publish,
    entry_transfer.unpublish,
):
    command.add_command(one)
