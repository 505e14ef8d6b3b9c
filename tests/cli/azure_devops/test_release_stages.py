"""`stackferry release stage`, `approvals`, `approve` and `reject`, judged by what the service holds then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import pytest
from project_client import Clock, asked, stage
from project_line import ProjectLine, open_project_line

from stackferry.emulators.azure_devops import Fault, Switches
from stackferry.providers.azure_devops.api import Attempt, Stages

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def line() -> Iterator[ProjectLine]:
    with open_project_line() as opened:
        yield opened


def by_hand(line: ProjectLine, **more: Any) -> int:
    """A release whose one stage, Dev, waits to be started."""
    return line.made(line.definition(stage("Dev", by_hand=True, **more)))


def dev(line: ProjectLine, release: int) -> Any:
    return line.release(release)["environments"][0]


@pytest.mark.parametrize("place", ["place", "old_place"])
@pytest.mark.parametrize("named", ["dev", "id"])
def test_a_stage_is_started_and_followed(line: ProjectLine, place: str, named: str) -> None:
    more = () if place == "place" else ("--api-version", "3.0-preview.2")
    release = by_hand(line)
    word = dev(line, release)["id"] if named == "id" else named
    line.sent.clear()
    words = ("--comment", "now", "--variable", "size=S", "--wait", *more)
    shown = line.ok("stage", release, word, "start", *words, place=getattr(line, place))
    assert line.writes[0].body == {
        "status": "inProgress",
        "comment": "now",
        "variables": {"size": {"value": "S"}},
    }
    assert shown.columns == [[str(dev(line, release)["id"]), "succeeded", "Dev", "1"]]
    assert dev(line, release)["status"] == "succeeded"
    assert dev(line, release)["variables"] == {"size": {"value": "S"}}
    assert "attempt 1: succeeded" in shown.err


def test_without_waiting_the_answer_says_queued(line: ProjectLine) -> None:
    release = by_hand(line)
    line.sent.clear()
    assert line.answer("stage", release, "Dev", "start")["status"] == "queued"
    assert [one.method for one in line.sent] == ["GET", "PATCH"]


@pytest.mark.parametrize(("outcome", "code"), [("rejected", 1), ("partiallySucceeded", 0)])
def test_the_exit_code_is_how_it_ended(line: ProjectLine, outcome: str, code: int) -> None:
    release = by_hand(line)
    line.emulator.outcome = lambda *_: outcome
    result = line.run("stage", release, "Dev", "start", "--wait")
    assert result.code == code
    assert outcome in result.out
    assert ("stage 'Dev', attempt 1: it was rejected" in result.err) is (code == 1)


def test_a_second_attempt_is_told_from_the_first(line: ProjectLine) -> None:
    """The stage failed before: what is followed is the attempt that was begun now."""
    release = by_hand(line)
    line.emulator.outcome = lambda *words: "rejected" if words[2] == 1 else "succeeded"
    line.run("stage", release, "Dev", "start", "--wait")
    assert line.ok("stage", release, "Dev", "start", "--wait").columns[0][1:] == ["succeeded", "Dev", "2"]


def test_a_stage_is_scheduled_and_canceled() -> None:
    clock = Clock()
    with open_project_line(clock=clock) as line:
        release = by_hand(line)
        line.ok("stage", release, "Dev", "start", "--at", "2030-01-02T10:00:00+02:00")
        assert line.sent[-1].body == {
            "status": "inProgress",
            "scheduledDeploymentTime": "2030-01-02T08:00:00Z",
        }
        assert dev(line, release)["status"] == "scheduled"
        line.ok("stage", release, "Dev", "cancel", "--comment", "no", "--wait")
        assert dev(line, release)["status"] == "canceled"
        assert (
            line.failed(1, "stage", release, "Dev", "cancel").count("no deployment that could be canceled")
            == 1
        )


def test_patience_ends(line: ProjectLine) -> None:
    """A stage that waits for somebody is not waited for without end, and the message says for whom."""
    release = by_hand(line, preDeployApprovals=asked(line.emulator, "Ana"))
    result = line.run("stage", release, "Dev", "start", "--wait", "--timeout", "0.5")
    assert result.code == 1
    assert "stage 'Dev', attempt 1: it has not ended yet, it is inProgress" in result.err
    assert "waits for ana@fabrikam.example (approval " in result.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("1", "Moon", "start"), 2, "release 1 has no stage 'Moon'; it has Dev ("),
        (("9", "Dev", "start"), 1, "release 9: GET"),
        (("1", "Dev", "begin"), 2, "'begin' is not one of 'start', 'cancel'"),
        (("1", "Dev", "start", "--at", "noon"), 2, "'noon' is no time"),
        (("1", "Dev", "start", "--at", "2020-01-01"), 2, "--at 2020-01-01T00:00:00Z is over"),
        (("1", "Moon", "START"), 2, "release 1 has no stage 'Moon'"),
        (("1", "Dev", "cancel", "--variable", "a=b"), 2, "are about a start"),
        (("1", "Dev", "start", "--timeout", "3"), 2, "--timeout is about --wait"),
    ],
)
def test_what_is_wrong_is_told(line: ProjectLine, words: tuple[str, ...], code: int, said: str) -> None:
    by_hand(line)
    assert said in line.failed(code, "stage", *words)
    assert line.writes[2:] == []


def test_the_id_of_the_definition_is_told_and_not_taken(line: ProjectLine) -> None:
    """A stage has two ids: the one in the definition may belong to another stage of the release."""
    release = line.made(line.definition(stage("Dev", by_hand=True), stage("Prod", by_hand=True)))
    prod = line.release(release)["environments"][1]
    prod["definitionEnvironmentId"] = 777
    said = line.failed(2, "stage", release, 777, "start")
    assert f"777 is its id in the definition, and here it is {prod['id']}" in said
    prod["name"] = "Dev"
    assert "has several stages 'Dev': give an id" in line.failed(2, "stage", release, "Dev", "start")


def test_approvals_are_listed_given_and_refused(line: ProjectLine) -> None:
    number = line.definition(stage("Dev", preDeployApprovals=asked(line.emulator, "Ana", "Bo")))
    releases = [line.made(number) for _ in range(2)]
    rows = line.ok("approvals").columns
    assert [row[1:7] for row in rows] == [
        ["pending", "preDeploy", str(release), f"Release-{release}", "Dev", "ana@fabrikam.example"]
        for release in reversed(releases)
    ]
    line.ok("approve", rows[1][0], "--comment", "Good to go!")
    given = line.release(releases[0])["environments"][0]["preDeployApprovals"][0]
    assert (given["status"], given["comments"]) == ("approved", "Good to go!")
    second = line.ok("approvals", "--release", releases[0]).columns[0]
    assert second[6] == "bo@fabrikam.example"
    shown = line.ok("reject", second[0], rows[0][0], "--comment", "no").columns
    assert [row[1] for row in shown] == ["rejected", "rejected"]
    line.ok("list")
    assert [line.stages(release)["Dev"] for release in releases] == ["rejected", "rejected"]
    assert line.ok("approvals").out == ""
    assert {row[1] for row in line.ok("approvals", "--status", "2", "--status", "REJECTED").columns} == {
        "approved",
        "rejected",
    }
    assert "is not pending" in line.failed(1, "approve", second[0])
    assert "'stackferry release approvals' shows those that are pending" in line.failed(1, "approve", 999)


def test_every_filter_of_approvals_is_sent(line: ProjectLine) -> None:
    words = "--release 1 --release 2 --status approved --type preDeploy --assigned-to ana --my-groups --order 1 --top 3"
    line.ok("approvals", *words.split(), "--token", "7")
    assert line.sent[-1].query == {
        "assignedToFilter": "ana",
        "statusFilter": "approved",
        "releaseIdsFilter": "1,2",
        "typeFilter": "preDeploy",
        "top": "3",
        "continuationToken": "7",
        "queryOrder": "ascending",
        "includeMyGroupApprovals": "true",
        "api-version": "7.1",
    }


def test_more_approvals_than_a_page(line: ProjectLine) -> None:
    number = line.definition(stage("Dev", preDeployApprovals=asked(line.emulator, "Ana")))
    for _ in range(5):
        line.made(number)
    line.emulator.limits.page_rows = 2
    first = line.run("approvals")
    assert (len(first.columns), "2 approvals, and there are more" in first.err) == (2, True)
    assert len(line.ok("approvals", "--top", "3").columns) == 3
    assert len(line.ok("approvals", "--all", "--status", "pending").columns) == 5


@pytest.mark.parametrize(
    "words", [("stage", "1", "Dev", "start", "--wait"), ("approve", "1"), ("reject", "1")]
)
@pytest.mark.parametrize("harm", ["reset", "500", "malformed"])
def test_a_lost_answer_says_that_the_write_may_have_happened(
    line: ProjectLine, words: tuple[str, ...], harm: str
) -> None:
    """Nothing is started a second time; the message names the command that shows what became of it."""
    by_hand(line)
    as_json = (("content-type", "application/json"),)
    faults: dict[str, Any] = {"reset": {"reset": True}, "500": {"status": 500}}
    faults["malformed"] = {"status": 200, "body": b"{", "headers": as_json}
    line.emulator.faults.add(Fault(method="PATCH", **faults[harm]))
    said = line.failed(1, *words)
    assert sum(one.method != "GET" for one in line.emulator.log) == 1
    look = f"show {line.place} 1" if words[0] == "stage" else f"approvals {line.place}"
    assert f"may or may not have been carried out; look with `stackferry release {look}`" in said


def test_pauses_grow_and_the_attempt_is_followed_through_every_step() -> None:
    """A virtual clock: the stage runs for minutes, is looked at ever more rarely, and somebody approves meanwhile."""
    clock, steps, pauses = Clock(), list[str](), list[float]()
    with open_project_line(clock=clock, switches=Switches(deploy_seconds=60)) as line:
        release = by_hand(line, preDeployApprovals=asked(line.emulator, "Ana"))
        line.ok("stage", release, "Dev", "start")
        ana = api_of(line, "Ana")

        async def sleep(seconds: float) -> None:
            pauses.append(seconds)
            clock.pass_seconds(seconds)
            if len(pauses) == 5:
                ana.patch(
                    f"release/approvals/{ana.rows('release/approvals')[0]['id']}", {"status": "approved"}
                )

        def seen(attempt: Attempt) -> None:
            steps.append(str(attempt.step.get("operationStatus")))

        async def follow() -> Attempt:
            from stackferry.drivers.events import silent
            from stackferry.library.connect import Connector, Credential, find_endpoint
            from stackferry.library.monitor import Monitor
            from stackferry.library.speed import Speed
            from stackferry.model import Secret
            from stackferry.providers.azure_devops.hosts import Root

            endpoint = find_endpoint(line.place, "target", Credential("token", Secret(line.token)))
            async with Connector(Speed(0), silent, Monitor()).session(endpoint) as session:
                stages = Stages(session.call, Root.of(endpoint.place), sleep)
                uid = int(dev(line, release)["id"])
                return await stages.follow(release_id=release, stage_id=uid, attempt=1, seen=seen)

        ended = anyio.run(follow)
    assert ended.status == "succeeded"
    assert pauses == sorted(pauses)
    assert pauses[-1] == 15
    assert list(dict.fromkeys(steps)) == ["Pending", "PhaseInProgress", "Approved"]


def api_of(line: ProjectLine, person: str) -> Any:
    from dataclasses import replace

    return replace(line.api, token=person)
