"""Plans of imports into projects, and copies: what is told is what is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from project_oracle import definitions, releases, started
from project_pair import OTHER, OTHER_TOKEN, ProjectPair, project_pair
from workbench import Cut, cut_at

from sampling import sampled
from stackferry import exact_json
from stackferry.drivers.planning.plan_file import PlanFile
from stackferry.emulators.azure_devops.seed.api import Api
from stackferry.errors import Different, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def pair() -> Iterator[ProjectPair]:
    with project_pair(8) as made:
        yield made


def sides(pair: ProjectPair) -> tuple[Any, Any]:
    home, other = (pair.emulator.organizations[name] for name in ("fabrikam", OTHER))
    return (
        (definitions(home, pair.project, quiet=True), releases(pair.project)),
        (definitions(other, pair.target, quiet=False), releases(pair.target)),
    )


def edit(pair: ProjectPair, name: str, **changes: Any) -> None:
    api = Api(pair.emulator, OTHER, pair.target.name, OTHER_TOKEN)
    row = next(row for row in api.rows("release/definitions") if row["name"] == name)
    api.put("release/definitions", {**api.get(f"release/definitions/{row['id']}"), **changes})


def test_a_plan_is_applied(pair: ProjectPair) -> None:
    snapshot = pair.export(keep_secrets=True)
    file, planned = pair.plan(snapshot)
    assert planned["actions"]["definitions"] == {"create": 4}
    assert planned["actions"]["releases"]["create"] == sum(map(len, releases(pair.project).values()))
    assert pair.target.definitions == {}
    pair.import_snapshot(snapshot, plan=PlanFile(file))
    wanted, found = sides(pair)
    assert found == wanted


@pytest.mark.parametrize("keeps", [True, False])
def test_a_plan_tells_the_gaps_of_the_import(keeps: bool) -> None:
    """No more, and no fewer: also of a release that lacks variables of its definition."""
    with project_pair(12, keeps_properties=keeps) as pair:
        raw: Any = next(row for row in pair.raw.values() if row["environments"][0]["variables"])
        raw["releaseDefinitionRevision"] = pair.project.definitions[raw["releaseDefinition"]["id"]].raw[
            "revision"
        ]
        raw["variables"].popitem()
        raw["environments"][0]["variables"].popitem()
        snapshot = pair.export()
        _, planned = pair.plan(snapshot)
        imported = pair.import_snapshot(snapshot)
        told = sorted(map(str, planned["gaps"]))
        assert [one for one in told if "its definition has this variable" in one]
        assert told == sorted(map(str, imported.gaps))


def test_a_plan_says_what_changes_and_holds_no_value(pair: ProjectPair) -> None:
    snapshot = pair.export(keep_secrets=True)
    pair.import_snapshot(snapshot)
    edit(pair, "Nightly", description="by hand", variables={"dbPassword": {"value": "Other-Invented-2"}})
    file, planned = pair.plan(snapshot, "another", on_conflict="update")
    assert planned["actions"]["definitions"]["update"] == 1
    lines: list[Any] = [exact_json.loads(line) for line in file.read_bytes().splitlines()]
    (row,) = (line for line in lines if line.get("action") == "update")
    assert {field["path"] for field in row["fields"]} >= {"/description", "/variables/dbPassword/value"}
    assert b"Invented" not in file.read_bytes()
    # A credential of the target is no change: it is kept as a digest that is another one in each run.
    pair.import_snapshot(snapshot, "another", plan=PlanFile(file), on_conflict="update")
    wanted, found = sides(pair)
    assert found == wanted


def test_a_plan_of_what_has_moved_since_is_refused(pair: ProjectPair) -> None:
    snapshot = pair.export(keep_secrets=True)
    pair.import_snapshot(snapshot)
    edit(pair, "Payments", description="by hand")
    file, _ = pair.plan(snapshot, "another", on_conflict="update")
    edit(pair, "Payments", description="by hand, again")
    with pytest.raises(Different):
        pair.import_snapshot(snapshot, "another", plan=PlanFile(file), on_conflict="update")
    assert pair.writes() == []


@pytest.mark.parametrize("keep", [True, False])
def test_a_copy(pair: ProjectPair, keep: bool) -> None:
    snapshot, _ = pair.copy(keep_secrets=keep)
    wanted, found = sides(pair)
    if not keep:
        for definitions_, rows in (wanted, found):
            definitions_["\\/Nightly"]["variables"].pop("dbPassword")
            for row in rows.get("\\/Nightly", []):
                row["variables"].pop("dbPassword")
    assert found == wanted
    assert started(pair.target) == []
    pair.import_snapshot(snapshot, "copying")
    assert pair.writes() == []


@pytest.mark.parametrize("number", sampled(range(1, 75), 3))
def test_a_copy_that_is_killed_goes_on(pair: ProjectPair, number: int) -> None:
    with pytest.raises((Cut, BaseExceptionGroup)):
        pair.copy(hook=cut_at(number, after=bool(number % 2)), keep_secrets=True)
    pair.copy(keep_secrets=True)
    wanted, found = sides(pair)
    assert found == wanted
    assert started(pair.target) == []


@pytest.mark.parametrize("options", [{"in_place": True}, {"mirror": True}])
def test_what_releases_cannot_do_is_refused_with_its_reason(
    pair: ProjectPair, options: dict[str, Any]
) -> None:
    with pytest.raises(UsageError, match="release"):
        pair.import_snapshot(pair.export(), **options)
