"""The plan for workflows and publish rules. Pure.

Stages get new uids, so a workflow whose stages name each other is written twice: once to learn the uids, once to use
them. What is in which stage is in `entry_stages`.
API pages: "Create a Workflow", "Update a Workflow", "Create Publish Rules".
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from stackferry.json_values import as_list, as_object, objects, text, texts
from stackferry.model import Gap, JsonObject, Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.people import people_gaps, with_own_people
from stackferry.providers.contentstack.importing.answers import read_answer
from stackferry.providers.contentstack.importing.entries.second_look import moved_since
from stackferry.providers.contentstack.importing.objects import ObjectWrite, Payload, contains, object_seen
from stackferry.providers.contentstack.matching.objects import pair_members
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.references.source_uids import SourceUids
from stackferry.providers.contentstack.requests.objects import update_object
from stackferry.providers.contentstack.target_names import (
    is_same_stack,
    target_branch,
    target_locale,
    target_uids,
)
from stackferry.providers.target import ImportContext, PreparedWrite, Step, Write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import Json


def workflows(context: ImportContext) -> Iterator[ObjectWrite]:
    """Every workflow with its stages; which of them may follow which is said when they have their uids."""
    for row in context.source.objects(Stream("workflows")):
        yield ObjectWrite(
            kind=kinds.WORKFLOWS,
            uid=text(row.get("uid")),
            payload=partial(_without_order, context, row),
            identities=partial(_identities, context, row),
            # The service gives stages new uids, so workflows of two stacks are compared by the names of stages.
            expected=partial(_by_name, context, row),
            view=partial(_by_name, None),
            optional=True,
        )


def stage_order(context: ImportContext) -> Iterator[Step]:
    """Which stage may follow which, in the target's uids."""
    for row in context.source.objects(Stream("workflows")):
        # A stage may only name stages that exist, so the order takes a write of its own.
        if any(_next(stage) for stage in objects(row.get("workflow_stages"))):
            yield _with_order(context, row)


def _by_name(context: ImportContext | None, row: JsonObject) -> JsonObject:
    """A workflow whose stages go by their names: how it is compared across stacks."""
    body = kinds.WORKFLOWS.own_fields(row) if context is None else _workflow(context, row)
    stages = objects(body.get("workflow_stages"))
    names = {text(stage.get("uid")): text(stage.get("name")) for stage in stages}
    body["workflow_stages"] = [
        {
            **{name: value for name, value in stage.items() if name != "uid"},
            "next_available_stages": [
                names.get(text(uid), text(uid)) for uid in as_list(stage.get("next_available_stages"))
            ],
        }
        for stage in stages
    ]
    return body


def _without_order(context: ImportContext, row: JsonObject) -> Payload:
    """As it is written first. A stage that names no other says at once what may follow it, if it says anything."""
    body = _workflow(context, row)
    held = context.once(matches).row("workflows", text(row.get("uid"))) or {}
    # A stage keeps its uid, and with it the entries that are in it, only where the write names that.
    uids = {text(stage.get("name")): stage.get("uid") for stage in objects(held.get("workflow_stages"))}
    body["workflow_stages"] = [
        {
            **{name: value for name, value in stage.items() if name not in _left_out(stage)},
            **({"uid": uid} if (uid := uids.get(text(stage.get("name")))) else {}),
        }
        for stage in objects(body.get("workflow_stages"))
    ]
    return Payload(body, people_gaps(context, kinds.WORKFLOWS, row))


def _left_out(stage: JsonObject) -> Sequence[str]:
    return ("uid", "next_available_stages") if _next(stage) else ("uid",)


def _workflow(context: ImportContext, row: JsonObject) -> JsonObject:
    held = context.once(matches).row("workflows", text(row.get("uid")))
    body = with_own_people(context, kinds.WORKFLOWS, kinds.WORKFLOWS.own_fields(row), held)
    body["workflow_stages"] = [_with_roles(context, stage) for stage in objects(body.get("workflow_stages"))]
    admins = as_object(body.get("admin_users"))
    if "roles" in admins:
        body["admin_users"] = {**admins, "roles": target_uids(context, "roles", _plain_uids(admins["roles"]))}
    _rename_branches(context, body)
    return body


def _rename_branches(context: ImportContext, body: JsonObject) -> None:
    """Name the target's branch in a workflow or a rule. Within one stack both branches share it: it stays as it is."""
    named = body.get("branches")
    if isinstance(named, list) and not is_same_stack(context):
        body["branches"] = [target_branch(context, text(name)) for name in named]


def _with_roles(context: ImportContext, stage: JsonObject) -> JsonObject:
    """A stage's rights name roles by uid."""
    rights = stage.get("SYS_ACL")
    if not isinstance(rights, dict):
        return stage
    roles = as_object(rights.get("roles"))
    mapped = {**roles, "uids": target_uids(context, "roles", _plain_uids(roles.get("uids")))}
    return {**stage, "SYS_ACL": {**rights, "roles": mapped}}


def _plain_uids(items: Json) -> list[Json]:
    """An item is `{uid, name}`, or a bare uid."""
    return [as_object(item).get("uid", item) for item in as_list(items)]


def _next(stage: JsonObject) -> list[str]:
    """The stages that a stage names; `$all` names none in particular."""
    return [uid for uid in texts(as_list(stage.get("next_available_stages"))) if uid != "$all"]


def _identities(context: ImportContext, row: JsonObject, made: JsonObject) -> list[tuple[str, str, str]]:
    ways = context.once(matches).ways("stages")
    pairs = pair_members(row.get("workflow_stages"), made.get("workflow_stages"), ways)
    stages = [("stages", source, target) for source, target in pairs]
    return [("workflows", text(row.get("uid")), text(made.get("uid"))), *stages]


def _with_order(context: ImportContext, row: JsonObject) -> Write:
    uid = text(row.get("uid"))

    def build() -> PreparedWrite:
        target = context.identity.target("workflows", uid)
        is_moved = moved_since(context, object_seen(kinds.WORKFLOWS, {"uid": target}), "")
        if target is None or is_moved or _is_in_order(context, row, target):
            return PreparedWrite()
        body = _workflow(context, row)
        stages = objects(body["workflow_stages"])
        body["workflow_stages"] = [_target_stage(context, stage) for stage in stages]
        # What the first write mapped by itself is in this body too.
        body = as_object(context.once(SourceUids).mapped(body))
        path = f"{kinds.WORKFLOWS.path}/{quote(target, safe='')}"
        return PreparedWrite(request=update_object(kinds.WORKFLOWS, path, body))

    reason = "the target refused which stage follows which"
    return Write(
        key=f"stages/{uid}",
        kind="workflows",
        build=build,
        read=partial(read_answer, kinds.WORKFLOWS),
        failed=Gap(kind="workflows", uid=uid, path="stages", reason=reason),
        optional=True,
    )


def _is_in_order(context: ImportContext, row: JsonObject, target: str) -> bool:
    """Whether a workflow that the target had before stays as it is: it differs in nothing, or may not change."""
    held = context.target.get(Stream("workflows"), target)
    if held is None:
        return False
    wanted = as_object(context.once(SourceUids).mapped(_by_name(context, row)))
    return context.options.on_conflict != "update" or contains(_by_name(None, held), wanted)


def _target_stage(context: ImportContext, stage: JsonObject) -> JsonObject:
    uid = context.identity.target("stages", text(stage.get("uid"))) or stage.get("uid")
    following = stage.get("next_available_stages")
    named: JsonObject = {"next_available_stages": target_uids(context, "stages", following)}
    return {**stage, "uid": uid, **(named if isinstance(following, list) else {})}


def publish_rule(context: ImportContext, row: JsonObject) -> Payload:
    held = context.once(matches).row("publish_rules", text(row.get("uid")))
    body = with_own_people(context, kinds.PUBLISH_RULES, kinds.PUBLISH_RULES.own_fields(row), held)
    for name in ("workflow", "workflow_stage", "environment"):
        if isinstance(body.get(name), str):
            kind = kinds.PUBLISH_RULES.refers_to[name]
            body[name] = context.identity.target(kind, text(body[name])) or body[name]
    locales = body.get("locales")
    if isinstance(locales, list):
        body["locales"] = [target_locale(context, text(code)) for code in locales]
    _rename_branches(context, body)
    if approvers := as_object(body.get("approvers")):
        body["approvers"] = {**approvers, "roles": target_uids(context, "roles", approvers.get("roles"))}
    return Payload(body, people_gaps(context, kinds.PUBLISH_RULES, row))
