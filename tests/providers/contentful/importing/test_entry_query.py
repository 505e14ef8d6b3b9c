"""The service's search parameters on entries of a snapshot: what each condition chooses, and what none can check."""

from __future__ import annotations

from typing import Any

import pytest
from search_page import ENTRIES as SEARCHED_ENTRIES
from search_page import OPEN, OTHER_TYPE, SAID, SEARCHED, TYPE, Open
from small_space import content_type, entry, field, link, locale
from space_records import SpaceRecords

from stackferry import exact_json
from stackferry.errors import UsageError
from stackferry.providers.contentful.importing.selected.query import entry_test

ENTRIES = [
    entry(
        "hen",
        {"title": "Hen", "eggs": 3, "fresh": True, "tags": ["red", "blue"], "next": link("Entry", "egg")},
    ),
    entry("egg", {"title": {"en-US": "Egg", "de": "Ei"}, "eggs": 0, "laid": "2026-03-02T10:00:00.000Z"}),
    entry("owl", {"title": "Owl", "raw": {"en-US": {"sys": link("Entry", "egg")["sys"]}}}, kind="bird"),
]
PAGE = content_type(
    "page",
    field("eggs", "Integer"),
    field("fresh", "Boolean"),
    field("tags", "Array", items={"type": "Symbol"}),
    field("laid", "Date"),
    field("next", "Link"),
)
BIRD = content_type("bird", field("raw", "Object"))


def chosen(query: Any, types: Any = (PAGE, BIRD), entries: Any = ENTRIES) -> list[str]:
    store = SpaceRecords()
    for row in (locale("en-US", default=True), locale("de", "en-US")):
        store.add("locales", row)
    for row in types:
        store.add("content_types", row)
    is_met = entry_test(store, exact_json.dumps(query).decode())
    return [row["sys"]["id"] for row in entries if is_met(row)]


@pytest.mark.parametrize(("query", "found"), SAID, ids=str)
def test_what_the_page_says(query: Any, found: str) -> None:
    """The table from which the emulator is judged, too; neither was asked what the other says."""
    assert "".join(chosen(query, (TYPE, OTHER_TYPE), SEARCHED_ENTRIES)) == found


@pytest.mark.parametrize("row", OPEN, ids=str)
def test_what_the_page_leaves_open(row: Open) -> None:
    """One of the answers that a service may give; our own documents say which."""
    wanted = row.answers[row.ours]
    if wanted is None:
        with pytest.raises(UsageError):
            chosen(row.query, (TYPE, OTHER_TYPE), SEARCHED_ENTRIES)
    else:
        assert "".join(chosen(row.query, (TYPE, OTHER_TYPE), SEARCHED_ENTRIES)) == wanted


@pytest.mark.parametrize(("query", "_"), SEARCHED, ids=str)
def test_what_only_the_service_answers_is_refused(query: Any, _: str) -> None:
    with pytest.raises(UsageError, match="an import"):
        chosen(query, (TYPE, OTHER_TYPE), SEARCHED_ENTRIES)


def test_a_comma_divides_the_values_of_a_list() -> None:
    with pytest.raises(UsageError, match="comma"):
        chosen({"fields.title[in]": ["Nyan, cat"]})


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["hen", "egg", "owl"]),
        ({"sys.id": "hen"}, ["hen"]),
        ({"sys.id[in]": ["hen", "owl"]}, ["hen", "owl"]),
        ({"sys.id[nin]": ["hen", "owl"]}, ["egg"]),
        ({"content_type": "bird"}, ["owl"]),
        ({"fields.title": "Egg"}, ["egg"]),
        ({"fields.title.de": "Ei"}, ["egg"]),
        ({"fields.title": "Ei"}, []),
        ({"fields.title[ne]": "Egg"}, ["hen", "owl"]),
        ({"fields.eggs[gte]": 3}, ["hen"]),
        ({"fields.eggs[lt]": 3}, ["egg"]),
        ({"fields.fresh": True}, ["hen"]),
        ({"fields.eggs[exists]": False}, ["owl"]),
        ({"fields.tags[all]": ["blue", "red"]}, ["hen"]),
        ({"fields.tags[all]": ["blue", "green"]}, []),
        ({"fields.laid[gt]": "2026-03-02"}, ["egg"]),
        ({"fields.next.sys.id": "egg"}, ["hen"]),
        ({"links_to_entry": "egg"}, ["hen"]),
        ({"fields.eggs[gte]": 0, "fields.fresh": True}, ["hen"]),
    ],
)
def test_a_query_chooses_what_the_service_would(query: Any, found: list[str]) -> None:
    assert chosen(query) == found


@pytest.mark.parametrize(
    "query",
    [
        {"query": "hen"},
        {"fields.title[match]": "he"},
        {"fields.next.fields.title": "Egg"},
        {"fields.next.sys.contentType.sys.id": "page"},
        {"fields.place[near]": "1,2"},
        {"fields.titel": "Hen"},
        {"locale": "de"},
    ],
)
def test_what_nobody_can_check_is_refused_by_name(query: Any) -> None:
    (name,) = query
    with pytest.raises(UsageError, match=name.split("[")[0].split(".")[-1] if "[" not in name else r"\["):
        chosen(query)
