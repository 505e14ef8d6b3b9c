"""Commands that write several things and are stopped in the middle: what was done is told, the rest is done later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from project_client import asked, stage
from project_line import ProjectLine, open_project_line

from stackferry.emulators.azure_devops import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = (("content-type", "application/json"),)


@pytest.fixture
def line() -> Iterator[ProjectLine]:
    with open_project_line() as opened:
        opened.definition(stage("Hand", by_hand=True))
        yield opened


def kept(line: ProjectLine) -> list[int]:
    return [number for number, one in line.project.releases.items() if one.get("keepForever") is True]


def at_write(number: int, **facts: Any) -> Fault:
    """What becomes of the write of this number, counted from 1, and by default of every later one."""
    return Fault(**{"method": "PATCH", "after": number - 1, "times": 99, "carried_out": False, **facts})


def told(report: Any) -> list[int]:
    """Every release that a report says anything about."""
    wrong = [int(one) for name in ("failed", "unsure") for one in report.get(name, {})]
    return sorted([*report["changed"], *wrong, *report.get("not_changed", ())])


def test_a_token_that_ends_in_the_middle(line: ProjectLine) -> None:
    """Exit code 4; each release is kept, unsure or not kept, in the message and in the report; a second run ends it."""
    releases = [line.made(1) for _ in range(20)]
    line.emulator.faults.add(at_write(8, status=401))
    result = line.run("keep", *releases, "--json")
    line.emulator.faults.clear()
    report = result.report
    assert (result.code, report["exit_code"], told(report)) == (4, 4, releases)
    assert {*report["changed"]} <= {*kept(line)} <= {*report["changed"], *map(int, report.get("unsure", {}))}
    assert f"of 20 releases {len(report['changed'])} (" in report["error"]
    assert "the same command does the rest" in report["error"]
    assert "sign in" in report["error"]
    assert report["error"] in " ".join(result.err.split())
    again = line.run("keep", *releases, "--json").report
    assert (len(kept(line)), again["unchanged"] + len(again["changed"])) == (20, 20)


def test_what_was_done_is_on_stdout_too(line: ProjectLine) -> None:
    releases = [line.made(1) for _ in range(3)]
    line.emulator.faults.add(at_write(2, status=401))
    result = line.run("keep", *releases)
    assert result.code == 4
    assert result.columns[0] == [str(releases[0]), "kept"]
    assert {row[0] for row in result.columns} == {*map(str, releases)}


def test_filters_find_the_same_again(line: ProjectLine) -> None:
    releases = [line.made(1) for _ in range(12)]
    line.emulator.faults.add(at_write(5, status=403))
    assert line.run("keep", "--definition", "D1").code == 4
    line.emulator.faults.clear()
    assert 0 < len(kept(line)) < len(releases)
    line.ok("keep", "--definition", "D1")
    assert kept(line) == releases


def test_a_refusal_and_a_lost_answer_stop_no_other(line: ProjectLine) -> None:
    releases = [line.made(1) for _ in range(4)]
    said = b'{"message": "not this one", "typeKey": "InvalidRequestException"}'
    line.emulator.faults.add(at_write(2, status=400, body=said, headers=JSON, times=1))
    result = line.run("keep", *releases, "--json")
    report = result.report
    assert (result.code, len(report["changed"]), len(report["failed"])) == (1, 3, 1)
    assert "of 4 releases 3 (" in report["error"]
    assert "not this one" in report["error"]
    assert "not_changed" not in report


@pytest.mark.parametrize("is_done", [True, False])
def test_lost_answers_are_looked_at_and_told(line: ProjectLine, is_done: bool) -> None:
    releases = [line.made(1) for _ in range(6)]
    line.emulator.faults.add(at_write(3, keep=0, carried_out=is_done))
    result = line.run("keep", *releases, "--json")
    report = result.report
    assert (result.code, told(report), "unsure" in report) == (not is_done, releases, not is_done)
    assert kept(line) == report["changed"]


@pytest.mark.parametrize("status", [401, 400])
def test_tags_tell_which_changes_were_made(line: ProjectLine, status: int) -> None:
    release = line.made(1)
    line.ok("tag", release, "a", "b")
    line.emulator.faults.add(Fault(method="DELETE", after=1, times=99, status=status, carried_out=False))
    words = ("c", "d", "--remove", "a", "--remove", "b")
    result = line.run("tag", release, *words, "--json")
    line.emulator.faults.clear()
    assert result.code == (4 if status == 401 else 1)
    assert "-a" in result.report["changed"]
    assert "-b" in [*result.report.get("failed", {}), *result.report.get("not_changed", ())]
    assert "of 3 changes" in result.report["error"]
    line.ok("tag", release, *words)
    assert line.release(release)["tags"] == ["c", "d"]


@pytest.mark.parametrize("deed", ["approve", "reject"])
@pytest.mark.parametrize("status", [401, 400])
def test_approvals_tell_which_were_answered(line: ProjectLine, deed: str, status: int) -> None:
    """Those that have the answer already are no error, so that the same command ends what it began."""
    number = line.definition(stage("Prod", preDeployApprovals=asked(line.emulator, "Ana")))
    for _ in range(4):
        line.made(number)
    pending = sorted(int(str(row["id"])) for row in line.api.rows("release/approvals"))
    line.emulator.faults.add(at_write(3, status=status))
    result = line.run(deed, *pending, "--json")
    line.emulator.faults.clear()
    assert result.code == (4 if status == 401 else 1)
    report = result.report
    assert (report["changed"], told(report)) == (pending[:2], pending)
    assert "of 4 approvals 2 (" in report["error"]
    line.ok(deed, *pending)
    word = {"approve": "approved", "reject": "rejected"}[deed]
    assert {line.api.get(f"release/approvals/{one}")["status"] for one in pending} == {word}


def test_an_approval_that_has_the_other_answer_is_refused(line: ProjectLine) -> None:
    number = line.definition(stage("Prod", preDeployApprovals=asked(line.emulator, "Ana")))
    line.made(number)
    (row,) = line.api.rows("release/approvals")
    line.ok("approve", row["id"])
    line.ok("approve", row["id"])
    assert str(row["id"]) in line.failed(1, "reject", row["id"])
