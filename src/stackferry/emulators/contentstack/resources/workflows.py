"""Workflows with their stages, the stage of an entry, and publish rules. Page: CMA | Workflows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, ApiError, invalid
from stackferry.emulators.contentstack.listing import get_list, get_one
from stackferry.emulators.contentstack.request import (
    find_entry,
    find_in_path,
    requested_locale,
    require_document,
    with_authorship,
)
from stackferry.emulators.contentstack.resources.records import Collection
from stackferry.emulators.contentstack.webhooks import Part, entry_parts, fire
from stackferry.emulators.contentstack.workflow_stages import workflow_of
from stackferry.emulators.routing import Route
from stackferry.emulators.values import integer_or, text_items
from stackferry.json_values import as_object, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import Json, JsonObject

_FAILED = "Workflow creation failed. Please enter valid data."
_CLIENT_FLAGS = frozenset({"allStages", "allUsers", "specificStages", "specificUsers"})


def workflow_record(call: Call, content_type: str, sent: JsonObject, before: JsonObject) -> JsonObject:
    """The `_workflow` of an entry that moves into a stage. Raises 141 for a stage of another workflow, or none."""
    uid = text(sent.get("uid"))
    workflow = workflow_of(call, content_type)
    if workflow is None:
        raise invalid(141, f"The content type '{content_type}' follows no workflow.", workflow=NOT_VALID)
    stages = objects(workflow.get("workflow_stages"))
    stage = next((stage for stage in stages if stage.get("uid") == uid), None)
    if stage is None:
        raise invalid(141, "Workflow stage was not found.", **{"workflow_stage.uid": NOT_VALID})
    kept = ("comment", "due_date", "assigned_to", "assigned_by_roles")
    return {
        **{name: sent[name] for name in kept if name in sent},
        "uid": uid,
        "name": stage.get("name"),
        "color": stage.get("color"),
        "version": integer_or(before.get("version")) + 1,
        "updated_at": call.service.now(),
        "updated_by": call.user,
    }


def fire_moved(call: Call, content_type: str, uid: str, record: JsonObject) -> None:
    """The event of an entry that moved into a stage; a channel may name the stage behind its workflow."""
    workflow = text(as_object(workflow_of(call, content_type)).get("uid"))
    stage = text(record.get("uid"))
    parts = entry_parts(content_type, uid)
    fire(call, [*parts, Part("workflows", workflow, f"{workflow}.{stage}")], "")


def _set_stage(call: Call) -> Answer:
    """Move a document into a stage of the workflow of its content type."""
    entry, code = find_entry(call), requested_locale(call)
    _, document = require_document(call, entry, code)
    stage = as_object(call.section("workflow").get("workflow_stage"))
    document.workflow = workflow_record(call, entry.content_type, stage, document.workflow)
    fire_moved(call, entry.content_type, entry.uid, document.workflow)
    return Answer({"notice": "Workflow stage updated successfully."})


def _find(call: Call) -> JsonObject:
    return find_in_path(call, call.stack.workflows, "uid", 141, "Workflow was not found. Please try again.")


def _create(call: Call) -> Answer:
    """Stages get new uids, so a stage that names another as its next one needs an update afterwards."""
    sent = call.section("workflow")
    _check(call, sent, None)
    raw: JsonObject = {"enabled": True, "branches": ["main"], "description": "", **sent, "deleted_at": False}
    raw["workflow_stages"] = _stages(call, objects(sent.get("workflow_stages")), set())
    raw = with_authorship(call, raw)
    call.stack.workflows[text(raw["uid"])] = raw
    return Answer({"notice": "Workflow created successfully.", "workflow": raw}, 201)


def _check(call: Call, sent: JsonObject, before: JsonObject | None) -> None:
    errors: dict[str, list[str]] = {}
    others = [workflow for workflow in call.stack.workflows.values() if workflow is not before]
    if not text(sent.get("name")):
        errors["workflow.name"] = [REQUIRED]
    if any(other.get("name") == sent.get("name") for other in others):
        errors["workflow.name"] = [NOT_UNIQUE]
    if not 2 <= len(objects(sent.get("workflow_stages"))) <= 20:
        errors["workflow_stages"] = ["should have 2 to 20 stages."]  # page: limits
    types = set(text_items(sent.get("content_types")))
    if types - {"$all"} - set(call.branch.content_types):
        errors["workflow.content_types"] = [NOT_VALID]
    if any(_overlap(sent, other) for other in others):
        errors["workflow.content_types"] = ["is part of another workflow."]
    if errors:
        raise ApiError(422, 141, _FAILED, errors)


def _overlap(workflow: JsonObject, other: JsonObject) -> bool:
    """Whether two workflows both claim a content type in a branch (without branches: main), which can have only one."""
    for name, default in (("content_types", []), ("branches", ["main"])):
        left = set(text_items(workflow.get(name)) or default)
        right = set(text_items(other.get(name)) or default)
        if not _share_a_name(left, right):
            return False
    return True


def _share_a_name(left: set[str], right: set[str]) -> bool:
    """`$all` has every name in common with a list that is not empty."""
    return bool(left & right or ("$all" in left and right) or ("$all" in right and left))


def _stages(call: Call, sent: list[JsonObject], known: set[str]) -> list[Json]:
    """A stage keeps a uid that the workflow has already; its next stages must be `$all` or such uids.

    The flags of clients are in no answer: no exported stage has one.
    """
    default: JsonObject = (
        {"next_available_stages": []} if call.switches.next_stages_default == "empty" else {}
    )
    if call.switches.fills_in:
        default["entry_lock"] = "$none"
    for index, stage in enumerate(sent):
        _check_stage(f"workflow_stages.{index}", stage, known)
    return [
        {
            **default,
            **{name: value for name, value in stage.items() if name not in _CLIENT_FLAGS},
            "uid": stage["uid"] if text(stage.get("uid")) in known else call.service.uid(),
        }
        for stage in sent
    ]


def _check_stage(where: str, stage: JsonObject, known: set[str]) -> None:
    if not text(stage.get("name")):
        raise invalid(141, _FAILED, **{f"{where}.name": REQUIRED})
    if set(text_items(stage.get("next_available_stages"))) - known - {"$all"}:
        raise invalid(141, _FAILED, **{f"{where}.next_available_stages": NOT_VALID})


def _update(call: Call) -> Answer:
    before, sent = _find(call), call.section("workflow")
    merged = {**before, **sent}
    _check(call, merged, before)
    if "workflow_stages" in sent:
        known = {text(stage.get("uid")) for stage in objects(before.get("workflow_stages"))}
        merged["workflow_stages"] = _stages(call, objects(sent["workflow_stages"]), known)
    return _saved(call, before, merged, "Workflow updated successfully.")


def _saved(call: Call, before: JsonObject, changed: JsonObject, notice: str) -> Answer:
    raw = call.stack.workflows[text(before["uid"])] = with_authorship(call, changed, before)
    return Answer({"notice": notice, "workflow": raw})


def _switch(call: Call, *, enabled: bool) -> Answer:
    notice = f"Workflow {'enabled' if enabled else 'disabled'} successfully."
    return _saved(call, _find(call), {**_find(call), "enabled": enabled}, notice)


def _delete(call: Call) -> Answer:
    del call.stack.workflows[text(_find(call)["uid"])]
    return Answer({"notice": "Workflow deleted successfully."})


def _check_rule(call: Call, raw: JsonObject) -> None:
    """A publish rule names an environment, and a workflow and stage that exist."""
    errors: dict[str, list[str]] = {}
    if text(raw.get("environment")) not in call.stack.environments:
        errors["publishing_rule.environment"] = [NOT_VALID]
    workflow = call.stack.workflows.get(text(raw.get("workflow")))
    if raw.get("workflow") and workflow is None:
        errors["publishing_rule.workflow"] = [NOT_VALID]
    stages = _stage_uids(workflow or {})
    if raw.get("workflow_stage") and raw["workflow_stage"] not in stages:
        errors["publishing_rule.workflow_stage"] = [NOT_VALID]
    if errors:
        raise ApiError(422, 141, "Publish rule creation failed. Please enter valid data.", errors)


def _stage_uids(workflow: JsonObject) -> list[Json]:
    return [stage.get("uid") for stage in objects(workflow.get("workflow_stages"))]


RULES = Collection(
    name="publishing_rule",
    path="/workflows/publishing_rules",
    label="Publish rule",
    rows=lambda call: call.stack.publish_rules,
    key="",
    check=_check_rule,
)

_WORKFLOW = "/workflows/{uid}"

ROUTES = (
    *RULES.routes(),
    Route("GET", "/workflows", get_list("workflows", lambda call: call.stack.workflows.values())),
    Route("POST", "/workflows", _create),
    Route("GET", _WORKFLOW, get_one("workflow", _find)),
    Route("PUT", _WORKFLOW, _update),
    Route("DELETE", _WORKFLOW, _delete),
    Route("GET", f"{_WORKFLOW}/enable", partial(_switch, enabled=True)),
    Route("POST", "/content_types/{content_type}/entries/{entry}/workflow", _set_stage),
    Route("GET", f"{_WORKFLOW}/disable", partial(_switch, enabled=False)),
)
