"""Releases and folders that somebody edits where they were made anew, and where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import project_service
import pytest
import rich_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from plain_project import Project
    from project_service import Ended, Service


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A source, its archive in `home / archive`, and the target of an import; each test has a release of its own."""
    home = tmp_path_factory.mktemp("releases")
    with project_service.open_service(home) as service:
        rich_project.fill(service.source)
        full = next(
            row["id"] for row in service.source.rows("release/definitions") if row["path"] == "\\Shop"
        )
        for name in EDITS:
            made = rich_project.create(
                service.source, full, isDraft=True, description=name, variables={"size": {"value": "S"}}
            )
            service.source.post(f"release/releases/{made}/tags", ["one", "two"])
        assert service.carry("export", service.source.place, home / "archive").code == 0
        assert service.carry("import", home / "archive", service.target.place).code == 3
        yield service


def named(project: Project, name: str) -> int:
    (found,) = (row["id"] for row in project.rows("release/releases", top_=100) if row["description"] == name)
    return int(found)


def verify(service: Service, project: Project) -> Ended:
    return service.carry("verify", service.home / "archive", "--against", project.place)


def patch(**body: Any) -> Callable[[Project, int], None]:
    return lambda project, uid: project.patch(f"release/releases/{uid}", body)


def put(change: Callable[[Any], Any]) -> Callable[[Project, int], None]:
    def edit(project: Project, uid: int) -> None:
        raw = project.get(f"release/releases/{uid}")
        change(raw)
        project.put(f"release/releases/{uid}", raw)

    return edit


def tag(project: Project, uid: int) -> None:
    project.call("PATCH", f"release/releases/{uid}/tags/three")


def untag(project: Project, uid: int) -> None:
    project.call("DELETE", f"release/releases/{uid}/tags/one")


def another_build(raw: Any) -> None:
    build = (
        {"id": "601", "name": "2026.1"}
        if raw["artifacts"][0]["definitionReference"]["version"]["name"] != "2026.1"
        else {"id": "501", "name": "2026.2"}
    )
    raw["artifacts"][0]["definitionReference"]["version"] = build


EDITS: dict[str, tuple[Callable[[Project, int], None], str]] = {
    "kept": (patch(keepForever=True), "/keepForever"),
    "renamed": (patch(name="Other"), "/name"),
    "active": (patch(status="active", manualEnvironments=["Dev", "Prod"]), "/status"),
    "tagged": (tag, "/tags"),
    "untagged": (untag, "/tags"),
    "described": (put(lambda raw: raw.update(description="Other words")), "/description"),
    "variable": (put(lambda raw: raw["variables"]["size"].update(value="L")), "/variables/size"),
    "new variable": (put(lambda raw: raw["variables"].update(new={"value": "L"})), "/variables/new"),
    "no variable": (put(lambda raw: raw["variables"].pop("size")), "/variables/size"),
    "overridable": (put(lambda raw: raw["variables"]["size"].update(allowOverride=True)), "/variables/size"),
    "stage's variable": (
        put(lambda raw: raw["environments"][0]["variables"]["where"].update(value="lab")),
        "/environments/Dev/variables/where",
    ),
    "build": (put(another_build), "/artifacts/_shop"),
}


@pytest.mark.parametrize("which", ["target", "source"])
def test_every_edit_of_a_release(pair: Service, which: str) -> None:
    project = getattr(pair, which)
    before = verify(pair, project)
    assert [one for one in before.report["differences"] if one["kind"] == "releases"] == []
    uids = {name: named(project, name) for name in EDITS}
    sources = {name: str(named(pair.source, name)) for name in EDITS} if which == "target" else uids
    for name, (edit, _) in EDITS.items():
        edit(project, uids[name])
    after = verify(pair, project)
    assert after.code == 5
    found = {
        (str(one["uid"]), one["path"]) for one in after.report["differences"] if one["kind"] == "releases"
    }
    for name, (_, path) in EDITS.items():
        assert [one for one in found if one[0] == str(sources[name]) and one[1].startswith(path)], (
            name,
            found,
        )
