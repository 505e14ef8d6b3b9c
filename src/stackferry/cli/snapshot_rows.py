"""Kinds, content types and locales of a snapshot that a command was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.nearest import did_you_mean, suggestion
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.library.listing import Listing


def check_kind(snapshot: Snapshot, kind: str) -> None:
    """Raise UsageError for a kind that the snapshot does not hold, naming those that it holds."""
    held = dict.fromkeys(stream.kind for stream, _ in snapshot.stream_files())
    if kind not in held:
        near = did_you_mean(kind, held)
        raise UsageError(f"{snapshot.root} holds no {kind}; it holds {', '.join(held) or 'nothing'}{near}")


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
