"""`--deploy`: each stage gets the release that was last deployed there in the source, and nothing else starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from project_oracle import started
from project_pair import ProjectPair, project_pair
from workbench import Cut

from sampling import sampled

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def pair() -> Iterator[ProjectPair]:
    with project_pair() as made:
        yield made


def named(project: Any, release: int, stage: str) -> tuple[str, str, str]:
    raw = project.releases[release]
    return project.definitions[raw["releaseDefinition"]["id"]].raw["name"], raw["name"], stage


def last_successes(project: Any) -> set[tuple[str, str, str]]:
    """Definition, release and stage of what is deployed in a project now, of releases that can still be deployed."""
    latest: dict[tuple[int, str], tuple[int, int]] = {}
    for release, raw in project.releases.items():
        for stage in raw["environments"]:
            for step in stage["deploySteps"]:
                if step["status"] in ("succeeded", "partiallySucceeded"):
                    place = (raw["releaseDefinition"]["id"], stage["name"])
                    latest[place] = max(latest.get(place, (0, 0)), (step["deploymentId"], release))
    return {
        named(project, release, place[1])
        for place, (_, release) in latest.items()
        if project.releases[release]["status"] == "active"
        and project.definitions[place[0]].deleted_at is None
    }


def deployed(project: Any) -> set[tuple[str, str, str]]:
    return {
        named(project, row["release"]["id"], row["releaseEnvironment"]["name"])
        for row in project.deployments.values()
    }


def approve_all(pair: ProjectPair) -> None:
    """People who answer what they are asked, before each request."""

    def approve(*_: object) -> None:
        releases: dict[int, Any] = {**pair.target.releases}
        for raw in releases.values():
            for stage in raw["environments"]:
                for row in [*stage["preDeployApprovals"], *stage["postDeployApprovals"]]:
                    if row["status"] == "pending":
                        row["status"] = "approved"
                for step in stage["deploySteps"]:
                    for phase in step["releaseDeployPhases"] or []:
                        for asked in phase["manualInterventions"]:
                            asked["status"] = "approved"
        pair.target.wake()

    pair.emulator.watchers.append(approve)


def test_it_starts_what_was_deployed_and_says_who_is_asked(pair: ProjectPair) -> None:
    done = pair.import_snapshot(pair.export(), deploy=True)
    wanted = last_successes(pair.project)
    found = deployed(pair.target)
    assert found == wanted
    told = {
        gap["uid"]: gap["reason"] for gap in done.gaps if gap["kind"] == "deployments" and gap["uid"] != "*"
    }
    waiting = [reason for reason in told.values() if "waits for approval by Ana Souza" in str(reason)]
    assert waiting
    assert len(pair.target.deployments) == len(wanted)


def test_a_second_run_starts_nothing(pair: ProjectPair) -> None:
    snapshot = pair.export()
    approve_all(pair)
    pair.import_snapshot(snapshot, deploy=True)
    before = started(pair.target)
    assert all("succeeded" in line or line.startswith("deployment") for line in before)
    pair.import_snapshot(snapshot, deploy=True)
    assert pair.writes() == []
    pair.import_snapshot(snapshot, "another state", deploy=True, on_conflict="update")
    assert pair.writes() == []
    assert started(pair.target) == before


def test_what_is_rejected_is_told(pair: ProjectPair) -> None:
    approve_all(pair)
    pair.emulator.outcome = lambda _release, _stage, _attempt: "rejected"
    done = pair.import_snapshot(pair.export(), deploy=True)
    told = [gap["reason"] for gap in done.gaps if gap["kind"] == "deployments" and gap["uid"] != "*"]
    assert len([reason for reason in told if reason == "it ended: rejected"]) == len(
        last_successes(pair.project)
    )


def test_a_dry_run_counts_the_deployments(pair: ProjectPair) -> None:
    snapshot = pair.export()
    _, planned = pair.plan(snapshot, deploy=True)
    assert pair.writes() == []
    assert planned["actions"]["deployments"]["deploy"] == len(last_successes(pair.project))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", sampled(range(1, 8), 2))
def test_a_kill_starts_nothing_twice(pair: ProjectPair, number: int, after: bool) -> None:
    """Killed at the start of the n-th deployment."""
    starts: list[str] = []

    def kill(_: object, request: httpx.Request, done: bool) -> None:
        if request.method == "PATCH" and "/environments/" in request.url.path and done is after:
            starts.append(request.url.path)
            if len(starts) == number:
                raise Cut

    snapshot = pair.export()
    with pytest.raises(Cut):
        pair.import_snapshot(snapshot, deploy=True, hook=kill)
    pair.import_snapshot(snapshot, deploy=True)
    assert deployed(pair.target) == last_successes(pair.project)
    assert len(pair.target.deployments) == len(last_successes(pair.project))


@pytest.mark.parametrize("arrives", [True, False])
def test_a_lost_answer_starts_nothing_twice(pair: ProjectPair, arrives: bool) -> None:
    lost = set[str]()

    def lose(_: object, request: httpx.Request, done: bool) -> None:
        path = request.url.path
        if request.method == "PATCH" and "/environments/" in path and done is arrives and path not in lost:
            lost.add(path)
            raise httpx.ReadTimeout("no answer", request=request)

    pair.import_snapshot(pair.export(), deploy=True, hook=lose)
    assert deployed(pair.target) == last_successes(pair.project)
    assert len(pair.target.deployments) == len(lost) > 3
