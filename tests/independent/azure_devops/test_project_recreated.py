"""A project that is made anew elsewhere, judged by what a plain client reads there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import named_project
import project_service
import pytest
import rich_project
from project_service import THINGS

if TYPE_CHECKING:
    from pathlib import Path

    from project_fixtures import Recreated

SECRET_OF_A_RELEASE = "hush"


def test_definitions_are_equal_by_name(recreated: Recreated) -> None:
    wanted = named_project.definitions(recreated.service.source)
    found = named_project.definitions(recreated.service.target)
    off = {name: named_project.switched_off(one) for name, one in wanted.items()}
    assert {*found} == {*wanted} == {"\\Shop/Web", "\\/Web", "\\Shop\\Old/Web"}
    assert named_project.changes(off, found) == []


def test_ids_are_those_of_the_target(recreated: Recreated) -> None:
    """All ids cross, so one that was kept would point at another thing."""
    service = recreated.service
    (full,) = (one for one in service.target.definitions() if one["path"] == "\\Shop")
    ids = {name: uid for _, name, _, uid in THINGS}
    phases = full["environments"][0]["deployPhases"]
    assert [one["deploymentInput"]["queueId"] for one in phases] == [ids["Linux"], ids["Machines"], 0]
    assert full["variableGroups"] == [ids["Shared"], ids["Keys"]]
    inputs = [one["inputs"] for one in phases[0]["workflowTasks"]]
    assert inputs[0]["azureSubscription"] == ids["Azure"]
    assert inputs[1]["externalEndpoint"] == f"{ids['Azure']},{ids['NuGet']}"
    assert inputs[2]["secureFile"] == ids["cert.pem"]
    assert phases[0]["workflowTasks"][3]["taskId"] == ids["Cool down"]
    gate = full["environments"][1]["preDeploymentGates"]["gates"][0]["tasks"][0]
    assert gate["inputs"]["connectedServiceName"] == ids["NuGet"]
    who = rich_project.people(service.target)
    asked = [one["approver"]["id"] for one in full["environments"][1]["preDeployApprovals"]["approvals"]]
    assert asked == [who["ana"], who["group"]]
    assert full["environments"][1]["owner"]["id"] == who["chi"]
    project = service.target.get("/_apis/projects/New Web")["id"]
    assert full["artifacts"][0]["sourceId"] == f"{project}:{ids['Shop.CI']}"


def test_releases_are_equal_by_name(recreated: Recreated) -> None:
    wanted = named_project.releases(recreated.service.source)
    found = named_project.releases(recreated.service.target)
    for one in wanted:
        one["variables"].pop(SECRET_OF_A_RELEASE, None)  # a value that the service never gave
    assert named_project.changes(wanted, found) == []
    assert len(found) == 10
    assert sum(one["description"] == "twins" for one in found) == 2


def test_builds_go_by_their_number(recreated: Recreated) -> None:
    service = recreated.service
    numbers = {row["id"]: row["buildNumber"] for row in service.target.rows("build/builds")}
    built = [one for release in service.target.releases() for one in release["artifacts"]]
    versions = [one["definitionReference"]["version"] for one in built]
    assert len(versions) == 4
    assert [numbers[int(one["id"])] for one in versions] == [one["name"] for one in versions]


def test_folders_are_there(recreated: Recreated) -> None:
    source, target = recreated.service.source, recreated.service.target
    assert named_project.folders(target) == named_project.folders(source)


def test_nothing_started_and_nothing_can(recreated: Recreated) -> None:
    target = recreated.service.target
    assert named_project.started(target) == []
    for one in target.definitions():
        assert one["triggers"] == []
        for stage in one["environments"]:
            assert stage["schedules"] == []
            assert [row for row in stage["conditions"] if row["conditionType"] == "event"] == []
    active = [one for one in target.releases() if one["status"] == "active"]
    reached = [row for one in active for stage in one["environments"] for row in stage["conditions"]]
    assert [row for row in reached if row["conditionType"] == "event"] == []


def test_gaps_tell_all_that_is_not_there(recreated: Recreated) -> None:
    source = recreated.service.source.releases()
    stages = [stage for one in source for stage in one["environments"]]
    asked = [
        row
        for stage in stages
        for when in ("preDeployApprovals", "postDeployApprovals")
        for row in stage[when]
        if not row["isAutomated"]
    ]
    logs = [one for one in source if any(stage["deploySteps"] for stage in one["environments"])]
    attempts = sum(len(stage["deploySteps"]) for stage in stages)
    variables = [one["variables"] for one in (*source, *stages)]
    secrets = sum(bool(value.get("isSecret")) for one in variables for value in one.values())
    told = {gap["kind"]: gap["reason"] for gap in recreated.ended.gaps() if gap["uid"] == "*"}
    counts = {kind: int(re.findall(r"\d+", reason)[0]) for kind, reason in told.items()}
    assert counts == {
        "approvals": len(asked),
        "deployments": attempts,
        "files": len(logs),
        "releases": len(source),
        "secrets": secrets,
    }
    of_definitions = {gap["path"]: gap["reason"] for gap in recreated.ended.gaps("definitions")}
    assert {*of_definitions} == {"/triggers", "/variables"}
    for words in ("triggers", "schedules of stage Dev", "automatic start of stage Dev"):
        assert words in of_definitions["/triggers"]
    for words in ("password", "Dev: pin"):
        assert words in of_definitions["/variables"]
    assert recreated.ended.code == 3


def test_the_fewest_writes(recreated: Recreated) -> None:
    """Research, section 6: folders, definitions, releases, one PATCH where needed, one POST of all tags."""
    posts = [line.rsplit("/", 1)[-1].lower() for line in recreated.writes if line.startswith("POST")]
    patches = [line for line in recreated.writes if line.startswith("PATCH")]
    assert (posts.count("definitions"), posts.count("releases"), posts.count("tags")) == (3, 10, 1)
    assert len(recreated.writes) <= 3 + 3 + 10 + 1 + len(recreated.service.source.releases())
    assert len(recreated.writes) == recreated.ended.report["minimum"]["write"], patches


@pytest.mark.parametrize("words", [(), ("--on-conflict", "update"), ("--on-conflict", "skip")])
def test_a_second_run_writes_nothing(recreated: Recreated, words: tuple[str, ...]) -> None:
    service, mark = recreated.service, recreated.service.mark
    again = service.carry("import", recreated.archive, service.target.place, *words)
    assert (again.code, service.since(mark)) == (3, []), again.said


def test_one_without_its_checkpoint_writes_nothing(recreated: Recreated, tmp_path: Path) -> None:
    service, mark = recreated.service, recreated.service.mark
    words = ("--on-conflict", "update", "--state", tmp_path / "state")
    again = service.carry(
        "import", recreated.archive, service.target.place, *words, XDG_STATE_HOME=str(tmp_path)
    )
    assert (again.code, service.since(mark)) == (3, []), again.said


def test_verify_agrees(recreated: Recreated) -> None:
    """What an import leaves out on purpose is a gap, and no difference."""
    service = recreated.service
    ended = service.carry("verify", recreated.archive, "--against", service.target.place)
    assert (ended.code, ended.report["differences"]) == (3, []), ended.said
    assert [gap["path"] for gap in ended.gaps("releases")] == [f"/variables/{SECRET_OF_A_RELEASE}"]


def test_a_copy_is_an_export_and_an_import(tmp_path: Path) -> None:
    with project_service.open_service(tmp_path) as service:
        rich_project.fill(service.source)
        ended = service.carry("copy", service.source.place, service.target.place)
        assert ended.code == 3, ended.said
        wanted = {
            name: named_project.switched_off(one)
            for name, one in named_project.definitions(service.source).items()
        }
        assert named_project.changes(wanted, named_project.definitions(service.target)) == []
        assert len(service.target.releases()) == 10
        assert named_project.started(service.target) == []
        mark = service.mark
        refused = service.carry("copy", service.source.place, service.target.place)
        assert (refused.code, service.since(mark)) == (2, []), refused.said
        again = service.carry("copy", service.source.place, service.target.place, "--on-conflict", "update")
        assert (again.code, service.since(mark)) == (3, []), again.said


def test_variables_of_equal_values_that_say_more(tmp_path: Path) -> None:
    """A release may allow what its definition does not, and the other way round."""
    with project_service.open_service(tmp_path) as service:
        project = service.source
        known = {"open": {"value": "1", "allowOverride": True}, "shut": {"value": "1"}}
        own = {"open": {"value": "1"}, "shut": {"value": "1", "allowOverride": True}}
        raw = {"name": "D", "environments": [rich_project.stage("Dev")], "variables": known}
        of = project.post("release/definitions", raw)["id"]
        project.post("release/releases", {"definitionId": of, "variables": own})
        service.carry("export", project.place, tmp_path / "archive")
        service.carry("import", tmp_path / "archive", service.target.place)
        (made,) = service.target.releases()
        assert made["variables"] == own
        ended = service.carry("verify", tmp_path / "archive", "--against", service.target.place)
        assert ended.report["differences"] == []
