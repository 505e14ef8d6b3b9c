"""Every operator of the page "Search parameters" on every type of field, and both sides of what it leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from search_page import ONLY_THERE, OPEN, SAID, SEARCHED, Open, fill_searched
from space_client import open_space

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from space_client import SpaceClient


@pytest.fixture(scope="module")
def space() -> Iterator[SpaceClient]:
    with open_space() as opened:
        fill_searched(opened.space, opened.space.master)
        yield opened


def path(query: dict[str, Any]) -> str:
    return f"/entries?{urlencode({name: written(value) for name, value in query.items()})}"


def written(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(written, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def found(space: SpaceClient, query: dict[str, Any]) -> str | None:
    """The ids that a query finds; None where it is refused."""
    answer = space.send("GET", path(query))
    if answer.status_code == 400:
        return None
    return "".join(sorted(row["sys"]["id"] for row in answer.json()["items"]))


@pytest.mark.parametrize(("query", "wanted"), [*SAID, *SEARCHED], ids=str)
def test_what_the_page_says(space: SpaceClient, query: dict[str, Any], wanted: str) -> None:
    assert found(space, query) == wanted


SWITCHES: dict[str, list[Switches]] = {
    "nin_of_lists": [Switches(nin_of_lists="none"), Switches(nin_of_lists="some")],
    "without_field": [Switches(without_field="kept"), Switches(without_field="dropped")],
    "empty_list_exists": [Switches(empty_list_exists=True), Switches(empty_list_exists=False)],
    "text_equality": [Switches(text_equality="refused"), Switches(text_equality="exact")],
    "misfit": [Switches(misfit="refused"), Switches(misfit="nothing")],
    "date_equality": [Switches(date_equality="instant"), Switches(date_equality="text")],
    "list_blanks": [Switches(list_blanks="trimmed"), Switches(list_blanks="kept")],
    "match": [Switches(match="part"), Switches(match="words")],
    "rich_text_links": [Switches(rich_text_links=True), Switches(rich_text_links=False)],
}


@pytest.mark.parametrize("row", [*OPEN, *ONLY_THERE], ids=str)
def test_what_the_page_leaves_open(space: SpaceClient, row: Open) -> None:
    before = space.emulator.switches
    answers = {}
    try:
        for switches in SWITCHES[row.switch]:
            space.emulator.switches = switches
            answers[getattr(switches, row.switch)] = found(space, row.query)
    finally:
        space.emulator.switches = before
    assert answers == row.answers


@pytest.mark.parametrize(
    "query",
    [
        {"fields.title": "Tom"},  # no content type
        {"content_type": "cat", "fields.nothing": "x"},
        {"content_type": "cat", "fields.title[like]": "x"},
        {"content_type": "cat", "fields.title[near]": "1,2"},
        {"content_type": "cat", "fields.home[within]": "1,2"},
        {"content_type": "cat", "fields.lives": "many"},
        {"content_type": "cat", "fields.tame": "yes"},
        {"content_type": "cat", "fields.title[exists]": "yes"},
        {"content_type[nin]": "cat"},
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(space: SpaceClient, query: dict[str, Any]) -> None:
    assert found(space, query) is None
