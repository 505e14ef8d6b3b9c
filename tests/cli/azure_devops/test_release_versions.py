"""Every `release` command in every version of the API that servers have had."""

from __future__ import annotations

from typing import Any

import pytest
from project_client import asked, stage
from project_line import open_project_line

VERSIONS = ("7.2", "7.1", "6.0", "5.1", "4.1", "3.0-preview.2", "2.2-preview.1")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_command_works_in_every_version(version: Any) -> None:
    """A resource that is not released in a version is asked for as a preview, whose number may be another one."""
    with open_project_line() as line:
        people = asked(line.emulator, "Ana", "Bo")
        line.definition(stage("Dev", preDeployApprovals=people), stage("Hand", by_hand=True))
        more = ("--api-version", version)
        release = line.answer("create", "D1", "--description", "x", *more)["id"]
        for status in ("approve", "approve"):
            pending = line.ok("approvals", *more).columns[0][0]
            line.ok(status, pending, *more)
        line.ok("stage", release, "Hand", "start", "--wait", *more)
        assert line.stages(release) == {"Dev": "succeeded", "Hand": "succeeded"}
        assert line.ok("list", "--all", *more).columns[0][0] == str(release)
        assert line.ok("show", release, "--tasks", *more).out
        assert line.ok("show", release, "--snapshot-revision", "1", *more).out
        assert line.ok("logs", release, *more).out
        assert line.ok("task-log", release, "Dev", "Copy", "--lines", "1", *more).out
        assert line.ok("tag", release, "x", *more).out == "x\n"
        line.ok("tag", release, "--remove", "x", *more)
        line.ok("keep", release, *more)
        line.ok("status", release, "abandoned", *more)
        raw = line.release(release)
        assert (raw["keepForever"], raw["status"], raw["tags"]) == (True, "abandoned", [])
        assert {one.query["api-version"].partition("-")[0] for one in line.sent} == {
            version.partition("-")[0]
        }
