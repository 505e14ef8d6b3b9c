"""Workflows with their stages, and publish rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, Failure, invalid
from stackferry.emulators.contentstack.listing import list_answer
from stackferry.emulators.contentstack.lookup import not_found, stamped
from stackferry.emulators.contentstack.resources.records import Collection
from stackferry.emulators.routing import Route
from stackferry.emulators.values import objs, text, texts

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import Json, JsonObject

_FAILED = "Workflow creation failed. Please enter valid data."


def _all(call: Call) -> Answer:
    return list_answer(call, "workflows", call.stack.workflows.values())


def _find(call: Call) -> JsonObject:
    found = call.stack.workflows.get(call.args["uid"])
    if found is None:
        raise not_found(call, 141, "Workflow was not found. Please try again.")
    return found


def _one(call: Call) -> Answer:
    return Answer({"workflow": _find(call)})


def _create(call: Call) -> Answer:
    """Stages get new uids, so a stage that names another as its next one needs an update afterwards."""
    sent = call.section("workflow")
    _check(call, sent, None)
    raw: JsonObject = {"enabled": True, "branches": ["main"], "description": "", **sent, "deleted_at": False}
    raw["workflow_stages"] = _stages(call, objs(sent.get("workflow_stages")), set())
    made = stamped(call, raw)
    call.stack.workflows[text(made["uid"])] = made
    return Answer({"notice": "Workflow created successfully.", "workflow": made}, 201)


def _check(call: Call, sent: JsonObject, before: JsonObject | None) -> None:
    wrong: dict[str, list[str]] = {}
    others = [one for one in call.stack.workflows.values() if one is not before]
    if not text(sent.get("name")):
        wrong["workflow.name"] = [REQUIRED]
    if any(one.get("name") == sent.get("name") for one in others):
        wrong["workflow.name"] = [NOT_UNIQUE]
    if not objs(sent.get("workflow_stages")):
        wrong["workflow_stages"] = [REQUIRED]
    kinds = set(texts(sent.get("content_types")))
    if kinds - {"$all"} - set(call.branch.content_types):
        wrong["workflow.content_types"] = [NOT_VALID]
    if any(_overlap(sent, other) for other in others):
        wrong["workflow.content_types"] = ["is part of another workflow."]
    if wrong:
        raise Failure(422, 141, _FAILED, wrong)


def _overlap(one: JsonObject, other: JsonObject) -> bool:
    """Whether two workflows claim a content type in a branch both."""
    return all(
        _meet(texts(one.get(name)) or default, texts(other.get(name)) or default)
        for name, default in (("content_types", []), ("branches", ["main"]))
    )


def _meet(one: list[str], other: list[str]) -> bool:
    both = set(one) & set(other)
    return bool(both) or ("$all" in one and bool(other)) or ("$all" in other and bool(one))


def _stages(call: Call, sent: list[JsonObject], known: set[str]) -> list[Json]:
    """A stage keeps a uid that the workflow knows; its next stages must be `$all` or known ones."""
    for index, stage in enumerate(sent):
        if not text(stage.get("name")):
            raise invalid(141, _FAILED, **{f"workflow_stages.{index}.name": REQUIRED})
        if set(texts(stage.get("next_available_stages"))) - known - {"$all"}:
            raise invalid(141, _FAILED, **{f"workflow_stages.{index}.next_available_stages": NOT_VALID})
    return [
        {
            "next_available_stages": ["$all"],
            **stage,
            "uid": stage["uid"] if text(stage.get("uid")) in known else call.service.uid(),
        }
        for stage in sent
    ]


def _update(call: Call) -> Answer:
    found, sent = _find(call), call.section("workflow")
    merged = {**found, **sent}
    _check(call, merged, found)
    if "workflow_stages" in sent:
        known = {text(stage.get("uid")) for stage in objs(found.get("workflow_stages"))}
        merged["workflow_stages"] = _stages(call, objs(sent["workflow_stages"]), known)
    return _saved(call, found, merged, "Workflow updated successfully.")


def _saved(call: Call, found: JsonObject, changed: JsonObject, notice: str) -> Answer:
    made = call.stack.workflows[text(found["uid"])] = stamped(call, changed, found)
    return Answer({"notice": notice, "workflow": made})


def _enable(call: Call) -> Answer:
    return _saved(call, _find(call), {**_find(call), "enabled": True}, "Workflow enabled successfully.")


def _disable(call: Call) -> Answer:
    return _saved(call, _find(call), {**_find(call), "enabled": False}, "Workflow disabled successfully.")


def _delete(call: Call) -> Answer:
    del call.stack.workflows[text(_find(call)["uid"])]
    return Answer({"notice": "Workflow deleted successfully."})


def _check_rule(call: Call, raw: JsonObject) -> None:
    """A publish rule names an environment, and a workflow and stage that exist."""
    wrong: dict[str, list[str]] = {}
    if text(raw.get("environment")) not in call.stack.environments:
        wrong["publishing_rule.environment"] = [NOT_VALID]
    workflow = call.stack.workflows.get(text(raw.get("workflow")))
    if raw.get("workflow") and workflow is None:
        wrong["publishing_rule.workflow"] = [NOT_VALID]
    stages = [stage.get("uid") for stage in objs(workflow.get("workflow_stages"))] if workflow else []
    if raw.get("workflow_stage") and raw["workflow_stage"] not in stages:
        wrong["publishing_rule.workflow_stage"] = [NOT_VALID]
    if wrong:
        raise Failure(422, 141, "Publish rule creation failed. Please enter valid data.", wrong)


RULES = Collection(
    "publishing_rule",
    "/workflows/publishing_rules",
    "Publish rule",
    lambda call: call.stack.publish_rules,
    key="",
    check=_check_rule,
)

ROUTES = (
    *RULES.routes(),
    Route("GET", "/workflows", _all),
    Route("POST", "/workflows", _create),
    Route("GET", "/workflows/{uid}", _one),
    Route("PUT", "/workflows/{uid}", _update),
    Route("DELETE", "/workflows/{uid}", _delete),
    Route("GET", "/workflows/{uid}/enable", _enable),
    Route("GET", "/workflows/{uid}/disable", _disable),
)
