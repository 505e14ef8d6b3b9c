"""Why a snapshot cannot be mirrored: "missing" is not "deleted". What every system says of it; pure."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_object, objects, text
from stackferry.providers.selection import selection_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext

SHOWN: Final = 5  # objects that a message names


class MirrorWords(NamedTuple):
    """What a system's messages say. `whole`: what to do instead. `of_export`: of a file that another tool made.

    `hidden_by`: kinds of gaps that leave objects out of a snapshot, by the kinds that a mirror deletes.
    """

    whole: str
    of_export: str
    hidden_by: Mapping[str, tuple[str, ...]]


def incomplete(context: ImportContext, words: MirrorWords) -> Iterator[str]:
    """Why the snapshot need not hold all that its source has, a sentence each."""
    manifest, whole = context.manifest, words.whole
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
        yield f"the snapshot is {words.of_export}: {whole}, made by stackferry"
    hidden = [gap for gap in objects(manifest.get("gaps")) if _hides(context, gap, words.hidden_by)]
    if hidden:
        named = ", ".join(map(_named, islice(hidden, SHOWN)))
        more = f" and {len(hidden) - SHOWN} more" if len(hidden) > SHOWN else ""
        yield (
            f"the source has what the snapshot could not be given ({named}{more}), and it would be deleted: export "
            "it again"
        )


def _hides(context: ImportContext, gap: JsonObject, hidden_by: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a gap may leave out an object, or a language, of a kind that is deleted."""
    # That of a whole listing has its name: `entries/page/en-us`.
    kind = text(gap.get("kind")).partition("/")[0]
    is_whole = not gap.get("path") or gap.get("uid") == "*"
    asked = (by for name, by in hidden_by.items() if context.options.includes(name))
    return is_whole and any(kind in by for by in asked)


def _named(gap: JsonObject) -> str:
    names = (gap.get(name) for name in ("kind", "content_type", "uid", "locale"))
    return " ".join(text(name) for name in names if name)
