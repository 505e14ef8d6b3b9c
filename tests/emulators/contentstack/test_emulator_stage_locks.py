"""A workflow stage whose `entry_lock` keeps people from editing the entries in it."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_client import EmulatorClient, open_client

from stackferry.emulators.contentstack import Switches

PAGES = "/content_types/page/entries"
LOCKED = (422, 141, {"entry": ["is not valid."]})
LOGIN = {"authorization": "", "authtoken": "invented-authtoken"}
EDIT = {"json": {"entry": {"title": "B"}}}


def fill(client: EmulatorClient, lock: str, users: list[str]) -> tuple[str, str, list[str]]:
    """An entry in two languages; its path and uid, and the stages of its workflow: the second one has the lock."""
    client.locale("fr")
    client.environment("live")
    client.content_type("page")
    access: dict[str, Any] = {"users": {"uids": users}, "roles": {"uids": []}, "others": {}}
    stages = [
        {"name": "Draft", "entry_lock": "$none"},
        {"name": "Done", "entry_lock": lock, "SYS_ACL": access},
    ]
    flow = {"name": "Review", "content_types": ["page"], "workflow_stages": stages}
    made = client.post("/workflows", {"workflow": flow})["workflow"]
    uid = client.entry("page", {"title": "A"})["uid"]
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "F"}}, locale="fr")
    return f"{PAGES}/{uid}", uid, [stage["uid"] for stage in made["workflow_stages"]]


def move(client: EmulatorClient, path: str, stage: str) -> None:
    client.post(f"{path}/workflow", {"workflow": {"workflow_stage": {"uid": stage}}})


@pytest.mark.parametrize(
    ("lock", "users"), [("$all", ["$all"]), ("$others", []), ("$others", ["blt_somebody"])]
)
def test_a_locked_entry_is_neither_updated_nor_deleted(lock: str, users: list[str]) -> None:
    with open_client() as client:
        path, uid, (draft, done) = fill(client, lock, users)
        move(client, path, done)
        assert client.refused("PUT", path, **EDIT) == LOCKED
        assert client.refused("DELETE", path) == LOCKED
        assert client.refused("DELETE", path, params={"delete_all_localized": "true"}) == LOCKED
        assert client.import_entry("page", {"title": "B"}, uid).status_code == 422
        one = {"entries": [{"uid": uid, "content_type": "page", "locale": "en-us"}]}
        job = client.post("/bulk/delete", one)["job_id"]
        assert client.get(f"/bulk/jobs/{job}")["summary"]["failed"] == 1
        assert client.get(path)["entry"]["_version"] == 1
        client.put(path, {"entry": {"title": "G"}}, locale="fr")  # a document of its own, in no stage
        client.post(f"{path}/publish", {"entry": {"environments": ["live"]}})
        move(client, path, draft)
        client.put(path, {"entry": {"title": "B"}})


@pytest.mark.parametrize(("lock", "users"), [("$none", []), ("$others", ["$all"])])
def test_a_stage_that_locks_nobody_out(lock: str, users: list[str]) -> None:
    with open_client() as client:
        path, _, (_, done) = fill(client, lock, users)
        move(client, path, done)
        client.put(path, {"entry": {"title": "B"}})
        client.ok("DELETE", path)


def test_owners_may_edit_in_any_stage(client: EmulatorClient) -> None:
    """Guide: Set Edit Access Permissions for Workflow Stages. The login of the emulator is the stack's owner."""
    path, _, (_, done) = fill(client, "$all", [])
    move(client, path, done)
    client.ok("PUT", path, headers=LOGIN, **EDIT)


def test_a_workflow_that_is_off_locks_nothing(client: EmulatorClient) -> None:
    path, _, (_, done) = fill(client, "$all", [])
    move(client, path, done)
    (flow,) = client.get("/workflows")["workflows"]
    client.get(f"/workflows/{flow['uid']}/disable")
    client.put(path, {"entry": {"title": "B"}})


def test_locks_may_hold_for_users_only() -> None:
    with open_client(Switches(stage_locks=False)) as client:
        path, _, (_, done) = fill(client, "$all", [])
        move(client, path, done)
        client.put(path, {"entry": {"title": "B"}})
        client.ok("DELETE", path)
