"""`cat --log`: logs out of the zips that an archive keeps, with no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich_project import stage_of

if TYPE_CHECKING:
    from project_fixtures import Filled


def text_of(recreated: Filled, task: str) -> list[str]:
    """The log of a task of the first attempt at Dev, from the service."""
    project, uid = recreated.service.source, recreated.made["approved"]
    dev = stage_of(project.release(uid), "Dev")
    for phase in dev["deploySteps"][0]["releaseDeployPhases"]:
        for one in phase["deploymentJobs"][0]["tasks"]:
            if one["name"] == task:
                path = f"release/releases/{uid}/environments/{dev['id']}/deployPhases/{phase['id']}"
                return project.answer("GET", f"{path}/tasks/{one['id']}/logs").text.splitlines()
    raise AssertionError(task)


def test_the_log_of_a_task(recreated: Filled) -> None:
    mark = recreated.service.mark
    uid = recreated.made["approved"]
    for name in (uid, "Web/Web-1"):
        ended = recreated.service.run("cat", recreated.archive, "releases", name, "--log", "dev/a FILE")
        assert ended.code == 0, ended.said
        assert recreated.service.since(mark, writes=False) == []
        (log,) = ended.report["logs"]
        assert log["lines"] == text_of(recreated, "A file")
        mark = recreated.service.mark


def test_logs_of_a_stage_and_of_a_release(recreated: Filled) -> None:
    uid = recreated.made["approved"]
    every = recreated.service.run("cat", recreated.archive, "releases", uid, "--log")
    dev = recreated.service.run("cat", recreated.archive, "releases", uid, "--log", "Dev")
    prod = recreated.service.run("cat", recreated.archive, "releases", uid, "--log", "Prod")
    assert [*dev.report["logs"], *prod.report["logs"]] == every.report["logs"]
    assert len(dev.report["logs"]) > len(prod.report["logs"]) > 0


@pytest.mark.parametrize("wanted", ["Nowhere", "Dev/No such", "..", "Dev/Agents/1_Initialize job.log/x"])
def test_a_stage_or_a_task_without_a_log(recreated: Filled, wanted: str) -> None:
    uid = recreated.made["approved"]
    ended = recreated.service.run("cat", recreated.archive, "releases", uid, "--log", wanted)
    assert ended.code == 2
    assert "A file" in ended.said


def test_what_has_no_log(recreated: Filled) -> None:
    for kind, uid in (("releases", recreated.made["draft"]), ("definitions", 1)):
        ended = recreated.service.run("cat", recreated.archive, kind, uid, "--log")
        assert (ended.code, "no log" in ended.said) == (2, True), ended.said
