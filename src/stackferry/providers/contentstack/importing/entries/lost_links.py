"""Fields of a document that the target has already, which refer to what is not there. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.content.comparable import ComparableEntries, same_content
from stackferry.providers.contentstack.content.entries import read_content
from stackferry.providers.contentstack.importing.branches.fork import Fork, target_stream
from stackferry.providers.contentstack.references.model import ReferenceKind
from stackferry.providers.contentstack.references.resolver import KEPT, LEFT_OUT
from stackferry.providers.contentstack.references.rewrite import find_references
from stackferry.providers.selection import selection_from_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.content.entries import EntryVersion
    from stackferry.providers.contentstack.references.model import Schema
    from stackferry.providers.target import ImportContext

_ASSETS: Final = Stream("assets")


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
    gaps = [*gaps, *_deleted_files(context, document, held)]
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


def _deleted_files(context: ImportContext, document: EntryVersion, held: JsonObject | None) -> Iterator[Gap]:
    """The files of a field that the target's branch has, and the source's alone has deleted.

    An entry shows nothing in the place of such a file, so nobody can tell that from a field that was emptied. Of a
    narrowed snapshot it is not known: it lacks other files as well.
    """
    exported = selection_from_json(as_object(context.manifest.get("options")))
    if held is None or document.record_number or exported.is_narrow or not context.once(Fork).is_on:
        return
    schema = context.once(read_content).schemas[document.content_type]
    row = document.load(context.source)
    for name in held:
        ours, theirs = (_files(schema, {name: one.get(name)}) for one in (row, held))
        for uid in sorted(theirs - ours):
            is_there = context.target.get(_ASSETS, uid) is not None
            if is_there and context.everything.get(_ASSETS, uid) is None:
                reason = (
                    f"the source shows nothing in the place of the file {uid}, which was deleted there and is"
                )
                yield Gap(
                    kind="references",
                    uid=document.uid,
                    type=document.content_type,
                    locale=document.locale,
                    path=f"/{name}",
                    reason=f"{reason} in the target{LEFT_OUT}",
                )


def files_not_in_part(context: ImportContext) -> Iterator[tuple[str, str]]:
    """The files that the target's documents of the selected entries show and a part of its source's branch does not.

    Each with its title. The source has deleted them, or an editor took them out: a part of a snapshot does not tell.
    """
    exported = selection_from_json(as_object(context.manifest.get("options")))
    if context.once(Fork).is_on and (exported.is_narrow or context.options.selection.is_narrow):
        content = context.once(read_content)
        for stream in context.source.streams():
            schema = content.schemas.get(stream.type) if stream.kind == "entries" else None
            for row in context.source.objects(stream) if schema else ():
                held = context.target.get(target_stream(context, stream), text(row.get("uid")))
                if schema and held is not None:
                    yield from _more_files(context, schema, row, held)


def _more_files(
    context: ImportContext, schema: Schema, row: JsonObject, held: JsonObject
) -> Iterator[tuple[str, str]]:
    for uid in sorted(_files(schema, held) - _files(schema, row)):
        if context.everything.get(_ASSETS, uid) is None:
            yield uid, text((context.target.get(_ASSETS, uid) or {}).get("title"))


def _files(schema: Schema, row: JsonObject) -> set[str]:
    return {one.uid for one in find_references(schema, row) if one.kind is ReferenceKind.ASSET}


def _is_same(name: str, one: JsonObject, other: JsonObject) -> bool:
    return same_content({name: one.get(name)}, {name: other.get(name)})


def lost_field(gap: Gap) -> str:
    """The field that would lose a link; empty where the gap is about something else."""
    is_lost = gap.kind == "references" and gap.reason.endswith(LEFT_OUT)
    return gap.path.split("/")[1] if is_lost else ""
