"""Kinds, types and locales of a snapshot that a command was asked for: their options, and whether they exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stackferry.cli.config.completing import from_snapshot
from stackferry.cli.options import named
from stackferry.core.nearest import did_you_mean, suggestion
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.library.listing import Listing


def chosen_by(*, content_type: str, locale: str) -> Callable[[Any], Any]:
    """Options that name a content type and a locale of the snapshot, each with its help."""

    def decorate(function: Any) -> Any:
        for flag, metavar, kinds, words in (
            ("--locale", "CODE", "locales", locale),
            ("--content-type", "UID", "content_types", content_type),
        ):
            complete = from_snapshot(kinds)
            function = click.option(
                flag, default="", shell_complete=complete, callback=named, metavar=metavar, help=words
            )(function)
        return function

    return decorate


def known_kind(listing: Listing, word: str) -> str:
    """The kind that a word means: its name, or what reports count its records as ("documents" are entries).

    Raises UsageError for a kind that the snapshot does not hold, naming those that it holds.
    """
    snapshot, counted = listing.snapshot, listing.system.words.in_languages
    held = dict.fromkeys(stream.kind for stream, _ in snapshot.stream_files())
    kind = word if word in held else next((one for one in counted if counted[one] == word), word)
    if kind not in held:
        near = did_you_mean(word, held)
        raise UsageError(f"{snapshot.root} holds no {word}; it holds {', '.join(held) or 'nothing'}{near}")
    return kind


def check_names(listing: Listing, content_type: str, locale: str) -> None:
    """Raise UsageError for a content type or a locale that the snapshot does not know, naming those that are near."""
    for what, name, kind, field in (
        ("content type", content_type, "content_types", "type"),
        ("locale", locale, "locales", "locale"),
    ):
        if not name:
            continue
        held: set[str] = {getattr(stream, field) for stream, _ in listing.snapshot.stream_files()} - {""}
        if name not in held:
            held |= {row.view.uid for row in listing.rows(kind)}
        if name not in held:
            raise UsageError(f"{listing.snapshot.root} holds no {what} '{name}'{suggestion(name, held)}")
