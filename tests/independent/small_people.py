"""Small stacks: who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stack_steps import FAR, content_type, create, create_workflow, environments, languages, publish
from weird_types import field

if TYPE_CHECKING:
    from plain_api import Api


def rules_and_roles(api: Api) -> None:
    languages(api, ("de-de", "en-us"))
    places = environments(api, "live", "test")
    content_type(api, "note", field("body"))
    folder = api.post("/assets/folders", {"asset": {"name": "F"}})["asset"]["uid"]
    asset = api.upload("a.txt", b"1", "text/plain", title="A", parent_uid=folder)["uid"]
    api.post("/taxonomies", {"taxonomy": {"uid": "t", "name": "T", "description": ""}})
    api.post("/taxonomies/t/terms", {"term": {"uid": "x", "name": "x", "parent_uid": None, "order": 1}})
    german = next(row["uid"] for row in api.rows("/locales", "locales") if row["code"] == "de-de")
    note = create(api, "note", "N")
    may = {
        "read": True,
        "sub_acl": {"read": True, "create": False, "update": True, "delete": False, "publish": False},
    }
    rules: list[dict[str, Any]] = [
        {"module": "branch", "branches": ["main"], "acl": {"read": True}},
        {"module": "content_type", "content_types": ["note"], "acl": may},
        {"module": "entry", "entries": [note], "acl": may},
        {"module": "asset", "assets": [asset], "acl": may},
        {"module": "folder", "folders": [folder], "acl": may},
        {"module": "environment", "environments": [places["test"]], "acl": {"read": True}},
        {"module": "locale", "locales": [german], "restrict": True, "acl": {"read": True}},
        {
            "module": "taxonomy",
            "taxonomies": ["t"],
            "terms": ["t.x"],
            "content_types": [{"uid": "$all", "acl": may}],
            "acl": may,
        },
    ]
    role = api.post("/roles", {"role": {"name": "R", "description": "d", "rules": rules}})["role"]["uid"]
    flow = create_workflow(api, ("one", "two", "three"), roles=(role,))
    first, second, third = (stage["uid"] for stage in flow["workflow_stages"])
    for stage, following in zip(flow["workflow_stages"], ([second], [first, third], []), strict=True):
        stage["next_available_stages"] = following
    api.put(f"/workflows/{flow['uid']}", {"workflow": flow})
    publish(api, "note", note, 1, "en-us", "live")
    for number, environment in enumerate(places.values()):
        api.post(
            "/workflows/publishing_rules",
            {
                "publishing_rule": {
                    "workflow": flow["uid"],
                    "actions": ["publish", "unpublish"][: number + 1],
                    "branches": ["main"],
                    "content_types": ["note"],
                    "locales": ["en-us"],
                    "environment": environment,
                    "workflow_stage": third,
                    "approvers": {"users": [], "roles": [role] if number else []},
                    "disable_approver_publishing": bool(number),
                }
            },
        )
    stage = {
        "uid": second,
        "comment": "c",
        "due_date": FAR,
        "notify": False,
        "assigned_by_roles": [{"uid": role, "name": "R"}],
    }
    api.post(
        f"/content_types/note/entries/{note}/workflow",
        {"workflow": {"workflow_stage": stage}},
        locale="en-us",
    )


def role_with_a_label(api: Api) -> None:
    content_type(api, "note")
    label = api.post("/labels", {"label": {"name": "L", "content_types": ["note"]}})["label"]["uid"]
    rules = [
        {"module": "branch", "branches": ["main"], "acl": {"read": True}},
        {"module": "label", "labels": [label], "acl": {"read": True}},
    ]
    api.post("/roles", {"role": {"name": "R", "description": "d", "rules": rules}})


def workflow_with_admins(api: Api) -> None:
    rules = [{"module": "branch", "branches": ["main"], "acl": {"read": True}}]
    role = api.post("/roles", {"role": {"name": "R", "description": "d", "rules": rules}})["role"]["uid"]
    content_type(api, "note")
    flow = create_workflow(api, ("one", "two"), admins=(role,))
    one, two = flow["workflow_stages"]
    one["next_available_stages"], two["next_available_stages"] = [two["uid"]], []
    api.put(f"/workflows/{flow['uid']}", {"workflow": flow})


PEOPLE = [rules_and_roles, role_with_a_label, workflow_with_admins]
