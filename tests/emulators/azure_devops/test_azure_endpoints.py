"""Every request of the mission's page and of the research, in both shapes of its address, old and new."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from project_client import ASK, PROJECT, ProjectClient, asked, phase, serving, stage

if TYPE_CHECKING:
    from collections.abc import Iterator

OLD = "/fabrikam.vsrm.visualstudio.com/defaultcollection/My%20Web/_apis"
NEW = "/vsrm.dev.azure.com/fabrikam/My%20Web/_apis"
VERSIONS = {OLD: "3.0-preview.2", NEW: "7.1"}


@pytest.fixture(scope="module")
def filled() -> Iterator[ProjectClient]:
    """A release that was deployed to Dev, holds its breath before Prod, and has something of everything."""
    with serving() as client:
        gates = {"gates": [{"tasks": [{"name": "Query", "taskId": "q", "enabled": True}]}]}
        client.service.failing_gates.add("Query")
        prod = stage(
            "Prod",
            after="Dev",
            preDeployApprovals=asked(client.service, "Ana"),
            preDeploymentGates=gates,
            deployPhases=[phase(ASK, kind="runOnServer", queue=0), phase()],
        )
        client.definition(stage("Dev"), prod, path="\\Web")
        client.release(1, description="M 98 release")
        client.release(1, isDraft=True)
        client.project.put(
            "variablegroups", {"id": 5, "name": "Keys", "variables": {"k": {"isSecret": True, "value": "s"}}}
        )
        for kind in (
            "taskgroups",
            "deploymentgroups",
            "securefiles",
            "endpoints",
            "builds",
            "build_definitions",
        ):
            client.project.put(kind, {"id": 1, "name": "one", "buildNumber": "1.0", "path": "\\"})
        yield client


READS = [
    # the page
    ("release/releases", 2),
    ("release/releases?definitionId=1&statusFilter=Draft&$expand=environments,artifacts,approvals", 1),
    ("release/releases?definitionId=1&statusFilter=1&$expand=6&queryOrder=1", 1),  # enums as numbers
    ("Release/RELEASES?DefinitionID=1&STATUSFILTER=draft&$Top=1", 1),  # names in any letter case
    ("release/approvals?statusFilter=2&typeFilter=3&queryOrder=0", 2),
    ("release/definitions?$expand=2&queryOrder=3", 1),
    ("release/releases?$expand=none&$top=5&queryOrder=ascending", 2),
    ("release/releases?createdBy=invented.user@example.invalid", 2),
    ("release/releases?minCreatedTime=2029-01-01&maxCreatedTime=2031-01-01T00:00:00Z", 2),
    ("release/releases/1", None),
    # the research, §2
    ("release/releases?definitionEnvironmentId=1&environmentStatusFilter=4&searchText=lease-1&isDeleted=false", 1),
    ("release/releases?tagFilter=none&releaseIdFilter=1,2&path=%5CWeb", 0),
    ("release/releases/1?approvalFilters=manualApprovals&propertyFilters=a&$expand=tasks&$topGateRecords=9", None),
    ("release/definitions", 1),
    ("release/definitions?$expand=environments&searchText=D1&isExactNameMatch=true&path=%5CWeb", 1),
    ("release/definitions/1", None),
    ("release/definitions/1/revisions", 1),
    ("release/folders", 2),
    ("release/folders/%5CWeb", 1),
    ("release/deployments?definitionId=1&minModifiedTime=2029-01-01T00:00:00Z&queryOrder=ascending", 2),
    ("release/approvals?releaseIdsFilter=1&statusFilter=approved&typeFilter=all&top=50", 2),
    ("release/releases/1/manualinterventions", 0),
    ("release/releases/1/tags", 0),
    ("release/releases/1/history", 1),
    ("release/definitions/1/tags", 0),
    ("release/tags", 0),
    ("release/releasesettings", None),
]  # fmt: skip


@pytest.mark.parametrize("place", [OLD, NEW])
@pytest.mark.parametrize(("path", "count"), READS)
def test_reads_in_both_shapes(filled: ProjectClient, path: str, count: int | None, place: str) -> None:
    late = any(word in path for word in ("tags", "history", "settings"))
    version = VERSIONS[place] if not late else "7.2-preview.1"
    if place == OLD and path.startswith(("release/definitions", "release/approvals", "release/deployments")):
        version = "3.0-preview.1"
    found = filled.get(f"{place}/{path}", version)
    if count is not None:
        assert (found["count"], len(found["value"])) == (count, count)


@pytest.mark.parametrize("place", [OLD, NEW])
def test_create_patch_and_start_in_both_shapes(place: str) -> None:
    version = VERSIONS[place]
    with serving() as client:
        number = client.definition(stage("Dev", by_hand=True))
        made = client.post(f"{place}/release/releases", {"definitionId": number, "description": "x"}, version)
        path = f"{place}/release/releases/{made['id']}"
        dev = made["environments"][0]["id"]
        started = client.patch(f"{path}/environments/{dev}", {"status": "InProgress"}, version)
        assert (started["status"], started["id"]) == ("queued", dev)
        assert client.get(f"{path}", version)["environments"][0]["status"] == "succeeded"
        zipped = client.send("GET", f"{path}/logs", version="7.1" if place == NEW else version)
        names = zipfile.ZipFile(io.BytesIO(zipped.content)).namelist()
        assert names == ["Dev/Job/1_Initialize job.log", "Dev/Job/2_Copy.log"]
        assert zipped.headers["content-type"] == "application/zip"
        assert "content-length" not in zipped.headers
        assert zipped.headers["transfer-encoding"] == "chunked"
        log = client.send("GET", f"{path}/environments/{dev}/tasks/2/logs", version=version)
        assert (log.status_code, log.headers["content-type"]) == (200, "text/plain")
        assert log.text.splitlines()[0].endswith("Starting: Copy")
        assert client.patch(path, {"status": "abandoned"}, version)["status"] == "abandoned"


def test_a_task_log_of_today_by_lines() -> None:
    with serving() as client:
        release = client.release(client.definition())
        found = client.whole(release)["environments"][0]["deploySteps"][0]["releaseDeployPhases"][0]
        url = f"release/releases/{release}/environments/1/deployPhases/{found['id']}/tasks/2/logs"
        whole = client.send("GET", url).text.splitlines()
        assert len(whole) == found["deploymentJobs"][0]["tasks"][1]["lineCount"]
        assert client.send("GET", f"{url}?startLine=2&endLine=3").text.splitlines() == whole[1:3]
        assert client.refused("GET", url.replace("tasks/2", "tasks/9")).status == 404


OTHERS = {
    "distributedtask/variablegroups?groupName=Keys": 1,
    "distributedtask/taskgroups": 1,
    "distributedtask/queues?queueName=Azure%20Pipelines": 1,
    "distributedtask/deploymentgroups": 1,
    "distributedtask/securefiles": 1,
    "serviceendpoint/endpoints": 1,
    "build/definitions?name=one&path=%5C": 1,
    "build/builds?buildNumber=1.0&definitions=7": 0,
}


@pytest.mark.parametrize("path", OTHERS)
@pytest.mark.parametrize(
    "place", ["/dev.azure.com/fabrikam/My%20Web/_apis", "/fabrikam.visualstudio.com/My%20Web/_apis"]
)
def test_other_areas_are_on_their_host(filled: ProjectClient, place: str, path: str) -> None:
    found = filled.rows(f"{place}/{path}")
    assert len(found) == OTHERS[path]
    assert "'s'" not in str(found)  # a secret
    for wrong in (OLD, NEW):
        refused = filled.refused("GET", f"{wrong}/{path}")
        assert (refused.status, refused.key) == (404, "HttpException")


def test_people_projects_and_settings(filled: ProjectClient) -> None:
    people = "/vssps.dev.azure.com/fabrikam/_apis/identities"
    found = filled.rows(f"{people}?searchFilter=General&filterValue=ana@fabrikam.example")
    assert [row["providerDisplayName"] for row in found] == ["Ana"]
    assert filled.rows(f"{people}?searchFilter=General&filterValue=nobody") == []
    assert [row["name"] for row in filled.rows("/dev.azure.com/fabrikam/_apis/projects")] == [PROJECT]
    project = filled.project.id
    assert filled.get(f"/dev.azure.com/fabrikam/_apis/projects/{project}")["id"] == project
    settings = filled.get("/dev.azure.com/fabrikam/My%20Web/_apis/build/generalsettings")
    assert settings["disableClassicReleasePipelineCreation"] is False


SHAPES = {
    "an own server": ("127.0.0.1", "/fabrikam/My%20Web/_apis/release/releases"),
    "an own server with tfs": ("tfs.example.com:8080", "/tfs/Fabrikam/my%20web/_apis/Release/Releases"),
    "the cloud": ("vsrm.dev.azure.com", "/fabrikam/My%20Web/_apis/release/releases"),
    "the old cloud": ("fabrikam.vsrm.visualstudio.com", "/My%20Web/_apis/release/releases"),
    "the old cloud, in full": (
        "fabrikam.vsrm.visualstudio.com",
        "/DefaultCollection/My%20Web/_apis/release/releases",
    ),
    "no project": ("vsrm.dev.azure.com", "/fabrikam/_apis/release/releases"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_hosts_are_told_by_the_host_header(filled: ProjectClient, shape: str) -> None:
    host, path = SHAPES[shape]
    assert filled.send("GET", path, host=host).json()["count"] == 2
    by_id = path.replace("My%20Web", filled.project.id)
    assert filled.send("GET", by_id, host=host).json()["count"] == 2


@pytest.mark.parametrize("host", ["dev.azure.com", "vssps.dev.azure.com", "fabrikam.visualstudio.com"])
def test_releases_are_not_on_another_host(filled: ProjectClient, host: str) -> None:
    path = "/My%20Web/_apis/release/releases"
    answer = filled.send("GET", path if "visual" in host else f"/fabrikam{path}", host=host)
    assert (answer.status_code, answer.json()["typeKey"]) == (404, "HttpException")


def test_resource_areas_tell_the_hosts(filled: ProjectClient) -> None:
    def release_area(path: str, **headers: str) -> Any:
        rows = filled.send("GET", path, **headers).json()["value"]
        return [row["locationUrl"] for row in rows if row["id"] == "efc2f575-36ef-48e9-b672-0c6fb4a48ac5"]

    assert release_area("/fabrikam/_apis/ResourceAreas", host="dev.azure.com") == [
        "http://vsrm.dev.azure.com/fabrikam/"
    ]
    old = release_area("/_apis/ResourceAreas", host="fabrikam.visualstudio.com")
    assert old == ["http://fabrikam.vsrm.visualstudio.com/"]
    mounted = release_area("/dev.azure.com/fabrikam/_apis/ResourceAreas")
    assert mounted == [f"{filled.http.base_url}/vsrm.dev.azure.com/fabrikam/".replace("//vsrm", "/vsrm")]
    assert release_area("/fabrikam/_apis/ResourceAreas") == []  # an own server


NOT_THERE = {
    "release/releases/99": "ReleaseNotFoundException",
    "release/definitions/99": "ReleaseDefinitionNotFoundException",
    "release/definitions/1/revisions/9": "ReleaseDefinitionRevisionNotFoundException",
    "release/approvals/99": "ApprovalNotFoundException",
    "release/releases/1/environments/99": "ReleaseEnvironmentNotFoundException",
    "/fabrikam/Nowhere/_apis/release/releases": "ProjectDoesNotExistWithNameException",
    "/fabrikam/My%20Web/_apis/release/nonsense": "HttpException",
    "/elsewhere/My%20Web/_apis/release/releases": "HttpException",
}


@pytest.mark.parametrize("path", NOT_THERE)
def test_what_is_not_there(filled: ProjectClient, path: str) -> None:
    refused = filled.refused("GET", path)
    assert (refused.status, refused.key) == (404, NOT_THERE[path])


@pytest.mark.parametrize(
    "path",
    ["release/releases?$top=0", "release/releases?$top=x", "release/releases?statusFilter=nonsense",
     "release/releases?$expand=everything", "release/releases?minCreatedTime=yesterday", "release/releases/x"],
)  # fmt: skip
def test_bad_values_are_refused(filled: ProjectClient, path: str) -> None:
    refused = filled.refused("GET", path)
    assert (refused.status, refused.key) == (400, "VssPropertyValidationException")


def test_names_of_projects_are_any_words(filled: ProjectClient) -> None:
    filled.service.add_project("fabrikam", "Bücher & Äpfel +1")
    path = f"/fabrikam/{quote('Bücher & Äpfel +1')}/_apis/release/releases"
    assert filled.get(path)["count"] == 0
    with pytest.raises(ValueError, match="bücher"):
        filled.service.add_project("Fabrikam", "bücher & äpfel +1")


def test_a_release_of_another_project_is_not_there(filled: ProjectClient) -> None:
    filled.service.add_project("fabrikam", "Other")
    assert filled.refused("GET", "/fabrikam/Other/_apis/release/releases/1").key == "ReleaseNotFoundException"
