"""What forbids that an entry is edited or published, beside its own rules: a step of a workflow, an open task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentful.api_errors import denied
from stackferry.json_values import as_list, as_object, nested, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.model import Json, JsonObject


def check_allowed(call: Call, entry: str, action: str) -> None:
    """Raises 403 where a workflow's step denies the action ("edit", "publish", "delete") to the user."""
    for workflow in call.environment.workflows.values():
        if nested(workflow, "sys", "entity", "sys", "id") != entry or "completedAt" in as_object(
            workflow["sys"]
        ):
            continue
        uid = text(nested(workflow, "sys", "workflowDefinition", "sys", "id"))
        definition = call.environment.workflow_definitions.get(uid, {})
        step = next(
            (one for one in objects(definition.get("steps")) if one.get("id") == workflow.get("stepId")), {}
        )
        if any(_denies(call, row, action) for row in objects(step.get("permissions"))):
            raise denied(
                f"The workflow step {text(step.get('name'))!r} does not allow to {action} this entry."
            )
    if action == "publish" and call.switches.tasks_block and _has_open_task(call, entry):
        raise denied("The entry has an open task.")


def _denies(call: Call, permission: JsonObject, action: str) -> bool:
    terms = as_object(permission.get("configuration"))
    is_meant = permission.get("type") == "entity_permission" and terms.get("action") == action
    return is_meant and terms.get("effect") == "deny" and _is_actor(call, terms.get("actors"))


def _is_actor(call: Call, actors: Json) -> bool:
    return actors == "all" or any(nested(one, "sys", "id") == call.access.user for one in as_list(actors))


def _has_open_task(call: Call, entry: str) -> bool:
    return any(
        nested(task, "sys", "parentEntity", "sys", "id") == entry and task.get("status") == "active"
        for task in call.environment.tasks.values()
    )
