"""What an archive holds, against what the service answers to a plain client, and its evidence against the truth."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import rich_project

if TYPE_CHECKING:
    from pathlib import Path

    from plain_project import Project
    from project_fixtures import Filled

KINDS = {
    "folders": "release/folders",
    "variable_groups": "distributedtask/variablegroups",
    "task_groups": "distributedtask/taskgroups",
    "queues": "distributedtask/queues",
    "deployment_groups": "distributedtask/deploymentgroups",
    "secure_files": "distributedtask/securefiles",
    "connections": "serviceendpoint/endpoints",
    "builds": "build/definitions",
}


def exact(text: str) -> Any:
    """JSON whose numbers keep every digit."""
    return json.loads(text, parse_float=lambda digits: Decimal(digits).as_tuple(), parse_int=str)


def lines(archive: Path, kind: str) -> list[Any]:
    return [exact(line) for line in (archive / f"{kind}.jsonl").read_text().splitlines()]


def answer(project: Project, path: str, **query: Any) -> Any:
    return exact(project.answer("GET", path, **query).text)


def by_id(rows: list[Any]) -> dict[str, Any]:
    return {row["id"]: row for row in rows}


def test_lists_are_as_the_service_gives_them(recreated: Filled) -> None:
    for kind, path in KINDS.items():
        wanted = answer(recreated.service.source, path)["value"]
        found = lines(recreated.archive, kind)
        assert sorted(map(str, found)) == sorted(map(str, wanted)), kind


def test_definitions_and_every_revision(recreated: Filled) -> None:
    project, archive = recreated.service.source, recreated.archive
    rows = project.rows("release/definitions")
    found = by_id(lines(archive, "definitions"))
    assert len(found) == len(rows) == 3
    revisions = {
        (one["definition"], one["revision"]): one["body"] for one in lines(archive, "definition_revisions")
    }
    for row in rows:
        uid = str(row["id"])
        assert found[uid] == answer(project, f"release/definitions/{uid}")
        history = answer(project, f"release/definitions/{uid}/revisions")["value"]
        assert all(one in lines(archive, "definition_history") for one in history)
        for one in history:
            body = answer(project, f"release/definitions/{uid}/revisions/{one['revision']}")
            assert revisions[uid, one["revision"]] == body


def test_releases_whole(recreated: Filled) -> None:
    project, archive = recreated.service.source, recreated.archive
    found = by_id(lines(archive, "releases"))
    assert {*found} == {str(uid) for uid in recreated.made.values()}
    for uid, one in found.items():
        query = {"$expand": "tasks", "$topGateRecords": 1000}
        assert one == answer(project, f"release/releases/{uid}", **query)


def test_deployments(recreated: Filled) -> None:
    wanted = answer(recreated.service.source, "release/deployments", top_=100)["value"]
    assert by_id(lines(recreated.archive, "deployments")) == by_id(wanted)


def test_logs_by_member(recreated: Filled) -> None:
    project, archive = recreated.service.source, recreated.archive
    ran = [one["id"] for one in project.releases() if any(row["deploySteps"] for row in one["environments"])]
    files = {int(one["uid"]): one for one in lines(archive, "files")}
    assert sorted(files) == ran
    for uid, row in files.items():
        content = (archive / "files" / row["sha256"][:2] / row["sha256"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row["sha256"]
        assert members(content) == members(project.answer("GET", f"release/releases/{uid}/logs").content)


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_one_source_gives_the_same_bytes(recreated: Filled, tmp_path: Path) -> None:
    service, again = recreated.service, tmp_path / "again"
    assert service.carry("export", service.source.place, again).code == 0
    for path in again.glob("*.json*"):
        if path.name not in ("files.jsonl", "manifest.json"):  # zips are packed anew for each reading
            assert path.read_bytes() == (recreated.archive / path.name).read_bytes(), path.name


def test_evidence_is_the_truth(recreated: Filled, tmp_path: Path) -> None:
    """One row for each attempt, from the releases themselves."""
    service = recreated.service
    table = tmp_path / "rows.csv"
    found = service.run(
        "evidence", recreated.archive, "--csv", table, "--html", tmp_path / "page.html"
    ).report["rows"]
    wanted = []
    for release in service.source.releases():
        for stage in release["environments"]:
            wanted += [(release, stage, step) for step in stage["deploySteps"]]
    assert len(found) == len(wanted) == 7
    rows = {(row["release_id"], row["stage"], row["attempt"]): row for row in found}
    logs = {int(one["uid"]): one["sha256"] for one in lines(recreated.archive, "files")}
    for release, stage, step in wanted:
        row = rows[release["id"], stage["name"], step["attempt"]]
        asked = [
            {
                "type": one["approvalType"],
                "approver": (one.get("approver") or {}).get("uniqueName"),
                "approved_by": (one.get("approvedBy") or {}).get("uniqueName"),
                "status": one["status"],
                "modified_on": one["modifiedOn"],
                "comments": one["comments"],
                "automated": one["isAutomated"],
            }
            for when in ("preDeployApprovals", "postDeployApprovals")
            for one in stage[when]
            if one["attempt"] == step["attempt"]
        ]
        assert [
            {**one, "approver": one["approver"] or None, "approved_by": one["approved_by"] or None}
            for one in row["approvals"]
        ] == asked
        assert row["status"] == step["status"]
        assert row["log_sha256"] == logs[release["id"]]
        assert row["requested_by"] == step["requestedBy"]["uniqueName"]
        assert (row["release"], row["definition"]) == (release["name"], release["releaseDefinition"]["name"])
        assert row["keep_forever"] is release["keepForever"]
    (refused,) = (row for row in found if "Not on Friday" in str(row["approvals"]))
    assert refused["release_id"] == recreated.made["refused"]
    assert refused["operation_status"].lower() == "rejected"
    with table.open(newline="", encoding="utf-8-sig") as opened:
        written = [*csv.DictReader(opened)]
    assert [int(row["release_id"]) for row in written] == [row["release_id"] for row in found]
    assert not [cell for row in written for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    assert "Looks good; =go()" in str(found)


def test_numbers_keep_every_digit(recreated: Filled, tmp_path: Path) -> None:
    service = recreated.service
    project = service.another("digits", "P")
    raw = json.dumps(
        {"name": "D", "environments": [rich_project.stage("Dev", deployPhases=[])], "odd": "ODD"}
    )
    odd = '{"big": 12345678901234567890123, "small": 1.50, "e": 1E+5, "zero": -0.0, "same": 0.10000000000000000555}'
    project.post("release/definitions", raw.replace('"ODD"', odd).encode())
    assert service.carry("export", project.place, tmp_path / "a").code == 0
    text = (tmp_path / "a" / "definitions.jsonl").read_text().replace(" ", "")
    served = project.answer("GET", "release/definitions/1").text.replace(" ", "")
    for digits in ("12345678901234567890123", "1.50", "-0.0", "0.10000000000000000555"):
        assert digits in served, "the emulator"
        assert digits in text
