"""Releases that are made and deployed: what starts, what holds it, how it ends, and what is refused."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from project_client import ASK, COPY, PROJECT, TOKEN, ProjectClient, asked, phase, serving, stage

from stackferry.emulators.azure_devops import Switches
from stackferry.emulators.azure_devops.seed.api import Api

SLOW = Switches(deploy_seconds=100)


def as_person(client: ProjectClient, name: str) -> Api:
    return Api(client.service, "fabrikam", PROJECT, name)


def step(client: ProjectClient, release: int, at: int = 0, attempt: int = -1) -> Any:
    return client.whole(release)["environments"][at]["deploySteps"][attempt]


# What a release is


def test_a_release_is_made_of_its_definition() -> None:
    with serving() as client:
        client.project.put(
            "variablegroups", {"id": 5, "name": "Keys", "variables": {"k": {"value": "1", "isSecret": True}}}
        )
        dev = stage("Dev", by_hand=True, variables={"a": {"value": "1"}}, variableGroups=[5])
        variables = {"plain": {"value": "x"}, "hidden": {"value": "s3cret", "isSecret": True}}
        number = client.definition(
            dev, variables=variables, variableGroups=[5], path="\\Web", releaseNameFormat="R$(rev:rrr)"
        )
        body = {
            "definitionId": number,
            "description": "d",
            "variables": {"plain": {"value": "y"}},
            "environmentsMetadata": [{"definitionEnvironmentId": 1, "variables": {"a": {"value": "2"}}}],
        }
        made = client.post("release/releases", body)
        assert (made["id"], made["name"], made["status"], made["reason"]) == (1, "R001", "active", "manual")
        assert made["variables"] == {"plain": {"value": "y"}, "hidden": {"value": None, "isSecret": True}}
        assert made["environments"][0]["variables"] == {"a": {"value": "2"}}
        assert made["environments"][0]["definitionEnvironmentId"] == 1
        assert made["variableGroups"][0]["variables"]["k"]["value"] is None
        assert made["releaseDefinition"]["path"] == "\\Web"
        assert client.whole(1) == made
        assert b"s3cret" not in client.send("GET", "release/definitions/1/revisions/1").content
        # A list of variables is taken and ignored.
        listed = client.post("release/releases", {**body, "variables": [{"name": "plain", "value": "z"}]})
        assert (listed["name"], listed["variables"]["plain"]) == ("R002", {"value": "x"})


FORMATS = {
    "": "Release-1",
    "$(Date:yyyyMMdd).$(Rev:rr)": "20300101.01",
    "$(Release.DefinitionName) $(Release.ReleaseId) $(tries)": "D1 1 3",
    "$(Build.BuildNumber)": "2030.1",
}


@pytest.mark.parametrize("written", FORMATS)
def test_names_of_releases(written: str) -> None:
    with serving() as client:
        client.project.put(
            "builds",
            {"id": 7, "buildNumber": "2030.1", "definition": {"id": 3}, "sourceBranch": "refs/heads/b"},
        )
        client.project.put("build_definitions", {"id": 3, "name": "CI"})
        artifact = {"alias": "A", "type": "Build", "definitionReference": {"definition": {"id": "3"}}}
        variables = {"tries": {"value": "3"}}
        number = client.definition(releaseNameFormat=written, artifacts=[artifact], variables=variables)
        refused = client.refused("POST", "release/releases", {"definitionId": number})
        assert (refused.status, "A" in refused.message) == (400, True)
        body = {"definitionId": number, "artifacts": [{"alias": "A", "instanceReference": {"id": "7"}}]}
        made = client.post("release/releases", body)
        assert made["name"] == FORMATS[written]
        found = made["artifacts"][0]["definitionReference"]
        assert (found["version"]["name"], found["branch"]["id"]) == ("2030.1", "refs/heads/b")
        assert client.post("release/releases", {"definitionId": number, "isDraft": True})["status"] == "draft"
        unknown = {**body, "artifacts": [{"alias": "B", "instanceReference": {"id": "7"}}]}
        assert client.refused("POST", "release/releases", unknown).status == 400


# What starts


def test_stages_follow_one_another() -> None:
    with serving(SLOW) as client:
        release = client.release(client.definition())
        assert client.stages(release) == {"Dev": "inProgress", "Prod": "notStarted"}
        client.clock.pass_seconds(101)
        assert client.stages(release) == {"Dev": "succeeded", "Prod": "inProgress"}
        client.clock.pass_seconds(101)
        assert client.stages(release) == {"Dev": "succeeded", "Prod": "succeeded"}
        rows = client.rows("release/deployments")
        assert [(row["id"], row["deploymentStatus"], row["reason"]) for row in rows] == [
            (2, "succeeded", "automated"),
            (1, "succeeded", "automated"),
        ]
        assert rows[0]["completedOn"] == client.clock.after(0)


def test_deployments_progress_by_requests() -> None:
    with serving(Switches(deploy_requests=4)) as client:
        release = client.release(client.definition(stage("Dev")))
        seen = [client.stages(release)["Dev"] for _ in range(6)]
        assert seen[0] == "inProgress"
        assert seen[-1] == "succeeded"
        assert sorted(seen, key=["inProgress", "succeeded"].index) == seen


def test_a_draft_starts_when_it_becomes_active() -> None:
    with serving() as client:
        release = client.release(client.definition(), isDraft=True)
        assert client.stages(release) == {"Dev": "notStarted", "Prod": "notStarted"}
        path = f"release/releases/{release}/environments/{client.stage(release, 'Dev')}"
        assert client.refused("PATCH", path, {"status": "inProgress"}).status == 400
        client.patch(f"release/releases/{release}", {"status": "active"})
        assert client.stages(release) == {"Dev": "succeeded", "Prod": "succeeded"}


@pytest.mark.parametrize("hold", [True, False])
def test_manual_environments_hold_or_are_ignored(hold: bool) -> None:
    with serving(Switches(manual_environments_hold=hold)) as client:
        release = client.release(client.definition(), manualEnvironments=["Dev"])
        assert client.stages(release)["Dev"] == ("notStarted" if hold else "succeeded")


def test_a_stage_that_is_manual_does_not_follow_another_either() -> None:
    with serving() as client:
        release = client.release(client.definition(), manualEnvironments=["Prod"])
        assert client.stages(release) == {"Dev": "succeeded", "Prod": "notStarted"}
        drafted = client.release(1, isDraft=True)
        client.patch(f"release/releases/{drafted}", {"status": "active", "manualEnvironments": ["Dev"]})
        assert client.stages(drafted) == {"Dev": "notStarted", "Prod": "notStarted"}


@pytest.mark.parametrize("shown", [True, False])
def test_the_answer_to_a_create_may_show_what_starts(shown: bool) -> None:
    with serving(Switches(create_shows_start=shown)) as client:
        number = client.definition()
        made = client.post("release/releases", {"definitionId": number})
        assert made["environments"][0]["status"] == ("queued" if shown else "notStarted")
        assert client.stages(made["id"])["Dev"] == "succeeded"


def test_a_stage_is_scheduled() -> None:
    with serving() as client:
        release = client.release(client.definition(stage("Dev", by_hand=True)))
        path = f"release/releases/{release}/environments/1"
        at = client.clock.after(3600)
        assert (
            client.patch(path, {"status": "inProgress", "scheduledDeploymentTime": at})["status"]
            == "scheduled"
        )
        assert client.stages(release) == {"Dev": "scheduled"}
        client.clock.pass_seconds(3601)
        assert client.stages(release) == {"Dev": "succeeded"}
        assert (
            client.refused("PATCH", path, {"status": "inProgress", "scheduledDeploymentTime": "soon"}).status
            == 400
        )


# What holds


def test_people_are_asked_in_turn() -> None:
    with serving() as client:
        rule = asked(client.service, "Ana", "Bo")
        release = client.release(client.definition(stage("Dev", preDeployApprovals=rule)))
        assert client.stages(release) == {"Dev": "inProgress"}
        assert step(client, release)["operationStatus"] == "Pending"
        (first,) = client.pending()
        assert first["approver"]["displayName"] == "Ana"
        Api(client.service, "fabrikam", PROJECT, "Ana").patch(
            f"release/approvals/{first['id']}", {"status": "Approved", "comments": "Good to go!"}
        )
        (second,) = client.pending()
        assert second["approver"]["displayName"] == "Bo"
        (row,) = client.rows("release/deployments")
        assert [one["status"] for one in row["preDeployApprovals"]] == ["approved", "pending"]
        as_person(client, "Bo").patch(f"release/approvals/{second['id']}", {"status": 2})
        assert client.stages(release) == {"Dev": "succeeded"}
        given = client.whole(release)["environments"][0]["preDeployApprovals"]
        assert [(row["status"], row["approvedBy"]["displayName"], row["comments"]) for row in given] == [
            ("approved", "Ana", "Good to go!"),
            ("approved", "Bo", ""),
        ]
        assert (
            client.refused("PATCH", f"release/approvals/{first['id']}", {"status": "rejected"}).status == 400
        )
        assert client.rows("release/deployments")[0]["preDeployApprovals"] == given


def test_one_of_many_is_enough() -> None:
    with serving() as client:
        rule = asked(client.service, "Ana", "Bo", enough=1)
        release = client.release(client.definition(stage("Dev", postDeployApprovals=rule)))
        rows = client.pending()
        assert {row["approver"]["displayName"] for row in rows} == {"Ana", "Bo"}
        assert len(client.rows("release/approvals?assignedToFilter=bo@fabrikam.example")) == 1
        body = [{"id": rows[0]["id"], "status": "approved"}]
        assert client.patch("release/approvals", body)["count"] == 1
        assert client.stages(release) == {"Dev": "succeeded"}
        said = client.rows("release/approvals?statusFilter=skipped,approved&typeFilter=postDeploy")
        assert {row["status"] for row in said} == {"skipped", "approved"}


def test_an_approval_is_handed_on_and_rejected() -> None:
    with serving() as client:
        rule = asked(client.service, "Ana")
        asked(client.service, "Chi")
        release = client.release(client.definition(stage("Dev", preDeployApprovals=rule)))
        (row,) = client.pending()
        path = f"release/approvals/{row['id']}"
        body = {
            "status": "ReAssigned",
            "comments": "Chi knows",
            "approver": {"uniquename": "chi@fabrikam.example"},
        }
        handed = client.patch(path, body)
        assert (handed["revision"], handed["approver"]["displayName"], handed["status"]) == (
            2,
            "Chi",
            "pending",
        )
        assert handed["history"][0]["comments"] == "Chi knows"
        assert client.refused("PATCH", path, {**body, "approver": {"uniqueName": "nobody"}}).status == 400
        client.patch(path, {"status": "rejected", "comments": "no"})
        assert client.stages(release) == {"Dev": "rejected"}
        assert step(client, release)["operationStatus"] == "Rejected"
        assert client.send("GET", f"release/releases/{release}/logs").content[:2] == b"PK"


@pytest.mark.parametrize("answer", ["approved", "rejected"])
def test_a_manual_intervention(answer: str) -> None:
    with serving() as client:
        phases = [phase(), phase(ASK, kind="runOnServer", queue=0), phase()]
        release = client.release(client.definition(stage("Dev", deployPhases=phases)))
        assert step(client, release)["operationStatus"] == "ManualInterventionPending"
        (row,) = client.rows(f"release/releases/{release}/manualinterventions")
        path = f"release/releases/{release}/manualinterventions/{row['id']}"
        assert client.get(path) == row
        said = client.patch(path, {"status": answer, "comment": "after a look"})
        assert (said["status"], said["comments"]) == (answer, "after a look")
        assert client.stages(release) == {"Dev": "succeeded" if answer == "approved" else "rejected"}
        assert client.refused("PATCH", path, {"status": answer}).status == 400
        done = [one["status"] for one in step(client, release)["releaseDeployPhases"]]
        expected = ["succeeded"] * 3 if answer == "approved" else ["succeeded", "failed", "notStarted"]
        assert done == expected


def test_gates_hold_until_they_are_ignored() -> None:
    with serving() as client:
        client.service.failing_gates.add("Query")
        gates = {"gates": [{"tasks": [{"name": "Query"}, {"name": "Other"}]}]}
        release = client.release(client.definition(stage("Dev", preDeploymentGates=gates)))
        assert step(client, release)["operationStatus"] == "EvaluatingGates"
        held = step(client, release)["preDeploymentGates"]
        short = client.get(f"release/releases/{release}")["environments"][0]["deploySteps"][0]
        assert (len(held["deploymentJobs"]), len(short["preDeploymentGates"]["deploymentJobs"])) == (7, 5)
        path = f"release/gates/{held['id']}"
        log = f"release/releases/{release}/environments/1/gates/{held['id']}/tasks/11/logs"
        assert "failed" in client.send("GET", log).text
        assert client.refused("PATCH", path, {"gatesToIgnore": ["Nothing"]}).status == 400
        said = client.patch(path, {"gatesToIgnore": ["Query"], "comment": "known"})
        assert [row["name"] for row in said["ignoredGates"]] == ["Query"]
        assert "deploymentJobs" not in said
        assert client.stages(release) == {"Dev": "succeeded"}
        history = client.rows(f"release/releases/{release}/history")
        assert [(row["changeType"], row["comment"]) for row in history][-1] == ("IgnoreGate", "known")


# How it ends


def test_a_failure_is_retried() -> None:
    with serving() as client:
        client.service.outcome = lambda _release, _stage, attempt: "rejected" if attempt == 1 else "succeeded"
        release = client.release(client.definition())
        assert client.stages(release) == {"Dev": "rejected", "Prod": "notStarted"}
        failed = step(client, release)
        assert (failed["status"], failed["operationStatus"]) == ("failed", "PhaseFailed")
        last = failed["releaseDeployPhases"][0]["deploymentJobs"][0]["tasks"][-1]
        assert (last["status"], last["issues"][0]["issueType"]) == ("failed", "Error")
        client.patch(
            f"release/releases/{release}/environments/1", {"status": "inProgress", "comment": "again"}
        )
        client.service.outcome = lambda *_: "partiallySucceeded"
        assert client.stages(release)["Dev"] == "partiallySucceeded"
        assert [one["attempt"] for one in client.whole(release)["environments"][0]["deploySteps"]] == [1, 2]
        names = zipfile.ZipFile(
            io.BytesIO(client.send("GET", f"release/releases/{release}/logs").content)
        ).namelist()
        assert "Dev/Attempt 2/Job/2_Copy.log" in names
        # The address of old knows the last attempt only.
        text = client.send("GET", f"release/releases/{release}/environments/1/tasks/2/logs").text
        assert "##[section]Finishing" in text
        assert [row["attempt"] for row in client.rows("release/deployments?latestAttemptsOnly=true")] == [2]


def test_a_running_stage_is_canceled_and_its_log_grows() -> None:
    with serving(SLOW) as client:
        release = client.release(client.definition(stage("Dev", deployPhases=[phase(COPY, COPY)])))
        path = f"release/releases/{release}/environments/1"
        sizes = []
        for _ in range(3):
            client.stages(release)
            client.clock.pass_seconds(20)
            zipped = zipfile.ZipFile(
                io.BytesIO(client.send("GET", f"release/releases/{release}/logs").content)
            )
            sizes.append(sum(entry.file_size for entry in zipped.infolist()))
        assert sizes == sorted(set(sizes))
        assert client.refused("PATCH", path, {"status": "inProgress"}).status == 400
        client.patch(path, {"status": "Canceled"})
        assert client.stages(release) == {"Dev": "canceled"}
        tasks = step(client, release)["releaseDeployPhases"][0]["deploymentJobs"][0]["tasks"]
        assert [task["status"] for task in tasks] == ["succeeded", "canceled", "skipped"]
        assert client.refused("PATCH", path, {"status": "canceled"}).status == 400
        assert client.refused("PATCH", path, {"status": "succeeded"}).status == 400


@pytest.mark.parametrize("running", ["refused", "canceled"])
def test_abandoning_is_final(running: str) -> None:
    with serving(Switches(deploy_seconds=100, abandon_running=running)) as client:  # type: ignore[arg-type]  # one of the two
        release = client.release(client.definition())
        path = f"release/releases/{release}"
        if running == "refused":
            assert client.refused("PATCH", path, {"status": "abandoned"}).status == 400
            client.clock.pass_seconds(300)
            client.stages(release)
            client.clock.pass_seconds(300)
        else:
            client.stages(release)
        assert client.patch(path, {"status": "Abandoned"})["status"] == "abandoned"
        assert client.refused("PATCH", path, {"status": "active"}).status == 400
        assert client.refused("PATCH", f"{path}/environments/1", {"status": "inProgress"}).status == 400
        assert set(client.stages(release).values()) <= {"succeeded", "canceled", "notStarted"}


# What is changed


def test_one_patch_carries_several_changes() -> None:
    with serving() as client:
        release = client.release(client.definition(stage("Dev", by_hand=True)))
        path = f"release/releases/{release}"
        body = {"status": "abandoned", "keepForever": True, "name": "../<b>", "comment": "for the audit"}
        client.clock.pass_seconds(5)
        said = client.patch(path, body)
        assert (said["status"], said["keepForever"], said["name"]) == ("abandoned", True, "../<b>")
        assert said["modifiedOn"] == "2030-01-01T00:00:05Z"
        assert said["environments"][0]["release"]["name"] == "../<b>"
        assert client.refused("PATCH", path, {"name": "x"}, "3.0-preview.2").status == 400
        kinds = [row["changeType"] for row in client.rows(f"{path}/history")]
        assert kinds == ["Create", "Abandon", "Retain", "Rename"]


def test_a_release_is_replaced_and_its_snapshot_gets_a_revision() -> None:
    with serving() as client:
        release = client.release(client.definition(stage("Dev", by_hand=True)))
        path = f"release/releases/{release}"
        whole = client.whole(release)
        whole["description"] = "other"
        assert client.change("PUT", path, whole)["definitionSnapshotRevision"] == 1
        whole["environments"][0]["variables"] = {"new": {"value": "1"}}
        assert client.change("PUT", path, whole)["definitionSnapshotRevision"] == 2
        first = client.send("GET", f"{path}?definitionSnapshotRevision=1")
        assert first.headers["content-type"] == "application/octet-stream"
        assert first.content == client.project.definitions[1].revisions[1].content
        before = first.json()
        before["environments"][0]["variables"] = {"new": {"value": "1"}}
        assert client.send("GET", f"{path}?definitionSnapshotRevision=2").json() == before
        assert client.refused("GET", f"{path}?definitionSnapshotRevision=3").status == 404


def test_replacing_a_release_changes_nothing_that_has_happened() -> None:
    with serving() as client:
        release = client.release(client.definition())
        before = client.whole(release)
        assert before["environments"][0]["deploySteps"]
        sent = client.get(f"release/releases/{release}")  # without the tasks
        client.change("PUT", f"release/releases/{release}", {**sent, "description": "other"})
        after = client.whole(release)
        assert (after["description"], after["environments"]) == ("other", before["environments"])


def test_tags() -> None:
    with serving() as client:
        number = client.definition(stage("Dev", by_hand=True))
        release = client.release(number)
        path = f"release/releases/{release}/tags"
        assert client.post(path, ["audited", "Wave 1", "AUDITED"])["value"] == ["audited", "Wave 1"]
        assert client.patch(f"{path}/one%20more", None)["count"] == 3
        assert client.change("DELETE", f"{path}/wave%201")["value"] == ["audited", "one more"]
        assert client.get("release/tags")["value"] == ["audited", "one more"]
        assert [row["id"] for row in client.rows("release/releases?tagFilter=Audited,one%20more")] == [
            release
        ]
        assert client.rows("release/releases?tagFilter=wave%201") == []
        assert client.post(f"release/definitions/{number}/tags", ["web"])["value"] == ["web"]
        assert client.refused("POST", path, {"not": "a list"}).status == 400


def test_a_release_is_deleted_and_brought_back() -> None:
    with serving() as client:
        release = client.release(client.definition())
        path = f"release/releases/{release}"
        client.whole(release)
        client.patch(path, {"keepForever": True})
        assert client.refused("DELETE", path).status == 400
        client.patch(path, {"keepForever": False})
        assert client.send("DELETE", f"{path}?comment=old").status_code == 204
        assert client.refused("GET", path).key == "ReleaseNotFoundException"
        assert client.rows("release/releases") == client.rows("release/deployments") == []
        assert [row["id"] for row in client.rows("release/releases?isDeleted=true")] == [release]
        assert client.send("PUT", f"{path}?comment=back").status_code == 204
        assert client.whole(release)["name"] == "Release-1"
        assert len(client.rows("release/deployments")) == 2


def test_the_generated_project_can_be_acted_in_by_an_editor() -> None:
    """What the docstring of the package says: an editor's requests, in this process."""
    with serving() as client:
        editor = Api(client.service, "fabrikam", PROJECT, TOKEN)
        with pytest.raises(AssertionError, match="ReleaseNotFoundException"):
            editor.get("release/releases/7")
        assert editor.rows("release/releases") == []
