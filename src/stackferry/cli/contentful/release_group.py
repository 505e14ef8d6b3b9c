"""The group of a space's `release` commands. Modules of this package add theirs to it."""

from __future__ import annotations

import click


@click.group("release")
def command() -> None:
    """PLACE is contentful://SPACE@REGION_OR_HOST/ENVIRONMENT; RELEASE is the id of a Timeline or Launch release."""
