"""Workflow stages: which workflow a content type has, and what an entry in a stage carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.api_errors import NOT_VALID, invalid
from stackferry.emulators.values import objs, text, texts, whole

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import JsonObject


def workflow_of(call: Call, content_type: str) -> JsonObject:
    """The enabled workflow that a content type follows. Raises 422 when there is none."""
    for workflow in call.stack.workflows.values():
        kinds = texts(workflow.get("content_types"))
        branches = texts(workflow.get("branches")) or ["$all"]
        here = "$all" in branches or call.branch.uid in branches
        if here and workflow.get("enabled", True) is True and ("$all" in kinds or content_type in kinds):
            return workflow
    raise invalid(141, f"The content type '{content_type}' follows no workflow.", workflow=NOT_VALID)


def workflow_record(call: Call, content_type: str, sent: JsonObject, before: JsonObject) -> JsonObject:
    """The `_workflow` of an entry that moves into a stage. Raises 422 for a stage of another workflow."""
    uid = text(sent.get("uid"))
    stages = objs(workflow_of(call, content_type).get("workflow_stages"))
    stage = next((one for one in stages if one.get("uid") == uid), None)
    if stage is None:
        raise invalid(141, "Workflow stage was not found.", **{"workflow_stage.uid": NOT_VALID})
    kept = ("comment", "due_date", "assigned_to", "assigned_by_roles")
    return {
        **{name: sent[name] for name in kept if name in sent},
        "uid": uid,
        "name": stage.get("name"),
        "color": stage.get("color"),
        "version": whole(before.get("version")) + 1,
        "updated_at": call.service.now(),
        "updated_by": call.user,
    }
