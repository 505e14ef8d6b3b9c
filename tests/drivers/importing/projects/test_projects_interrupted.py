"""An import that is killed at any request, or loses any answer, loses nothing and makes nothing twice."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from project_bench import ORGANIZATION, PROJECT, TOKEN
from project_oracle import definitions, releases, started
from project_pair import OTHER, OTHER_TOKEN, ProjectPair, project_pair
from workbench import Cut, cut_at

from sampling import sampled
from stackferry.emulators.azure_devops.seed.api import Api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.io.storage.snapshot import Snapshot

REQUESTS = 41  # of the import below, as `test_it_takes_so_many_requests` checks


@contextmanager
def pair_with_twins(**switches: Any) -> Iterator[ProjectPair]:
    """A source that has releases which nothing but their ids tells apart."""
    with project_pair(6, **switches) as pair:
        api = Api(pair.emulator, ORGANIZATION, PROJECT, TOKEN)
        definition = next(row for row in api.rows("release/definitions") if row["name"] == "Nightly")
        for _ in range(4):
            body: Any = {
                "definitionId": definition["id"],
                "description": "twin",
                "manualEnvironments": ["Night"],
            }
            made = api.post("release/releases", body)
            api.patch(f"release/releases/{made['id']}", {"name": "Twin"})
        yield pair


@pytest.fixture(scope="module")
def whole() -> Iterator[tuple[ProjectPair, Snapshot]]:
    with pair_with_twins() as pair:
        yield pair, pair.export()


def state(pair: ProjectPair) -> Any:
    return definitions(pair.emulator.organizations[OTHER], pair.target, quiet=False), releases(pair.target)


def wanted(pair: ProjectPair) -> Any:
    return definitions(pair.emulator.organizations[ORGANIZATION], pair.project, quiet=True), releases(
        pair.project
    )


def assert_arrived(whole: ProjectPair, pair: ProjectPair) -> None:
    """Everything is there once, but for the one credential that the snapshot does not hold."""
    (wants, made), (found, rows) = wanted(whole), state(pair)
    for side in (wants, found):
        side["\\/Nightly"]["variables"].pop("dbPassword")
    for side in (made, rows):
        for row in side["\\/Nightly"]:
            row["variables"].pop("dbPassword")
    assert found == wants
    assert rows == made
    assert started(pair.target) == []


def test_it_takes_so_many_requests(whole: tuple[ProjectPair, Snapshot]) -> None:
    with pair_with_twins() as pair:
        pair.import_snapshot(whole[1])
        assert_arrived(whole[0], pair)
        assert len(pair.log) == REQUESTS


@pytest.mark.parametrize("keeps", [True, False], ids=["marks", "no marks"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", sampled(range(1, REQUESTS + 1), 5))
def test_a_kill(whole: tuple[ProjectPair, Snapshot], number: int, after: bool, keeps: bool) -> None:
    with pair_with_twins(keeps_properties=keeps) as pair:
        with pytest.raises(Cut):
            pair.import_snapshot(whole[1], hook=cut_at(number, after=after))
        pair.import_snapshot(whole[1])
        assert_arrived(whole[0], pair)


@pytest.mark.parametrize("keeps", [True, False], ids=["marks", "no marks"])
@pytest.mark.parametrize("arrives", [True, False], ids=["carried out", "never arrived"])
def test_every_answer_is_lost_once(whole: tuple[ProjectPair, Snapshot], arrives: bool, keeps: bool) -> None:
    seen = set[bytes]()

    def lose(_: object, request: httpx.Request, done: bool) -> None:
        name = f"{request.method} {request.url.path} ".encode() + request.content
        # Bodies of twins differ in their marks alone.
        if request.method != "GET" and done is arrives and name not in seen:
            seen.add(name)
            raise httpx.ReadTimeout("no answer", request=request)

    with pair_with_twins(keeps_properties=keeps) as pair:
        pair.import_snapshot(whole[1], hook=lose)
        assert_arrived(whole[0], pair)
        assert len(seen) > 20


@pytest.mark.parametrize("number", sampled(range(20, REQUESTS + 1), 2))
def test_somebody_else_makes_releases_meanwhile(whole: tuple[ProjectPair, Snapshot], number: int) -> None:
    """What others make of the same definition is not taken for the import's own."""
    with ExitStack() as stack:
        pair = stack.enter_context(pair_with_twins())
        with pytest.raises(Cut):
            pair.import_snapshot(whole[1], hook=cut_at(number, after=True))
        other = Api(pair.emulator, OTHER, pair.target.name, OTHER_TOKEN)
        for row in other.rows("release/definitions"):
            whole_one = other.get(f"release/definitions/{row['id']}")
            if not whole_one["artifacts"]:
                other.post("release/releases", {"definitionId": row["id"], "description": "twin"})
        held: dict[int, Any] = {**pair.target.releases}
        others = [uid for uid, raw in held.items() if "stackferry.source" not in raw["properties"]]
        pair.import_snapshot(whole[1])
        for made in others:
            del pair.target.releases[made]
        assert_arrived(whole[0], pair)


@pytest.mark.parametrize("what", ["release", "definition", "folder"])
def test_what_somebody_deletes_meanwhile_is_made_anew(whole: tuple[ProjectPair, Snapshot], what: str) -> None:
    with pair_with_twins() as pair:
        with pytest.raises(Cut):
            pair.import_snapshot(whole[1], hook=cut_at(REQUESTS - 4, after=True))
        api = Api(pair.emulator, OTHER, pair.target.name, OTHER_TOKEN)
        if what == "release":
            pair.target.destroy_release(min(pair.target.releases))
        elif what == "definition":
            uid = next(row["id"] for row in api.rows("release/definitions") if row["name"] == "Nightly")
            held: dict[int, Any] = {**pair.target.releases}
            for number in [one for one, raw in held.items() if raw["releaseDefinition"]["id"] == uid]:
                pair.target.destroy_release(number)
            api.delete(f"release/definitions/{uid}")
        else:
            api.delete("release/folders/%5CWeb%5C%C3%84u%C3%9Feres%20%26%20more")
        done = pair.import_snapshot(whole[1])
        assert done.resumed["made_anew"]
        names = [one.raw["name"] for one in pair.target.definitions.values() if one.deleted_at is None]
        assert len(names) == len(set(names)) == 4
        wants, found = releases(whole[0].project), releases(pair.target)
        counted = [{name: len(rows) for name, rows in side.items()} for side in (wants, found)]
        assert counted[0] == counted[1]
        assert started(pair.target) == []
