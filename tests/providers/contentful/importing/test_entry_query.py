"""The service's search parameters on entries of a snapshot: what each condition chooses, and what none can check."""

from __future__ import annotations

from typing import Any

import pytest
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
    *(field(name) for name in ("eggs", "fresh", "tags", "laid")),
    field("next", "Link"),
)
BIRD = content_type("bird", field("raw", "Object"))


def chosen(query: Any) -> list[str]:
    store = SpaceRecords()
    for row in (locale("en-US", default=True), locale("de", "en-US")):
        store.add("locales", row)
    for row in (PAGE, BIRD):
        store.add("content_types", row)
    is_met = entry_test(store, exact_json.dumps(query).decode())
    return [row["sys"]["id"] for row in ENTRIES if is_met(row)]


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
