"""A project that somebody edits: `verify --against` and `diff` must see the change of every key."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import edited_values
import project_service
import pytest
import rich_project
from project_service import THINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from plain_project import Project
    from project_service import Service

# What the service sets by itself, or what is not a value of its own.
OF_THE_SERVICE = [
    "id",
    "revision",
    "url",
    "_links",
    "createdBy",
    "createdOn",
    "modifiedBy",
    "modifiedOn",
    "lastRelease",
    "isDeleted",
    "source",
    "comment",
    "badgeUrl",
    "currentRelease",
    "deployStep",
    "projectReference",
    "descriptor",
    "imageUrl",
    "displayName",
    "uniqueName",
    "isContainer",
    "isAutomated",
    "isNotificationOn",
]
# By these a part is found again, or the service refuses nonsense in them: they are changed one by one.
ONE_BY_ONE = [
    "name",
    "path",
    "alias",
    "type",
    "phaseType",
    "queueId",
    "sourceId",
    "conditions",
    "triggers",
    "schedules",
    "variableGroups",
    "azureSubscription",
    "externalEndpoint",
    "secureFile",
    "connectedServiceName",
    "taskId",
    "version",
    "definitionReference",
    "retentionPolicy",
]
IDS = {name: uid for _, name, _, uid in THINGS}


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A source, its archive in `home / archive`, and the target of an import."""
    home = tmp_path_factory.mktemp("edited")
    with project_service.open_service(home) as service:
        rich_project.fill_decoy(service.another("contoso", "Decoy"))
        rich_project.fill(service.source)
        assert service.carry("export", service.source.place, home / "archive").code == 0
        assert service.carry("import", home / "archive", service.target.place).code == 3
        yield service


def full(project: Project) -> Any:
    return next(one for one in project.definitions() if one["path"] == "\\Shop")


@contextmanager
def put(project: Project, raw: Any) -> Iterator[None]:
    """Another state of a definition, for a while."""
    before = project.definition(raw["id"])
    project.put("release/definitions", {**raw, "revision": before["revision"]})
    try:
        yield
    finally:
        now = project.definition(raw["id"])
        project.put("release/definitions", {**before, "revision": now["revision"]})


def told(service: Service, project: Project) -> list[dict[str, Any]]:
    """What `verify --against` tells of definitions."""
    ended = service.carry("verify", service.home / "archive", "--against", project.place)
    found = [one for one in ended.report["differences"] if one["kind"] == "definitions"]
    assert (ended.code == 5) == bool(ended.report["differences"]), ended.said
    return found


def all_but(*left_out: str) -> Callable[[tuple[str | int, ...]], bool]:
    """Paths without these keys, and without secrets, whose values the service takes and never tells."""
    return lambda path: (
        not {*path} & {*left_out} and path[-2:] not in (("password", "value"), ("pin", "value"))
    )


@pytest.mark.parametrize("which", ["source", "target"])
def test_every_value_of_a_definition(edited: Service, which: str) -> None:
    project = getattr(edited, which)
    raw, markers = edited_values.changed(full(project), all_but(*OF_THE_SERVICE, *ONE_BY_ONE))
    assert len(markers) > 180
    with put(project, raw):
        assert edited_values.untold(markers, told(edited, project)) == []


@pytest.mark.parametrize("which", ["source", "target"])
def test_every_key_of_a_definition_that_goes(edited: Service, which: str) -> None:
    project = getattr(edited, which)
    chosen = all_but(*OF_THE_SERVICE, *ONE_BY_ONE, "approvals", "approvalOptions", "rank")
    raw, gone = edited_values.without(full(project), chosen)
    assert len(gone) > 110
    with put(project, raw):
        found = told(edited, project)
    assert edited_values.untold_keys(gone, found) == []


def set_at(*path: str | int, to: Any) -> Callable[[Any], None]:
    def change(raw: Any) -> None:
        edited_values.at(raw, path[:-1])[path[-1]] = to

    return change


def remove(*path: str | int) -> Callable[[Any], None]:
    def change(raw: Any) -> None:
        del edited_values.at(raw, path[:-1])[path[-1]]

    return change


DEV = ("environments", 0)
JOB = (*DEV, "deployPhases", 0)
TASKS = (*JOB, "workflowTasks")
PROD = ("environments", 1)
GATE = (*PROD, "preDeploymentGates", "gates")
Change = tuple["Callable[[Any], Any]", str]
# Changes that can be made at once, each with the path under which it must be told.
TOGETHER: dict[str, tuple[Change, ...]] = {
    "what points elsewhere": (
        (
            set_at(*JOB, "deploymentInput", "queueId", to=IDS["Own pool"]),
            "/environments/Dev/deployPhases/Agents/deploymentInput/queueId",
        ),
        (
            set_at(*DEV, "deployPhases", 1, "deploymentInput", "queueId", to=IDS["Others"]),
            "/environments/Dev/deployPhases/Servers/deploymentInput/queueId",
        ),
        (set_at("variableGroups", to=[IDS["Keys"]]), "/variableGroups"),
        (set_at(*DEV, "variableGroups", 0, to=IDS["Shared"]), "/environments/Dev/variableGroups"),
        (
            set_at(*TASKS, 0, "inputs", "azureSubscription", to=IDS["NuGet"]),
            "/One connection/inputs/azureSubscription",
        ),
        (
            set_at(*TASKS, 1, "inputs", "externalEndpoint", to=IDS["NuGet"]),
            "/Two connections/inputs/externalEndpoint",
        ),
        (set_at(*TASKS, 2, "inputs", "secureFile", to=IDS["key.pfx"]), "/A file/inputs/secureFile"),
        (set_at(*TASKS, 3, "taskId", to=IDS["Warm up"]), "/A group/taskId"),
        (
            set_at(*GATE, 0, "tasks", 0, "inputs", "connectedServiceName", to=IDS["Azure"]),
            "/Query/inputs/connectedServiceName",
        ),
        (
            set_at(
                "artifacts", 0, "definitionReference", "defaultVersionType", "id", to="selectDuringRelease"
            ),
            "/artifacts/_shop/definitionReference/defaultVersionType/id",
        ),
    ),
    "parts of stages": (
        (set_at(*TASKS, 0, "taskId", to="e213ff0f-5d5c-4791-802d-52ea3e7be1f2"), "/One connection/taskId"),
        (set_at(*TASKS, 0, "version", to="3.*"), "/One connection/version"),
        (set_at(*TASKS, 2, "name", to="Renamed"), "/Renamed"),
        (remove(*TASKS, 1), "/workflowTasks/Two connections"),
        (set_at(*DEV, "deployPhases", 2, "name", to="Renamed"), "/deployPhases/Renamed"),
        (
            set_at(*DEV, "retentionPolicy", "daysToKeep", to=46),
            "/environments/Dev/retentionPolicy/daysToKeep",
        ),
        (set_at(*PROD, "conditions", 0, "value", to="16"), "/environments/Prod/conditions/Dev/value"),
        (set_at(*GATE, to=[]), "/environments/Prod/preDeploymentGates/gates"),
        (set_at("artifacts", to=[]), "/artifacts"),
    ),
    "variables": (
        (set_at("variables", "new", to={"value": "1"}), "/variables/new"),
        (remove("variables", "empty"), "/variables/empty"),
        (set_at("variables", "tries", "value", to="6"), "/variables/tries/value"),
        (set_at("variables", "tries", "allowOverride", to=False), "/variables/tries/allowOverride"),
        (remove("variables", "password"), "/variables/password"),
        (remove(*DEV, "variables", "pin"), "/environments/Dev/variables/pin"),
        (set_at(*DEV, "variables", "where", "value", to="x"), "/environments/Dev/variables/where/value"),
    ),
    "what is secret": (
        (set_at("variables", "password", to={"value": "told"}), "/variables/password"),
        (set_at("variables", "tries", "isSecret", to=True), "/variables/tries"),
    ),
    "another name": ((set_at("name", to="Another"), "/name"),),
    "another folder": ((set_at("path", to="\\Empty"), "/path"),),
    "order of groups": ((set_at("variableGroups", to=[IDS["Keys"], IDS["Shared"]]), "/variableGroups"),),
    "kind of a job": (
        (set_at(*JOB, "phaseType", to="runOnServer"), "/phaseType"),
        (set_at(*DEV, "name", to="Renamed"), "/environments/"),
    ),
    "condition is gone": (
        (set_at(*PROD, "conditions", to=[]), "/environments/Prod/conditions"),
        (set_at("artifacts", 0, "alias", to="_x"), "/artifacts"),
    ),
}


@pytest.mark.parametrize("name", TOGETHER)
def test_changes_of_a_definition(edited: Service, name: str) -> None:
    raw = full(edited.target)
    for change, _ in TOGETHER[name]:
        change(raw)
    with put(edited.target, raw):
        found = told(edited, edited.target)
    paths = [str(one["path"]) for one in found]
    assert [path for _, path in TOGETHER[name] if not any(path in one for one in paths)] == [], paths


def test_what_is_put_back_is_no_difference(edited: Service) -> None:
    with put(edited.target, {**full(edited.target), "description": "other"}):
        pass
    assert told(edited, edited.target) == []


def test_order_of_tasks_and_of_stages(edited: Service) -> None:
    raw = full(edited.target)
    edited_values.at(raw, TASKS).reverse()
    with put(edited.target, raw):
        assert told(edited, edited.target)


@pytest.mark.parametrize("when", ["preDeployApprovals", "postDeployApprovals"])
def test_another_approver(edited: Service, when: str) -> None:
    raw = full(edited.target)
    raw["environments"][1][when]["approvals"][0]["approver"] = {
        "id": rich_project.people(edited.target)["dee"]
    }
    with put(edited.target, raw):
        (found,) = told(edited, edited.target)
    assert "dee" in str(found["right"])


def test_another_owner(edited: Service) -> None:
    raw = full(edited.target)
    raw["environments"][0]["owner"] = {"id": rich_project.people(edited.target)["dee"]}
    with put(edited.target, raw):
        assert "dee" in str(told(edited, edited.target))


def test_what_is_on_again_is_no_gap_any_more(edited: Service) -> None:
    """A trigger, a schedule and an automatic start that the source has: nothing to tell of them."""
    on = full(edited.source)
    raw = full(edited.target)
    before = edited.carry("verify", edited.home / "archive", "--against", edited.target.place)
    raw["triggers"], raw["environments"][0]["schedules"] = on["triggers"], on["environments"][0]["schedules"]
    raw["environments"][0]["conditions"] = [rich_project.STARTED]
    with put(edited.target, raw):
        after = edited.carry("verify", edited.home / "archive", "--against", edited.target.place)
    off = [gap for gap in before.gaps("definitions") if "off in the target" in gap["reason"]]
    assert len(off) == 3
    assert [gap for gap in after.gaps("definitions") if "off in the target" in gap["reason"]] == []
    raw["triggers"] = [{"triggerType": "artifactSource", "artifactAlias": "_shop", "triggerConditions": []}]
    with put(edited.target, raw):
        assert told(edited, edited.target)
