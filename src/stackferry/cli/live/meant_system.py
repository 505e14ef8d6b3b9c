"""Which system a command line means: that of the place among its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def meant_system(
    having: Mapping[str, click.Command], words: Sequence[str], context: click.Context, known: Collection[str]
) -> str:
    """The scheme of the place among the words of a command that these systems have; empty where there is none.

    Where a word stands as a place and is none, the first system whose options all of the words are is to say so.
    """
    places = {scheme: _place(command, words, context) for scheme, command in having.items()}
    for scheme, place in places.items():
        if place is not None and scheme_of(place) == scheme:
            return scheme
    # An option that its system does not have hides where the place is.
    schemes = (scheme_of(word) for word in words if not word.startswith("-"))
    named = next((scheme for scheme in schemes if scheme in known), "")
    return named or next((scheme for scheme, place in places.items() if place is not None), "")


def _place(command: click.Command, words: Sequence[str], context: click.Context) -> str | None:
    """The word that a command takes as its place; None where it takes none, or not all of the words."""
    own = click.Context(command, info_name=command.name, parent=context)
    try:
        values, _, _ = command.make_parser(own).parse_args([*words])
    except click.UsageError:
        return None
    place = values.get("place")
    return place if isinstance(place, str) else None


def scheme_of(word: str) -> str:
    """The scheme of a URL, or of the URL of the profile with this name; empty for anything else."""
    if "://" not in word:
        from stackferry.errors import UsageError
        from stackferry.io.profiles import read_profile

        try:
            word = read_profile(word).place
        except UsageError:
            return ""
    return word.partition("://")[0].partition("+")[0].lower()
