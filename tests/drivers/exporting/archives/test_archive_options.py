"""What an archive may be asked for beside the whole, on an emulated project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from project_bench import ProjectBench, ids, project_bench

from stackferry.errors import UsageError
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.io.storage.snapshot import Snapshot

    Wanted = Callable[[dict[str, Any]], bool]


@pytest.fixture(scope="module")
def bench() -> Iterator[ProjectBench]:
    with project_bench(30, page_rows=7) as made:
        yield made


def rows(snapshot: Snapshot, kind: str) -> list[Any]:
    return [*snapshot.objects(Stream(kind))]


def was_in(stage: str) -> Wanted:
    return lambda row: any(one["name"] == stage and one["deploySteps"] for one in row["environments"])


SELECTIONS: list[tuple[str, dict[str, Any], Wanted]] = [
    ("status", {"statuses": frozenset({"Draft"})}, lambda row: row["status"] == "draft"),
    (
        "statuses",
        {"statuses": frozenset({"draft", "abandoned"})},
        lambda row: row["status"] in ("draft", "abandoned"),
    ),
    ("stage", {"stages": frozenset({"prod"})}, was_in("Prod")),
    ("tag", {"tags": frozenset({"audited"})}, lambda row: "audited" in row["tags"]),
    ("definition", {"definitions": frozenset({"1"})}, lambda row: row["releaseDefinition"]["id"] == 1),
    ("path", {"path": "/Web"}, lambda row: row["releaseDefinition"]["path"].startswith("\\Web")),
    (
        "times",
        {"since": "2026-01-06", "until": "2026-01-08T12:00:00Z"},
        lambda row: "2026-01-06" <= row["createdOn"] < "2026-01-08T12:00:00Z",
    ),
]


@pytest.mark.parametrize(("name", "options", "wanted"), SELECTIONS, ids=[name for name, *_ in SELECTIONS])
def test_a_selection_is_what_it_says(
    bench: ProjectBench, name: str, options: dict[str, Any], wanted: Wanted
) -> None:
    held: list[Any] = [*bench.project.releases.values()]
    # A definition that is deleted has no name and no folder any more.
    there = {number for number, one in bench.project.definitions.items() if one.deleted_at is None}
    by_name = [row for row in held if name != "path" or row["releaseDefinition"]["id"] in there]
    expected = sorted(row["id"] for row in by_name if wanted(row))
    assert 0 < len(expected) < len(held)
    snapshot = bench.export(f"by {name}", **options)
    assert ids(snapshot, "releases") == expected
    assert {row["release"]["id"] for row in rows(snapshot, "deployments")} <= {*expected}
    assert {row["uid"] for row in rows(snapshot, "files")} <= {*expected}
    assert snapshot.gaps() == []


def test_a_definition_that_is_not_there_is_told(bench: ProjectBench) -> None:
    (gap,) = bench.export("misspelled", definitions=frozenset({"Wbe"})).gaps()
    assert (gap["kind"], gap["uid"]) == ("definitions", "Wbe")
    with pytest.raises(UsageError, match="Wbe"):
        bench.export("strict", definitions=frozenset({"Wbe"}), strict=True)


def test_releases_of_a_deleted_definition_are_asked_for_by_its_id(bench: ProjectBench) -> None:
    gone = {number for number, one in bench.project.definitions.items() if one.deleted_at is not None}
    expected = sorted(number for number, row in bench.raw.items() if row["releaseDefinition"]["id"] in gone)
    assert expected
    snapshot = bench.export("of a deleted one", definitions=frozenset(map(str, gone)))
    assert (ids(snapshot, "releases"), snapshot.gaps()) == (expected, [])


def test_what_is_deleted_and_still_listed_comes_along(bench: ProjectBench) -> None:
    snapshot = bench.export("deleted", deleted=True)
    assert ids(snapshot, "deleted_releases") == sorted(bench.project.deleted_releases)
    assert ids(snapshot, "deleted_definitions")
    assert not {*ids(snapshot, "deleted_releases")} & {*ids(snapshot, "releases")}
    assert snapshot.gaps() == []


def test_logs_of_single_tasks_are_files_of_their_own(bench: ProjectBench) -> None:
    snapshot = bench.export("tasks", task_logs=True, statuses=frozenset({"active"}))
    tasks = [row for row in rows(snapshot, "files") if row["of"] == "task_log"]
    wanted = sum(
        1
        for release in rows(snapshot, "releases")
        for stage in release["environments"]
        for step in stage["deploySteps"]
        for phase in step["releaseDeployPhases"]
        for job in phase["deploymentJobs"]
        for task in job["tasks"]
        if task["logUrl"] and task.get("startTime")
    )
    assert len(tasks) == wanted > 0
    again = bench.export("tasks again", task_logs=True, base=bench.export("tasks all", task_logs=True))
    assert not [line for line in bench.log if "/logs" in line]
    assert len(rows(again, "files")) > wanted


def test_attachments_come_by_type(bench: ProjectBench) -> None:
    snapshot = bench.export("attached", attachments=frozenset({"Distributedtask.Core.Summary"}))
    found = [row for row in rows(snapshot, "files") if row["of"] == "attachment"]
    held = [one for one in bench.project.attachments if one.release in bench.project.releases]
    assert len(found) == len(held)
    contents = {snapshot.bytes_of(row["sha256"]).read_bytes() for row in found}
    assert contents == {one.content for one in held}
    assert snapshot.gaps() == []


def test_logs_may_be_left_out(bench: ProjectBench) -> None:
    for name in ("no_logs", "assets"):
        options: dict[str, Any] = {name: name == "no_logs"}
        assert rows(bench.export(name, **options), "files") == []
        assert not [line for line in bench.log if "/logs" in line]


def test_what_looks_like_a_credential_is_redacted(bench: ProjectBench) -> None:
    release: Any = next(iter(bench.project.releases.values()))
    release["variables"]["smtpPassword"] = {"value": "hunter2-invented"}
    snapshot = bench.export("redacted")
    assert f"releases {release['id']} /variables/smtpPassword/value" in snapshot.manifest["redacted"]  # type: ignore[operator]
    assert b"hunter2-invented" not in b"".join(
        path.read_bytes() for path in snapshot.root.rglob("*.json*") if path.is_file()
    )
    kept = bench.export("kept", keep_secrets=True)
    assert b"hunter2-invented" in (kept.root / "releases.jsonl").read_bytes()


def test_secret_variables_are_limits(bench: ProjectBench) -> None:
    limits: Any = bench.export("limits").manifest["limits"]
    assert [row["uid"] for row in limits if row["kind"] == "definitions"] == ["1"]


def test_logs_of_what_is_deleted_and_still_given_come_along() -> None:
    with project_bench(12, deleted_readable=True) as bench:
        lost = [
            number for number in bench.raw if any(s["deploySteps"] for s in bench.raw[number]["environments"])
        ][:2]
        for number in lost:
            bench.project.delete_release(number, bench.emulator.time())
        snapshot = bench.export(deleted=True)
        held: Any = [*snapshot.objects(Stream("files"))]
        assert set(lost) <= {row["uid"] for row in held}
        assert snapshot.gaps() == []
        again = bench.export("again", deleted=True, base=snapshot)
        assert [*again.objects(Stream("files"))] == held
        assert not [
            line
            for line in bench.log
            if "/logs" in line and int(line.split("/releases/")[1].split("/")[0]) in lost
        ]


def test_properties_of_releases_come_where_they_are_named() -> None:
    with project_bench(4) as bench:
        first: Any = bench.raw[min(bench.raw)]
        first["properties"] = {"Ring": {"$type": "System.String", "$value": "two"}, "Other": {"$value": "x"}}
        assert not next(bench.export("plain").objects(Stream("releases")))["properties"]
        named = bench.export("named", properties=frozenset({"Ring"}))
        assert next(named.objects(Stream("releases")))["properties"] == {"Ring": first["properties"]["Ring"]}
        with pytest.raises(UsageError, match="--property"):
            bench.export("grown", base=named)
