"""A service that keeps no marks, and an import whose state was lost: nothing is made twice in silence."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from project_bench import ORGANIZATION, PROJECT, TOKEN
from project_oracle import releases
from project_pair import OTHER, OTHER_TOKEN, ProjectPair, project_pair
from workbench import Cut, cut_at

from sampling import sampled
from stackferry.emulators.azure_devops.seed.api import Api
from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.io.storage.snapshot import Snapshot

REQUESTS = 36  # of the import, without those that read


@pytest.fixture
def pair() -> Iterator[ProjectPair]:
    with project_pair(8, page_rows=5, keeps_properties=False, thin_list_has_variables=False) as made:
        yield made


def twins(pair: ProjectPair, *descriptions: str, **more: Any) -> None:
    """Releases of one name in the source."""
    api = Api(pair.emulator, ORGANIZATION, PROJECT, TOKEN)
    definition = next(row for row in api.rows("release/definitions") if row["name"] == "Nightly")
    for description in descriptions:
        body: Any = {"definitionId": definition["id"], "description": description}
        made = api.post("release/releases", {**body, "manualEnvironments": ["Night"], **more})
        api.patch(f"release/releases/{made['id']}", {"name": "Twin"})


def numbers(pair: ProjectPair) -> list[int]:
    return sorted(pair.target.releases)


def lost(pair: ProjectPair, snapshot: Snapshot, **options: Any) -> Any:
    """The import again, without what it has remembered."""
    return pair.import_snapshot(snapshot, "anew", on_conflict="update", **options)


def test_nothing_is_made_twice(pair: ProjectPair) -> None:
    twins(pair, "one", "one", "other", variables={"size": {"value": "S"}})
    twins(pair, "one", variables={"size": {"value": "M"}})
    snapshot = pair.export(keep_secrets=True)
    pair.import_snapshot(snapshot)
    held = numbers(pair)
    again = lost(pair, snapshot)
    assert pair.writes() == []
    assert numbers(pair) == held
    assert again.remarks["alike"]


@pytest.mark.parametrize("number", sampled(range(20, REQUESTS + 1), 4))
def test_after_a_kill_what_cannot_be_told_is_refused_before_any_write(pair: ProjectPair, number: int) -> None:
    """The release that was made last may have no name yet: it may be one of the snapshot, or somebody's own."""
    twins(pair, "one", "one", "one")
    snapshot = pair.export(keep_secrets=True)
    with pytest.raises(Cut):
        pair.import_snapshot(snapshot, hook=cut_at(number, after=True))
    held = numbers(pair)
    with suppress(UsageError):
        lost(pair, snapshot)
    if pair.writes() == []:
        assert numbers(pair) == held
        with pytest.raises(UsageError, match=r"(?s)--state.*--ignore-alike"):
            lost(pair, snapshot)
        return
    wanted, found = releases(pair.project), releases(pair.target)
    counts = [{name: len(rows) for name, rows in side.items()} for side in (wanted, found)]
    assert counts[0] == counts[1]


def test_the_rest_of_equal_twins_is_made(pair: ProjectPair) -> None:
    twins(pair, "one", "one", "one")
    snapshot = pair.export(keep_secrets=True)
    pair.import_snapshot(snapshot)
    held: dict[int, Any] = {**pair.target.releases}
    pair.target.destroy_release(max(uid for uid, raw in held.items() if raw["name"] == "Twin"))
    lost(pair, snapshot)
    assert len([raw for raw in pair.target.releases.values() if raw["name"] == "Twin"]) == 3


@pytest.mark.parametrize("whose", ["one more", "renamed"])
def test_what_may_be_one_of_the_snapshot_is_refused_and_can_be_left_alone(
    pair: ProjectPair, whose: str
) -> None:
    twins(pair, "one")
    snapshot = pair.export(keep_secrets=True)
    pair.import_snapshot(snapshot)
    held: dict[int, Any] = {**pair.target.releases}
    number = next(uid for uid, raw in held.items() if raw["name"] == "Twin")
    api = Api(pair.emulator, OTHER, pair.target.name, OTHER_TOKEN)
    if whose == "renamed":
        api.patch(f"release/releases/{number}", {"name": "Other"})
    else:
        body: Any = {"definitionId": held[number]["releaseDefinition"]["id"], "description": "one"}
        made = api.post("release/releases", {**body, "manualEnvironments": ["Night"]})
        api.patch(f"release/releases/{made['id']}", {"name": "Twin"})
    before = numbers(pair)
    with pytest.raises(UsageError, match=r"(?s)Nightly.*Twin") as refused:
        lost(pair, snapshot)
    assert pair.writes() == []
    assert "--ignore-alike" in str(refused.value)
    pair.import_snapshot(snapshot, "other", on_conflict="update", ignore_alike=True)
    assert len(numbers(pair)) > len(before)


def test_a_release_of_others_is_none_of_the_snapshot(pair: ProjectPair) -> None:
    """A project that lives: the first import there makes everything."""
    snapshot = pair.export(keep_secrets=True)
    pair.import_snapshot(snapshot, only={"definitions"})
    api = Api(pair.emulator, OTHER, pair.target.name, OTHER_TOKEN)
    for row in api.rows("release/definitions"):
        if not api.get(f"release/definitions/{row['id']}")["artifacts"]:
            api.post("release/releases", {"definitionId": row["id"], "description": "somebody's own"})
    own = len(numbers(pair))
    assert own
    lost(pair, snapshot)
    assert len(numbers(pair)) == own + sum(map(len, releases(pair.project).values()))


@pytest.mark.parametrize("version", ["3.0-preview.2", "6.0"])
def test_in_other_versions_of_the_api(pair: ProjectPair, version: str) -> None:
    snapshot = pair.export(keep_secrets=True)
    place = replace(pair.target_place, settings=(("api_version", version),))
    pair.import_snapshot(snapshot, place=place)
    held = numbers(pair)
    lost(pair, snapshot, place=place)
    assert pair.writes() == []
    assert numbers(pair) == held


def test_it_takes_a_page_more_for_each_definition_that_is_there() -> None:
    with project_pair(8, keeps_properties=False) as pair:
        snapshot = pair.export(keep_secrets=True)
        pair.import_snapshot(snapshot)
        again = lost(pair, snapshot)
        assert pair.writes() == []
        assert len(pair.log) == sum(again.minimum.values())
        assert len([line for line in pair.log if "definitionId=" in line]) == len(releases(pair.target))


def test_where_marks_are_kept_nothing_more_is_read() -> None:
    with project_pair(8) as pair:
        snapshot = pair.export(keep_secrets=True)
        pair.import_snapshot(snapshot)
        again = lost(pair, snapshot)
        assert pair.writes() == []
        assert "alike" not in again.remarks
        assert not [line for line in pair.log if "definitionId=" in line]
