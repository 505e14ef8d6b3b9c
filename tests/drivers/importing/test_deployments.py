"""Deployments of the past: repeated with `--deploy`, and once for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_stack import RELEASE, fill_small
from workbench import make_workbench, memory_directory

from stackferry.errors import Different
from stackferry.json_values import objects

if TYPE_CHECKING:
    from collections.abc import Iterator

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
