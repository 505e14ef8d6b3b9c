"""Definitions, their revisions and folders: what is kept, what is added, what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from project_client import AUTOMATIC, COPY, ProjectClient, phase, serving, stage

from stackferry import exact_json
from stackferry.emulators.azure_devops import Switches

CONNECTION = "c39562bd-fe8f-4eca-a587-fe9817be5f30"


def body(*stages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "Web", "path": "\\", "environments": list(stages) or [stage("Dev")], **more}


def test_every_revision_keeps_its_bytes() -> None:
    with serving() as client:
        made = client.post("release/definitions", body(unknown={"kept": 1.10}))
        assert (made["revision"], made["source"], made["unknown"]) == (1, "restApi", {"kept": 1.1})
        first = client.send("GET", "release/definitions/1/revisions/1")
        assert first.headers["content-type"] == "text/plain"
        assert json.loads(first.content) == made
        changed = client.change(
            "PUT", "release/definitions", {**made, "comment": "why", "description": "new"}
        )
        assert (changed["revision"], changed["environments"][0]["id"]) == (2, made["environments"][0]["id"])
        old_form = client.change("PUT", "release/definitions/1", {**changed, "name": "Web 2"})
        assert old_form["revision"] == 3
        rows = client.rows("release/definitions/1/revisions")
        assert [(row["revision"], row["changeType"], row["comment"]) for row in rows] == [
            (1, "add", None),
            (2, "update", "why"),
            (3, "update", "why"),
        ]
        assert client.send("GET", "release/definitions/1/revisions/1").content == first.content
        assert client.get("release/definitions/1") == old_form


def test_numbers_are_kept_to_the_digit() -> None:
    numbers = b'{"ratio": 0.1000, "big": 12345678901234567890, "exponent": 1E2}'
    with serving() as client:
        whole = exact_json.dumps(body(future=exact_json.loads(numbers)))
        path = f"{client.place}/release/definitions"
        client.http.post(f"{path}?api-version=7.1", content=whole)
        for got in (f"{path}/1", f"{path}/1/revisions/1"):
            assert b'"future":{"big":12345678901234567890,"exponent":1E2,"ratio":0.1000}' in client.http.get(
                got
            ).content.replace(b": ", b":")


def test_what_was_released_last_shows_without_a_revision() -> None:
    with serving() as client:
        number = client.definition()
        assert client.get(f"release/definitions/{number}")["environments"][0]["currentRelease"]["id"] == 0
        assert "lastRelease" not in client.rows("release/definitions")[0]
        for _ in range(2):
            client.whole(client.release(number))
        shown = client.get(f"release/definitions/{number}")
        assert [one["currentRelease"]["id"] for one in shown["environments"]] == [2, 2]
        (row,) = client.rows("release/definitions")
        assert (row["lastRelease"]["id"], row["revision"], shown["revision"]) == (2, 1, 1)


@pytest.mark.parametrize("status", [400, 409])
def test_an_old_copy_is_refused(status: int) -> None:
    with serving(Switches(revision_conflict=status)) as client:  # type: ignore[arg-type]  # one of the two
        made = client.post("release/definitions", body())
        client.change("PUT", "release/definitions", made)
        refused = client.refused("PUT", "release/definitions", made)
        assert (refused.status, "old copy" in refused.message) == (status, True)


LACKING = {
    "retentionPolicy": "VS402982",
    "preDeployApprovals": "VS402877",
    "postDeployApprovals": "VS402877",
}


@pytest.mark.parametrize("field", LACKING)
def test_what_a_stage_must_have(field: str) -> None:
    with serving() as client:
        lacking = {name: value for name, value in stage("Dev").items() if name != field}
        refused = client.refused("POST", "release/definitions", body(lacking))
        assert (refused.status, LACKING[field] in refused.message) == (400, True)


@pytest.mark.parametrize(
    "bad", [body(name=""), body(stage("Dev"), stage("dev")), {"name": "x", "environments": []}]
)
def test_bodies_that_are_no_definition(bad: dict[str, Any]) -> None:
    with serving() as client:
        assert client.refused("POST", "release/definitions", bad).status == 400


def test_names_are_unique_in_a_folder() -> None:
    with serving() as client:
        client.post("release/definitions", body())
        refused = client.refused("POST", "release/definitions", body(name="WEB"))
        assert refused.key == "ReleaseDefinitionAlreadyExistsException"
        client.post("release/folders", {"path": "\\Other"})
        assert client.post("release/definitions", body(path="\\Other"))["path"] == "\\Other"


REFERENCES: list[tuple[str, dict[str, Any]]] = [
    ("Agent queue 77", stage("Dev", deployPhases=[phase(queue=77)])),
    ("Agent queue 0", stage("Dev", deployPhases=[phase(queue=0)])),
    ("Deployment group 77", stage("Dev", deployPhases=[phase(kind="machineGroupBasedDeployment", queue=77)])),
    ("Variable group 77", stage("Dev", variableGroups=[77])),
    ("Task group: Warm up", stage("Dev", deployPhases=[
        phase({**COPY, "name": "Warm up", "definitionType": "metaTask", "version": "2.*"})])),
    ("Secure file", stage("Dev", deployPhases=[phase({**COPY, "inputs": {"secureFile": CONNECTION}})])),
    ("approver nobody", stage("Dev", preDeployApprovals={
        "approvals": [{"rank": 1, "isAutomated": False, "approver": {"uniqueName": "nobody"}}]})),
    (CONNECTION, stage("Dev", deployPhases=[phase({**COPY, "inputs": {"azureSubscription": CONNECTION}})])),
    (CONNECTION, stage("Dev", preDeploymentGates={"gates": [
        {"tasks": [{**COPY, "inputs": {"ConnectedServiceName": CONNECTION}}]}]})),
]  # fmt: skip


@pytest.mark.parametrize("checked", [True, False])
@pytest.mark.parametrize(("named", "wrong"), REFERENCES)
def test_references_to_what_is_not_there(named: str, wrong: dict[str, Any], checked: bool) -> None:
    with serving(Switches(validate_references=checked)) as client:
        answer = client.send("POST", "release/definitions", body(wrong))
        assert answer.status_code == (400 if checked else 200)
        assert (named in answer.json().get("message", "")) is checked


@pytest.mark.parametrize("checked", [True, False])
@pytest.mark.parametrize("kind", ["Build", "GitHub"])
def test_artifacts_of_what_is_not_there(kind: str, checked: bool) -> None:
    reference = {"definition": {"id": "7"}, "connection": {"id": CONNECTION if kind == "GitHub" else ""}}
    artifact = {"alias": "A", "type": kind, "definitionReference": reference}
    with serving(Switches(validate_references=checked)) as client:
        answer = client.send("POST", "release/definitions", body(artifacts=[artifact]))
        assert answer.status_code == (400 if checked else 200)


def test_references_to_what_is_there() -> None:
    with serving() as client:
        task = {**COPY, "definitionType": "metaTask", "version": "2.*"}
        connected = {**COPY, "inputs": {"externalEndpoint": f"{CONNECTION},{CONNECTION}"}}
        client.project.put("taskgroups", {"id": COPY["taskId"], "name": "Copy", "version": {"major": 2}})
        client.project.put("endpoints", {"id": CONNECTION, "name": "Azure"})
        client.definition(stage("Dev", deployPhases=[phase(task, connected)]))


@pytest.mark.parametrize("scans", [True, False])
def test_plain_credentials(scans: bool) -> None:
    with serving(Switches(scan_variables=scans)) as client:
        variables = {
            "dbPassword": {"value": "hunter22222"},
            "apiToken": {"value": "x" * 20, "isSecret": True},
        }
        answer = client.send("POST", "release/definitions", body(variables=variables))
        assert answer.status_code == (400 if scans else 200)
        assert ("dbPassword" in answer.json().get("message", "")) is scans
        assert "apiToken" not in answer.json().get("message", "")


@pytest.mark.parametrize("place", ["project", "organization", "on"])
@pytest.mark.parametrize("releases", [True, False])
def test_classic_creation_switched_off(place: str, releases: bool) -> None:
    with serving() as client:
        number = client.definition()
        client.service.switches = Switches(classic_creation=place, classic_releases=releases)  # type: ignore[arg-type]  # one of the three
        settings = client.get("build/generalsettings")
        assert settings["disableClassicReleasePipelineCreation"] is (place != "on")
        answer = client.send("POST", "release/definitions", body())
        assert answer.status_code == (200 if place == "on" else 400)
        if place != "on":
            assert answer.json()["message"] == f"The classic pipelines are disabled for this {place}."
        made = client.send("POST", "release/releases", {"definitionId": number})
        assert made.status_code == (200 if releases or place == "on" else 400)


def deploying(client: ProjectClient) -> int:
    number = client.definition()
    client.release(number)
    return number


@pytest.mark.parametrize("named", [True, False])
def test_a_definition_is_deleted_and_its_releases_live_on(named: bool) -> None:
    with serving(Switches(deleted_definition_name=named)) as client:
        number = deploying(client)
        assert client.send("DELETE", f"release/definitions/{number}?comment=gone").status_code == 204
        assert client.rows("release/definitions") == []
        assert [row["id"] for row in client.rows("release/definitions?isDeleted=true")] == [number]
        assert client.refused("GET", f"release/definitions/{number}").status == 404
        assert client.refused("POST", "release/releases", {"definitionId": number}).status == 404
        for shown in (client.whole(1), client.rows("release/releases")[0]):
            assert ("name" in shown["releaseDefinition"]) is named
        assert client.patch(f"release/definitions/{number}", {"comment": "back"})["isDeleted"] is False
        assert client.whole(1)["releaseDefinition"]["name"] == "D1"


@pytest.mark.parametrize("allowed", [True, False])
def test_a_definition_that_is_deploying_may_need_force(allowed: bool) -> None:
    switches = Switches(deploy_seconds=100, delete_definition_with_releases=allowed)
    with serving(switches) as client:
        number = deploying(client)
        answer = client.send("DELETE", f"release/definitions/{number}")
        assert answer.status_code == (204 if allowed else 400)
        if not allowed:
            assert client.send("DELETE", f"release/definitions/{number}?forceDelete=true").status_code == 204


def test_folders() -> None:
    with serving(Switches(folders_by_themselves=True)) as client:
        client.post("release/folders/%5CWeb", {"description": "shop"})
        client.post("release/folders", {"path": "\\Web\\Äußeres & mehr"})
        assert client.refused("POST", "release/folders/%5Cweb", {}).key == "FolderExistsException"
        client.definition(path="\\Web\\Äußeres & mehr")
        client.post("release/definitions", body(path="\\New"))  # the folder is made with it
        paths = [row["path"] for row in client.rows("release/folders")]
        assert paths == ["\\", "\\New", "\\Web", "\\Web\\Äußeres & mehr"]
        assert [row["path"] for row in client.rows("release/folders/%5CWeb?queryOrder=descending")] == paths[
            :1:-1
        ]
        client.patch("release/folders/%5CWeb", {"path": "\\Shop", "description": "d"})
        assert client.rows("release/definitions?path=%5CShop%5CÄußeres%20%26%20mehr")[0]["id"] == 1
        assert client.send("DELETE", "release/folders/%5CShop").status_code == 204
        assert [row["id"] for row in client.rows("release/definitions")] == [2]
        assert client.refused("DELETE", "release/folders/%5CShop").key == "FolderNotFoundException"


def test_a_folder_must_be_there() -> None:
    with serving() as client:
        for method, path, sent in (
            ("POST", "release/definitions", body(path="\\New")),
            ("POST", "release/folders", {"path": "\\New\\Deep"}),
        ):
            assert client.refused(method, path, sent).key == "FolderNotFoundException"
        client.post("release/folders", {"path": "\\New"})
        made = client.post("release/definitions", body(path="\\new"))
        assert client.refused("PUT", "release/definitions", {**made, "path": "\\Gone"}).status == 400


def test_ids_count_up_in_the_organization_or_in_the_project() -> None:
    for wide in (True, False):
        with serving(Switches(ids_per_organization=wide)) as client:
            client.definition()
            client.service.add_project("fabrikam", "Other")
            queues = client.rows("/fabrikam/Other/_apis/distributedtask/queues")
            assert queues[0]["id"] == (2 if wide else 1)
            dev = stage("Dev", deployPhases=[phase(queue=queues[0]["id"])])
            other = client.post("/fabrikam/Other/_apis/release/definitions", body(dev))
            assert other["id"] == (2 if wide else 1)


def test_a_definition_of_2016_is_taken_as_it_was() -> None:
    with serving() as client:
        old = {
            "name": "Fabrikam.CD",
            "environments": [
                {
                    "name": "Dev",
                    "queueId": 1,
                    "rank": 1,
                    "preDeployApprovals": AUTOMATIC,
                    "postDeployApprovals": AUTOMATIC,
                    "deployStep": {"tasks": []},
                }
            ],
        }
        assert client.post("release/definitions", old, "3.0-preview.1")["name"] == "Fabrikam.CD"
        assert client.refused("POST", "release/definitions", {**old, "name": "x"}, "7.1").status == 400
