"""The plan for entries' workflow stages: entries that are in the same stage are moved there together. Pure.

API page: "Update workflow details in bulk" (ten entries a request); where it is refused, singly.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from stackferry.core.batches import batched
from stackferry.json_values import as_object, text
from stackferry.model import Budget, Gap, JsonObject, Stream
from stackferry.providers.contentstack.importing.answers import read_notice
from stackferry.providers.contentstack.requests.build import BULK, params
from stackferry.providers.contentstack.requests.entries import set_workflow_stage
from stackferry.providers.contentstack.requests.publishing import bulk_workflow
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.target import ImportContext, PreparedWrite, Step, Write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Row

BULK_ENTRIES = 10
Member = tuple[Stream, str]  # a document: its stream, and the uid of its entry


def stages(context: ImportContext) -> Iterator[Step]:
    """Move every document that is in a stage into the target's stage."""
    in_stage = context.scratch.table(4, _in_stage(context))
    for (stage, content_type), rows in groupby(in_stage, key=itemgetter(0, 1)):
        members = ((Stream("entries", content_type, locale), uid) for _, _, locale, uid in rows)
        for number, batch in enumerate(batched(members, BULK_ENTRIES)):
            yield _move(context, stage, number, batch)


def _in_stage(context: ImportContext) -> Iterator[Row]:
    """Each document that is in a stage: stage, content type, locale, uid."""
    for stream in context.source.streams():
        if stream.kind == "entries":
            for row in context.source.objects(stream):
                if stage := stage_of(row):
                    yield stage, stream.type, stream.locale, text(row.get("uid"))


def stage_of(document: JsonObject) -> str:
    """The uid of the stage that a document is in, or nothing."""
    return text(as_object(document.get("_workflow")).get("uid"))


def _move(context: ImportContext, stage: str, number: int, members: tuple[Member, ...]) -> Write:
    stream, first = members[0]

    def build() -> PreparedWrite:
        target = context.identity.target("stages", stage)
        entries = [found for member in members if (found := _entry(context, member)) is not None]
        if target is None:
            return PreparedWrite(
                gaps=[_gap(stream, uid, "its workflow is not in the target") for stream, uid in members]
            )
        if not entries:
            return PreparedWrite()
        body: JsonObject = {"entries": [*entries], "workflow": _stage(target)}
        # A stage that is set twice is the same stage.
        return PreparedWrite(request=replace(bulk_workflow(body, BULK), repeatable=True))

    return Write(
        key=f"stage/{stage}/{stream.type}/{stream.locale}/{first}/{number}",
        kind="workflow_stages",
        build=build,
        read=read_notice,
        fallback=partial(_singly, context, stage, members[0]) if len(members) == 1 else None,
        failed=_gap(
            stream, first, f"the target refused to move it and {len(members) - 1} others into their stage"
        ),
        optional=True,
        budget=Budget.BULK,
    )


def _entry(context: ImportContext, member: Member) -> JsonObject | None:
    stream, uid = member
    target = context.identity.target("entries", uid)
    if target is None:
        return None
    return {"content_type": stream.type, "uid": target, "locale": target_locale(context, stream.locale)}


def _stage(target: str) -> JsonObject:
    return {"workflow_stage": {"uid": target, "notify": False}}


def _singly(context: ImportContext, stage: str, member: Member) -> PreparedWrite:
    stream, uid = member
    target, entry = context.identity.target("stages", stage), context.identity.target("entries", uid)
    if target is None or entry is None:
        return PreparedWrite()
    locale = params(locale=target_locale(context, stream.locale))
    return PreparedWrite(request=set_workflow_stage(stream.type, entry, _stage(target), locale))


def _gap(stream: Stream, uid: str, reason: str) -> Gap:
    return Gap(kind="workflow_stages", uid=uid, type=stream.type, locale=stream.locale, reason=reason)
