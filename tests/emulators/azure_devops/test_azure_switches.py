"""What is left open, both ways; and that every switch is tried."""

from __future__ import annotations

import ast
import inspect
import io
import re
import zipfile
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import pytest
from project_client import Clock, serving, stage

from stackferry.emulators.azure_devops import Switches, behaviour

TESTS = "\n".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))


def test_every_switch_is_set_by_a_test() -> None:
    names = [field.name for field in fields(Switches)]
    assert [name for name in names if not re.search(rf"Switches\([^)]*\b{name}=", TESTS)] == []


def test_every_switch_says_what_it_is() -> None:
    tree = ast.parse(inspect.getsource(behaviour))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Switches")
    pairs = [(one, later) for one, later in pairwise(body) if isinstance(one, ast.AnnAssign)]
    assert len(pairs) == len(fields(Switches))
    assert all(isinstance(later, ast.Expr) for _, later in pairs)


@pytest.mark.parametrize("moves", [True, False])
def test_a_deployment_may_modify_its_release(moves: bool) -> None:
    with serving(Switches(deployment_modifies_release=moves, deploy_seconds=60)) as client:
        release = client.release(client.definition())
        client.clock.pass_seconds(30)
        whole = client.whole(release)
        assert (whole["modifiedOn"] == whole["createdOn"]) is not moves
        (row,) = client.rows(f"release/deployments?minModifiedTime={client.clock.after(-1)}")
        assert row["lastModifiedOn"] == client.clock.after(0)
        assert client.rows(f"release/deployments?minModifiedTime={client.clock.after(1)}") == []


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("filtered", [True, False])
def test_properties(kept: bool, filtered: bool) -> None:
    with serving(Switches(keeps_properties=kept, properties_need_filter=filtered)) as client:
        mark = {"$type": "System.String", "$value": "fabrikam/Web/7"}
        release = client.release(
            client.definition(), properties={"stackferry.source": "fabrikam/Web/7", "x": mark}
        )
        unasked = client.whole(release)["properties"]
        asked = client.get(f"release/releases/{release}?propertyFilters=stackferry.source")["properties"]
        assert set(unasked) == ({"stackferry.source", "x"} if kept and not filtered else set())
        assert asked.get("stackferry.source") == (mark if kept else None)
        (row,) = client.rows("release/releases?propertyFilters=stackferry.source")
        assert row["properties"] == asked


@pytest.mark.parametrize("answer", ["zip", 404, 204])
def test_logs_of_what_never_ran(answer: str | int) -> None:
    with serving(Switches(empty_logs=answer)) as client:  # type: ignore[arg-type]  # one of the three
        release = client.release(client.definition(stage("Dev", by_hand=True)))
        got = client.send("GET", f"release/releases/{release}/logs")
        assert got.status_code == (200 if answer == "zip" else answer)
        if answer == "zip":
            assert zipfile.ZipFile(io.BytesIO(got.content)).namelist() == []


@pytest.mark.parametrize("stable", [True, False])
def test_two_reads_of_one_zip(stable: bool) -> None:
    with serving(Switches(zip_bytes_stable=stable)) as client:
        release = client.release(client.definition())
        client.whole(release)
        reads = [client.send("GET", f"release/releases/{release}/logs").content for _ in range(4)]
        assert (len(set(reads)) == 1) is stable
        members = [
            {name: zipped.read(name) for name in zipped.namelist()}
            for zipped in (zipfile.ZipFile(io.BytesIO(read)) for read in reads)
        ]
        assert members[1:] == members[:-1]
        assert all(members)


def test_logs_may_be_a_file(tmp_path: Path) -> None:
    with serving() as client:
        release = client.release(client.definition())
        (tmp_path / "big.zip").write_bytes(b"PK" + b"x" * 100_000)
        client.project.log_files[release] = tmp_path / "big.zip"
        got = client.send("GET", f"release/releases/{release}/logs")
        assert (len(got.content), "content-length" in got.headers) == (100_002, False)


@pytest.mark.parametrize("checked", [True, False])
def test_builds_that_are_not_there(checked: bool) -> None:
    with serving(Switches(validate_builds=checked)) as client:
        client.project.put("build_definitions", {"id": 3, "name": "CI"})
        artifact = {"alias": "A", "type": "Build", "definitionReference": {"definition": {"id": "3"}}}
        number = client.definition(artifacts=[artifact])
        body = {
            "definitionId": number,
            "artifacts": [{"alias": "A", "instanceReference": {"id": "9", "name": "n"}}],
        }
        answer = client.send("POST", "release/releases", body)
        assert answer.status_code == (400 if checked else 200)


@pytest.mark.parametrize("has", [True, False])
def test_a_thin_list_may_have_variables(has: bool) -> None:
    with serving(Switches(thin_list_has_variables=has)) as client:
        client.release(client.definition(variables={"a": {"value": "1"}}))
        (row,) = client.rows("release/releases")
        assert ("variables" in row) is has
        assert {"environments", "artifacts"}.isdisjoint(row)
        (wide,) = client.rows("release/releases?$expand=variables,environments,artifacts")
        assert {"variables", "environments", "artifacts"} <= set(wide)


@pytest.mark.parametrize("has", [True, False])
def test_a_thin_list_may_have_tags(has: bool) -> None:
    with serving(Switches(thin_list_has_tags=has)) as client:
        number = client.release(client.definition())
        client.send("POST", f"release/releases/{number}/tags", ["hotfix"])
        assert client.rows("release/releases")[0]["tags"] == (["hotfix"] if has else [])
        assert client.rows("release/releases?$expand=tags")[0]["tags"] == ["hotfix"]


@pytest.mark.parametrize("needed", [True, False])
def test_tasks_may_need_to_be_asked_for(needed: bool) -> None:
    with serving(Switches(tasks_need_expand=needed)) as client:
        release = client.release(client.definition())
        client.whole(release)
        for path, has in (
            (f"release/releases/{release}", not needed),
            (f"release/releases/{release}?$expand=tasks", True),
        ):
            phases = client.get(path)["environments"][0]["deploySteps"][0]["releaseDeployPhases"]
            assert bool(phases[0]["deploymentJobs"][0]["tasks"]) is has


def test_expanded_lists_show_approvals_only_where_asked() -> None:
    with serving() as client:
        client.release(client.definition())
        client.rows("release/releases")
        (plain,) = client.rows("release/releases?$expand=environments")
        (more,) = client.rows("release/releases?$expand=approvals")
        assert plain["environments"][0]["preDeployApprovals"] == []
        assert more["environments"][0]["preDeployApprovals"][0]["status"] == "approved"
        none = client.get("release/releases/1?approvalFilters=none")["environments"][0]
        assert none["preDeployApprovals"] == []
        automatic = client.get("release/releases/1?approvalFilters=automatedApprovals")["environments"][0]
        assert len(automatic["preDeployApprovals"]) == 1


@pytest.mark.parametrize("readable", [True, False])
def test_what_was_deleted_may_be_readable(readable: bool) -> None:
    with serving(Switches(deleted_readable=readable)) as client:
        number = client.definition()
        release = client.release(number)
        before = client.whole(release)
        client.send("DELETE", f"release/releases/{release}")
        client.send("DELETE", f"release/definitions/{number}")
        paths = (
            f"release/releases/{release}",
            f"release/releases/{release}/logs",
            f"release/definitions/{number}",
        )
        statuses = [client.send("GET", path).status_code for path in paths]
        assert statuses == [200 if readable else 404] * 3
        assert client.refused("PATCH", paths[0], {"keepForever": True}).status == 404
        if readable:
            assert client.whole(release)["environments"] == before["environments"]


@pytest.mark.parametrize("moves", [True, False])
def test_tags_may_modify_a_release(moves: bool) -> None:
    with serving(Switches(tags_modify_release=moves)) as client:
        release = client.release(client.definition(stage("Dev", by_hand=True)))
        client.clock.pass_seconds(9)
        client.post(f"release/releases/{release}/tags", ["a"])
        assert (client.whole(release)["modifiedOn"] == client.clock.after(0)) is moves


def test_what_is_loaded_is_shown_as_it_is_and_counted_on() -> None:
    """Raw objects of another emulator: the same again, and what is made after them has other ids and names."""
    with serving() as source, serving() as client:
        source.whole(source.release(source.definition()))
        source.clock.pass_seconds(60)
        first = source.get("release/definitions/1")
        source.change("PUT", "release/definitions", {**first, "comment": "why"})
        definition = source.project.definitions[1]
        contents = [revision.content for revision in definition.revisions.values()]
        client.project.put_definition(definition.raw, contents)
        client.project.put_release(source.project.releases[1], source.project.history[1])
        for row in source.project.deployments.values():
            client.project.put_deployment(row)
        client.project.logs.update(source.project.logs)
        assert client.whole(1) == source.whole(1)
        for path in ("release/releases/1/history", "release/definitions/1/revisions", "release/deployments"):
            assert client.rows(path) == source.rows(path)
        made = client.whole(client.release(1))
        assert (made["id"], made["name"]) == (2, "Release-2")
        assert len(client.rows("release/deployments")) == 4


# Retention


@pytest.mark.parametrize("on", [True, False])
def test_retention_deletes_by_age_and_destroys_later(on: bool) -> None:
    clock = Clock()
    with serving(Switches(retention=on, destroy_days=14), clock=clock) as client:
        number = client.definition(stage("Dev", by_hand=True))
        kept, old, deployed = (client.release(number) for _ in range(3))
        client.patch(f"release/releases/{kept}", {"keepForever": True})
        client.patch(f"release/releases/{deployed}/environments/3", {"status": "inProgress"})
        client.whole(deployed)
        clock.pass_days(29)
        young = client.release(number)
        clock.pass_days(2)
        ids = [row["id"] for row in client.rows("release/releases?queryOrder=ascending")]
        # The last one that a stage had stays: the policy keeps one.
        assert ids == ([kept, deployed, young] if on else [kept, old, deployed, young])
        deleted = [row["id"] for row in client.rows("release/releases?isDeleted=true")]
        assert deleted == ([old] if on else [])
        clock.pass_days(15)
        if on:
            assert client.rows("release/releases?isDeleted=true") == []
            assert old not in client.project.history


def test_retention_between_two_requests() -> None:
    """By hand, at a moment that a test chooses: a release that was listed is gone when it is asked for."""
    with serving() as client:
        release = client.release(client.definition())
        client.whole(release)
        assert len(client.rows("release/releases")) == 1

        def take(request: object, answer: object) -> None:
            if answer is None and release in client.project.releases and "/releases/1" in str(request):
                client.project.delete_release(release, client.clock())

        client.service.watchers.append(take)
        assert client.refused("GET", f"release/releases/{release}").status == 404
        client.service.watchers.clear()
        client.project.destroy_release(release)
        assert client.rows("release/releases?isDeleted=true") == client.rows("release/deployments") == []
        assert client.project.logs == {}
