"""Whether the workflow stage of a document refuses that it is written. Pure.

Guide: "Set Edit Access Permissions for Workflow Stages".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import objects, text
from stackferry.model import Stream
from stackferry.providers.contentstack.importing.entry_stages import stage_of

if TYPE_CHECKING:
    from stackferry.model import JsonObject
    from stackferry.providers.target import ImportContext


def lock_of(context: ImportContext, document: JsonObject | None) -> str:
    """What is told where the target refuses to write its own document: that its workflow stage locks it, if so."""
    name = _locking_stage(context, document)
    return f" while it is in the workflow stage '{name}', which locks entries" if name else ""


def lock_of_variant(context: ImportContext, variant: JsonObject | None, entry: JsonObject | None) -> str:
    """The same of a variant in a language, and of its entry there: no page says whose stage locks it."""
    name = "" if lock_of(context, variant) else _locking_stage(context, entry)
    told = f" while its entry is in the workflow stage '{name}', which locks entries" if name else ""
    return lock_of(context, variant) or told


def _locking_stage(context: ImportContext, document: JsonObject | None) -> str:
    """The name of the stage that a document is in, if that locks it."""
    uid = stage_of(document or {})
    for workflow in context.target.objects(Stream("workflows")) if uid else ():
        for stage in objects(workflow.get("workflow_stages")):
            if stage.get("uid") == uid and stage.get("entry_lock") in ("$all", "$others"):
                return text(stage.get("name"))
    return ""
