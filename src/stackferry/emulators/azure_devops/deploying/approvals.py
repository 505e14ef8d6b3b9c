"""Approvals: made from the rule of a stage, given, refused or handed on by people."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from stackferry.emulators.azure_devops.api_errors import ApiError, invalid
from stackferry.emulators.azure_devops.words import APPROVAL_STATUS, word
from stackferry.json_values import as_list, as_object, integer, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.azure_devops.scene import Scene
    from stackferry.model import Json, JsonObject

Side = Literal["pre", "post"]


def _rows(stage: JsonObject, side: Side, attempt: int) -> list[JsonObject]:
    return [row for row in objects(stage.get(f"{side}DeployApprovals")) if row.get("attempt") == attempt]


def ask(scene: Scene, release: JsonObject, stage: JsonObject, side: Side, attempt: int) -> None:
    """Ask those whose turn it is: all of the next rank, or all at once where so many of them are enough."""
    rule = as_object(stage.get(f"{side}ApprovalsSnapshot"))
    wanted = objects(rule.get("approvals")) or [{"rank": 1, "isAutomated": True, "isNotificationOn": False}]
    there = {row.get("rank") for row in _rows(stage, side, attempt)}
    asked = [one for one in wanted if one.get("rank", 1) not in there]
    if not asked:
        return
    if not _enough(stage, side):
        lowest = min(map(_rank, asked))
        asked = [one for one in asked if _rank(one) == lowest]
    made: list[Json] = [_approval(scene, release, stage, side, attempt, one) for one in asked]
    stage[f"{side}DeployApprovals"] = [*as_list(stage.get(f"{side}DeployApprovals")), *made]


def _rank(rule: JsonObject) -> int:
    return integer(rule.get("rank")) or 1


def _enough(stage: JsonObject, side: Side) -> int:
    """How many approvals are enough; 0: all are needed."""
    options = as_object(as_object(stage.get(f"{side}ApprovalsSnapshot")).get("approvalOptions"))
    return integer(options.get("requiredApproverCount")) or 0


def _approval(
    scene: Scene, release: JsonObject, stage: JsonObject, side: Side, attempt: int, rule: JsonObject
) -> JsonObject:
    number, is_automated = scene.new_id("approval"), rule.get("isAutomated") is True
    approver: JsonObject = {} if is_automated else {"approver": rule.get("approver")}
    return {
        "id": number,
        "revision": 1,
        **approver,
        "approvalType": f"{side}Deploy",
        "createdOn": scene.now,
        "modifiedOn": scene.now,
        "status": "approved" if is_automated else "pending",
        "comments": "",
        "isAutomated": is_automated,
        "isNotificationOn": not is_automated,
        "trialNumber": 1,
        "attempt": attempt,
        "rank": rule.get("rank", 1),
        **scene.approval_references(release, stage),
        "url": f"{scene.home}/approvals/{number}",
    }


def verdict(scene: Scene, release: JsonObject, stage: JsonObject, side: Side, attempt: int) -> bool | None:
    """Whether the stage may go on; None while somebody is still asked."""
    while True:
        rows = _rows(stage, side, attempt)
        statuses = Counter(text(row.get("status")) for row in rows)
        if statuses["rejected"]:
            return False
        enough = _enough(stage, side)
        if enough and statuses["approved"] >= enough:
            _skip_pending(scene, rows)
            return True
        if statuses["pending"]:
            return None
        before = len(rows)
        ask(scene, release, stage, side, attempt)
        if len(_rows(stage, side, attempt)) == before:
            return True


def _skip_pending(scene: Scene, rows: list[JsonObject]) -> None:
    for row in rows:
        if row.get("status") == "pending":
            row.update({"status": "skipped", "modifiedOn": scene.now})


def decide(scene: Scene, approval: JsonObject, body: JsonObject, user: str) -> None:
    """Approve, reject or reassign. Raises 400 for what is not pending."""
    status = word(APPROVAL_STATUS, body.get("status"), "status")
    scene.project.wake(integer(as_object(approval.get("release")).get("id")))
    if approval.get("status") != "pending":
        raise invalid(f"The approval {approval.get('id')} is not pending: it is {approval.get('status')}.")
    comments = text(body.get("comments"))
    me = scene.organization.person(user)
    if status == "reassigned":
        person = scene.organization.find_person(as_object(body.get("approver")))
        if person is None:
            raise ApiError(400, "ApprovalUpdateException", "The approver to reassign to was not found.")
        _reassign(scene, approval, person, comments, me)
    elif status in ("approved", "rejected"):
        approval.update({"status": status, "comments": comments, "approvedBy": me, "modifiedOn": scene.now})
    else:
        raise invalid(f"An approval cannot be set to {status}.")


def _reassign(scene: Scene, approval: JsonObject, person: JsonObject, comments: str, me: JsonObject) -> None:
    revision = integer(approval.get("revision")) or 1
    row: JsonObject = {
        "revision": revision,
        "comments": comments,
        "approver": approval.get("approver"),
        "changedBy": me,
        "createdOn": scene.now,
        "modifiedOn": scene.now,
    }
    approval["history"] = [*as_list(approval.get("history")), row]
    approval.update({"revision": revision + 1, "approver": person, "modifiedOn": scene.now})
