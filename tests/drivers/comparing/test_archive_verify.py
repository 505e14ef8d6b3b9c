"""`verify --against` the project of an archive, and against another one in which it was made anew."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from project_bench import ORGANIZATION, PROJECT, SYSTEM, TOKEN, ProjectBench, project_bench
from project_pair import OTHER_TOKEN, ProjectPair, project_pair

from stackferry.drivers.verify_run import diff_snapshots
from stackferry.emulators.azure_devops import Access
from stackferry.emulators.azure_devops.seed.api import Api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.drivers.verify_run import VerifyResult
    from stackferry.io.storage.snapshot import Snapshot


@pytest.fixture
def bench() -> Iterator[ProjectBench]:
    with project_bench(10, seed=3) as made:
        yield made


def told(found: VerifyResult) -> list[str]:
    rows: list[Any] = found.differences
    return [f"{row['kind']} {row['uid']} {row.get('path', '')}".strip() for row in rows]


def test_a_project_that_is_as_its_archive_says_does_not_differ(bench: ProjectBench) -> None:
    found = bench.verify(bench.export(task_logs=True))
    assert (found.differences, found.gaps, found.remarks) == ([], [], {})
    assert {"definitions", "releases", "deployments", "files", "queues"} <= set(found.compared)


def test_what_retention_took_is_told_and_no_difference(bench: ProjectBench) -> None:
    archive = bench.export()
    lost = sorted(bench.raw)[:2]
    for number in lost:
        bench.project.delete_release(number, datetime(2026, 6, 1, tzinfo=UTC))
    found = bench.verify(archive)
    assert told(found) == []
    gone = [(row["kind"], row["uid"]) for row in found.remarks["vanished"]]
    assert gone == [("releases", str(number)) for number in lost]


def test_what_is_new_or_another_is_a_difference(bench: ProjectBench) -> None:
    archive = bench.export()
    api = Api(bench.emulator, ORGANIZATION, PROJECT, TOKEN)
    api.send("POST", "release/releases", {"definitionId": 1, "isDraft": True})
    api.send("PATCH", "release/releases/1", {"keepForever": not bench.raw[1]["keepForever"]})
    assert told(bench.verify(archive)) == ["releases 1 /keepForever", f"releases {max(bench.raw)}"]


@pytest.mark.parametrize(
    "options",
    [{"no_logs": True}, {"definitions": frozenset({"1"})}, {"deleted": True}, {"keep_secrets": True}],
    ids=str,
)
def test_a_project_is_read_as_its_archive_was_made(bench: ProjectBench, options: dict[str, Any]) -> None:
    bench.project.delete_release(min(bench.raw), bench.emulator.time())
    found = bench.verify(bench.export(**options))
    assert (found.differences, found.remarks) == ([], {})
    assert ("files" in found.compared) is not options.get("no_logs", False)


def test_a_value_of_each_kind_that_is_changed_in_the_service_is_seen(bench: ProjectBench) -> None:
    archive = bench.export()
    for rows in bench.project.others.values():
        for row in rows[:1]:
            row["name"] = f"{row.get('name', row.get('buildNumber'))} renamed"
    done: Any = next(row for row in bench.raw.values() if row["environments"][0]["deploySteps"])
    done["environments"][0]["deploySteps"][0]["reason"] = "invented"
    deployment: Any = bench.project.deployments[max(bench.project.deployments)]
    deployment["queuedOn"] = "2020-01-01T00:00:00Z"
    bench.project.folders["\\Web"]["description"] = "other words"
    bench.project.logs[min(bench.project.logs)].content += b"one line more\n"
    kinds = {line.split()[0] for line in told(bench.verify(archive))}
    assert kinds == {
        "variable_groups", "task_groups", "queues", "deployment_groups", "secure_files", "connections", "builds",
        "folders", "releases", "deployments", "files",
    }  # fmt: skip


def test_what_the_token_may_not_read_has_not_vanished(bench: ProjectBench) -> None:
    archive = bench.export()
    home = bench.emulator.organizations[ORGANIZATION]
    home.tokens[TOKEN] = Access(home.user, frozenset({"vso.release"}))
    found = bench.verify(archive)
    assert (found.differences, found.remarks) == ([], {})
    assert {str(gap["kind"]) for gap in found.gaps} == {
        "variable_groups", "task_groups", "queues", "deployment_groups", "secure_files", "connections", "builds",
    }  # fmt: skip


def test_an_archive_of_a_part_says_nothing_of_the_rest(bench: ProjectBench) -> None:
    whole = bench.export("whole")
    for name, options in (("part", {"definitions": frozenset({"1"})}), ("lean", {"no_logs": True})):
        part = bench.export(name, **options)
        for one, other in ((whole, part), (part, whole)):
            found = diff_snapshots(SYSTEM, one, other)
            assert (found.differences, found.remarks) == ([], {})


# --- another project ---


@pytest.fixture(scope="module")
def pair() -> Iterator[ProjectPair]:
    with project_pair(20, seed=3) as made:
        yield made


@pytest.fixture(scope="module")
def archive(pair: ProjectPair) -> Snapshot:
    snapshot = pair.export()
    pair.import_snapshot(snapshot)
    return snapshot


def verified(pair: ProjectPair, archive: Snapshot, state: str = "state") -> VerifyResult:
    return pair.verify(archive, place=pair.target_place, state=pair.root / state, token=OTHER_TOKEN)


@pytest.mark.parametrize("state", ["state", "none"])
def test_what_was_made_anew_is_equal_by_names(pair: ProjectPair, archive: Snapshot, state: str) -> None:
    found = verified(pair, archive, state)
    assert found.differences == []
    assert found.compared["definitions"] == 4
    assert found.compared["releases"] > 15
    reasons = {str(gap["reason"]).split(",")[0] for gap in found.gaps}
    assert reasons == {
        "off in the target", "a credential that the snapshot redacted: set it by hand",
        "its definition is not in the snapshot",
    }  # fmt: skip
    assert not [line for line in pair.log if "/logs" in line]


@pytest.mark.parametrize("kind", ["definitions", "releases"])
def test_what_the_target_has_otherwise_is_a_difference(
    pair: ProjectPair, archive: Snapshot, kind: str
) -> None:
    rows: Any = pair.target.releases if kind == "releases" else pair.target.definitions
    held = rows[min(rows)] if kind == "releases" else rows[min(rows)].raw
    before = held["description"]
    held["description"] = "somebody's own words"
    try:
        (row,) = told(verified(pair, archive))
    finally:
        held["description"] = before
    assert row.startswith(kind)
    assert row.endswith(" /description")


def test_triggers_that_are_on_in_the_target_are_a_difference(pair: ProjectPair, archive: Snapshot) -> None:
    raw: Any = pair.target.definitions[min(pair.target.definitions)].raw
    raw["triggers"] = [{"triggerType": "artifactSource", "artifactAlias": "invented"}]
    try:
        found = told(verified(pair, archive))
    finally:
        raw["triggers"] = []
    assert [row for row in found if row.startswith("definitions 1 /triggers/invented")]


def test_two_projects_are_compared_by_diff(pair: ProjectPair, archive: Snapshot) -> None:
    other = pair.export("other", place=pair.target_place, token=OTHER_TOKEN, no_logs=True)
    found = diff_snapshots(SYSTEM, archive, other)
    assert found.differences == []
    assert {str(gap["reason"]).split(",")[0] for gap in found.gaps} >= {"off in the target"}


def test_what_an_import_left_out_is_a_gap_and_no_difference() -> None:
    with project_pair(18, seed=3) as pair:
        for kind in ("variablegroups", "taskgroups", "securefiles", "endpoints"):
            pair.target.others[kind].clear()
        home = pair.emulator.organizations["contoso"]
        home.people = {
            uid: row for uid, row in home.people.items() if not str(row["uniqueName"]).startswith("ana")
        }
        kinds = frozenset({"variable_groups", "task_groups", "secure_files", "connections", "people"})
        archive = pair.export()
        pair.import_snapshot(archive, without=kinds)
        found = verified(pair, archive)
        assert found.differences == []
        left_out = {
            str(gap["path"]).rpartition("/")[2] for gap in found.gaps if "left out" in str(gap["reason"])
        }
        assert {"variableGroups", "Warm up", "ConnectedServiceName", "inputs", "artifacts"} <= left_out
