"""Every `release` command on a live project, judged by what a plain client reads before and after it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import project_service
import pytest
import rich_project
from rich_project import settle, stage, stage_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from plain_project import Project
    from project_service import Ended, Service


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, dict[str, int]]]:
    """A full project that is read only."""
    with project_service.open_service(tmp_path_factory.mktemp("live")) as service:
        made = rich_project.fill(service.source)
        service.source.answer(
            "DELETE", f"release/releases/{made['twin']}", **{"api-version": "7.2-preview.9"}
        )
        yield service, made


@pytest.fixture
def own(shared: tuple[Service, dict[str, int]], request: pytest.FixtureRequest) -> tuple[Service, Project]:
    """A project that the test may change."""
    service, _ = shared
    return service, service.another(f"own{abs(hash(request.node.name))}", "Live & ünd")


def define(project: Project, *stages: Any, **more: Any) -> int:
    body = {"name": "D", "environments": stages or [stage("Dev", deployPhases=[])], **more}
    return int(project.post("release/definitions", body)["id"])


def ids(ended: Ended) -> list[int]:
    assert ended.code == 0, ended.said
    return sorted(row["id"] for row in ended.report["answer"]["value"])


def rows(project: Project, **query: Any) -> list[Any]:
    return [row for row in project.releases() if all(row[key] == value for key, value in query.items())]


def has_stage(status: str) -> Any:
    return lambda row: any(one["status"] == status for one in row["environments"])


FILTERS: dict[tuple[str, ...], Any] = {
    (): lambda _: True,
    ("--definition", "1"): lambda row: row["releaseDefinition"]["id"] == 1,
    ("--definition", "\\Shop\\Old\\Web"): lambda row: row["releaseDefinition"]["path"] == "\\Shop\\Old",
    ("--status", "draft"): lambda row: row["status"] == "draft",
    ("--status", "ABANDONED"): lambda row: row["status"] == "abandoned",
    ("--status", "2"): lambda row: row["status"] == "active",
    ("--status", "5"): lambda row: row["status"] in ("draft", "abandoned"),
    ("--status", "draft", "--status", "abandoned"): lambda row: row["status"] in ("draft", "abandoned"),
    ("--stage-status", "rejected"): has_stage("rejected"),
    ("--stage-status", "16"): has_stage("rejected"),
    ("--stage-status", "20"): lambda row: has_stage("rejected")(row) or has_stage("succeeded")(row),
    ("--definition", "1", "--stage", "Prod", "--stage-status", "succeeded"): lambda row: (
        row["releaseDefinition"]["id"] == 1 and stage_of(row, "Prod")["status"] == "succeeded"
    ),
    ("--created-by", "invented.user@example.invalid"): lambda _: True,
    ("--search", "Web-"): lambda row: "Web-" in row["name"],
    ("--tag", "audited"): lambda row: "audited" in row["tags"],
    ("--tag", "audited", "--tag", "EU 2026"): lambda row: {"audited", "EU 2026"} <= {*row["tags"]},
    ("--tag", "nobody's"): lambda _: False,
    ("--branch", "refs/heads/main"): lambda row: bool(row["artifacts"]),
    ("--artifact-type", "Build"): lambda row: bool(row["artifacts"]),
    ("--artifact-version", "502"): lambda row: any(
        one["definitionReference"]["version"]["id"] == "502" for one in row["artifacts"]
    ),
    ("--path", "\\Shop"): lambda row: row["releaseDefinition"]["path"] == "\\Shop",
    ("--id", "3", "--id", "4"): lambda row: row["id"] in (3, 4),
}


@pytest.mark.parametrize("words", FILTERS, ids=" ".join)
def test_each_filter_of_the_list(shared: tuple[Service, dict[str, int]], words: tuple[str, ...]) -> None:
    service, _ = shared
    wanted = [row["id"] for row in service.source.releases() if FILTERS[words](row)]
    assert ids(service.live("list", service.source, *words, "--all")) == wanted


def test_times_of_the_list(shared: tuple[Service, dict[str, int]]) -> None:
    service, _ = shared
    when = [row["createdOn"] for row in service.source.releases()]
    later = ids(service.live("list", service.source, "--since", when[4]))
    earlier = ids(service.live("list", service.source, "--until", when[4]))
    assert {*later} | {*earlier} == {row["id"] for row in service.source.releases()}
    assert len(later) < len(when) > len(earlier)
    without_zone = ids(service.live("list", service.source, "--since", when[4].removesuffix("Z")))
    assert without_zone == later
    assert ids(service.live("list", service.source, "--since", "2999-01-01")) == []


def test_deleted_ones_order_and_parts(shared: tuple[Service, dict[str, int]]) -> None:
    service, made = shared
    assert ids(service.live("list", service.source, "--deleted")) == [made["twin"]]
    for order, number in (("ascending", "1"), ("descending", "0")):
        named = service.live("list", service.source, "--order", order).report["answer"]["value"]
        numbered = service.live("list", service.source, "--order", number).report["answer"]["value"]
        assert named == numbered
        found = [row["id"] for row in named]
        assert found == sorted(found, reverse=order == "descending")
    for part in ("environments", "2", "artifacts", "approvals", "variables", "tags", "manualInterventions"):
        (row,) = service.live("list", service.source, "--id", "1", "--expand", part).report["answer"]["value"]
        (plain,) = service.source.get("release/releases", releaseIdFilter=1, expand_=part)["value"]
        assert row == plain


def test_pages_of_the_list(own: tuple[Service, Project]) -> None:
    service, project = own
    of = define(project)
    made = [project.post("release/releases", {"definitionId": of})["id"] for _ in range(104)]
    first = service.live("list", project)
    assert (len(ids(first)), "more" in first.said) == (50, True)
    second = service.live("list", project, "--token", first.report["next"])
    assert len({*ids(first), *ids(second)}) == 100
    assert ids(service.live("list", project, "--all")) == made
    many = service.live("list", project, "--top", "102")
    assert (len(ids(many)), "more" in many.said) == (102, True)
    assert ids(service.live("list", project, "--top", "3")) == made[-3:]


def test_show(shared: tuple[Service, dict[str, int]]) -> None:
    service, made = shared
    uid = made["approved"]
    with_tasks = service.live("show", service.source, uid, "--tasks").report["answer"]
    assert with_tasks == service.source.get(
        f"release/releases/{uid}", expand_="tasks", **{"$topGateRecords": 1000}
    )
    manual = service.live("show", service.source, uid, "--approvals", "manualApprovals").report["answer"]
    assert [one["isAutomated"] for env in manual["environments"] for one in env["preDeployApprovals"]] == [
        False,
        False,
    ]
    frozen = service.live("show", service.source, uid, "--snapshot-revision", "1").report["answer"]
    assert frozen["name"] == "Web"
    named = service.live("show", service.source, made["variables"], "--property", "own.note").report["answer"]
    assert named["properties"]["own.note"]["$value"] == "kept?"
    gone = service.live("show", service.source, 4711)
    assert gone.code == 1
    assert "4711" in gone.said


def test_create_takes_everything(own: tuple[Service, Project], tmp_path: Path) -> None:
    service, _ = own
    project = service.target
    uid = project.post("release/definitions", rich_project_of(project))["id"]
    variables = tmp_path / "variables.json"
    variables.write_text(json.dumps({"hush": {"value": "s3cret", "isSecret": True}, "many": "a=b"}))
    ended = service.live(
        "create",
        project,
        "Live",
        *("--description", "=all() «of it»", "--artifact", "_b=601:2026.1@refs/heads/main", "--all-manual"),
        *("--variable", "size=L", "--variables", variables, "--stage-variable", "Dev/where=lab"),
        *("--reason", "schedule", "--property", "own.note=kept", "--created-for", "ana@people.example"),
    )
    assert ended.code == 0, ended.said
    made = project.get(f"release/releases/{ended.report['answer']['id']}", propertyFilters="own.note")
    assert (made["releaseDefinition"]["id"], made["description"]) == (uid, "=all() «of it»")
    assert made["variables"]["size"] == {"value": "L"}
    assert made["variables"]["many"]["value"] == "a=b"
    assert made["variables"]["hush"] == {"value": None, "isSecret": True}
    assert stage_of(made, "Dev")["variables"]["where"]["value"] == "lab"
    (artifact,) = made["artifacts"]
    assert artifact["definitionReference"]["version"] == {"id": "601", "name": "2026.1"}
    assert artifact["definitionReference"]["branch"]["name"] == "refs/heads/main"
    assert made["reason"] == "schedule"
    assert made["properties"]["own.note"]["$value"] == "kept"
    assert made["createdFor"]["uniqueName"] == "ana@people.example"
    assert [one["status"] for one in made["environments"]] == ["notStarted", "notStarted"]
    assert "s3cret" not in ended.said + json.dumps(ended.report)
    draft = service.live("create", project, str(uid), "--draft").report["answer"]["id"]
    assert project.release(draft)["status"] == "draft"
    one = service.live("create", project, "Live", "--manual", "Dev", "--artifact", "_b=601")
    assert [row["status"] for row in project.release(one.report["answer"]["id"])["environments"]] == [
        "notStarted"
    ] * 2
    free = service.live("create", project, "Live", "--artifact", "_b=601").report["answer"]["id"]
    settle(project, free, "Prod", "succeeded")


def rich_project_of(project: Project) -> dict[str, Any]:
    """A definition of the target, whose ids are the target's own."""
    uid = project.get(f"/_apis/projects/{project.name}")["id"]
    artifact = rich_project.build_artifact(uid, project.name, "Shop.CI", "_b")
    artifact["definitionReference"]["definition"]["id"] = "42"
    artifact["sourceId"] = f"{uid}:42"
    dev = stage(
        "Dev",
        rich_project.STARTED,
        deployPhases=[],
        variables={"where": {"value": "dev", "allowOverride": True}},
    )
    return {
        "name": "Live",
        "environments": [dev, stage("Prod", rich_project.after("Dev"), deployPhases=[])],
        "variables": {"size": {"value": "S", "allowOverride": True}},
        "artifacts": [artifact],
    }


@pytest.mark.parametrize(
    "words",
    [
        ("No such",),
        ("D", "--artifact", "_none=1"),
        ("D", "--manual", "Nowhere"),
        ("D", "--stage-variable", "Nowhere/a=b"),
        ("D", "--variable", "nothing"),
        ("D", "--reason", "whim"),
    ],
    ids=" ".join,
)
def test_create_refuses_before_it_writes(own: tuple[Service, Project], words: tuple[str, ...]) -> None:
    service, project = own
    define(project)
    mark = service.mark
    ended = service.live("create", project, *words)
    assert (ended.code, service.since(mark)) == (2, []), ended.said


def test_status(own: tuple[Service, Project]) -> None:
    service, project = own
    of = define(
        project,
        stage("Dev", rich_project.STARTED, deployPhases=[]),
        stage("QA", rich_project.STARTED, deployPhases=[]),
    )
    draft, held, live = (
        project.post("release/releases", {"definitionId": of, "isDraft": True})["id"] for _ in range(3)
    )
    assert service.live("status", project, held, "active", "--all-manual").code == 0
    assert service.live("status", project, draft, "active", "--manual", "QA", "--comment", "go").code == 0
    settle(project, draft, "Dev", "succeeded")
    assert stage_of(project.release(draft), "QA")["status"] == "notStarted"
    assert [one["status"] for one in project.release(held)["environments"]] == ["notStarted"] * 2
    assert service.live("status", project, held, "abandoned", "--comment", "no").code == 0
    assert project.release(held)["status"] == "abandoned"
    assert project.release(live)["status"] == "draft"
    history = json.dumps(project.get(f"release/releases/{held}/history", **{"api-version": "7.2-preview.1"}))
    assert '"no"' in history


def test_keep(own: tuple[Service, Project]) -> None:
    service, project = own
    first, second = define(project), define(project, name="E")
    made = [project.post("release/releases", {"definitionId": of})["id"] for of in (first, first, second)]

    def kept() -> list[int]:
        return [row["id"] for row in project.releases() if row["keepForever"]]

    assert service.live("keep", project, made[0]).code == 0
    assert kept() == made[:1]
    mark = service.mark
    by_filter = service.live("keep", project, "--definition", "D")
    assert (by_filter.code, kept(), len(service.since(mark))) == (0, made[:2], 1)
    mark = service.mark
    again = service.live("keep", project, *made[:2])
    assert (again.code, service.since(mark)) == (0, [])
    assert service.live("keep", project, "--off", made[0]).code == 0
    assert kept() == [made[1]]
    assert service.live("keep", project, "--all").code == 0
    assert kept() == made
    mark = service.mark
    refused = service.live("keep", project)
    assert (refused.code, service.since(mark)) == (2, [])


def test_stage(own: tuple[Service, Project]) -> None:
    service, project = own
    of = define(
        project,
        stage("Dev", deployPhases=[], variables={"size": {"value": "S", "allowOverride": True}}),
        stage("QA", deployPhases=[]),
    )
    uid = project.post("release/releases", {"definitionId": of})["id"]
    release = project.release(uid)
    started = service.live(
        "stage", project, uid, "Dev", "start", "--comment", "by hand", "--variable", "size=L", "--wait"
    )
    assert started.code == 0, started.said
    found = stage_of(project.release(uid), "Dev")
    assert (found["status"], found["variables"]["size"]["value"]) == ("succeeded", "L")
    qa = stage_of(release, "QA")["id"]
    planned = service.live("stage", project, uid, qa, "start", "--at", "2999-12-01T02:00:00+01:00")
    assert planned.code == 0, planned.said
    found = stage_of(project.release(uid), "QA")
    assert (found["status"], found["scheduledDeploymentTime"][:19]) == ("scheduled", "2999-12-01T01:00:00")
    assert service.live("stage", project, uid, "QA", "cancel", "--comment", "no").code == 0
    assert stage_of(project.release(uid), "QA")["status"] == "canceled"
    mark = service.mark
    unknown = service.live("stage", project, uid, "Nowhere", "start")
    assert (unknown.code, service.since(mark)) == (2, [])
    assert "Dev" in unknown.said


def test_a_stage_that_fails(own: tuple[Service, Project]) -> None:
    service, project = own
    who = project.get(
        "/_apis/identities", searchFilter="General", filterValue="invented.user@example.invalid"
    )
    asked = rich_project.asked(who["value"][0]["id"])
    of = define(project, stage("Dev", deployPhases=[], preDeployApprovals=asked))
    uid = project.post("release/releases", {"definitionId": of})["id"]
    waiting = service.live("stage", project, uid, "Dev", "start", "--wait", "--timeout", "0.2")
    assert waiting.code == 1
    assert "invented.user@example.invalid" in waiting.said or "Invented User" in waiting.said
    listed = service.live("approvals", project, "--release", uid)
    (approval,) = listed.report["answer"]["value"]
    assert service.live("reject", project, approval["id"], "--comment", "=no()").code == 0
    found = settle(project, uid, "Dev", "rejected")
    row = stage_of(found, "Dev")["preDeployApprovals"][0]
    assert (row["status"], row["comments"]) == ("rejected", "=no()")
    again = service.live("stage", project, uid, "Dev", "start")
    assert again.code == 0
    (second,) = service.live("approvals", project).report["answer"]["value"]
    assert service.live("approve", project, second["id"], "--comment", "yes").code == 0
    settle(project, uid, "Dev", "succeeded")


def test_filters_of_approvals(shared: tuple[Service, dict[str, int]]) -> None:
    service, made = shared
    project = service.source

    def numbers(*words: object) -> list[int]:
        return ids(service.live("approvals", project, "--all", *words))

    every = [
        (
            row["id"],
            row["status"],
            row["approvalType"],
            release["id"],
            (row.get("approver") or {}).get("uniqueName", ""),
        )
        for release in project.releases()
        for one in release["environments"]
        for when in ("preDeployApprovals", "postDeployApprovals")
        for row in one[when]
    ]
    for words, number in (("approved", "2"), ("rejected", "4"), ("pending", "1")):
        wanted = sorted(row[0] for row in every if row[1] == words)
        assert numbers("--status", words) == numbers("--status", number) == wanted
    wanted = sorted(row[0] for row in every if row[1] in ("approved", "rejected"))
    assert numbers("--status", "approved", "--status", "rejected") == wanted
    uid = made["approved"]
    wanted = sorted(
        row[0] for row in every if row[3] == uid and row[2] == "postDeploy" and row[1] == "approved"
    )
    assert numbers("--release", uid, "--type", "postDeploy", "--status", "approved") == wanted
    assert numbers("--release", uid, "--type", "2", "--status", "approved") == wanted
    wanted = sorted(row[0] for row in every if row[4] == "ana@people.example" and row[1] == "approved")
    assert numbers("--assigned-to", "ana@people.example", "--status", "approved") == wanted


def test_logs(shared: tuple[Service, dict[str, int]], tmp_path: Path) -> None:
    service, made = shared
    uid = made["approved"]
    with zipfile.ZipFile(
        io.BytesIO(service.source.answer("GET", f"release/releases/{uid}/logs").content)
    ) as archive:
        wanted = {name: archive.read(name) for name in archive.namelist()}
    listed = service.live("logs", service.source, uid).report["members"]
    assert {one["name"]: one["size"] for one in listed} == {name: len(text) for name, text in wanted.items()}
    assert service.live("logs", service.source, uid, "-o", tmp_path / "logs.zip").code == 0
    with zipfile.ZipFile(tmp_path / "logs.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == wanted
    assert service.live("logs", service.source, uid, "--extract", tmp_path / "out").code == 0
    found = sorted(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert found == sorted(wanted.values())
    for words in (("-o", tmp_path / "none.zip"), ("--extract", tmp_path / "none")):
        nothing = service.live("logs", service.source, made["plain"], *words)
        assert (nothing.code, words[1].exists()) == (0, False), nothing.said


@pytest.mark.parametrize("version", ["7.1", "3.0-preview.2"])
def test_a_task_log(shared: tuple[Service, dict[str, int]], tmp_path: Path, version: str) -> None:
    service, made = shared
    uid = made["approved"]
    env = stage_of(service.source.release(uid), "Dev")
    phase = env["deploySteps"][0]["releaseDeployPhases"][0]
    task = next(one for one in phase["deploymentJobs"][0]["tasks"] if one["name"] == "A file")
    path = (
        f"release/releases/{uid}/environments/{env['id']}/deployPhases/{phase['id']}/tasks/{task['id']}/logs"
    )
    wanted = service.source.answer("GET", path).content
    words = (uid, "Dev", "A file", "--api-version", version)
    assert service.live("task-log", service.source, *words, "-o", tmp_path / "log").code == 0
    assert (tmp_path / "log").read_bytes() == wanted
    some = service.live(
        "task-log", service.source, uid, env["id"], task["id"], "--lines", "2-3", "--api-version", version
    )
    assert some.report["lines"] == wanted.decode().splitlines()[1:3]
    unknown = service.live("task-log", service.source, uid, "Dev", "No such")
    assert unknown.code == 2
    assert "A file" in unknown.said


def test_tags(own: tuple[Service, Project]) -> None:
    service, project = own
    uid = project.post("release/releases", {"definitionId": define(project)})["id"]
    assert service.live("tag", project, uid, "one", "=two()", "drei / ü").code == 0
    assert {*project.release(uid)["tags"]} == {"one", "=two()", "drei / ü"}
    ended = service.live("tag", project, uid, "four", "--remove", "drei / ü", "--remove", "one")
    assert ended.code == 0, ended.said
    assert {*project.release(uid)["tags"]} == {"=two()", "four"}
    mark = service.mark
    shown = service.live("tag", project, uid)
    assert (shown.code, service.since(mark), {*shown.report["answer"]["value"]}) == (
        0,
        [],
        {"=two()", "four"},
    )


@pytest.mark.parametrize(
    "name", ["add", "deploy", "clone", "lock", "publish", "unpublish", "delete", "update"]
)
def test_what_this_system_has_not(shared: tuple[Service, dict[str, int]], name: str) -> None:
    service, _ = shared
    ended = service.live(name, service.source, 1)
    assert ended.code == 2
    assert "Azure DevOps" in ended.said or "azure-devops" in ended.said


def test_for_whom_nobody_is_found(own: tuple[Service, Project]) -> None:
    """The service takes an unknown name in silence, and names the one who asked."""
    service, project = own
    define(project)
    ended = service.live("create", project, "D", "--created-for", "nobody@people.example")
    assert ended.code == 1
    assert "nobody@people.example" in ended.said


@pytest.mark.parametrize("command", ["list", "keep"])
@pytest.mark.parametrize(
    "option",
    [
        "--tag",
        "--search",
        "--branch",
        "--created-by",
        "--definition",
        "--path",
        "--artifact-type",
        "--artifact-version",
    ],
)
def test_an_empty_filter_is_no_filter(
    shared: tuple[Service, dict[str, int]], command: str, option: str
) -> None:
    """A variable of a script that is not set must not choose everything."""
    service, _ = shared
    mark = service.mark
    ended = service.live(command, service.source, option, "")
    assert (ended.code, service.since(mark)) == (2, []), ended.said
    assert option in ended.said


def test_an_unknown_approval_is_no_wrong_host(shared: tuple[Service, dict[str, int]]) -> None:
    service, _ = shared
    ended = service.live("approve", service.source, 99999)
    assert (ended.code, "did you mean the release host" in ended.said) == (1, False), ended.said
