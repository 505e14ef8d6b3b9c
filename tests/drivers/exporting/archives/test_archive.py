"""An archive of a project: it holds what the service holds, with the fewest requests."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import anyio
import httpx
import pytest
from project_bench import ORGANIZATION, PROJECT, TOKEN, ProjectBench, ids, project_bench
from workbench import Cut, RecordingTransport, cut_at, file_digests

from sampling import sampled
from stackferry import exact_json
from stackferry.emulators.azure_devops import Fault
from stackferry.library.verify import verify
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.io.storage.snapshot import Snapshot


@pytest.fixture(scope="module")
def bench() -> Iterator[ProjectBench]:
    with project_bench() as made:
        yield made


def asked(bench: ProjectBench, path: str) -> Any:
    """What the service answers, read with plain HTTP."""

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=RecordingTransport(bench.emulator),
            base_url="http://emulator.invented",
            auth=("", TOKEN),
        ) as client:
            version = f"{'&' if '?' in path else '?'}api-version=7.1"
            return await client.get(f"/{ORGANIZATION}/{quote(PROJECT)}/_apis/{path}{version}")

    return anyio.run(get)


def rows(snapshot: Snapshot, kind: str) -> list[Any]:
    return [*snapshot.objects(Stream(kind))]


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_holds_what_the_service_answers(bench: ProjectBench) -> None:
    snapshot = bench.export("whole", keep_secrets=True)
    assert snapshot.gaps() == []
    assert ids(snapshot, "releases") == sorted(bench.project.releases)
    for release in rows(snapshot, "releases"):
        path = f"release/releases/{release['id']}?$expand=tasks&$topGateRecords=1000"
        assert release == exact_json.loads(asked(bench, path).content)
    for definition in rows(snapshot, "definitions"):
        assert definition == exact_json.loads(asked(bench, f"release/definitions/{definition['id']}").content)
    for one in rows(snapshot, "definition_revisions"):
        path = f"release/definitions/{one['definition']}/revisions/{one['revision']}"
        assert one["body"] == exact_json.loads(asked(bench, path).content)
    assert ids(snapshot, "deployments") == bench.deployments()


def test_the_log_of_every_release_that_was_deployed_is_there(bench: ProjectBench) -> None:
    snapshot = bench.export("logs")
    logs = {file["uid"]: str(file["sha256"]) for file in rows(snapshot, "files")}
    started = {
        release["id"]
        for release in rows(snapshot, "releases")
        if any(step["hasStarted"] for stage in release["environments"] for step in stage["deploySteps"])
    }
    assert logs.keys() == started
    for release, digest in logs.items():
        answered = asked(bench, f"release/releases/{release}/logs").content
        assert members(snapshot.bytes_of(digest).read_bytes()) == members(answered)


def test_it_takes_the_requests_of_the_formula(bench: ProjectBench) -> None:
    snapshot = bench.export("counted")
    definitions, revisions = (len(rows(snapshot, kind)) for kind in ("definitions", "definition_revisions"))
    releases, logs = len(bench.project.releases), len(rows(snapshot, "files"))
    edited = sum(row.get("definitionSnapshotRevision", 0) > 1 for row in rows(snapshot, "releases"))
    wanted = 1 + 2 * definitions + revisions + 1 + releases + logs + edited + 1 + 1 + 7
    assert wanted <= len(bench.log) <= 1.02 * wanted
    assert len({*bench.log}) == len(bench.log), "nothing is asked for twice"


def test_it_is_whole_and_says_so(bench: ProjectBench) -> None:
    snapshot = bench.export("checked")

    async def damage() -> Any:
        return (await verify(snapshot)).damage

    assert anyio.run(damage) == []


@pytest.mark.parametrize("token_names", ["next", "last"])
def test_pages_are_followed_by_the_token_of_their_header(token_names: str) -> None:
    with project_bench(page_rows=4, token_names=token_names) as bench:
        snapshot = bench.export()
        assert ids(snapshot, "releases") == sorted(bench.project.releases)
        assert ids(snapshot, "deployments") == bench.deployments()
        order = [line for line in bench.log if "/releases?" in line or "/releases/" in line]
        first_whole = next(number for number, line in enumerate(order) if "/releases/" in line)
        assert any("/releases?" in line for line in order[first_whole:]), "releases wait for no list"


@pytest.mark.parametrize("empty_logs", ["zip", 404, 204])
def test_a_release_without_any_log_is_no_gap(empty_logs: Any) -> None:
    with project_bench(12, empty_logs=empty_logs) as bench:
        bench.project.logs.clear()
        tasks = [
            task
            for release in bench.raw.values()
            for stage in release["environments"]
            for step in stage["deploySteps"]
            for phase in step["releaseDeployPhases"]
            for job in phase["deploymentJobs"]
            for task in job["tasks"]
        ]
        for task in tasks:
            task |= {"startTime": None, "dateStarted": None}
        snapshot = bench.export()
        assert snapshot.gaps() == []
        again = bench.export("again", base=snapshot)
        assert not [line for line in bench.log if line.endswith("/logs?api-version=7.1")]
        assert len(rows(again, "files")) == len(rows(snapshot, "files"))


def test_the_same_project_gives_the_same_bytes() -> None:
    with project_bench(12, zip_bytes_stable=True) as bench:
        assert file_digests(bench.export("one").root) == file_digests(bench.export("two").root)


@pytest.mark.parametrize("share", sampled(range(0, 100, 4), 3))
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_export_that_is_killed_at_any_request_resumes(after: bool, share: int) -> None:
    with project_bench(8, zip_bytes_stable=True, page_rows=5) as bench:
        whole = file_digests(bench.export("whole").root)
        requests = len(bench.log)
        number = 1 + requests * share // 100
        with pytest.raises(Cut):
            bench.export(hook=cut_at(number, after=after))
        assert file_digests(bench.export().root) == whole
        assert len(bench.log) <= requests - number + 20, "a page or a request for each worker is repeated"


def test_a_log_that_must_be_there_and_is_not_is_a_gap() -> None:
    with project_bench(8) as bench:
        number = max(
            row["id"] for row in bench.raw.values() if any(one["deploySteps"] for one in row["environments"])
        )
        bench.emulator.faults.add(
            Fault(path=f"/releases/{number}/logs", times=9, status=404, carried_out=False)
        )
        assert [(gap["kind"], gap["uid"]) for gap in bench.export().gaps()] == [("files", str(number))]


def test_what_people_answered_is_asked_for_where_the_release_lacks_it() -> None:
    with project_bench(30) as bench:
        inside = [
            phase["manualInterventions"]
            for release in bench.raw.values()
            for stage in release["environments"]
            for step in stage["deploySteps"]
            for phase in step["releaseDeployPhases"]
            if phase.get("manualInterventions")
        ]
        assert inside
        bench.export("usual")
        assert not [line for line in bench.log if "/manualinterventions" in line]
        rows: list[Any] = [one for some in inside for one in some]
        for release in bench.raw.values():
            for stage in release["environments"]:
                for phase in stage["deployPhasesSnapshot"]:
                    if phase["phaseType"] == "runOnServer":
                        phase["workflowTasks"] = [{"taskId": "BCB64569-d51a-4af0-9c01-ea5d05b3b622"}]
        for release in bench.raw.values():
            for stage in release["environments"]:
                for step in stage["deploySteps"]:
                    for phase in step["releaseDeployPhases"]:
                        phase["manualInterventions"] = []
        lacking = bench.export("lacking")
        asked = [line for line in bench.log if "/manualinterventions" in line]
        assert 0 < len(asked) <= len(rows)
        unfinished: Any = lacking.manifest["unfinished"]
        bench.export("again", base=lacking)
        again = [line for line in bench.log if "/manualinterventions" in line]
        assert {line.split("/releases/")[1].split("/")[0] for line in again} <= {*unfinished}


@pytest.mark.parametrize(
    "switches",
    [
        {"definition_rows": 2, "token_names": "last", "thin_list_has_variables": False},
        {"deployment_modifies_release": True, "tasks_need_expand": False, "ids_per_organization": False},
        {"properties_need_filter": False, "deleted_definition_name": True, "missing_scope": 401},
    ],
    ids=["pages", "releases", "names"],
)
def test_what_the_pages_leave_open_makes_no_difference(switches: dict[str, Any]) -> None:
    with project_bench(10, **switches) as bench:
        snapshot = bench.export()
        assert snapshot.gaps() == []
        assert ids(snapshot, "releases") == sorted(bench.project.releases)
        assert ids(snapshot, "deployments") == bench.deployments()
        there = [number for number, one in bench.project.definitions.items() if one.deleted_at is None]
        assert ids(snapshot, "definitions") == sorted(there)
        bench.export("again", base=snapshot)
        assert not [line for line in bench.log if "/logs" in line or "/revisions" in line]
