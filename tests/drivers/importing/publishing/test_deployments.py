"""Deployments of the past: repeated with `--deploy`, and once for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_stack import RELEASE, fill_small
from workbench import RecordingTransport, make_workbench, memory_directory

from stackferry.emulators.contentstack import Switches
from stackferry.emulators.faults import ALWAYS, Fault
from stackferry.errors import Different
from stackferry.json_values import objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from workbench import Workbench

    from stackferry.model import JsonObject


@pytest.fixture
def bench() -> Iterator[Workbench]:
    """A release that was deployed to one environment of the source."""
    with memory_directory() as root:
        made = make_workbench(root, fill_small)
        status = {"environment": next(iter(made.source.environments)), "status": "success"}
        release = made.source.main.releases[RELEASE]
        release.raw = {**release.raw, "status": [{**status}], "locked": True}
        yield made


def shown(bench: Workbench) -> list[JsonObject]:
    """Where the target's release says that it was deployed."""
    (release,) = bench.target.main.releases.values()
    return objects(release.raw.get("status"))


def test_a_release_is_deployed_again_once(bench: Workbench) -> None:
    """The same command again, and an update with another checkpoint, send nothing."""
    snapshot = bench.export()
    bench.import_snapshot(snapshot, deploy=True)
    assert [row["status"] for row in shown(bench)] == ["success"]
    sent = bench.writes()
    bench.import_snapshot(snapshot, deploy=True)
    bench.import_snapshot(snapshot, "another", deploy=True, on_conflict="update")
    assert bench.writes() == sent


def test_a_deployment_that_failed_in_the_target_is_repeated(bench: Workbench) -> None:
    snapshot = bench.export()
    bench.import_snapshot(snapshot, deploy=True)
    (target,) = bench.target.main.releases.values()
    target.raw = {**target.raw, "status": [{**row, "status": "failed"} for row in shown(bench)]}
    with pytest.raises(Different, match=RELEASE):
        bench.import_snapshot(snapshot, deploy=True)
    bench.import_snapshot(snapshot, deploy=True, on_conflict="update")
    assert [row["status"] for row in shown(bench)] == ["success"]


def open_in_source(bench: Workbench) -> None:
    """It was deployed, which locked it, and unlocked since."""
    release = bench.source.main.releases[RELEASE]
    release.raw = {**release.raw, "locked": False}


@pytest.mark.parametrize("job_requests", [0, 3])
def test_a_release_that_is_open_after_its_deployment_is_open_in_the_target(
    bench: Workbench, job_requests: int
) -> None:
    """Deploying locks it (page: Deploy a Release), whenever the service comes to it."""
    bench.emulator.switches = Switches(job_requests=job_requests)
    open_in_source(bench)
    snapshot = bench.export()
    done = bench.import_snapshot(snapshot, deploy=True)
    assert done.gaps == []
    (target,) = bench.target.main.releases.values()
    assert ([row["status"] for row in shown(bench)], target.raw["locked"]) == (["success"], False)
    assert bench.verify(snapshot).differences == []
    sent = bench.writes()
    bench.import_snapshot(snapshot, deploy=True)
    bench.import_snapshot(snapshot, "another", deploy=True, on_conflict="update")
    assert bench.writes() == sent


def test_a_release_that_the_target_keeps_locked_is_a_gap(bench: Workbench) -> None:
    open_in_source(bench)
    snapshot = bench.export()
    body = b'{"error_message": "It stays locked.", "error_code": 141}'
    bench.emulator.faults.add(
        Fault(method="PUT", path="/releases/", status=422, body=body, times=ALWAYS, carried_out=False)
    )
    (gap,) = bench.import_snapshot(snapshot, deploy=True).gaps
    assert (gap["kind"], gap["uid"]) == ("releases", RELEASE)
    assert "unlock" in str(gap["reason"])
    assert "It stays locked." in str(gap["reason"])


def test_a_deployment_that_fails_is_a_gap(bench: Workbench) -> None:
    snapshot = bench.export()

    def fail(_: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if done and request.url.path.endswith("/deploy"):
            (target,) = bench.target.main.releases.values()
            target.raw = {**target.raw, "status": [{**row, "status": "failed"} for row in shown(bench)]}

    transport = RecordingTransport(bench.emulator, fail)
    (gap,) = bench.import_snapshot(snapshot, deploy=True, transport=transport).gaps
    assert (gap["kind"], gap["uid"]) == ("releases", RELEASE)
    assert "it failed there" in str(gap["reason"])


def test_one_that_is_not_repeated_is_told(bench: Workbench) -> None:
    """Where to and when, for as long as the target has not got it; it is history, and no gap."""
    status = objects(bench.source.main.releases[RELEASE].raw["status"])
    bench.source.main.releases[RELEASE].raw["status"] = [{**status[0], "time": "2025-03-04T05:06:07.000Z"}]
    snapshot = bench.export()
    for state in ("state", "state", "another"):
        done = bench.import_snapshot(snapshot, state, on_conflict="" if state == "state" else "update")
        (row,) = done.remarks["deployed"]
        assert (row["kind"], row["uid"], done.gaps) == ("deployments", RELEASE, [])
        assert "deployed to live at 2025-03-04T05:06:07.000Z in the source" in str(row["reason"])
        assert "--deploy" in str(row["reason"])
    assert (
        "deployed"
        not in bench.import_snapshot(snapshot, "third", publish="none", on_conflict="update").remarks
    )
    assert shown(bench) == []
    assert "deployed" not in bench.import_snapshot(snapshot, deploy=True).remarks
    assert [row["status"] for row in shown(bench)] == ["success"]
    again = bench.import_snapshot(snapshot, "fourth", on_conflict="update")
    assert "deployed" not in again.remarks


def test_one_to_an_environment_that_is_not_there_is_told(bench: Workbench) -> None:
    snapshot = bench.export()
    bench.emulator.faults.add(
        Fault(method="POST", path="/environments", status=422, times=ALWAYS, carried_out=False)
    )
    done = bench.import_snapshot(snapshot)
    reasons = [str(row["reason"]) for row in done.remarks["deployed"]]
    assert any("the target has no such environment" in reason for reason in reasons)
