"""Fields of a document that the target has already, which refer to what is not there. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stackferry.providers.contentstack.content.comparable import ComparableEntries, same_content
from stackferry.providers.contentstack.references.resolver import KEPT, LEFT_OUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import Gap, JsonObject
    from stackferry.providers.contentstack.content.entries import EntryVersion
    from stackferry.providers.target import ImportContext


def keep_live_values(
    context: ImportContext,
    document: EntryVersion,
    body: JsonObject,
    gaps: Sequence[Gap],
    held: JsonObject | None,
) -> tuple[JsonObject, list[Gap], frozenset[str]]:
    """A document in the target's terms (`body`), without the fields that would lose a link; and their names.

    `held` is the target's own document. What such a field refers to is not there, so it keeps the value that it has,
    the whole of it: a live value is never replaced by less. Each gap says so, but where that value is what would be
    written. What both refer to alike, and the snapshot does not have either, is no gap.
    """
    lost = {name for gap in gaps if (name := lost_field(gap)) in body}
    if held is None or not lost:
        return body, [*gaps], frozenset()
    comparable = context.once(ComparableEntries)
    live = comparable.written_form(document.content_type, held)
    source, dead = comparable.unresolved(document, held), comparable.dead_links(document)
    told: list[Gap] = []
    for gap in gaps:
        name = lost_field(gap)
        if name in lost:
            if gap.path in dead and _is_same(name, source, live):
                continue
            if not _is_same(name, body, live):
                gap = replace(gap, reason=gap.reason.removesuffix(LEFT_OUT) + KEPT)
        told.append(gap)
    return {name: value for name, value in body.items() if name not in lost}, told, frozenset(lost)


def _is_same(name: str, one: JsonObject, other: JsonObject) -> bool:
    return same_content({name: one.get(name)}, {name: other.get(name)})


def lost_field(gap: Gap) -> str:
    """The field that would lose a link; empty where the gap is about something else."""
    is_lost = gap.kind == "references" and gap.reason.endswith(LEFT_OUT)
    return gap.path.split("/")[1] if is_lost else ""
