"""The scenarios of research, section 11, that are about making a project anew: 5 and 6, and some more like them."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any

import named_project
import pytest
from scenario_scene import SETTINGS, SOURCE, open_scene, size

from sampling import sampled
from stackferry.emulators.azure_devops import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from scenario_scene import Scene

Place = tuple[str, str]


@pytest.fixture(scope="module", params=[one.values for one in SETTINGS], ids=["today", "old and odd"])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A source that nobody changes, and its archive."""
    shape, switches = request.param
    with open_scene(tmp_path_factory.mktemp("scene"), shape, switches, releases=SIZE) as made:
        assert made.export("archive").code == 0
        yield made


SIZE = size(24)
MAP = """
[queues]
"Own pool" = "Azure Pipelines"

[variable_groups]
"Shared settings" = "Other settings"

[people]
"ana.souza@fabrikam.example" = "eve@contoso.example"
"bo.lindqvist@fabrikam.example" = "eve@contoso.example"
"""
NAMES = {
    "Own pool": "Azure Pipelines",
    "Shared settings": "Other settings",
    "ana.souza@fabrikam.example": "eve@contoso.example",
    "bo.lindqvist@fabrikam.example": "eve@contoso.example",
}


def without(scene: Scene, of: Place) -> None:
    """A target that lacks a pool, a variable group and two people."""
    held, home = scene.emulator.project(*of), scene.emulator.organizations[of[0]]
    held.others["queues"] = [row for row in held.others["queues"] if row["name"] != "Own pool"]
    for row in held.others["variablegroups"]:
        row["name"] = NAMES.get(str(row["name"]), row["name"])
    for uid, row in [*home.people.items()]:
        if str(row.get("uniqueName")).partition("@")[0] in ("ana.souza", "bo.lindqvist"):
            del home.people[uid]
    home.add_person("Eve", "eve@contoso.example")


def equal(scene: Scene, of: Place, names: dict[str, str] | None = None, *, quiet: bool = True) -> None:
    """What a plain client reads in both projects, with names in place of ids."""
    wanted = named_project.definitions(scene.project())
    found = named_project.definitions(scene.project(of))
    assert {*found} == {*wanted}
    off = {key: named_project.switched_off(one) if quiet else one for key, one in wanted.items()}
    assert named_project.changes(_renamed(off, names or {}), found) == []
    left, right = (by_name(scene, one) for one in (SOURCE, of))
    assert right == left


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value


def by_name(scene: Scene, of: Place) -> list[Any]:
    """Releases in their order, those of a definition that was deleted left out."""
    project = scene.project(of)
    held = {row["id"]: f"{row['path']}/{row['name']}" for row in project.rows("release/definitions")}
    return [
        (held[one["releaseDefinition"]["id"]], one["name"], one["status"], one["keepForever"], sorted(one["tags"]),
         one["description"])
        for one in project.releases()
        if one["releaseDefinition"]["id"] in held
    ]  # fmt: skip


# --- 5: into another organization ---


def test_5_into_another_organization(scene: Scene, tmp_path: Path) -> None:
    target = scene.target()
    without(scene, target)
    mark = scene.service.mark
    refused = scene.into(target, "archive")
    assert refused.code == 2
    assert scene.service.since(mark) == []
    for name in NAMES:
        assert f'"{name}" = ""' in refused.said
    proposed = tmp_path / "proposed.toml"
    place, *flags = scene.place(target)
    asked = scene.service.carry("mapping", place, scene.home / "archive", "--write", proposed, *flags)
    assert asked.code in (0, 3)
    assert all(f'"{name}" = ""' in proposed.read_text() for name in NAMES)
    (tmp_path / "map.toml").write_text(MAP)
    done = scene.into(target, "archive", "--map", tmp_path / "map.toml")
    assert done.code == 3, done.said
    equal(scene, target, NAMES)
    sent, fewest = done.report["requests"], done.report["minimum"]
    assert (sent["read"], sent["write"]) == (fewest["read"], fewest["write"])
    again = scene.into(target, "archive", "--map", tmp_path / "map.toml")
    assert (again.report["requests"]["write"], again.code) == (0, 3)
    checked = scene.service.carry(
        "verify", scene.home / "archive", "--against", place, *flags, "--map", tmp_path / "map.toml"
    )
    assert (checked.code, checked.report["differences"]) == (3, [])


# --- 6: nothing starts ---


def test_6_nothing_starts_in_an_empty_project(scene: Scene) -> None:
    target = scene.target()
    assert scene.into(target, "archive").code == 3
    assert scene.started(target) == []
    for one in scene.project(target).definitions():
        assert one["triggers"] == []
        assert [stage["schedules"] for stage in one["environments"]] == [[]] * len(one["environments"])
    for release in scene.project(target).releases():
        assert [stage["deploySteps"] for stage in release["environments"]] == [[]] * len(
            release["environments"]
        )


def test_6_nothing_starts_where_everything_would(scene: Scene) -> None:
    """The definitions of the target deploy each release at once."""
    target = scene.target()
    only = ("--only", "definitions", "--enable-triggers")
    assert scene.into(target, "archive", *only).code == 3
    starting = [
        condition
        for one in scene.project(target).definitions()
        for stage in one["environments"]
        for condition in stage["conditions"]
        if condition["name"] == "ReleaseStarted"
    ]
    assert starting
    done = scene.into(target, "archive", "--only", "releases", "--state", scene.home / f"state {target[0]}")
    assert done.code == 3, done.said
    assert scene.started(target) == []
    assert by_name(scene, target) == by_name(scene, SOURCE)


def test_6_a_service_that_starts_all_the_same_ends_the_import(tmp_path: Path) -> None:
    with open_scene(tmp_path, "today", {"manual_environments_hold": False}, releases=size(9)) as scene:
        assert scene.export("archive").code == 0
        target = scene.target()
        assert scene.into(target, "archive", "--only", "definitions", "--enable-triggers").code == 3
        ended = scene.into(target, "archive", "--only", "releases", "--state", tmp_path / "other")
        assert ended.code == 1
        assert "although every stage was to wait" in ended.said
        assert len({row["release"]["id"] for row in scene.started(target)}) == 1


def test_6_deploy_starts_what_was_asked(scene: Scene) -> None:
    """To each stage the release that was deployed there last; what waits for an approval is told."""
    target = scene.target()
    done = scene.into(target, "archive", "--deploy")
    assert done.code == 3, done.said
    held = {one["name"] for one in scene.project(target).definitions()}
    rows = scene.started(target)
    assert {*map(_named, rows)} == {one for one in _last_deployed(scene, SOURCE) if one[0] in held}
    waiting = {row["releaseEnvironment"]["name"] for row in rows if row["deploymentStatus"] == "inProgress"}
    told = [one for one in done.gaps("deployments") if "waits for approval" in one["reason"]]
    assert waiting == {str(one["uid"]).partition("/")[2] for one in told}
    for one in scene.project(target).rows("release/approvals", statusFilter="pending"):
        # The others of a group that one of is enough are skipped meanwhile.
        scene.project(target).ask("PATCH", f"release/approvals/{one['id']}", {"status": "approved"})
    again = scene.into(target, "archive", "--deploy")
    assert again.code == 3, again.said
    assert [*map(_named, scene.started(target))] == [*map(_named, rows)]


def _named(row: Any) -> tuple[str, str, str]:
    return row["releaseDefinition"]["name"], row["releaseEnvironment"]["name"], row["release"]["name"]


def _last_deployed(scene: Scene, of: Place) -> set[tuple[str, str, str]]:
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for release in scene.project(of).releases():
        for stage in release["environments"]:
            for step in stage["deploySteps"]:
                key = (release["releaseDefinition"].get("name", ""), stage["name"])
                if step["status"] in ("succeeded", "partiallySucceeded"):
                    found[key] = max(found.get(key, ("", "")), (step["queuedOn"], release["name"]))
    return {(*key, name) for key, (_, name) in found.items()}


# --- 8: twins, killed ---


@pytest.mark.parametrize("kills", sampled([1, 3], 1))
def test_8_a_killed_import_doubles_nothing(tmp_path: Path, kills: int) -> None:
    """Releases of one name and content, an import that is killed, and lost answers to what it sends."""
    with open_scene(tmp_path, "own", {}, releases=SIZE) as scene:
        project = scene.project()
        of = project.definitions()[0]["id"]
        for _ in range(4):
            project.post("release/releases", {"definitionId": of, "isDraft": True, "description": "twins"})
        assert scene.export("archive").code == 0
        target = scene.target()
        (place,) = scene.place(target)
        for kill in range(kills):
            running = scene.service.start("import", scene.home / "archive", place)
            end = time.monotonic() + 30
            while len(scene.project(target).rows("release/releases", top_=100)) < (kill + 1) * 4:
                assert time.monotonic() < end
                assert running.poll() is None
                time.sleep(0.02)
            running.send_signal(signal.SIGKILL)
            running.communicate()
        scene.emulator.faults.add(
            *(Fault(method=method, path="/release/", after=1, keep=0) for method in ("POST", "PATCH"))
        )
        done = scene.into(target, "archive")
        assert done.code == 3, done.said
        assert by_name(scene, target) == by_name(scene, SOURCE)
        assert scene.started(target) == []
