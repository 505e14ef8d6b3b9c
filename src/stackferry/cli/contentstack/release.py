"""`stackferry release`: the releases of a live stack, by the API's own operations."""

from __future__ import annotations

import click

from stackferry.cli.contentstack import release_items, release_records


@click.group()
def command() -> None:
    """Look at the releases of a live stack, fill them, deploy them.

    PLACE is contentstack://API_KEY@REGION_OR_HOST/BRANCH or a profile; the credential comes from
    STACKFERRY_TARGET_TOKEN or STACKFERRY_TOKEN. RELEASE is the uid of a release.
    """


for one in (
    release_records.list_,
    release_records.show,
    release_records.create,
    release_records.update,
    release_records.clone,
    release_records.lock,
    release_records.unlock,
    release_records.deploy,
    release_records.delete,
    release_items.add,
    release_items.remove,
    release_items.update_items,
):
    command.add_command(one)
