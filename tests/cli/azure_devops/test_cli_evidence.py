"""Evidence on the command line: the rows against what the emulator itself holds, and what several archives add."""

from __future__ import annotations

import csv
import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, CommandLine, CommandResult

from stackferry.emulators.azure_devops import Emulator, Switches, serve
from stackferry.emulators.azure_devops.log_files import release_zip
from stackferry.emulators.azure_devops.seed.generator import generate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.emulators.azure_devops import Project

TOKEN, NAME = "ado-invented-token", "My Web"
NEVER = "0001-01-01T00:00:00"
KEYS = (
    "release_id", "release", "definition", "definition_revision", "stage", "attempt", "deployment_id", "reason",
    "requested_by", "requested_for", "queued_on", "started_on", "completed_on", "status", "operation_status",
    "artifacts", "approvals", "gates", "interventions", "log_sha256", "keep_forever", "vanished", "marks",
)  # fmt: skip


class Archive:
    """A shell, a project on an emulator, and one archive of it."""

    def __init__(self, origin: str, home: Path, project: Project) -> None:
        self.home, self.project, self.snapshot = home, project, home / "first"
        self.place = f"azure-devops+http://fabrikam@{origin.removeprefix('http://')}/My%20Web"
        self._shell = CommandLine(None, origin, home, TOKEN)  # type: ignore[arg-type]  # its emulator is not asked
        assert self.export("first").code == 0

    def run(self, *words: object) -> CommandResult:
        return self._shell.run(*words)

    def export(self, name: str, *more: object) -> CommandResult:
        return self.run("export", self.place, self.home / name, *FAST, *more)

    def rows(self, *words: object) -> list[Any]:
        answered = self.run("evidence", *(words or (self.snapshot,)), "--json")
        assert answered.code == 0, answered.err
        found: list[Any] = answered.report["rows"]
        return found


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    emulator = Emulator(switches=Switches(zip_bytes_stable=True))
    project = generate(emulator, "fabrikam", NAME, token=TOKEN, seed=3, releases=36)
    with serve(emulator) as origin:
        yield Archive(origin, tmp_path_factory.mktemp("evidence"), project)


def who(person: Any) -> str | None:
    return person["uniqueName"] if person else None


def truth(project: Project) -> Iterator[dict[str, Any]]:
    """What the emulator holds, read from its tables by no code of ours."""
    for release in project.releases.values():
        raw: Any = release
        for stage in raw["environments"]:
            for step in stage["deploySteps"]:
                yield {
                    "release_id": raw["id"],
                    "release": raw["name"],
                    "definition_revision": raw["releaseDefinitionRevision"],
                    "stage": stage["name"],
                    "keep_forever": raw["keepForever"],
                    **_attempt(project, stage, step),
                }


def _attempt(project: Project, stage: Any, step: Any) -> dict[str, Any]:
    row: Any = project.deployments[step["deploymentId"]]
    asked = [
        one
        for side in ("preDeployApprovals", "postDeployApprovals")
        for one in stage[side]
        if one["attempt"] == step["attempt"]
    ]
    return {
        "attempt": step["attempt"],
        "deployment_id": step["deploymentId"],
        "reason": step["reason"],
        "requested_by": who(step["requestedBy"]),
        "requested_for": who(step["requestedFor"]),
        "queued_on": step["queuedOn"],
        "started_on": None if row["startedOn"] == NEVER else row["startedOn"],
        "completed_on": row.get("completedOn"),
        "status": step["status"],
        "operation_status": step["operationStatus"],
        "approvals": [
            {
                "type": one["approvalType"],
                "approver": who(one.get("approver")),
                "approved_by": who(one.get("approvedBy")),
                "status": one["status"],
                "modified_on": one["modifiedOn"],
                "comments": one["comments"],
                "automated": one["isAutomated"],
            }
            for one in asked
        ],
        "marks": sorted(_marks(stage, step, asked)),
    }


def _marks(stage: Any, step: Any, asked: list[Any]) -> Iterator[str]:
    people = [one for one in asked if not one["isAutomated"]]
    requesters = {who(step["requestedBy"]), who(step["requestedFor"])}
    if any(one["status"] == "approved" and who(one["approvedBy"]) in requesters for one in people):
        yield "approved by the requester"
    if not people:
        yield "no approval at all"
    if any(one["status"] == "skipped" for one in asked):
        yield "approval skipped"
    before = [
        one["attempt"]
        for side in ("preDeployApprovals", "postDeployApprovals")
        for one in stage[side]
        if one["status"] == "rejected"
    ]
    if step["status"] == "succeeded" and any(number <= step["attempt"] for number in before):
        yield "succeeded after rejection"


def test_every_attempt_is_a_row_that_says_what_the_service_holds(archive: Archive) -> None:
    found = archive.rows()
    assert all(row.keys() == {*KEYS} for row in found)
    wanted = {row["deployment_id"]: row for row in truth(archive.project)}
    shown = {row["deployment_id"]: {**row, "marks": sorted(row["marks"])} for row in found}
    assert shown.keys() == wanted.keys()
    assert len(found) == len(wanted)
    for uid, row in wanted.items():
        assert {name: shown[uid][name] for name in row} == row
    marks = {mark for row in found for mark in row["marks"]}
    assert len(marks) == 4, marks


def test_logs_gates_interventions_and_artifacts_are_in_the_rows(archive: Archive) -> None:
    found = archive.rows()
    files = {path.name for path in (archive.snapshot / "files").rglob("*") if path.is_file()}
    assert {row["log_sha256"] for row in found} - {None} == files
    for row in found:
        raw: Any = archive.project.releases[row["release_id"]]
        assert [one["alias"] for one in row["artifacts"]] == [one["alias"] for one in raw["artifacts"]]
        versions = [one["definitionReference"]["version"]["id"] for one in raw["artifacts"]]
        assert [one["version_id"] for one in row["artifacts"]] == versions
        stage = next(one for one in raw["environments"] if one["name"] == row["stage"])
        step = stage["deploySteps"][row["attempt"] - 1]
        ignored = [one["name"] for one in (step.get("preDeploymentGates") or {}).get("ignoredGates", [])]
        assert [one["name"] for one in row["gates"] if one["ignored"]] == ignored
        rows = [one for phase in step["releaseDeployPhases"] for one in phase["manualInterventions"]]
        assert [one["status"] for one in row["interventions"]] == [one["status"] for one in rows]
        assert [one["comments"] or None for one in row["interventions"]] == [one["comments"] for one in rows]
    assert any(one["ignored"] for row in found for one in row["gates"])
    assert any(row["interventions"] for row in found)
    with_log = next(row for row in found if row["log_sha256"])
    content = release_zip(archive.project, with_log["release_id"], None)
    assert content
    assert hashlib.sha256(content).hexdigest() == with_log["log_sha256"]


def test_the_head_says_what_an_archive_is(archive: Archive) -> None:
    report = archive.run("evidence", archive.snapshot, "--json").report
    (head,) = report["archives"]
    digest = hashlib.sha256((archive.snapshot / "manifest.json").read_bytes()).hexdigest()
    manifest = json.loads((archive.snapshot / "manifest.json").read_bytes())
    assert head["manifest_sha256"] == digest
    assert head["watermark"] == manifest["watermark"]
    assert head["unfinished"] == len(manifest["unfinished"])
    assert report["may_conclude"]
    assert any("under way" in sentence for sentence in report["may_not_conclude"])


def test_rows_are_selected_by_definition_stage_and_time(archive: Archive) -> None:
    everything = archive.rows()
    times = sorted(row["queued_on"] for row in everything)
    since, until = times[5], times[20]
    wanted = [row for row in everything if since <= row["queued_on"] < until]
    assert archive.rows(archive.snapshot, "--since", since, "--until", until) == wanted
    prod = [row for row in everything if row["stage"] == "Prod" and row["definition"] == "Shop.CD"]
    assert prod
    assert archive.rows(archive.snapshot, "--stage", "prod", "--definition", "Shop.CD") == prod
    assert times == [row["queued_on"] for row in everything]
    old = [row for row in everything if row["definition"] == "Old site"]  # its definition is deleted
    assert old
    assert archive.rows(archive.snapshot, "--definition", "old site") == old


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--stage", "Prd"), "no archive knows a stage 'Prd'; it is one of 'Dev'"),
        (("--definition", "Shop"), "no archive knows a definition 'Shop'"),
        (("--since", "yesterday"), "is no time"),
        (
            ("--since", "2026-02-01", "--until", "2026-01-01"),
            "since 2026-02-01 is not before until 2026-01-01",
        ),
    ],
)
def test_what_is_mistyped_is_no_empty_report(archive: Archive, words: tuple[str, ...], message: str) -> None:
    answered = archive.run("evidence", archive.snapshot, *words)
    assert answered.code == 2
    assert message in answered.err


def test_a_changed_archive_is_no_evidence(archive: Archive, tmp_path: Path) -> None:
    import shutil

    changed = tmp_path / "changed"
    shutil.copytree(archive.snapshot, changed)
    lines = (changed / "releases.jsonl").read_text("utf-8")
    (changed / "releases.jsonl").write_text(lines.replace("Good to go!", "Go to good!"), "utf-8")
    answered = archive.run("evidence", changed)
    assert answered.code == 6
    assert "releases.jsonl" in answered.err


def test_a_system_without_deployments_says_so(archive: Archive) -> None:
    from repository import ROOT

    answered = archive.run("evidence", ROOT / "sample_exports" / "harbour-guide")
    assert answered.code == 2
    assert "evidence is about deployments, and Contentstack has none" in answered.err


def test_a_line_of_the_terminal_shows_names_and_no_more(archive: Archive) -> None:
    shown = archive.run("evidence", archive.snapshot, "--definition", "Shop.CD")
    lines = shown.columns
    assert (shown.code, len(lines)) == (0, len(archive.rows(archive.snapshot, "--definition", "Shop.CD")))
    assert {len(line) for line in lines} == {8}
    assert max(map(len, lines[0][:6])) <= 81
    assert "no approval at all" in shown.err
    assert shown.out.isprintable() or {*filter(lambda one: not one.isprintable(), shown.out)} == {"\t", "\n"}


def test_the_table_has_the_columns_in_order_and_every_row(archive: Archive, tmp_path: Path) -> None:
    file = tmp_path / "evidence.csv"
    made = archive.run("evidence", archive.snapshot, "--csv", file)
    assert (made.code, made.out) == (0, ""), made.err
    with file.open(encoding="utf-8", newline="") as opened:
        head, *lines = csv.reader(opened)
    assert head == [*KEYS]
    found = archive.rows()
    assert [line[KEYS.index("deployment_id")] for line in lines] == [
        str(row["deployment_id"]) for row in found
    ]
    for line, row in zip(lines, found, strict=True):
        cells = dict(zip(head, line, strict=True))
        assert cells["release"].removeprefix("'") == row["release"]
        assert cells["marks"] == "; ".join(row["marks"])
        assert cells["approvals"].count("Deploy: ") == len(row["approvals"])
        assert all(one["comments"] in cells["approvals"] for one in row["approvals"])
    assert not [cell for line in lines for cell in line if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n")]


def test_the_page_has_every_row_and_the_same_bytes_each_time(archive: Archive, tmp_path: Path) -> None:
    one, other = tmp_path / "one.html", tmp_path / "other.html"
    assert archive.run("evidence", archive.snapshot, "--html", one).code == 0
    report = archive.run("evidence", archive.snapshot, "--html", other, "--json").report
    assert (report["html"], one.read_bytes()) == (str(other), other.read_bytes())
    content = one.read_text("utf-8")
    assert content.count("<tr data-") == len(report["rows"])
    assert report["archives"][0]["manifest_sha256"] in content
    digests = {row["log_sha256"] for row in report["rows"] if row["log_sha256"]}
    assert all(digest in content for digest in digests)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (("--csv", "{snapshot}/report.csv"), "lies in a snapshot"),
        (("--csv", "{home}"), "is a directory"),
        (("--csv", "{home}/one", "--html", "{home}/one"), "is named for two files"),
    ],
)
def test_a_report_goes_nowhere_where_it_would_harm(
    archive: Archive, files: tuple[str, ...], message: str
) -> None:
    words = (word.format(snapshot=archive.snapshot, home=archive.home) for word in files)
    answered = archive.run("evidence", archive.snapshot, *words)
    assert answered.code == 2
    assert message in answered.err
    assert archive.run("verify", archive.snapshot).code == 0


def test_what_vanished_stays_in_the_rows_once(archive: Archive) -> None:
    """Last: it deletes releases. One archive grew out of the first, another was made anew."""
    before = archive.rows()
    lost = {row["release_id"] for row in before[3:9]}  # old ones, as retention takes them
    for number in lost:
        archive.project.delete_release(number, datetime(2026, 6, 1, tzinfo=UTC))
    assert archive.export("grown", "--base", archive.snapshot).code == 0
    assert archive.export("anew").code == 0
    since = json.loads((archive.home / "grown" / "manifest.json").read_bytes())["watermark"]
    anew = json.loads((archive.home / "anew" / "manifest.json").read_bytes())["watermark"]
    wanted = [{**row, "vanished": since if row["release_id"] in lost else None} for row in before]
    assert archive.rows(archive.home / "grown") == wanted
    assert archive.rows(archive.snapshot, archive.home / "grown") == wanted
    found = archive.rows(archive.snapshot, archive.home / "anew")
    assert [{**row, "vanished": None} for row in found] == [{**row, "vanished": None} for row in before]
    assert {row["release_id"]: row["vanished"] for row in found if row["vanished"]} == dict.fromkeys(
        lost, anew
    )
    assert len(archive.rows(archive.home / "anew")) == sum(row["release_id"] not in lost for row in before)
    told = archive.run("evidence", archive.home / "grown")
    assert f"{sum(bool(row['vanished']) for row in wanted)} vanished" in told.err
