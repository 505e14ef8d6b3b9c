"""The stage that a document is in, and whether it locks the document.

Guide: Set Edit Access Permissions for Workflow Stages. Owners, admins and superusers may edit and delete in any stage.
No page says what a management token may, so a switch does. Publishing has rules of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.api_errors import NOT_VALID, invalid
from stackferry.emulators.values import text_items
from stackferry.json_values import as_object, objects

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Entry
    from stackferry.model import JsonObject


def workflow_of(call: Call, content_type: str) -> JsonObject | None:
    """The enabled workflow of a content type in this branch."""
    for workflow in call.stack.workflows.values():
        types = text_items(workflow.get("content_types"))
        branches = text_items(workflow.get("branches")) or ["$all"]
        in_branch = "$all" in branches or call.branch.uid in branches
        if in_branch and workflow.get("enabled", True) is True and ("$all" in types or content_type in types):
            return workflow
    return None


def is_locked(call: Call, entry: Entry, code: str) -> bool:
    """Whether the stage of a document refuses this credential its update and its deletion.

    `$all` locks for everybody, `$others` for all but the users of the stage; a token is one of them where all users
    are.
    """
    document = entry.documents.get(code)
    return document is not None and _locks(call, entry.content_type, document.workflow)


def _locks(call: Call, content_type: str, workflow: JsonObject) -> bool:
    """Whether the stage that `workflow` names does."""
    if not (call.switches.stage_locks and call.has_management_token):
        return False
    stages = objects(as_object(workflow_of(call, content_type)).get("workflow_stages"))
    stage = next((one for one in stages if one.get("uid") == workflow.get("uid")), {})
    users = as_object(as_object(stage.get("SYS_ACL")).get("users"))
    lock = stage.get("entry_lock")
    return lock == "$all" or (lock == "$others" and "$all" not in text_items(users.get("uids")))


def check_lock(call: Call, entry: Entry, code: str) -> None:
    """Raises 141 for a document that its stage locks. Which status the service gives, no page says."""
    if is_locked(call, entry, code):
        message = "You are not allowed to edit this entry in its workflow stage."
        raise invalid(141, message, entry=NOT_VALID)


def check_variant_lock(call: Call, entry: Entry, uid: str, code: str) -> None:
    """The same for a variant of an entry in a language: a switch says whose stage counts."""
    variant, rule = entry.variants.get((uid, code)), call.switches.variant_lock
    if rule == "entry":
        check_lock(call, entry, code)
    elif rule == "own" and variant is not None and _locks(call, entry.content_type, variant.workflow):
        message = "You are not allowed to edit this entry variant in its workflow stage."
        raise invalid(141, message, entry=NOT_VALID)
