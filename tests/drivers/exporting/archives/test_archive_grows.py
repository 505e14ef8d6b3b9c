"""An archive that grows from an earlier one: only what is new is read, and what the service has deleted is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from project_bench import ProjectBench, ids, project_bench, vanished
from workbench import Cut, cut_at, file_digests

from sampling import sampled
from stackferry.emulators.azure_devops import Fault
from stackferry.errors import UsageError
from stackferry.model import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.io.storage.snapshot import Snapshot


@pytest.fixture
def bench() -> Iterator[ProjectBench]:
    with project_bench() as made:
        yield made


def without_manifest(snapshot: Snapshot) -> dict[str, Any]:
    return {name: digest for name, digest in file_digests(snapshot.root).items() if name != "manifest.json"}


def unfinished(snapshot: Snapshot) -> int:
    rows: Any = snapshot.manifest.get("unfinished", [])
    return len(rows)


def now(bench: ProjectBench) -> Any:
    return bench.emulator.time() + timedelta(days=1)


def test_where_nothing_has_changed_only_lists_and_what_was_unfinished_is_read(bench: ProjectBench) -> None:
    first = bench.export("first")
    second = bench.export("second", base=first)
    wanted = 1 + 1 + 1 + unfinished(first) + 1 + 7
    assert wanted <= len(bench.log) <= 1.02 * wanted
    assert file_digests(second.root) == file_digests(first.root)


def test_what_retention_takes_is_kept_and_named(bench: ProjectBench) -> None:
    first = bench.export("first")
    lost = [number for number in ids(first, "releases") if number % 3 == 0]
    for number in lost:
        bench.project.delete_release(number, now(bench))
    second = bench.export("second", base=first)
    assert without_manifest(second) == without_manifest(first), (
        "logs and deployments of what is gone are kept, too"
    )
    assert vanished(second) == {("releases", str(number)): second.manifest["watermark"] for number in lost}
    assert second.gaps() == []

    bench.project.destroy_release(ids(second, "releases")[0])
    third = bench.export("third", base=second)
    since = vanished(third)
    assert without_manifest(third) == without_manifest(first)
    assert {key: since[key] for key in vanished(second)} == vanished(second), (
        "the first archive that missed it"
    )
    assert not [line for line in bench.log for number in lost if f"/releases/{number}" in line]


def test_what_is_gone_can_be_dropped(bench: ProjectBench) -> None:
    first = bench.export("first")
    lost = ids(first, "releases")[2]
    bench.project.delete_release(lost, now(bench))
    second = bench.export("second", base=first, drop_vanished=True)
    assert lost not in ids(second, "releases")
    assert "vanished" not in second.manifest
    deployed: Any = [*second.objects(Stream("deployments"))]
    assert {row["release"]["id"] for row in deployed} <= {*ids(second, "releases")}
    assert lost not in [row["uid"] for row in second.objects(Stream("files"))]


def test_the_definition_that_is_gone_keeps_its_revisions(bench: ProjectBench) -> None:
    first = bench.export("first")
    lost = ids(first, "definitions")[0]
    bench.project.definitions[lost].deleted_at = now(bench)
    second = bench.export("second", base=first)
    one, other = without_manifest(first), without_manifest(second)
    for kind in ("definitions", "definition_history", "definition_revisions"):
        assert one[f"{kind}.jsonl"] == other[f"{kind}.jsonl"]
    assert [*vanished(second)] == [("definitions", str(lost))]


def test_a_deployment_is_found_although_the_release_says_nothing_of_it(bench: ProjectBench) -> None:
    first = bench.export("first")
    rows: Any = {row["id"]: row for row in first.objects(Stream("releases"))}
    done: Any = next(
        release for release in rows.values()
        if str(release["id"]) not in first.manifest.get("unfinished", [])  # type: ignore[operator]
        and any(stage["deploySteps"] for stage in release["environments"])
    )  # fmt: skip
    held: Any = bench.project.releases[done["id"]]
    stage = next(one for one in held["environments"] if one["deploySteps"])
    step = stage["deploySteps"][-1]
    row: Any = next(
        one for one in bench.project.deployments.values()
        if one["release"]["id"] == done["id"] and one["releaseEnvironment"]["id"] == stage["id"]  # type: ignore[index, call-overload]
    )  # fmt: skip
    later = "2026-12-01T00:00:00Z"
    number = max(bench.project.deployments) + 1
    stage["deploySteps"].append(
        {**step, "attempt": step["attempt"] + 1, "deploymentId": number, "id": number}
    )
    times = dict.fromkeys(("queuedOn", "startedOn", "completedOn", "lastModifiedOn"), later)
    bench.project.put_deployment({**row, **times, "id": number, "attempt": step["attempt"] + 1})
    second = bench.export("second", base=first)
    (read,) = [line for line in bench.log if f"/releases/{done['id']}?" in line]
    (log,) = [line for line in bench.log if f"/releases/{done['id']}/logs" in line]
    assert "expand=tasks" in read
    assert log
    assert second.manifest["watermark"] == later
    files: Any = [row for row in second.objects(Stream("files")) if row["uid"] == done["id"]]
    attempts = sum(len(one["deploySteps"]) for one in held["environments"])
    assert [row["version"] for row in files] == [attempts], (
        "the log of all attempts takes the place of the earlier one"
    )


def test_a_new_release_is_all_that_is_read_beside(bench: ProjectBench) -> None:
    first = bench.export("first")
    held: Any = bench.project.releases[max(bench.project.releases)]
    number = max(bench.project.releases) + 1
    made: Any = {"createdOn": "2026-12-01T00:00:00Z", "modifiedOn": "2026-12-01T00:00:00Z"}
    stages: Any = [{**stage, "deploySteps": [], "status": "notStarted"} for stage in held["environments"]]
    bench.project.put_release({**held, **made, "id": number, "name": "new", "environments": stages})
    bench.export("second", base=first)
    assert len(bench.log) <= 1 + 1 + 1 + unfinished(first) + 1 + 7 + 1


def test_an_archive_of_a_part_is_no_base(bench: ProjectBench) -> None:
    part = bench.export("part", statuses=frozenset({"abandoned"}))
    with pytest.raises(UsageError, match="leave the selection out"):
        bench.export("second", base=part)


def changed(bench: ProjectBench, first: Snapshot) -> None:
    """Half of the releases are gone, one definition, and one variable group; the others have moved."""
    for number in ids(first, "releases")[::2]:
        bench.project.delete_release(number, now(bench))
    for number in ids(first, "releases")[1::4]:
        bench.raw[number]["modifiedOn"] = "2026-11-01T00:00:00Z"
    bench.project.definitions[ids(first, "definitions")[0]].deleted_at = now(bench)
    groups: Any = bench.project.others
    groups["variablegroups"].pop()


@pytest.mark.parametrize("share", sampled(range(0, 100, 5), 4))
def test_an_archive_that_grows_and_is_killed_resumes(share: int) -> None:
    with project_bench(16, zip_bytes_stable=True) as bench:
        first = bench.export("first")
        changed(bench, first)
        whole = bench.export("whole", base=first)
        assert {kind for kind, _ in vanished(whole)} == {"releases", "definitions", "variable_groups"}
        assert ids(whole, "variable_groups") == ids(first, "variable_groups")
        requests = len(bench.log)
        with pytest.raises(Cut):
            bench.export(base=first, hook=cut_at(1 + requests * share // 100, after=True))
        assert file_digests(bench.export(base=first).root) == file_digests(whole.root)


def test_a_list_that_is_refused_keeps_what_the_base_has_of_it(bench: ProjectBench) -> None:
    first = bench.export("first")
    bench.emulator.faults.add(
        Fault(path="/variablegroups", times=9, status=403, body=b"{}", carried_out=False)
    )
    second = bench.export("second", base=first)
    assert [gap["kind"] for gap in second.gaps()] == ["variable_groups"]
    assert ids(second, "variable_groups") == ids(first, "variable_groups")
    assert "vanished" not in second.manifest, "nobody knows"


def test_a_release_that_comes_back_is_no_longer_missed(bench: ProjectBench) -> None:
    first, number = bench.export("first"), max(bench.project.releases)
    held = bench.project.releases.pop(number)
    second = bench.export("second", base=first)
    assert [*vanished(second)] == [("releases", str(number))]
    bench.project.releases[number] = held
    assert vanished(bench.export("third", base=second)) == {}


def test_what_was_deleted_and_destroyed_is_kept_and_what_is_brought_back_is_not(bench: ProjectBench) -> None:
    first = bench.export("first", deleted=True)
    destroyed, back = ids(first, "deleted_releases")[:2]
    bench.project.destroy_release(destroyed)
    row: Any = next(one for one in first.objects(Stream("deleted_releases")) if one["id"] == back)
    bench.project.deleted_releases.pop(back)
    bench.project.put_release({**next(iter(bench.raw.values())), "id": back, "name": row["name"]})
    second = bench.export("second", deleted=True, base=first)
    assert {*ids(first, "deleted_releases")} - {*ids(second, "deleted_releases")} == {back}
    assert back in ids(second, "releases")
    assert [*vanished(second)] == [("deleted_releases", str(destroyed))]


@pytest.mark.parametrize("status", [403, 404])
def test_without_the_list_of_deployments_every_release_is_read_again(
    bench: ProjectBench, status: int
) -> None:
    first = bench.export("first")
    bench.emulator.faults.add(
        Fault(path="/deployments", times=99, status=status, body=b"{}", carried_out=False)
    )
    second = bench.export("second", base=first)
    read = {int(line.split("/releases/")[1].split("?")[0]) for line in bench.log if "expand=tasks" in line}
    assert read == {*ids(first, "releases")}
    assert ids(second, "deployments") == ids(first, "deployments")
    told: Any = [*second.gaps(), *second.manifest["limits"]]  # type: ignore[misc]  # a list of objects
    assert "deployments" in {row["kind"] for row in told}
