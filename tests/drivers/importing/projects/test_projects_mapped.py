"""What definitions point at, found by name in the target, or as the import is told; never left out in silence."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from project_oracle import definitions, releases
from project_pair import OTHER, ProjectPair, project_pair

from stackferry.errors import UsageError
from stackferry.json_values import objects_within

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def pair() -> Iterator[ProjectPair]:
    with project_pair(8) as made:
        yield made


def others(pair: ProjectPair, table: str) -> list[Any]:
    return pair.target.others[table]  # type: ignore[index]  # one of its tables


def rename(pair: ProjectPair, table: str, name: str, new: str) -> None:
    for row in others(pair, table):
        if row["name"] == name:
            row["name"] = new


def remove_person(pair: ProjectPair, unique: str) -> None:
    home = pair.emulator.organizations[OTHER]
    home.people = {uid: row for uid, row in home.people.items() if row["uniqueName"] != unique}


def texts(pair: ProjectPair) -> str:
    return repr([one.raw for one in pair.target.definitions.values()])


RENAMED = {
    "queues": ("queues", "Own pool"),
    "deployment_groups": ("deploymentgroups", "Web servers"),
    "variable_groups": ("variablegroups", "Shared settings"),
    "task_groups": ("taskgroups", "Warm up"),
    "connections": ("endpoints", "NuGet, intern"),
    "secure_files": ("securefiles", "signing.pfx"),
    "builds": ("build_definitions", "Shop.CI"),
}


def test_everything_that_is_missing_is_told_at_once_before_any_write(pair: ProjectPair) -> None:
    for table, name in RENAMED.values():
        rename(pair, table, name, f"other {name}")
    remove_person(pair, "ana.souza@fabrikam.example")
    remove_person(pair, f"[{pair.target.name}]\\Release Managers")
    with pytest.raises(UsageError) as refused:
        pair.import_snapshot(pair.export())
    message = str(refused.value)
    assert pair.writes() == []
    for kind, (_, name) in RENAMED.items():
        assert f'[{kind}]\n"{name}" = ""' in message
    assert '"ana.souza@fabrikam.example" = ""' in message
    assert "Shop.CD, stage QA, job Agent job" in message
    assert pair.target.definitions == {}


@pytest.mark.parametrize("by_id", [False, True], ids=["name", "id"])
def test_a_mapping_says_what_is_what(pair: ProjectPair, by_id: bool) -> None:
    snapshot = pair.export(keep_secrets=True)
    mapping = {"people:ana.souza@fabrikam.example": "ana@contoso.example"}
    home = pair.emulator.organizations[OTHER]
    for row in home.people.values():
        if row["uniqueName"] == "ana.souza@fabrikam.example":
            row["uniqueName"] = "ana@contoso.example"
    for kind, (table, name) in RENAMED.items():
        rename(pair, table, name, f"other {name}")
        uid = next(str(row["id"]) for row in others(pair, table) if row["name"] == f"other {name}")
        mapping[f"{kind}:{name}"] = uid if by_id else f"other {name}"
    pair.import_snapshot(snapshot, mapping=mapping)
    for table, name in RENAMED.values():  # so that both sides are called alike again
        rename(pair, table, f"other {name}", name)
    wanted = definitions(pair.emulator.organizations["fabrikam"], pair.project, quiet=True)
    found = definitions(home, pair.target, quiet=False)
    said = json.dumps(found).replace("ana@contoso.example", "ana.souza@fabrikam.example")
    assert json.loads(said.replace("other NuGet", "NuGet")) == json.loads(json.dumps(wanted))
    assert releases(pair.target) == releases(pair.project)


def test_a_name_that_is_there_twice_is_no_name(pair: ProjectPair) -> None:
    row = next(row for row in others(pair, "endpoints") if row["name"] == "NuGet, intern")
    others(pair, "endpoints").append({**row, "id": "11111111-2222-4333-8444-555555555555"})
    with pytest.raises(UsageError, match="'NuGet, intern', of which the target has 2"):
        pair.import_snapshot(pair.export())
    pair.import_snapshot(pair.export("again"), mapping={"connections:NuGet, intern": str(row["id"])})
    assert "11111111-2222" not in texts(pair)


@pytest.mark.parametrize("kind", [*RENAMED, "people"])
def test_what_is_left_out_on_purpose_is_a_gap_and_no_id_of_the_source(pair: ProjectPair, kind: str) -> None:
    snapshot = pair.export()
    if kind in ("queues", "deployment_groups"):
        with pytest.raises(UsageError, match="a job needs the"):
            pair.import_snapshot(snapshot, without=frozenset({kind}))
        return
    if kind == "people":
        remove_person(pair, "ana.souza@fabrikam.example")
    else:
        rename(pair, *RENAMED[kind], "something else")
    done = pair.import_snapshot(snapshot, without=frozenset({kind}))
    (gap,) = (one for one in done.gaps if one["kind"] == kind and "left out" in str(one["reason"]))
    assert gap["uid"] == "*"
    ids = {
        str(row["id"])
        for name in ("taskgroups", "endpoints", "securefiles")
        for row in pair.project.others[name]
    }
    people = {str(uid) for uid in pair.emulator.organizations["fabrikam"].people}
    assert not [one for one in ids | people if one in texts(pair)]
    assert len(pair.target.definitions) == 4


def test_a_job_never_has_the_queue_0(pair: ProjectPair) -> None:
    pair.import_snapshot(pair.export())
    jobs = [
        one
        for definition in pair.target.definitions.values()
        for one in objects_within(copy.deepcopy(definition.raw))
        if "deploymentInput" in one and one["phaseType"] != "runOnServer"
    ]
    queues = [one["deploymentInput"]["queueId"] for one in jobs]  # type: ignore[index, call-overload]
    assert len(queues) > 4
    assert all(queues)


def test_a_task_group_must_have_the_version(pair: ProjectPair) -> None:
    for row in others(pair, "taskgroups"):
        row["version"]["major"] = 3
    with pytest.raises(UsageError, match="task group 'Warm up'"):
        pair.import_snapshot(pair.export())


def without_builds(pair: ProjectPair, *, other_ids: bool) -> None:
    """Let the target have builds of other numbers, under the ids of the source or not."""
    for row in others(pair, "builds"):
        row["buildNumber"] += "-other"
        row["id"] += 1000 if other_ids else 0


@pytest.mark.parametrize("other_ids", [True, False])
def test_a_build_that_is_not_there_is_told(pair: ProjectPair, other_ids: bool) -> None:
    """The service refuses an unknown id, and one that is another build's is not sent: both are drafts."""
    without_builds(pair, other_ids=other_ids)
    done = pair.import_snapshot(pair.export())
    words = "made as a draft without" if other_ids else "the target has no version of"
    told = {gap["uid"] for gap in done.gaps if words in str(gap["reason"])}
    drafts = [row for row in pair.target.releases.values() if row["status"] == "draft"]
    assert told
    assert not [one for row in drafts for one in row["artifacts"] if "version" in one["definitionReference"]]  # type: ignore[index, union-attr, operator, call-overload]
    assert [gap["uid"] for gap in done.gaps if gap["kind"] == "builds"] == ["_Payments.CI", "_Shop.CI"]
    assert len(pair.target.releases) == sum(len(rows) for rows in releases(pair.project).values())


def test_builds_that_the_service_does_not_look_at_keep_the_ids_of_the_source() -> None:
    with project_pair(8, validate_builds=False) as pair:
        without_builds(pair, other_ids=True)
        done = pair.import_snapshot(pair.export())
        assert not [gap for gap in done.gaps if gap["kind"] == "releases" and "draft" in str(gap["reason"])]
        assert [gap["uid"] for gap in done.gaps if gap["kind"] == "builds"] == ["_Payments.CI", "_Shop.CI"]


def test_classic_creation_that_is_switched_off_is_told_before_any_write(pair: ProjectPair) -> None:
    snapshot = pair.export()
    pair.emulator.switches = replace(pair.emulator.switches, classic_creation="organization")
    with pytest.raises(UsageError, match="Disable creation of classic release pipelines"):
        pair.import_snapshot(snapshot)
    assert pair.writes() == []
