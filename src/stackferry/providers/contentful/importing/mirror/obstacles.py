"""Why a snapshot cannot be mirrored: "missing" is not "deleted". Pure."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, objects, text
from stackferry.providers.contentful.matching.rule import matches
from stackferry.providers.selection import selection_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext

_SHOWN: Final = 5
# Kinds of gaps that leave objects out of a snapshot, by the kinds that a mirror deletes.
_HIDDEN_BY: Final = {
    "entries": ("entries", "content_types"),
    "assets": ("assets",),
    "releases": ("releases",),
}


def mirror_obstacles(context: ImportContext) -> list[str]:
    """In words; nothing unless the import is to mirror its source."""
    if not context.options.mirror:
        return []
    return [f"--mirror: {reason}" for reason in _reasons(context)]


def _reasons(context: ImportContext) -> Iterator[str]:
    manifest, whole = context.manifest, "name a snapshot of the whole environment"
    options = as_object(manifest.get("options"))
    if context.options.selection.is_narrow:
        yield "only some entries are selected, and what is not selected would be deleted: leave the selection out"
    has_no_assets = options.get("assets") is False and context.options.includes("assets")
    if selection_from_json(options).is_narrow or has_no_assets:
        yield f"the snapshot was narrowed when it was made, so what it lacks may well be in its source: {whole}"
    if manifest.get("transforms"):
        yield (
            "the snapshot was changed since it was exported (its manifest names transforms), so what it lacks may "
            f"well be in its source: {whole}, as it was exported"
        )
    if "export" in manifest:
        yield (
            "the snapshot is a file of contentful-export, which leaves out drafts and does not say what else: "
            f"{whole}, made by stackferry"
        )
    hidden = [gap for gap in objects(manifest.get("gaps")) if _hides(context, gap)]
    if hidden:
        named = ", ".join(map(_named, islice(hidden, _SHOWN)))
        more = f" and {len(hidden) - _SHOWN} more" if len(hidden) > _SHOWN else ""
        yield (
            f"the source has what the snapshot could not be given ({named}{more}), and it would be deleted: export "
            "it again"
        )
    for one in context.once(matches).of("releases").ambiguous[:_SHOWN] if _asks(context, "releases") else ():
        yield f"release {one.uid} {one.reason}: rename or delete the others"


def _asks(context: ImportContext, kind: str) -> bool:
    return context.options.includes(kind)


def _hides(context: ImportContext, gap: JsonObject) -> bool:
    """Whether a gap may leave out an object of a kind that is deleted."""
    kind = text(gap.get("kind")).partition("/")[0]  # that of a whole listing has its name
    is_whole = not gap.get("path") or gap.get("uid") == "*"
    return is_whole and any(_asks(context, name) and kind in by for name, by in _HIDDEN_BY.items())


def _named(gap: JsonObject) -> str:
    names = (gap.get(name) for name in ("kind", "content_type", "uid"))
    return " ".join(text(name) for name in names if name)
