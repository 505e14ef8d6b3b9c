"""Releases from which somebody has taken variables that their definition has: an import cannot, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import project_service
import pytest
import rich_project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from project_service import Ended, Service

LACKING = {"/variables/size~1of~0all", "/variables/secret", "/environments/Dev/variables/where"}


@pytest.fixture(scope="module")
def fewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, int, Ended]]:
    """A release without three variables, one as it was made, and what an import of both told."""
    home = tmp_path_factory.mktemp("fewer")
    with project_service.open_service(home) as service:
        project = service.source
        dev = rich_project.stage("Dev", variables={"where": {"value": "dev"}, "kept": {"value": ""}})
        variables = {
            "size/of~all": {"value": "S"},
            "secret": {"value": "x", "isSecret": True},
            "all": {"value": "A"},
        }
        of = project.post(
            "release/definitions", {"name": "D", "environments": [dev], "variables": variables}
        )["id"]
        less, _ = (project.post("release/releases", {"definitionId": of})["id"] for _ in range(2))
        raw = project.get(f"release/releases/{less}")
        for name in ("size/of~all", "secret"):
            del raw["variables"][name]
        del raw["environments"][0]["variables"]["where"]
        project.put(f"release/releases/{less}", raw)
        assert service.carry("export", project.place, home / "archive").code == 0
        yield service, less, service.carry("import", home / "archive", service.target.place)


def paths(gaps: list[dict[str, Any]], uid: int) -> set[str]:
    assert {str(gap["uid"]) for gap in gaps if gap.get("path")} <= {str(uid)}
    return {gap["path"] for gap in gaps if gap.get("path")}


def test_an_import_tells_what_it_could_not_leave_out(fewer: tuple[Service, int, Ended]) -> None:
    _, less, ended = fewer
    assert ended.code == 3
    assert paths(ended.gaps("releases"), less) == LACKING


@pytest.mark.parametrize("checkpoint", [True, False])
def test_verify_tells_the_same_and_no_difference(fewer: tuple[Service, int, Ended], checkpoint: bool) -> None:
    service, less, _ = fewer
    state = {} if checkpoint else {"XDG_STATE_HOME": str(service.home / "nothing")}
    ended = service.carry("verify", service.home / "archive", "--against", service.target.place, **state)
    assert (ended.code, ended.report["differences"]) == (3, [])
    assert paths(ended.gaps("releases"), less) == LACKING


def test_a_variable_of_nobody_is_a_difference(fewer: tuple[Service, int, Ended]) -> None:
    service, less, _ = fewer
    made = service.target.releases()[0]
    raw = service.target.get(f"release/releases/{made['id']}")
    raw["variables"]["all"]["value"] = "B"
    raw["variables"]["size/of~all"]["value"] = "L"
    raw["variables"]["new"] = {"value": "x"}
    service.target.put(f"release/releases/{made['id']}", raw)
    ended = service.carry("verify", service.home / "archive", "--against", service.target.place)
    found = {(str(row["uid"]), row["path"].removesuffix("/value")) for row in ended.report["differences"]}
    wanted = ("/variables/all", "/variables/new", "/variables/size~1of~0all")
    assert (ended.code, found) == (5, {(str(less), path) for path in wanted})
