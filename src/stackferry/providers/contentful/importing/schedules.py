"""What is still to be published or unpublished, scheduled again in the target. Pure.

Only with `--schedules`; without it each that the target lacks is a gap that names the option. What was due before the
import was asked for is never carried out. With `--publish none` nothing is scheduled, and there is no gap. What time it
is comes with the options. API page: "Scheduled actions": they belong to the space and name their environment; a body
cannot be changed, but for its time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, epoch_seconds, nested, text
from stackferry.model import Stream
from stackferry.providers.contentful.importing.objects import (
    ObjectWrite,
    always,
    content_of,
    held_row,
    once_written,
)
from stackferry.providers.contentful.importing.reports import report
from stackferry.providers.contentful.kinds import RELEASES, SCHEDULED_ACTIONS, link_id, sys_id
from stackferry.providers.contentful.options import write_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Gap, JsonObject
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps, WriteOptions

_NOT_ASKED: Final = "to {} at {}: give --schedules to have it scheduled in the target"
_PAST: Final = "to {} at {}, which is past: it was not carried out"
_OTHER_RELEASE: Final = "it names the release that was deleted: cancel it, and schedule the new one"
_NO_RELEASE: Final = "its release is not in the target"


def schedules(context: ImportContext, root: Root) -> Steps:
    if context.options.publish == "none":
        return
    for row in waiting(context):
        # One that is there already is that one, whatever was asked for.
        held = held_row(context, SCHEDULED_ACTIONS, sys_id(row))
        is_there = held is not None
        gap = _why_not(context, row) if held is None else _of_other_release(context, row, held)
        if gap is not None:
            yield report(f"{SCHEDULED_ACTIONS.name}/{sys_id(row)}", [gap])
        else:
            planned = _planned(context, row, root.environment)
            yield from once_written(context, root, replace(planned, stays=is_there))


def waiting(context: ImportContext) -> Iterator[JsonObject]:
    """The scheduled actions of the snapshot that are still to come."""
    for row in context.source.objects(Stream(SCHEDULED_ACTIONS.name)):
        if nested(row, "sys", "status") == "scheduled":
            yield row


def is_past(options: WriteOptions, row: JsonObject) -> bool:
    """Whether an action was due before the import was asked for."""
    due = epoch_seconds(text(nested(row, "scheduledFor", "datetime")))
    return due is not None and due <= options.now


def _why_not(context: ImportContext, row: JsonObject) -> Gap | None:
    planned = _planned(context, row, "")
    told = (text(row.get("action")), text(nested(row, "scheduledFor", "datetime")))
    if is_past(context.options, row):
        return planned.gap(_PAST.format(*told))
    if not write_options(context.options).schedules:
        return planned.gap(_NOT_ASKED.format(*told))
    entity = as_object(row.get("entity"))
    is_release = nested(entity, "sys", "linkType") == "Release"
    is_lost = is_release and context.in_target(RELEASES.name, link_id(entity)) is None
    return planned.gap(_NO_RELEASE) if is_lost else None


def _of_other_release(context: ImportContext, row: JsonObject, held: JsonObject) -> Gap | None:
    """The gap of a schedule whose release was made anew: no page says that a deleted one takes its schedules away."""
    entity = as_object(row.get("entity"))
    release = context.in_target(RELEASES.name, link_id(entity))
    is_release = nested(entity, "sys", "linkType") == "Release" and release is not None
    is_other = is_release and link_id(as_object(held.get("entity"))) != release
    return _planned(context, row, "").gap(_OTHER_RELEASE) if is_other else None


def _planned(context: ImportContext, row: JsonObject, environment: str) -> ObjectWrite:
    entity = as_object(row.get("entity"))
    sys = as_object(entity.get("sys"))
    if sys.get("linkType") == "Release":
        sys = {**sys, "id": context.in_target(RELEASES.name, link_id(entity)) or link_id(entity)}
    place: JsonObject = {"sys": {"type": "Link", "linkType": "Environment", "id": environment}}
    body: JsonObject = {**content_of(row, "error"), "entity": {"sys": sys}, "environment": place}
    return ObjectWrite(
        kind=SCHEDULED_ACTIONS,
        uid=sys_id(row),
        payload=always(body),
        listing=(("environment.sys.id", environment),),
        is_posted=True,
        shown=lambda held: {**content_of(held, "error"), "environment": place},
    )
