"""The scenarios of research, section 11, that are about archives: 1 to 4 and 7, as they are written there."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from plain_project import TOKEN
from rich_project import job, stage, stage_of, task
from scenario_scene import SETTINGS, SIZES, SOURCE, asked_twice, fewest_requests, open_scene, size

from sampling import sampled
from stackferry.emulators.azure_devops import Access, Fault
from stackferry.emulators.azure_devops.seed.fill_evenly import fill_evenly

if TYPE_CHECKING:
    from pathlib import Path

    from scenario_scene import Scene

pytestmark = pytest.mark.timeout(900)  # of those that torture adds
TODAY, OLD = (one.values for one in SETTINGS)
ONE = pytest.mark.parametrize(("shape", "switches"), [TODAY, pytest.param(*OLD, marks=pytest.mark.torture)])
OTHER = pytest.mark.parametrize(("shape", "switches"), [OLD, pytest.param(*TODAY, marks=pytest.mark.torture)])
"""Every run takes one setting, and torture both."""


def lines(archive: Path, kind: str) -> list[Any]:
    file = archive / f"{kind}.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def manifest(archive: Path) -> Any:
    return json.loads((archive / "manifest.json").read_text())


def members(archive: Path, sha256: str) -> dict[str, bytes]:
    content = (archive / "files" / sha256[:2] / sha256).read_bytes()
    assert hashlib.sha256(content).hexdigest() == sha256
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


# --- 1: more than a hundred ---


@OTHER
@pytest.mark.parametrize("size", sampled([(123, 10), (1_230, 100)], 1))
def test_1_more_than_a_hundred(
    tmp_path: Path, shape: str, switches: dict[str, Any], size: tuple[int, int]
) -> None:
    releases, page = size
    with open_scene(tmp_path, shape, switches, page_rows=page) as scene:
        fill_evenly(scene.emulator, *SOURCE, token=TOKEN, releases=releases)
        wanted = {one["id"]: one for one in scene.project().releases()}
        fewest, mark = fewest_requests(scene.project(), page), scene.service.mark
        scene.emulator.faults.add(*(Fault(path=r"releases\?", after=n, wait=0.2) for n in (3, 7)))
        assert scene.export("archive").code == 0
        assert {one["id"]: one for one in lines(tmp_path / "archive", "releases")} == wanted
        assert len(wanted) == releases
        # Where a page repeats a row, there may be one page more of each of two lists.
        assert (
            fewest
            <= len(scene.requests(mark))
            <= fewest + 2 * (switches.get("token_names") == "last") * (1 + releases // page // page)
        )


@ONE
@pytest.mark.parametrize("tokens", ["one for ever", "always another"])
def test_1_tokens_that_do_not_end_are_told(
    tmp_path: Path, shape: str, switches: dict[str, Any], tokens: str
) -> None:
    with open_scene(tmp_path, shape, switches, releases=3) as scene:
        page = scene.project().answer("GET", "release/releases").content
        scene.emulator.faults.add(
            *(
                Fault(
                    path=r"/releases\?",
                    status=200,
                    body=page,
                    headers=(
                        ("content-type", "application/json"),
                        ("x-ms-continuationtoken", "7" if tokens == "one for ever" else f"{number}"),
                    ),
                )
                for number in range(1, 300)
            )
        )
        mark = scene.service.mark
        ended = scene.export("archive")
        assert ended.code == 1
        assert "same page again" in ended.said or "no new row" in ended.said
        assert len(scene.requests(mark)) < 120
        scene.emulator.faults.clear()
        assert scene.export("archive").code == 0


# --- 2: the auditor asks ---


@OTHER
@pytest.mark.parametrize("releases", SIZES)
def test_2_the_auditor_asks(tmp_path: Path, shape: str, switches: dict[str, Any], releases: int) -> None:
    with open_scene(tmp_path, shape, switches, releases=releases) as scene:
        assert scene.export("archive").code == 0
        truth = _attempts(scene, "Prod", "2026-01-01", "2027-01-01")
        logs = {
            one["id"]: scene.project().answer("GET", f"release/releases/{one['id']}/logs").content
            for one, _, _ in truth
        }
        mark = scene.service.mark
        words = ("--stage", "prod", "--since", "2026-01-01", "--until", "2027-01-01")
        files = ("--csv", tmp_path / "prod.csv", "--html", tmp_path / "prod.html")
        ended = scene.service.run("evidence", tmp_path / "archive", *words, *files)
        assert (ended.code, scene.requests(mark)) == (0, [])
    rows = {(row["release_id"], row["attempt"]): row for row in ended.report["rows"]}
    assert {*rows} == {(one["id"], step["attempt"]) for one, _, step in truth}
    assert len(rows) >= releases // 6
    page = (tmp_path / "prod.html").read_text()
    for release, of, step in truth:
        row = rows[release["id"], step["attempt"]]
        assert (row["requested_by"], row["requested_for"]) == (
            step["requestedBy"]["uniqueName"],
            step["requestedFor"]["uniqueName"],
        )
        assert [_answer(one) for one in row["approvals"]] == _answers(of, step["attempt"])
        assert {*row["marks"]} >= _marks(of, step)
        held = members(tmp_path / "archive", row["log_sha256"])
        with zipfile.ZipFile(io.BytesIO(logs[release["id"]])) as served:
            assert held == {name: served.read(name) for name in served.namelist()}
        assert row["log_sha256"] in page
    marks = {mark for row in rows.values() for mark in row["marks"]}
    assert marks >= {"approved by the requester"}


def _attempts(scene: Scene, stage_name: str, since: str, until: str) -> list[tuple[Any, Any, Any]]:
    return [
        (release, one, step)
        for release in scene.project().releases()
        for one in release["environments"]
        if one["name"] == stage_name
        for step in one["deploySteps"]
        if since <= step["queuedOn"] < until
    ]


def _rows(of: Any, attempt: int) -> list[Any]:
    rows = [*of["preDeployApprovals"], *of["postDeployApprovals"]]
    return [row for row in rows if row["attempt"] == attempt]


def _answers(of: Any, attempt: int) -> list[tuple[Any, ...]]:
    return [
        (
            row["approvalType"],
            (row.get("approver") or {}).get("uniqueName") or None,
            (row.get("approvedBy") or {}).get("uniqueName") or None,
            row["status"],
            row["modifiedOn"],
            row["comments"],
            row["isAutomated"],
        )
        for row in _rows(of, attempt)
    ]


def _answer(one: Any) -> tuple[Any, ...]:
    return tuple(
        one[name]
        for name in ("type", "approver", "approved_by", "status", "modified_on", "comments", "automated")
    )


def _marks(of: Any, step: Any) -> set[str]:
    """What an auditor looks for, from the release itself."""
    asked = [row for row in _rows(of, step["attempt"]) if not row["isAutomated"]]
    who = {step[name]["uniqueName"] for name in ("requestedBy", "requestedFor")}
    given = {row["approvedBy"]["uniqueName"] for row in asked if row["status"] == "approved"}
    found = {"approved by the requester"} if given & who else set()
    found |= set() if asked else {"no approval at all"}
    return found | ({"approval skipped"} if any(row["status"] == "skipped" for row in asked) else set())


# --- 3: retention took it ---


@ONE
@pytest.mark.parametrize("month", sampled([(5, 8), (30, 40)], 1))
def test_3_retention_took_it(
    tmp_path: Path, shape: str, switches: dict[str, Any], month: tuple[int, int]
) -> None:
    """Some releases go each night but the first and the last, halfway a definition and a stage."""
    nights, gone = month
    with open_scene(tmp_path, shape, switches, releases=gone + 4) as scene:
        project, held = scene.project(), scene.emulator.project(*SOURCE)
        old = [row["id"] for row in project.rows("release/releases", queryOrder="ascending", top_=100)][:gone]
        definition = next(row for row in project.definitions() if row["name"] == "Nightly")
        staged = next(row for row in project.definitions() if row["name"] == "Payments")
        due = {
            n: old[(n - 1) * gone // (nights - 2) : n * gone // (nights - 2)] for n in range(1, nights - 1)
        }
        for night in range(nights):
            for number in due.get(night, []):
                held.delete_release(number, datetime.now(UTC))
            if night == nights // 2:
                project.call("DELETE", f"release/definitions/{definition['id']}", forceDelete="true")
                project.put("release/definitions", {**staged, "environments": staged["environments"][:1]})
            base = ("--base", tmp_path / str(night - 1)) if night else ()
            assert scene.export(str(night), *base).code == 0
        last = tmp_path / str(nights - 1)
        rows = scene.service.run("evidence", last).report["rows"]
    since = {
        str(uid): manifest(tmp_path / str(night))["watermark"] for night, uids in due.items() for uid in uids
    }
    first = {one["id"]: one for one in lines(tmp_path / "0", "releases")}
    for night in range(nights):
        archive = tmp_path / str(night)
        kept = {one["id"]: one for one in lines(archive, "releases")}
        assert {uid: kept[uid] for uid in old} == {uid: first[uid] for uid in old}
        assert {one["id"] for one in lines(archive, "definitions")} >= {definition["id"], staged["id"]}
        names = {
            row["name"]
            for one in lines(archive, "definition_revisions")
            if str(one["definition"]) == str(staged["id"])
            for row in one["body"]["environments"]
        }
        assert names >= {row["name"] for row in staged["environments"]}
        vanished = {
            row["uid"]: row["missing_since"]
            for row in manifest(archive).get("vanished", [])
            if row["kind"] == "releases"
        }
        gone_by_then = {str(uid) for n in range(night + 1) for uid in due.get(n, [])}
        assert {uid: vanished[uid] for uid in gone_by_then} == {uid: since[uid] for uid in gone_by_then}
        assert scene.service.run("verify", archive).code == 0
    for row in rows:
        assert row["vanished"] == since.get(str(row["release_id"]), row["vanished"])
    attempts = sum(len(one["deploySteps"]) for uid in old for one in first[uid]["environments"])
    assert sum(str(row["release_id"]) in since for row in rows) == attempts


# --- 4: the token ran out at three in the morning ---


@OTHER
@pytest.mark.parametrize("releases", SIZES)
def test_4_the_token_ran_out(tmp_path: Path, shape: str, switches: dict[str, Any], releases: int) -> None:
    with open_scene(tmp_path, shape, switches, releases=releases) as scene:
        fewest = fewest_requests(scene.project())
        edited = [one["id"] for one in scene.project().releases() if one["definitionSnapshotRevision"] > 1]
        at, home = scene.service.mark + fewest * 2 // 3, scene.emulator.organizations[SOURCE[0]]

        def expire(_request: Any, _answer: Any) -> None:
            if scene.service.mark >= at:
                home.tokens[TOKEN].refusal = "The Personal Access Token used has expired"

        scene.emulator.watchers.append(expire)
        mark = scene.service.mark
        ended = scene.export("archive")
        scene.emulator.watchers.remove(expire)
        assert ended.code == 4
        assert "The Personal Access Token used has expired" in ended.said
        assert asked_twice(scene.requests(mark), edited) == []
        assert len(scene.requests(mark)) <= fewest * 2 // 3 + 20  # those that were under way
        held = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        assert not [one for one in held if b"_signin" in one or b"Sign In" in one or TOKEN.encode() in one]
        home.tokens["another-invented-pat"] = Access(home.user)
        mark = scene.service.mark
        done = scene.export("archive", STACKFERRY_TOKEN="another-invented-pat")
        assert done.code == 0
        assert len(scene.requests(mark)) <= fewest * 2 // 3
        home.tokens[TOKEN].refusal = ""
        assert {one["id"]: one for one in lines(tmp_path / "archive", "releases")} == {
            one["id"]: one for one in scene.project().releases()
        }


@ONE
def test_4_a_401_to_a_patch(tmp_path: Path, shape: str, switches: dict[str, Any]) -> None:
    """An import whose token runs out: what was made is not made again."""
    with open_scene(tmp_path, shape, switches, releases=size(24)) as scene:
        assert scene.export("archive").code == 0
        target = scene.target()
        home = scene.emulator.organizations[target[0]]
        home.tokens["another-invented-pat"] = Access(home.user)

        def expire(request: Any, _answer: Any) -> None:
            if request.method == "PATCH":
                home.tokens[TOKEN].refusal = "The Personal Access Token used has expired"

        scene.emulator.watchers.append(expire)
        ended = scene.into(target, "archive")
        scene.emulator.watchers.remove(expire)
        assert ended.code == 4
        assert "The Personal Access Token used has expired" in ended.said
        done = scene.into(target, "archive", STACKFERRY_TOKEN="another-invented-pat")
        home.tokens[TOKEN].refusal = ""
        assert done.code == 3, done.said
        assert scene.verify("archive", target).code == 3
        assert scene.started(target) == []


# --- 7: still running ---

PHASES = [job("Run", "", task("Say it", text="hello"), kind="runOnServer")]


@OTHER
def test_7_still_running(tmp_path: Path, shape: str, switches: dict[str, Any]) -> None:
    """Twelve releases deploy, three wait for approval; the next night reads these, although no `modifiedOn` moved."""
    own = {**switches, "deployment_modifies_release": False}
    with open_scene(tmp_path, shape, own, releases=size(9)) as scene:
        project = scene.project()
        running, waiting = _deploy(scene, 12), _wait(scene, 3)
        scene.emulator.switches = _slow(scene, 40)
        for number in running:
            one = stage_of(project.release(number), "Dev")
            project.patch(f"release/releases/{number}/environments/{one['id']}", {"status": "inProgress"})
        before = {one["id"]: one["modifiedOn"] for one in project.releases()}
        assert scene.export("1").code == 0
        _are_consistent(tmp_path / "1")
        unfinished = {int(uid) for uid in manifest(tmp_path / "1")["unfinished"]}
        assert unfinished >= {*waiting}
        scene.emulator.switches = _slow(scene, 0)
        for row in project.get("release/approvals", releaseIdsFilter=",".join(map(str, waiting)))["value"]:
            project.patch(
                f"release/approvals/{row['id']}", {"status": "approved", "comments": "after midnight"}
            )
        after = {one["id"]: one["modifiedOn"] for one in project.releases()}
        assert after == before
        mark = scene.service.mark
        assert scene.export("2", "--base", tmp_path / "1").code == 0
        read = {
            int(line.rsplit("/", 1)[1].partition("?")[0])
            for line in scene.requests(mark)
            if line.rsplit("/", 1)[1].partition("?")[0].isdecimal() and "/releases/" in line
        }
        drafts = {one["id"] for one in project.releases() if one["status"] == "draft"}
        assert {*waiting} <= read <= {*running, *waiting} | unfinished | drafts
        _are_consistent(tmp_path / "2")
        wanted = {one["id"]: one for one in project.releases()}
        assert {one["id"]: one for one in lines(tmp_path / "2", "releases")} == wanted


def _deploy(scene: Scene, count: int) -> list[int]:
    """Releases of a definition whose only stage is started by hand."""
    made = scene.project().post(
        "release/definitions", {"name": "Running", "environments": [stage("Dev", deployPhases=PHASES)]}
    )
    return [
        int(scene.project().post("release/releases", {"definitionId": made["id"]})["id"])
        for _ in range(count)
    ]


def _wait(scene: Scene, count: int) -> list[int]:
    """Releases that somebody is to approve."""
    uid = scene.project().get("identities", searchFilter="General", filterValue="ana.souza@fabrikam.example")[
        "value"
    ][0]["id"]
    asked = {
        "approvals": [
            {"rank": 1, "isAutomated": False, "isNotificationOn": False, "approver": {"id": uid}, "id": 0}
        ]
    }
    begun = {"name": "ReleaseStarted", "conditionType": "event", "value": ""}
    one = stage("Prod", begun, preDeployApprovals=asked, deployPhases=PHASES)
    made = scene.project().post("release/definitions", {"name": "Waiting", "environments": [one]})
    return [
        int(scene.project().post("release/releases", {"definitionId": made["id"]})["id"])
        for _ in range(count)
    ]


def _slow(scene: Scene, requests: int) -> Any:
    return dataclasses.replace(scene.emulator.switches, deploy_requests=requests)


def _are_consistent(archive: Path) -> None:
    """Each log is of the attempts that its release tells of."""
    files = {int(one["uid"]): one for one in lines(archive, "files")}
    for release in lines(archive, "releases"):
        attempts = sum(len(one["deploySteps"]) for one in release["environments"])
        if attempts and release["id"] in files:
            assert files[release["id"]]["version"] == attempts
            assert members(archive, files[release["id"]]["sha256"])
