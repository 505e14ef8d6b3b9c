"""`diff` of two archives of one project: exactly what changed between two nights, once each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from project_bench import ORGANIZATION, PROJECT, SYSTEM, TOKEN, ProjectBench, edits, project_bench

from sampling import sampled
from stackferry.drivers.verify_run import diff_snapshots
from stackferry.emulators.azure_devops.seed.api import Api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.io.storage.snapshot import Snapshot

LATER = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def bench() -> Iterator[ProjectBench]:
    with project_bench(8, seed=3) as made:
        yield made


def api(bench: ProjectBench) -> Api:
    return Api(bench.emulator, ORGANIZATION, PROJECT, TOKEN)


def release(bench: ProjectBench, position: int = 0) -> Any:
    return bench.raw[sorted(bench.raw)[position]]


def other_queue(_: ProjectBench, editor: Api) -> None:
    body: Any = editor.get("release/definitions/1")
    given = body["environments"][0]["deployPhases"][0]["deploymentInput"]
    given["queueId"] = 5 if given["queueId"] == 1 else 1
    editor.send("PUT", "release/definitions", body)


def one_more_stage(_: ProjectBench, editor: Api) -> None:
    body: Any = editor.get("release/definitions/1")
    stage = {**body["environments"][0], "id": 0, "name": "Canary / 1", "rank": 4}
    editor.send("PUT", "release/definitions", {**body, "environments": [*body["environments"], stage]})


def renamed_stage(_: ProjectBench, editor: Api) -> None:
    body: Any = editor.get("release/definitions/1")
    body["environments"][0]["name"] = "Development"
    body["environments"][1]["conditions"][0]["name"] = "Development"
    editor.send("PUT", "release/definitions", body)


def saved_again(_: ProjectBench, editor: Api) -> None:
    editor.send("PUT", "release/definitions", editor.get("release/definitions/1"))


def renamed_queue(bench: ProjectBench, _: Api) -> None:
    queues: Any = bench.project.others["queues"]
    queues[0]["name"] = "Renamed pool"


def kept(bench: ProjectBench, editor: Api) -> None:
    editor.send("PATCH", f"release/releases/{release(bench)['id']}", {"keepForever": True, "comment": "x"})


def tagged(bench: ProjectBench, editor: Api) -> None:
    editor.send("POST", f"release/releases/{release(bench)['id']}/tags", ["hotfix 7"])


def gone(bench: ProjectBench, _: Api) -> None:
    bench.project.delete_release(release(bench)["id"], LATER)


def new_folder(bench: ProjectBench, _: Api) -> None:
    bench.project.put_folder("\\Invented")


def new_release(_: ProjectBench, editor: Api) -> None:
    editor.send("POST", "release/releases", {"definitionId": 1, "isDraft": True, "description": "tomorrow's"})


QUEUE = "/environments/Dev/deployPhases/Agent job/deploymentInput/queueId"
NIGHTS: list[Any] = [
    (other_queue, [f"changed definitions 1 {QUEUE} Azure Pipelines Own pool"]),
    (renamed_stage, ["changed definitions 1 /environments/Development/name Dev Development",
                     "changed definitions 1 /environments/QA/conditions/Development/name Dev Development"]),
    (saved_again, ["changed definitions 1 /revision 3 4"]),
    (renamed_queue, ["changed queues 1 /name Azure Pipelines Renamed pool"]),
    (kept, ["changed releases 1 /keepForever False True"]),
    (tagged, ["added releases 1 /tags/hotfix 7 hotfix 7"]),
    (gone, ["vanished releases 1"]),
    (new_folder, ["added folders \\Invented"]),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "told"), NIGHTS, ids=lambda value: getattr(value, "__name__", ""))
def test_one_edit_between_two_nights_is_told_once(bench: ProjectBench, edit: Any, told: list[str]) -> None:
    before = bench.export("before")
    edit(bench, api(bench))
    after = bench.export("after", base=before)
    assert edits(before, after) == told


def test_what_comes_new_is_one_line_with_all_that_belongs_to_it(bench: ProjectBench) -> None:
    before = bench.export("before")
    one_more_stage(bench, api(bench))
    new_release(bench, api(bench))
    found = edits(before, bench.export("after", base=before))
    assert [words.partition(" {")[0] for words in found] == [
        "added definitions 1 /environments/Canary ~1 1",
        f"added releases {max(bench.raw)}",
    ]


def test_another_attempt_is_one_line_although_it_changes_much(bench: ProjectBench) -> None:
    done = next(row for row in bench.raw.values() if row["environments"][0]["status"] == "succeeded")
    stage = done["environments"][0]
    before = bench.export("before")
    path = f"release/releases/{done['id']}/environments/{stage['id']}"
    api(bench).send("PATCH", path, {"status": "inProgress"})
    found = edits(before, bench.export("after", base=before))
    step = stage["deploySteps"][-1]
    assert found[0].partition(" /")[0] == f"added deployments {step['deploymentId']}"
    assert [words.partition(" /")[0] for words in found[1:]] == [f"changed files {done['id']}"]


def test_what_vanished_stays_told_and_is_no_edit_on_the_nights_after(bench: ProjectBench) -> None:
    first = bench.export("first")
    gone(bench, api(bench))
    second = bench.export("second", base=first)
    third = bench.export("third", base=second)
    assert edits(second, third) == []
    today = bench.export("today")
    found = diff_snapshots(SYSTEM, third, today)
    assert found.differences == []
    assert [(row["kind"], row["uid"]) for row in found.remarks["vanished"]] == [("releases", "1")]
    assert edits(first, today) == ["removed releases 1"]


def test_what_is_brought_back_is_told(bench: ProjectBench) -> None:
    first = bench.export("first")
    number = release(bench)["id"]
    gone(bench, api(bench))
    second = bench.export("second", base=first)
    bench.project.releases[number] = bench.project.deleted_releases.pop(number).raw
    assert edits(second, bench.export("third", base=second)) == [f"brought back releases {number}"]


@pytest.mark.parametrize("seed", sampled(range(12), 2))
def test_two_archives_of_one_state_do_not_differ(seed: int) -> None:
    with project_bench(20, seed=seed) as bench:
        one = bench.export("one", deleted=True, task_logs=True)
        assert edits(one, one) == []
        assert edits(one, bench.export("two", deleted=True, task_logs=True)) == []


@pytest.mark.parametrize("stable", [True, False])
def test_zips_with_other_bytes_and_equal_members_do_not_differ(stable: bool) -> None:
    with project_bench(6, zip_bytes_stable=stable) as bench:
        one, two = bench.export("one"), bench.export("two")
        assert (_digests(one) == _digests(two)) is stable
        assert edits(one, two) == []


def _digests(snapshot: Snapshot) -> list[str]:
    found = sorted(
        str(row["sha256"]) for row in snapshot.file_entries() if str(row["path"]).startswith("files/")
    )
    assert found
    return found


def test_archives_of_both_spellings_of_a_project_are_of_one(bench: ProjectBench) -> None:
    by_guid = SYSTEM.parse_place(ORGANIZATION, "emulator.invented", bench.project.id, secure=False)
    one, two = bench.export("one"), bench.export("two", place=by_guid)
    kept(bench, api(bench))
    three = bench.export("three", place=by_guid)
    assert edits(one, two) == []
    assert edits(one, three) == ["changed releases 1 /keepForever False True"]
