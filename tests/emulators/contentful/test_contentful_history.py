"""Snapshots of entries and content types: what a publish leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from space_client import SPACE, open_space, symbol

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from space_client import SpaceClient


def filled(space: SpaceClient, publishes: int = 3) -> None:
    space.content_type("page", symbol())
    space.ok("PUT", "/tags/sail", {"name": "Sail"})
    space.entry("page", "home", title="Title 1")
    for number in range(1, publishes + 1):
        space.clock.pass_seconds(10)
        if number > 1:
            space.edit("home", title=f"Title {number}")
        space.publish("/entries/home")


@pytest.fixture
def space() -> Iterator[SpaceClient]:
    with open_space() as opened:
        filled(opened)
        yield opened


def titles(answer: Any) -> list[str]:
    return [row["snapshot"]["fields"]["title"]["en-US"] for row in answer["items"]]


def test_snapshots_are_listed_newest_first(space: SpaceClient) -> None:
    answer = space.get("/entries/home/snapshots")
    assert titles(answer) == ["Title 3", "Title 2", "Title 1"]
    assert [row["snapshot"]["sys"]["version"] for row in answer["items"]] == [6, 4, 2]
    first = answer["items"][0]
    assert (first["sys"]["snapshotType"], first["sys"]["snapshotEntityType"]) == ("publish", "Entry")
    assert {"id", "createdAt", "createdBy"} <= set(first["sys"])
    assert "metadata" not in first["snapshot"]
    assert space.get(f"/entries/home/snapshots/{first['sys']['id']}") == first
    assert space.refused("GET", "/entries/home/snapshots/nothing").status == 404


def test_only_a_publish_makes_one_and_the_newest_is_what_is_live(space: SpaceClient) -> None:
    space.edit("home", title="A draft")
    answer = space.get("/entries/home/snapshots")
    assert len(answer["items"]) == space.get("/entries/home")["sys"]["publishedCounter"] == 3
    assert answer["items"][0]["snapshot"]["fields"] == space.get("/public/entries")["items"][0]["fields"]
    space.entry("page", "draft")
    assert space.get("/entries/draft/snapshots")["items"] == []


def test_content_types_have_them_too(space: SpaceClient) -> None:
    space.ok("PUT", "/content_types/page", {"name": "Renamed", "fields": [symbol()]}, 2)
    space.publish("/content_types/page")
    answer = space.get("/content_types/page/snapshots")
    assert [row["snapshot"]["name"] for row in answer["items"]] == ["Renamed", "page"]


def test_an_environment_that_is_not_master_keeps_none(space: SpaceClient) -> None:
    space.ok("PUT", f"/spaces/{SPACE}/environments/copy", {"name": "copy"})
    space.home = f"/spaces/{SPACE}/environments/copy"
    space.edit("home", title="In the copy")
    space.publish("/entries/home")
    assert titles(space.get("/entries/home/snapshots")) == ["Title 3", "Title 2", "Title 1"]


@pytest.mark.parametrize("rows", [100, 1000])
def test_the_limit_of_a_page(rows: Any) -> None:
    with open_space(Switches(snapshot_rows=rows)) as space:
        filled(space, 101)
        answer = space.get("/entries/home/snapshots?limit=1000")
        assert (answer["total"], answer["limit"], len(answer["items"])) == (101, rows, min(101, rows))
        assert titles(space.get("/entries/home/snapshots?limit=1000&skip=100")) == ["Title 1"]


@pytest.mark.parametrize(("kept", "found"), [(None, 3), (2, 2)])
def test_snapshots_are_kept_for_ever_or_pruned(kept: int | None, found: int) -> None:
    with open_space(Switches(snapshots_kept=kept)) as space:
        filled(space)
        answer = space.get("/entries/home/snapshots")
        assert titles(answer) == ["Title 3", "Title 2", "Title 1"][:found]
