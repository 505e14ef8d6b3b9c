"""`stackferry config`: the configuration file, written and checked."""

from __future__ import annotations

import click

from stackferry.cli.lazy_group import Lazy, LazyGroup


@click.group(
    cls=LazyGroup,
    package="stackferry.cli.config",
    lazy=[
        Lazy("check", "check", "Check the configuration file, and what its tokens may read."),
        Lazy("init", "init", "Write a configuration file with a first profile."),
    ],
)
def command() -> None:
    """Write and check the configuration file.

    It names places and says where their tokens are, so that `stackferry export production backup/` is enough. It is
    the file of --config, of STACKFERRY_CONFIG, or config.toml in the platform's configuration directory. What it may
    say: docs/configuration.md.
    """
