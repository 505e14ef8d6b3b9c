"""Releases that run while an archive is made: their logs belong to them, or they are noted as unfinished."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any, cast

import anyio
import httpx
import pytest
from project_bench import ORGANIZATION, TOKEN, ProjectBench, project_bench

from stackferry.model import Stream

if TYPE_CHECKING:
    from workbench import RecordingTransport

    from stackferry.io.storage.snapshot import Snapshot


def start(bench: ProjectBench, count: int) -> list[int]:
    """Deploy releases to their first stage, where they have not been deployed at all."""
    idle: list[Any] = [
        row
        for row in bench.raw.values()
        if row["status"] == "active" and all(stage["status"] == "notStarted" for stage in row["environments"])
    ]

    async def send() -> list[int]:
        transport = httpx.ASGITransport(app=bench.emulator)
        started = []
        async with httpx.AsyncClient(
            transport=transport, base_url="http://emulator.invented", auth=("", TOKEN)
        ) as client:
            for row in idle[:count]:
                stage = row["environments"][0]["id"]
                path = f"/{ORGANIZATION}/{bench.project.id}/_apis/release/releases/{row['id']}/environments/{stage}"
                answer = await client.patch(
                    path, params={"api-version": "7.1"}, json={"status": "inProgress"}
                )
                assert answer.status_code == 200, answer.text
                started.append(row["id"])
        return started

    return anyio.run(send)


def consistent(bench: ProjectBench, snapshot: Snapshot, release: int) -> bool:
    """Whether a release of an archive is as the service has it now, with its whole log."""
    (row,) = [row for row in snapshot.objects(Stream("releases")) if row["id"] == release]
    files: list[Any] = [row for row in snapshot.objects(Stream("files")) if row["uid"] == release]
    names = set()
    for file in files:
        with zipfile.ZipFile(snapshot.bytes_of(file["sha256"])) as archive:
            names |= {(name, archive.read(name)) for name in archive.namelist()}

    async def logs() -> set[tuple[str, bytes]]:
        transport = httpx.ASGITransport(app=bench.emulator)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://emulator.invented", auth=("", TOKEN)
        ) as client:
            path = f"/{ORGANIZATION}/{bench.project.id}/_apis/release/releases/{release}/logs"
            answer = await client.get(path, params={"api-version": "7.1"})
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            return {(name, archive.read(name)) for name in archive.namelist()}

    held: Any = bench.raw[release]
    stages: Any = row["environments"]
    states = [[one["status"] for one in side] for side in (stages, held["environments"])]
    return names == anyio.run(logs) and states[0] == states[1]


@pytest.mark.parametrize("takes", [5, 40, 100, 150])
def test_a_release_that_runs_is_consistent_or_noted(takes: int) -> None:
    with project_bench(30, deploy_requests=takes) as bench:
        running = start(bench, 3)
        assert running
        snapshot = bench.export()
        unfinished: Any = snapshot.manifest.get("unfinished", [])
        assert snapshot.gaps() == []
        for release in running:
            assert str(release) in unfinished or consistent(bench, snapshot, release)
        again = bench.export("again", base=snapshot)
        read = {
            int(line.split("/releases/")[1].split("?")[0])
            for line in bench.log
            if "/releases/" in line and "/logs" not in line
        }
        assert read == {int(number) for number in unfinished}, "exactly what was unfinished"
        still: Any = again.manifest.get("unfinished", [])
        for release in running:
            assert str(release) in still or consistent(bench, again, release)


def test_a_deployment_that_begins_after_its_release_was_read_is_found() -> None:
    with project_bench(30) as bench:
        begun: list[int] = []

        def begin(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
            if not done and not begun and "/deployments" in request.url.path:
                begun.append(0)
                row: Any = max(bench.raw.values(), key=lambda one: len(str(one)))
                stage = next(one for one in row["environments"] if one["deploySteps"])
                step, number = stage["deploySteps"][-1], max(bench.project.deployments) + 1
                more = {"attempt": step["attempt"] + 1, "deploymentId": number, "id": number}
                stage["deploySteps"].append({**step, **more})
                held: Any = next(
                    one
                    for one in cast("dict[int, Any]", bench.project.deployments).values()
                    if one["release"]["id"] == row["id"]
                )
                bench.project.put_deployment({
                    **held, "id": number, "attempt": more["attempt"],
                    "releaseEnvironment": {"id": stage["id"], "name": stage["name"]},
                })  # fmt: skip
                begun[0] = row["id"]

        snapshot = bench.export(hook=begin)
        steps: Any = sum(len(one["deploySteps"]) for one in bench.raw[begun[0]]["environments"])
        files: Any = [row for row in snapshot.objects(Stream("files")) if row["uid"] == begun[0]]
        assert [row["version"] for row in files] == [steps]


@pytest.mark.parametrize("ends", [True, False], ids=["it ends", "it goes on"])
def test_a_release_that_runs_is_read_once_more_after_its_log(ends: bool) -> None:
    with project_bench(12) as bench:
        row = next(
            one
            for one in bench.raw.values()
            if any(stage["deploySteps"] for stage in one["environments"]) and one["status"] == "active"
        )
        stage = next(one for one in row["environments"] if one["deploySteps"])
        step = stage["deploySteps"][-1]
        before = {"status": step["status"], "operationStatus": step["operationStatus"]}
        was = stage["status"]
        step |= {"status": "inProgress", "operationStatus": "PhaseInProgress"}
        stage["status"] = "inProgress"
        logs = [0]

        def end(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
            if done and request.url.path.endswith(f"/releases/{row['id']}/logs"):
                logs[0] += 1
                if ends:
                    step.update(before)
                    stage["status"] = was

        snapshot = bench.export(hook=end)
        read = [line for line in bench.log if f"/releases/{row['id']}?" in line]
        assert len(read) == 2, "once, and once more after its log"
        assert logs == [2 if ends else 1]
        (held,) = [one for one in snapshot.objects(Stream("releases")) if one["id"] == row["id"]]
        noted: Any = snapshot.manifest.get("unfinished", [])
        assert (str(row["id"]) in noted) is not ends
        statuses: Any = held["environments"]
        assert [one["status"] for one in statuses if one["id"] == stage["id"]] == [stage["status"]]
        assert len([one for one in snapshot.objects(Stream("files")) if one["uid"] == row["id"]]) == 1
        assert [*snapshot.verify()] == []
