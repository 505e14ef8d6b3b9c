"""An archive and its own project under another spelling: its id, other letter case, the other host of the cloud."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from project_bench import ORGANIZATION, SYSTEM, TOKEN, ProjectBench, ids, project_bench, vanished
from project_pair import ProjectPair, project_pair

from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Place

SPELLINGS = ("case", "guid", "organization", "old cloud")


@pytest.fixture
def bench() -> Iterator[ProjectBench]:
    with project_bench(6) as made:
        yield made


def spelled(bench: ProjectBench, how: str, project: str = "") -> Place:
    place = SYSTEM.parse_place(ORGANIZATION, "services", project or bench.project.name, secure=True)
    match how:
        case "case":
            return replace(place, name=place.name.upper())
        case "guid":
            return replace(place, name=bench.project.id)
        case "organization":
            return replace(place, key=place.key.capitalize())
    return SYSTEM.parse_place(
        ORGANIZATION, f"{ORGANIZATION}.visualstudio.com", bench.project.name, secure=True
    )


@pytest.mark.parametrize("how", SPELLINGS)
def test_it_is_compared_as_the_project_that_it_is(bench: ProjectBench, how: str) -> None:
    place = SYSTEM.parse_place(ORGANIZATION, "services", bench.project.name, secure=True)
    archive = bench.export(place=place)
    usual = bench.verify(archive, place=place)
    asked = len(bench.log)
    found = bench.verify(archive, place=spelled(bench, how))
    assert (found.differences, found.gaps) == ([], [])
    assert found.compared == usual.compared
    assert found.compared["files"]
    assert len(bench.log) == asked + 1


def test_an_archive_made_by_the_id_and_the_project_by_its_name(bench: ProjectBench) -> None:
    archive = bench.export(place=spelled(bench, "guid"))
    found = bench.verify(archive, place=spelled(bench, "case"))
    assert (found.differences, found.gaps) == ([], [])
    assert found.compared["files"]


def test_an_edit_is_told_as_one_of_the_same_project(bench: ProjectBench) -> None:
    archive = bench.export()
    number = max(bench.raw)
    bench.raw[number]["keepForever"] = not bench.raw[number]["keepForever"]
    found = bench.verify(archive, place=replace(bench.place, name=bench.project.id))
    assert [(row["kind"], row["uid"], row["path"]) for row in found.differences] == [
        ("releases", str(number), "/keepForever")
    ]


def test_another_project_of_the_organization_stays_another_one(bench: ProjectBench) -> None:
    bench.emulator.add_project(ORGANIZATION, "Other Web", token="invented-token")
    archive = bench.export()
    found = bench.verify(archive, place=replace(bench.place, name="Other Web"))
    assert "files" not in found.compared
    assert found.differences


@pytest.mark.parametrize("how", ["same", *SPELLINGS])
def test_an_import_into_it_is_refused_and_says_what_works(how: str) -> None:
    with project_pair(6) as pair:
        place = SYSTEM.parse_place(ORGANIZATION, "services", pair.project.name, secure=True)
        archive = pair.export(place=place)
        for only in ((), ("releases",), ("definitions",)):
            with pytest.raises(UsageError) as refused:
                into(pair, archive, place if how == "same" else spelled(pair, how), only)
            assert pair.writes() == []
            assert "--in-place" not in str(refused.value)
            assert "Name another project" in str(refused.value)


def into(pair: ProjectPair, archive: object, place: Place, only: tuple[str, ...]) -> None:
    home = pair.emulator.organizations[ORGANIZATION]
    home.tokens["other-invented-token"] = home.tokens["invented-token"]
    pair.import_snapshot(archive, place=place, on_conflict="update", only={*only})  # type: ignore[arg-type]


@pytest.mark.parametrize("how", SPELLINGS)
def test_an_archive_grows_under_every_spelling(bench: ProjectBench, how: str) -> None:
    """What has vanished is kept; no release, no log is read again, and one request tells whose project it is."""
    place = SYSTEM.parse_place(ORGANIZATION, "services", bench.project.name, secure=True)
    first = bench.export("1", place=place)
    gone = min(bench.project.releases)
    bench.project.delete_release(gone, bench.emulator.time())
    usual = bench.export("2", place=place, base=first)
    asked = len(bench.log)
    grown = bench.export("3", place=spelled(bench, how), base=first)
    assert len(bench.log) == asked + 1
    assert ids(grown, "releases") == ids(usual, "releases")
    assert gone in ids(grown, "releases")
    assert vanished(grown) == vanished(usual)


def test_an_archive_of_another_project_is_no_base(bench: ProjectBench) -> None:
    bench.emulator.add_project(ORGANIZATION, "Other", token=TOKEN)
    first = bench.export("1")
    with pytest.raises(UsageError, match="is a snapshot of another place"):
        bench.export("2", place=replace(bench.place, name="Other"), base=first)
    assert len(bench.log) == 1
