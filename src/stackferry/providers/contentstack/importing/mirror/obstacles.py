"""Why a snapshot cannot be mirrored: "missing" is not "deleted". Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.mirrored import SHOWN, MirrorWords, incomplete

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.target import ImportContext

_WORDS: Final = MirrorWords(
    whole="name a snapshot of the whole place",
    of_export="an export of the vendor's CLI, which does not hold releases and does not say what it left out",
    hidden_by={
        "entries": ("entries", "content_types", "locales"),
        "assets": ("assets", "folders"),
        "releases": ("releases", "release_items"),
    },
)


def mirror_obstacles(context: ImportContext) -> list[str]:
    """In words; nothing unless the import is to mirror its source."""
    if not context.options.mirror:
        return []
    return [f"--mirror: {reason}" for reason in (*incomplete(context, _WORDS), *_ambiguous(context))]


def _ambiguous(context: ImportContext) -> Iterator[str]:
    """Of those that could be one of several none is taken, so all would be deleted."""
    for kind in ("entries", "releases"):
        found = context.once(matches).of(kind).ambiguous if context.options.includes(kind) else []
        for one in found[:SHOWN]:
            yield f"{kind} {one.uid} {one.reason}: rename or delete the others"
