"""Why a snapshot cannot be mirrored: "missing" is not "deleted". Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.providers.contentful.matching.rule import matches
from stackferry.providers.mirrored import SHOWN, MirrorWords, incomplete

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.target import ImportContext

_WORDS: Final = MirrorWords(
    whole="name a snapshot of the whole environment",
    of_export="a file of contentful-export, which leaves out drafts and does not say what else",
    hidden_by={
        "entries": ("entries", "content_types"),
        "assets": ("assets",),
        "releases": ("releases",),
    },
)


def mirror_obstacles(context: ImportContext) -> list[str]:
    """In words; nothing unless the import is to mirror its source."""
    if not context.options.mirror:
        return []
    return [f"--mirror: {reason}" for reason in (*incomplete(context, _WORDS), *_ambiguous(context))]


def _ambiguous(context: ImportContext) -> Iterator[str]:
    """Of those that could be one of several none is taken, so all would be deleted."""
    found = context.once(matches).of("releases").ambiguous if context.options.includes("releases") else []
    for one in found[:SHOWN]:
        yield f"release {one.uid} {one.reason}: rename or delete the others"
