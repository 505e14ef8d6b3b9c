"""The rules of the pages that exports, imports and live commands rely on, asked of the emulator by plain HTTP."""

from __future__ import annotations

import io
import time
import zipfile
from base64 import b64encode
from datetime import datetime
from typing import TYPE_CHECKING, Any

import project_service
import pytest
import rich_project
from plain_project import TOKEN
from rich_project import stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from plain_project import Project
    from project_service import Service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with project_service.open_service(tmp_path_factory.mktemp("emulated")) as opened:
        yield opened


@pytest.fixture
def project(service: Service, request: pytest.FixtureRequest) -> Project:
    """A project of the test's own in an organization of its own."""
    name = request.node.name
    return service.another(f"o{abs(hash(name))}", "Plain")


def define(project: Project, *stages: Any, **more: Any) -> int:
    body = {"name": "D", "environments": stages or [stage("Dev", deployPhases=[])], **more}
    return int(project.post("release/definitions", body)["id"])


def make(project: Project, definition: int, **more: Any) -> Any:
    return project.post("release/releases", {"definitionId": definition, **more})


def test_pages_are_cut_and_lead_on_by_a_header(project: Project) -> None:
    """Research, section 3."""
    of = define(project)
    made = [make(project, of)["id"] for _ in range(103)]
    first = project.answer("GET", "release/releases")
    assert (len(first.json()["value"]), first.json()["count"]) == (50, 50)
    cut = project.answer("GET", "release/releases", top_=500, queryOrder="ascending")
    assert len(cut.json()["value"]) == 100
    token = cut.headers["x-ms-continuationtoken"]
    last = project.answer(
        "GET", "release/releases", top_=500, queryOrder="ascending", continuationToken=token
    )
    assert "x-ms-continuationtoken" not in last.headers
    rows = [row["id"] for row in (*cut.json()["value"], *last.json()["value"])]
    assert sorted({*rows}) == made
    assert [row["id"] for row in first.json()["value"]] == sorted(made, reverse=True)[:50]


@pytest.mark.parametrize("shape", ["today", "old", "collection"])
def test_shapes_of_addresses(service: Service, shape: str) -> None:
    """Research, section 1: the three tables of hosts."""
    uid = service.source.get("/_apis/projects/Söurce Web")["id"]
    hosts = {
        "today": ("vsrm.dev.azure.com", "/fabrikam/{}/_apis/release/releases"),
        "old": ("fabrikam.vsrm.visualstudio.com", "/defaultcollection/{}/_apis/Release/Releases"),
        "collection": ("tfs.example.com", "/fabrikam/{}/_apis/release/releases"),
    }
    host, path = hosts[shape]
    for name in ("S%C3%B6urce%20Web", uid, "s%C3%B6urce%20web"):
        answer = service.http.get(
            service.origin + path.format(name), headers={"Host": host}, auth=("", TOKEN)
        )
        assert (answer.status_code, answer.json()["value"]) == (200, []), answer.text
    wrong = service.http.get(
        service.origin + hosts["today"][1].format(uid), headers={"Host": "dev.azure.com"}, auth=("", TOKEN)
    )
    assert wrong.status_code == 404


@pytest.mark.parametrize(
    ("version", "resource", "status"),
    [
        ("7.1", "release/releases", 200),
        ("5.0", "release/definitions", 200),
        ("4.1", "release/releases", 400),
        ("4.1-preview.6", "release/releases", 200),
        ("4.1-preview", "release/releases", 200),
        ("7.2-preview.9", "release/releases", 200),
        ("7.2", "release/releases", 400),
        ("3.0-preview.2", "release/releases", 200),
        ("2.2-preview.1", "release/releases", 200),
        ("6.0", "release/folders", 400),
        ("6.0-preview.2", "release/folders", 200),
        ("7.0", "release/folders", 200),
        ("", "release/releases", 200),
    ],
)
def test_versions(service: Service, version: str, resource: str, status: int) -> None:
    """Research, section 2: released without -preview in these versions alone."""
    answer = service.source.answer(
        "GET", resource, **{"api-version": version} if version else {"api-version": ""}
    )
    assert answer.status_code == status, answer.text
    if status == 400:
        assert answer.json()["typeKey"] == "VssInvalidPreviewVersionException"


def test_a_write_needs_a_version(service: Service) -> None:
    address = service.source.url("release/releases")
    answer = service.http.post(address, json={"definitionId": 1}, auth=("", TOKEN))
    assert (answer.status_code, answer.json()["typeKey"]) == (400, "VssVersionNotSpecifiedException")
    accept = {"Accept": "application/json;api-version=7.1"}
    told = service.http.post(address, json={"definitionId": 1}, auth=("", TOKEN), headers=accept)
    assert told.json()["typeKey"] == "ReleaseDefinitionNotFoundException"


@pytest.mark.parametrize(("switch", "status"), [(203, 203), (302, 302), (401, 401)])
def test_signing_in(tmp_path: Any, switch: int, status: int) -> None:
    """Research, section 8: pages for GET and POST, JSON for PATCH, a bare 401 where they are suppressed."""
    with project_service.open_service(tmp_path, auth_failure=switch) as service:
        address = service.source.url("release/releases")
        wrong = ("", "another")
        answer = service.http.get(address, auth=wrong)
        assert answer.status_code == status
        assert service.http.get(address).status_code == status
        assert TOKEN not in answer.text
        bare = service.http.get(address, auth=wrong, headers={"X-TFS-FedAuthRedirect": "Suppress"})
        assert bare.status_code == 401
        patched = service.http.patch(f"{address}/1?api-version=7.1", json={}, auth=wrong)
        assert (patched.status_code, patched.json()["message"][:8]) == (401, "TF400813")
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        assert service.http.get(address, headers=bearer).status_code == 200
        basic = {"Authorization": "Basic " + b64encode(f"anybody:{TOKEN}".encode()).decode()}
        assert service.http.get(address, headers=basic).status_code == 200


def test_what_is_not_there(project: Project, service: Service) -> None:
    of = define(project)
    made = make(project, of)["id"]
    assert project.ask("GET", "release/releases/999")[1]["typeKey"] == "ReleaseNotFoundException"
    assert project.ask("GET", "release/definitions/999")[1]["typeKey"] == "ReleaseDefinitionNotFoundException"
    status, found = project.but(name="No such").ask("GET", "release/releases")
    assert (status, found["typeKey"], found["message"][:9]) == (
        404,
        "ProjectDoesNotExistWithNameException",
        "TF200016:",
    )
    other = service.another(project.organization, "Other")
    assert other.ask("GET", f"release/releases/{made}")[0] == 404


def test_a_definition_is_checked(project: Project) -> None:
    """Research, section 5: what a stage must have; twice one name in a folder; folders that are missing."""
    good = stage("Dev", deployPhases=[])
    for key, code in (
        ("retentionPolicy", "VS402982"),
        ("preDeployApprovals", "VS402877"),
        ("postDeployApprovals", "VS402877"),
    ):
        bad = {name: value for name, value in good.items() if name != key}
        status, found = project.ask("POST", "release/definitions", {"name": "D", "environments": [bad]})
        assert (status, found["message"][:8]) == (400, code)
    define(project)
    assert project.ask("POST", "release/definitions", {"name": "D", "environments": [good]})[0] in (400, 409)
    job = rich_project.job("J", "", rank=1)
    job["deploymentInput"]["queueId"] = 4711
    assert (
        project.ask(
            "POST", "release/definitions", {"name": "E", "environments": [stage("Dev", deployPhases=[job])]}
        )[0]
        == 400
    )


def test_a_definition_keeps_every_key(project: Project) -> None:
    uid = define(
        project, unknown={"a": [1, {"b": None}]}, variables={"s": {"value": "hush", "isSecret": True}}
    )
    found = project.definition(uid)
    assert found["unknown"] == {"a": [1, {"b": None}]}
    assert found["variables"]["s"] == {"value": None, "isSecret": True}
    assert found["revision"] == 1
    found["description"] = "second"
    again = project.put("release/definitions", found)
    assert (again["revision"], again["description"]) == (2, "second")
    assert project.ask("PUT", "release/definitions", found)[0] == 409  # revision 1 is old
    rows = project.rows(f"release/definitions/{uid}/revisions")
    assert [row["revision"] for row in rows] in ([1, 2], [2, 1])
    first = project.answer("GET", f"release/definitions/{uid}/revisions/1")
    assert first.headers["content-type"].startswith("text/plain")
    assert (first.json()["description"], first.json()["revision"]) == (None, 1)


def test_ids_of_a_definition_are_new(project: Project) -> None:
    first = project.definition(define(project))
    second = project.post(
        "release/definitions",
        {**first, "id": 0, "name": "E", "environments": [{**first["environments"][0], "id": 0}]},
    )
    assert second["id"] != first["id"]
    assert second["environments"][0]["id"] != first["environments"][0]["id"]


def test_stages_follow_conditions_and_wait_for_people(project: Project) -> None:
    """Research, section 10: queued, pending, in progress, the end; the next stage after it."""
    me = project.get(
        "/_apis/identities", searchFilter="General", filterValue="invented.user@example.invalid"
    )["value"][0]["id"]
    of = define(
        project,
        stage("Dev", rich_project.STARTED, deployPhases=[]),
        stage("QA", rich_project.after("Dev"), deployPhases=[], preDeployApprovals=rich_project.asked(me)),
        stage("Prod", rich_project.after("QA"), deployPhases=[]),
    )
    uid = make(project, of)["id"]
    release = rich_project.settle(project, uid, "Dev", "succeeded")
    pending = rich_project.until(lambda: project.get("release/approvals")["value"])
    assert [(one["status"], one["approvalType"], one["release"]["id"]) for one in pending] == [
        ("pending", "preDeploy", uid)
    ]
    release = project.release(uid)
    assert rich_project.stage_of(release, "Prod")["status"] == "notStarted"
    changed = project.patch(
        f"release/approvals/{pending[0]['id']}", {"status": "approved", "comments": "yes"}
    )
    assert (changed["status"], changed["comments"], changed["approvedBy"]["id"]) == ("approved", "yes", me)
    release = rich_project.settle(project, uid, "Prod", "succeeded")
    step = rich_project.stage_of(release, "QA")["preDeployApprovals"][0]
    assert (step["status"], step["comments"], step["isAutomated"]) == ("approved", "yes", False)
    assert project.get("release/approvals")["value"] == []  # only what is pending, unless asked
    assert project.get("release/approvals", statusFilter="approved", releaseIdsFilter=uid)["count"] > 0
    rows = project.rows("release/deployments", queryOrder="ascending")
    assert [(row["releaseEnvironment"]["name"], row["deploymentStatus"], row["attempt"]) for row in rows] == [
        ("Dev", "succeeded", 1),
        ("QA", "succeeded", 1),
        ("Prod", "succeeded", 1),
    ]


def test_a_draft_and_manual_stages_start_nothing(project: Project) -> None:
    of = define(project, stage("Dev", rich_project.STARTED, deployPhases=[]))
    draft = make(project, of, isDraft=True)
    held = make(project, of, manualEnvironments=["Dev"])
    assert (draft["status"], held["status"]) == ("draft", "active")
    free = make(project, of)
    rich_project.settle(project, free["id"], "Dev", "succeeded")
    assert [project.release(one["id"])["environments"][0]["status"] for one in (draft, held)] == [
        "notStarted"
    ] * 2
    assert [row["release"]["id"] for row in project.rows("release/deployments")] == [free["id"]]
    project.patch(f"release/releases/{draft['id']}", {"status": "active"})
    rich_project.settle(project, draft["id"], "Dev", "succeeded")


def test_variables_of_a_release(project: Project) -> None:
    """A list is taken and ignored (research, #27); an object is taken; a secret never comes back."""
    of = define(project, variables={"size": {"value": "S"}})
    ignored = make(project, of, variables=[{"name": "size", "value": "L"}])
    assert project.release(ignored["id"])["variables"]["size"]["value"] == "S"
    taken = make(project, of, variables={"size": {"value": "L"}, "s": {"value": "x", "isSecret": True}})
    found = project.release(taken["id"])["variables"]
    assert (found["size"]["value"], found["s"]["value"]) == ("L", None)


def test_one_patch_may_say_several_things(project: Project) -> None:
    made = make(project, define(project))["id"]
    changed = project.patch(
        f"release/releases/{made}", {"keepForever": True, "name": "N", "status": "abandoned", "comment": "c"}
    )
    assert (changed["keepForever"], changed["name"], changed["status"]) == (True, "N", "abandoned")
    again = project.release(made)
    assert (again["keepForever"], again["name"], again["status"]) == (True, "N", "abandoned")


def test_tags(project: Project) -> None:
    made = make(project, define(project))["id"]
    assert project.post(f"release/releases/{made}/tags", ["a b", "ü/1"])["value"] == ["a b", "ü/1"]
    assert project.release(made)["tags"] == ["a b", "ü/1"]
    assert project.call("DELETE", f"release/releases/{made}/tags/a b")["value"] == ["ü/1"]
    assert [row["id"] for row in project.rows("release/releases", tagFilter="ü/1")] == [made]
    assert project.rows("release/releases", tagFilter="a b") == []


def test_logs_are_a_zip_and_text(project: Project) -> None:
    of = define(
        project,
        stage(
            "D/e:v",
            rich_project.STARTED,
            deployPhases=[rich_project.job("Ask", "", rich_project.task("Sa/y"), kind="runOnServer")],
        ),
    )
    uid = make(project, of)["id"]
    release = rich_project.settle(project, uid, "D/e:v", "succeeded")
    answer = project.answer("GET", f"release/releases/{uid}/logs")
    assert "content-length" not in answer.headers
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        texts = [archive.read(name) for name in archive.namelist()]
    assert texts
    found = release["environments"][0]
    phase = found["deploySteps"][0]["releaseDeployPhases"][0]
    task = phase["deploymentJobs"][0]["tasks"][-1]
    base = f"release/releases/{uid}/environments/{found['id']}"
    modern = project.answer("GET", f"{base}/deployPhases/{phase['id']}/tasks/{task['id']}/logs")
    old = project.answer("GET", f"{base}/tasks/{task['id']}/logs", **{"api-version": "3.0-preview.2"})
    assert modern.headers["content-type"].startswith("text/plain")
    assert modern.content == old.content
    assert modern.content in texts
    lines = project.answer(
        "GET", f"{base}/deployPhases/{phase['id']}/tasks/{task['id']}/logs", startLine=1, endLine=2
    )
    assert lines.text.splitlines() == modern.text.splitlines()[:2]


def test_filters_of_the_list(project: Project) -> None:
    """Each filter of the page, and those of 7.1."""
    one, two = define(project), define(project, name="E", path="\\")
    made = []
    for number, of in enumerate((one, one, two, two)):
        made.append(make(project, of, isDraft=number == 2)["id"])
        time.sleep(0.005)  # times are in milliseconds: no two releases have the same
    project.patch(f"release/releases/{made[3]}", {"status": "abandoned"})

    def ask(**query: Any) -> list[int]:
        return sorted(row["id"] for row in project.rows("release/releases", **query))

    assert ask(definitionId=one) == made[:2]
    for words, wanted in (
        ("draft", made[2:3]),
        ("Abandoned", made[3:]),
        ("4", made[3:]),
        ("active", made[:2]),
    ):
        assert ask(statusFilter=words) == wanted
    when = project.release(made[1])["createdOn"]
    assert ask(minCreatedTime=when) == made[1:]
    assert made[0] in ask(maxCreatedTime=when)
    assert made[2] not in ask(maxCreatedTime=when)
    assert ask(releaseIdFilter=f"{made[0]},{made[3]}") == [made[0], made[3]]
    assert ask(searchText="Release-2") == [made[1], made[3]]
    assert ask(isDeleted="true") == []
    assert ask(createdBy="invented.user@example.invalid") == made
    assert ask(createdBy="nobody@example.invalid") == []
    assert ask(path="\\") == made


@pytest.mark.parametrize(("switch", "status"), [("zip", 200), (404, 404), (204, 204)])
def test_a_release_without_logs(tmp_path: Any, switch: Any, status: int) -> None:
    with project_service.open_service(tmp_path, empty_logs=switch) as service:
        project = service.another("empty", "P")
        uid = make(project, define(project))["id"]
        answer = project.answer("GET", f"release/releases/{uid}/logs")
        assert answer.status_code == status
        if status == 200:
            assert zipfile.ZipFile(io.BytesIO(answer.content)).namelist() == []


def test_deleting_and_bringing_back(project: Project) -> None:
    made = make(project, define(project))["id"]
    answer = project.answer("DELETE", f"release/releases/{made}", **{"api-version": "7.2-preview.9"})
    assert answer.status_code in (200, 204), answer.text
    assert project.rows("release/releases") == []
    assert [row["id"] for row in project.rows("release/releases", isDeleted="true")] == [made]
    assert project.ask("GET", f"release/releases/{made}")[0] == 404


def test_times_are_times(project: Project) -> None:
    raw = make(project, define(project))
    for key in ("createdOn", "modifiedOn"):
        datetime.fromisoformat(raw[key])


def test_classic_pipelines_that_are_off(tmp_path: Any) -> None:
    with project_service.open_service(tmp_path, classic_creation="project") as service:
        settings = service.target.get("build/generalsettings")
        assert settings["disableClassicReleasePipelineCreation"] is True
        status, found = service.target.ask(
            "POST", "release/definitions", {"name": "D", "environments": [stage("Dev", deployPhases=[])]}
        )
        assert status in (400, 403)
        assert "classic pipelines are disabled" in found["message"]


def test_a_cancelled_stage(project: Project) -> None:
    of = define(project, stage("Dev", deployPhases=[]))
    uid = make(project, of)["id"]
    env = project.release(uid)["environments"][0]["id"]
    path = f"release/releases/{uid}/environments/{env}"
    answer = project.patch(
        path, {"status": "inProgress", "scheduledDeploymentTime": "2999-01-01T00:00:00Z", "comment": "later"}
    )
    assert answer["status"] in ("scheduled", "queued")
    assert project.release(uid)["environments"][0]["status"] == "scheduled"
    project.patch(path, {"status": "canceled"})
    assert project.release(uid)["environments"][0]["status"] == "canceled"
    assert project.ask("PATCH", path, {"status": "succeeded"})[0] == 400
