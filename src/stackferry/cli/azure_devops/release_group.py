"""The group of a project's `release` commands. Modules of this package add theirs to it."""

from __future__ import annotations

import click


@click.group("release")
def command() -> None:
    """PLACE is azure-devops://ORGANIZATION@services/PROJECT; RELEASE is the id of a release, as `list` shows it."""
