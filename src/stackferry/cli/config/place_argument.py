"""A place on the command line: a URL or the name of a profile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class PlaceType(click.ParamType):  # type: ignore[type-arg]  # a parameter of newer versions of click alone
    """A URL, or the name of a profile. `or_path`: a directory may stand there too, and goes first."""

    name = "place"

    def __init__(self, *, or_path: bool = False) -> None:
        self.or_path = or_path

    def profile_of(self, word: str) -> str:
        """The name of the profile that a word may be; empty for a URL or a directory."""
        is_other = "://" in word or (self.or_path and Path(word).exists())
        return "" if is_other else word

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The names of the profiles, and directories where one may stand."""
        del ctx, param  # the same names everywhere
        from stackferry.cli.config.completing import profiles

        return profiles(incomplete, or_path=self.or_path)


class ProfileType(click.ParamType):  # type: ignore[type-arg]  # a parameter of newer versions of click alone
    """The name of a profile."""

    name = "profile"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The names of the profiles."""
        from stackferry.cli.config.completing import profiles

        del ctx, param  # the same names everywhere
        return profiles(incomplete, or_path=False)


PLACE = PlaceType()
SIDE = PlaceType(or_path=True)
