"""What goes with the workflow stage that a document is in: a comment, when it is due, and whose turn it is. Pure.

The service shows it with the stage, and takes it with a move into one. People do not exist in another stack's team.
API pages: "Set entry workflow stage", "Update workflow details in bulk".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_list, as_object, epoch_seconds, text
from stackferry.providers.contentstack.target_names import is_same_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.target import ImportContext

_USERS, _ROLES = "assigned_to", "assigned_by_roles"
NAMES: Final = ("comment", "due_date", _USERS, _ROLES)


def stage_details(document: JsonObject) -> JsonObject:
    """Of what a document shows with its stage all that is not empty."""
    shown = as_object(document.get("_workflow"))
    return {name: shown[name] for name in NAMES if shown.get(name)}


def target_details(context: ImportContext, details: JsonObject) -> JsonObject:
    """The same as the target takes it: without people of another team, with the target's roles."""
    if is_same_stack(context):
        return details
    roles = [_with_uid(one, uid) for one in as_list(details.get(_ROLES)) if (uid := _role(context, one))]
    kept = {name: value for name, value in details.items() if name not in (_USERS, _ROLES)}
    return {**kept, **({_ROLES: roles} if roles else {})}


def lost_details(context: ImportContext, details: JsonObject) -> Iterator[tuple[str, str]]:
    """What the target does not take of it: where it stands, and why."""
    if is_same_stack(context):
        return
    for one in as_list(details.get(_USERS)):
        yield (
            f"/_workflow/{_USERS}",
            f"it is assigned to user {_uid(one)}, who is unknown here: assign it by hand",
        )
    for one in as_list(details.get(_ROLES)):
        if not _role(context, one):
            yield (
                f"/_workflow/{_ROLES}",
                f"it is assigned to role {_uid(one)}, which the target does not have",
            )


def differing_details(wanted: JsonObject, shown: JsonObject) -> Iterator[str]:
    """The names of what differs. The same time may be written in several ways, and roles and users name their uids."""
    return (name for name in NAMES if _meaning(name, wanted.get(name)) != _meaning(name, shown.get(name)))


def _meaning(name: str, value: Json) -> object:
    if name in (_USERS, _ROLES):
        return sorted(map(_uid, as_list(value)))
    at = epoch_seconds(text(value)) if name == "due_date" else None
    return text(value) if at is None else at


def _role(context: ImportContext, item: Json) -> str | None:
    return context.in_target("roles", _uid(item))


def _uid(item: Json) -> str:
    """An item is `{uid, name}`, or a bare uid."""
    return text(as_object(item).get("uid")) or text(item)


def _with_uid(item: Json, uid: str) -> Json:
    return {**item, "uid": uid} if isinstance(item, dict) else uid
