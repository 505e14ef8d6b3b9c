"""Workflow definitions, and the workflows of entries. The ids of both, and of steps, are the service's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import bad_request, denied, invalid, problem
from stackferry.emulators.contentful.call import find, no_content, row_version
from stackferry.emulators.contentful.documents import link
from stackferry.emulators.contentful.listing import Source, offset_answer
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT, RowKind, new_row, updated_row
from stackferry.emulators.contentful.show import show_row
from stackferry.emulators.routing import Route
from stackferry.emulators.values import text_items
from stackferry.json_values import as_list, as_object, nested, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.model import JsonObject


def _definition(call: Call, body: JsonObject, before: JsonObject | None) -> JsonObject:
    """Name, steps with ids of the service, and the content types that it applies to, which must exist."""
    if not text(body.get("name")):
        raise invalid([problem("required", ["name"], "A workflow definition has a name.")])
    steps = objects(body.get("steps"))
    if not 0 < len(steps) <= call.limits.workflow_steps:
        raise invalid(
            [problem("size", ["steps"], f"A definition has 1 to {call.limits.workflow_steps} steps.")]
        )
    if before is None and len(call.environment.workflow_definitions) >= call.limits.workflow_definitions:
        raise denied(f"An environment has at most {call.limits.workflow_definitions} workflow definitions.")
    _check_types(call, body)
    made = _with_ids(call, steps, before or {})
    return {"flowType": "no_restriction", "startOnEntityCreation": False, **body, "steps": [*made]}


def _with_ids(call: Call, steps: list[JsonObject], before: JsonObject) -> list[JsonObject]:
    """A step keeps the id that it had; another one gets an id of the service."""
    known = {text(step.get("id")) for step in objects(before.get("steps"))}
    return [step if step.get("id") in known else {**step, "id": call.service.new_id()} for step in steps]


def _check_types(call: Call, body: JsonObject) -> None:
    wanted = [
        uid
        for row in objects(body.get("appliesTo"))
        for rule in objects(row.get("validations"))
        for uid in text_items(as_list(rule.get("linkContentType")))
    ]
    if unknown := [uid for uid in wanted if uid not in call.environment.content_types]:
        raise invalid(
            [problem("notResolvable", ["appliesTo"], f"There is no content type {uid}.") for uid in unknown]
        )


def _show_definition(call: Call, row: JsonObject) -> JsonObject:
    uid = nested(row, "sys", "id")
    used = any(_definition_of(one) == uid for one in call.environment.workflows.values())
    return {**row, "sys": {**as_object(row["sys"]), "isLocked": used}}


DEFINITIONS = RowKind(
    "workflow_definitions",
    "WorkflowDefinition",
    f"{ENVIRONMENT}/workflow_definitions",
    "definition",
    prepare=_definition,
    shown=_show_definition,
    ids="service",
    checked_delete=True,
)


def _definition_of(row: JsonObject) -> str:
    return text(nested(row, "sys", "workflowDefinition", "sys", "id"))


def _entry_of(row: JsonObject) -> str:
    return text(nested(row, "sys", "entity", "sys", "id"))


def is_active(row: JsonObject) -> bool:
    return "completedAt" not in as_object(row["sys"])


def _list(call: Call) -> Answer:
    rows = call.environment.workflows
    source = Source(
        lambda: [row for row in rows.values() if is_active(row)],
        lambda row: row,
        lambda row: show_row(call, row),
        order="",
    )
    return offset_answer(call, source)


def _found(call: Call) -> JsonObject:
    return find(call.environment.workflows, call.args["workflow"], "Workflow")


def _get(call: Call) -> Answer:
    return Answer(show_row(call, _found(call)))


def _post(call: Call) -> Answer:
    """Start a workflow: one is active for an entry and a definition at a time."""
    body, environment = call.json(), call.environment
    entry, uid = (
        text(nested(body, "entity", "sys", "id")),
        text(nested(body, "workflowDefinition", "sys", "id")),
    )
    find(environment.entries, entry, "Entry")
    definition = find(environment.workflow_definitions, uid, "WorkflowDefinition")
    if any(
        is_active(row) and (_entry_of(row), _definition_of(row)) == (entry, uid)
        for row in environment.workflows.values()
    ):
        raise invalid([problem("unique", ["entity"], "The entry has an active workflow of this definition.")])
    step = text(body.get("stepId")) or text(objects(definition["steps"])[0]["id"])
    _check_step(definition, step)
    kept = {name: value for name, value in body.items() if name not in ("entity", "workflowDefinition")}
    row = new_row(
        call,
        "Workflow",
        call.service.new_id(),
        {**kept, "stepId": step},
        entity=link("Entry", entry),
        workflowDefinition=link("WorkflowDefinition", uid),
    )
    environment.workflows[text(nested(row, "sys", "id"))] = row
    return Answer(show_row(call, row), 201)


def _check_step(definition: JsonObject, step: str) -> None:
    if step not in {text(one.get("id")) for one in objects(definition["steps"])}:
        raise invalid([problem("in", ["stepId"], f"The definition has no step {step!r}.", value=step)])


def _put(call: Call) -> Answer:
    """Move it to another step."""
    row, body = _found(call), call.json()
    call.check_version(row_version(row))
    definition = find(call.environment.workflow_definitions, _definition_of(row), "WorkflowDefinition")
    _check_step(definition, text(body.get("stepId")))
    return _changed(call, updated_row(call, row, {**row, "stepId": body["stepId"]}))


def _changed(call: Call, row: JsonObject) -> Answer:
    call.environment.workflows[call.args["workflow"]] = row
    return Answer(show_row(call, row))


def _complete(call: Call) -> Answer:
    row = _found(call)
    call.check_version(row_version(row))
    if not is_active(row):
        raise bad_request("The workflow is completed.")
    row = updated_row(call, row, row)
    sys = as_object(row["sys"])
    sys |= {"completedAt": call.stamp.time, "completedBy": call.stamp.by()}
    return _changed(call, row)


def _delete(call: Call) -> Answer:
    call.check_version(row_version(_found(call)))
    del call.environment.workflows[call.args["workflow"]]
    return no_content()


_ONE = f"{ENVIRONMENT}/workflows/{{workflow}}"
ROUTES = (
    *DEFINITIONS.routes,
    Route("GET", f"{ENVIRONMENT}/workflows", _list),
    Route("POST", f"{ENVIRONMENT}/workflows", _post),
    Route("GET", _ONE, _get),
    Route("PUT", _ONE, _put),
    Route("DELETE", _ONE, _delete),
    Route("PUT", f"{_ONE}/complete", _complete),
    Route("PUT", f"{_ONE}/completed", _complete),
)
