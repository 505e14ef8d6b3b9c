"""Scenarios like those of research, section 11: evidence out of several archives, and a day of work by hand."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from scenario_scene import SETTINGS, SOURCE, open_scene, size

from sampling import sampled

if TYPE_CHECKING:
    from pathlib import Path

    from scenario_scene import Scene

_, ODD = (one.values for one in SETTINGS)


@pytest.mark.parametrize("setting", sampled([ODD, ("today", {})], 1))
def test_9_a_year_out_of_several_archives(tmp_path: Path, setting: tuple[str, dict[str, Any]]) -> None:
    """Every attempt that was ever seen is one row, also of releases that are gone, with gates and interventions."""
    with open_scene(tmp_path, *setting, releases=size(30)) as scene:
        truth: dict[tuple[int, str, int], Any] = {}
        held = scene.emulator.project(*SOURCE)
        archives: list[Path] = []
        for night in range(3):
            for release in scene.project().releases():
                for one in release["environments"]:
                    truth |= {
                        (release["id"], one["name"], step["attempt"]): (one, step)
                        for step in one["deploySteps"]
                    }
            base = ("--base", archives[-1]) if archives else ()
            assert scene.export(str(night), *base).code == 0
            archives.append(tmp_path / str(night))
            for row in scene.project().rows("release/releases", queryOrder="ascending", top_=100)[
                : 5 + night
            ]:
                held.delete_release(row["id"], datetime.now(UTC))
    mark = scene.service.mark
    table = tmp_path / "year.csv"
    ended = scene.service.run("evidence", *reversed(archives), "--csv", table)
    assert (ended.code, scene.service.mark) == (0, mark)
    rows = {(row["release_id"], row["stage"], row["attempt"]): row for row in ended.report["rows"]}
    assert len(rows) == len(ended.report["rows"])
    # Of a definition that was deleted before the first night the releases are there, too.
    assert {*rows} == {*truth}
    for key, (one, step) in truth.items():
        row = rows[key]
        assert [gate["name"] for gate in row["gates"] if gate["ignored"]] == _ignored(step)
        assert [(each["status"], each["comments"]) for each in row["interventions"]] == _answered(step)
        asked = [*one["preDeployApprovals"], *one["postDeployApprovals"]]
        given = [each for each in asked if each["attempt"] == step["attempt"]]
        assert [each["comments"] for each in row["approvals"]] == [each["comments"] for each in given]
    assert any(row["interventions"] for row in rows.values())
    assert any(gate["ignored"] for row in rows.values() for gate in row["gates"])
    times = [row["queued_on"] for row in ended.report["rows"]]
    assert times == sorted(times)
    with table.open(newline="", encoding="utf-8-sig") as opened:
        written = [*csv.DictReader(opened)]
    assert [row["deployment_id"] for row in written] == [
        str(row["deployment_id"]) for row in ended.report["rows"]
    ]


def _ignored(step: Any) -> list[str]:
    gates = [step.get("preDeploymentGates") or {}, step.get("postDeploymentGates") or {}]
    return [one["name"] for gate in gates for one in gate.get("ignoredGates") or []]


def _answered(step: Any) -> list[tuple[str, str]]:
    phases = step["releaseDeployPhases"]
    return [(one["status"], one["comments"]) for phase in phases for one in phase["manualInterventions"]]


def test_10_a_day_of_work_by_hand(tmp_path: Path) -> None:
    """What people do with the commands of a release: the next night reads it, `diff` tells it, and nothing else."""
    with open_scene(tmp_path, "today", {}, releases=size(24)) as scene:
        assert scene.export("1").code == 0
        done = _by_hand(scene)
        mark = scene.service.mark
        assert scene.export("2", "--base", tmp_path / "1").code == 0
        unfinished = {*map(int, json.loads((tmp_path / "1" / "manifest.json").read_text())["unfinished"])}
        ids = [line.rsplit("/", 1)[1] for line in scene.requests(mark) if "/releases/" in line]
        read = {int(uid) for uid in ids if uid.isdecimal()}
        assert done <= read <= done | unfinished
        wanted = {one["id"]: one for one in scene.project().releases()}
        rows = [json.loads(line) for line in (tmp_path / "2" / "releases.jsonl").read_text().splitlines()]
        assert {one["id"]: one for one in rows if one["id"] in wanted} == wanted
    told = scene.service.run("diff", tmp_path / "1", tmp_path / "2")
    assert told.code == 5
    deployments = [
        json.loads(line) for line in (tmp_path / "2" / "deployments.jsonl").read_text().splitlines()
    ]
    releases = {str(row["id"]): row["release"]["id"] for row in deployments}
    rows = told.report["differences"]
    found = {int(row["uid"]) for row in rows if row["kind"] == "releases"}
    assert found | {releases[row["uid"]] for row in rows if row["kind"] == "deployments"} == done


def _by_hand(scene: Scene) -> set[int]:
    """One command for each release; the ids of these."""
    place, *flags = scene.place()
    project = scene.project()
    rows = project.releases()
    quiet = {"succeeded", "notStarted"}
    ended = [
        one
        for one in rows
        if one["status"] == "active" and quiet >= {stage["status"] for stage in one["environments"]}
    ]
    nights = [one for one in ended if one["environments"][0]["name"] == "Night"]
    again = next(one["id"] for one in nights if one["environments"][0]["deploySteps"])
    kept, tagged, left = [one["id"] for one in ended if one["id"] != again and not one["keepForever"]][:3]
    approval = project.rows("release/approvals", statusFilter="pending")[0]

    def run(name: str, *words: object) -> None:
        answered = scene.service.run("release", name, place, *words, *flags, "--rate", 0)
        assert answered.code == 0, (name, answered.said)

    run("keep", kept)
    run("tag", tagged, "audited by hand")
    run("status", left, "abandoned", "--comment", "superseded")
    run("stage", again, "Night", "start", "--wait", "--comment", "once more")
    run("reject", approval["id"], "--comment", "not today")
    made = scene.service.run("release", "create", place, "Nightly", "--draft", *flags, "--rate", 0)
    assert made.code == 0, made.said
    return {kept, tagged, left, again, approval["release"]["id"], made.report["answer"]["id"]}


def test_11_a_profile_is_written_otherwise(tmp_path: Path) -> None:
    """The nights of a project go on where its place is written in another letter case: nothing is read twice."""
    with open_scene(tmp_path, "own", {}, releases=size(9)) as scene:
        (place,) = scene.place()
        held = scene.emulator.project(*SOURCE)
        configuration = tmp_path / "xdg_config_home" / "stackferry" / "config.toml"
        configuration.parent.mkdir(parents=True)
        for night, name in enumerate((place, place.replace("fabrikam", "Fabrikam").replace("My", "MY"))):
            configuration.write_text(f'[profiles.web]\nplace = "{name}"\n')
            mark = scene.service.mark
            assert scene.service.carry("backup", "web", "--into", tmp_path / "nights").code == 0
            if not night:
                gone = min(held.releases)
                held.delete_release(gone, datetime.now(UTC))
        assert [line for line in scene.requests(mark) if line.endswith("/logs")] == []
        latest = json.loads((tmp_path / "nights" / "web" / "latest" / "manifest.json").read_text())
        assert [row["uid"] for row in latest["vanished"] if row["kind"] == "releases"] == [str(gone)]
