"""Lists: pages by offset and by cursor, conditions, order, and what of a row is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from space_client import field_of, link, open_space, symbol

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from space_client import SpaceClient


def filled(space: SpaceClient) -> None:
    """Five entries, ten seconds apart: three of `page`, two of `note`; in two languages, with a tag and links."""
    space.locale("de")
    space.ok("PUT", "/tags/sail", {"name": "Sail"})
    space.content_type(
        "page",
        symbol(localized=True),
        field_of("Integer", "rank"),
        field_of("Link", "near", linkType="Entry"),
    )
    space.content_type("note", symbol())
    bodies: list[tuple[str, str, dict[str, Any]]] = [
        ("page", "a", {"title": {"en-US": "Apple boat", "de": "Apfel"}, "rank": {"en-US": 1}}),
        ("note", "b", {"title": {"en-US": "Banana"}}),
        (
            "page",
            "c",
            {"title": {"en-US": "Cherry"}, "rank": {"en-US": 3}, "near": {"en-US": link("Entry", "a")}},
        ),
        ("note", "d", {"title": {"en-US": "Date boat"}}),
        ("page", "e", {"rank": {"en-US": 2}}),
    ]
    for kind, uid, fields in bodies:
        space.clock.pass_seconds(10)
        metadata = {"tags": [link("Tag", "sail")] if uid in "ad" else []}
        space.ok(
            "PUT", f"/entries/{uid}", {"fields": fields, "metadata": metadata}, x_contentful_content_type=kind
        )
    space.clock.pass_seconds(10)
    space.publish("/entries/b")
    space.ok("PUT", "/entries/e/archived")


@pytest.fixture
def space() -> Iterator[SpaceClient]:
    with open_space() as opened:
        filled(opened)
        yield opened


CONDITIONS = {
    "sys.id[in]=a,c,nothing": "ac",
    "sys.id=a": "a",
    "sys.id[nin]=a,c": "bde",
    "sys.id[ne]=a": "bcde",
    "content_type=page": "ace",
    "sys.contentType.sys.id[in]=note,nothing": "bd",
    "sys.updatedAt[gte]=2030-01-01T00:00:40.000Z": "bde",
    "sys.updatedAt[lt]=2030-01-01T00:00:40.000Z": "ac",
    "sys.createdAt[gt]=2030-01-01T00:00:20.000Z&sys.createdAt[lte]=2030-01-01T00:00:40.000Z": "cd",
    "sys.publishedAt[exists]=true": "b",
    "sys.archivedAt[exists]=true": "e",
    "sys.archivedAt[exists]=false": "abcd",
    "metadata.tags.sys.id[in]=sail": "ad",
    "metadata.tags[exists]=true": "ad",
    "content_type=page&fields.rank=3": "c",
    "content_type=page&fields.rank[gte]=2": "ce",
    "content_type=page&fields.title[exists]=false": "e",
    "content_type=page&fields.title.de=Apfel": "a",
    "content_type=page&fields.title=Apfel": "",
    "content_type=page&fields.title[match]=apple": "a",
    "content_type=page&fields.near.sys.id=a": "c",
    "query=boat": "ad",
    "query=boat date": "d",
    "links_to_entry=a": "c",
    "sys.createdBy.sys.id=invented-user": "abcde",
    "sys.version[gt]=1": "be",
}


@pytest.mark.parametrize("query", CONDITIONS)
def test_conditions(space: SpaceClient, query: str) -> None:
    assert "".join(sorted(space.ids(f"/entries?{query}"))) == CONDITIONS[query]
    assert space.get(f"/entries?{query}")["total"] == len(CONDITIONS[query])


@pytest.mark.parametrize(
    "query", ["unknown=1", "sys.id[like]=a", "limit=1001", "limit=x", "skip=-1", "cursor=true&pageNext=x"]
)
def test_a_query_is_refused(space: SpaceClient, query: str) -> None:
    assert space.refused("GET", f"/entries?{query}").status == 400


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("sys.createdAt,sys.id", "abcde"),
        ("-sys.createdAt", "edcba"),
        ("sys.contentType.sys.id,-sys.id", "dbeca"),
        ("-sys.updatedAt,sys.id", "bedca"),
        ("", "bedca"),
    ],
)
def test_order(space: SpaceClient, order: str, found: str) -> None:
    assert "".join(space.ids(f"/entries?order={order}" if order else "/entries")) == found


def test_pages_by_offset(space: SpaceClient) -> None:
    first = space.get("/entries?order=sys.id&limit=2")
    assert (first["total"], first["skip"], first["limit"], first["sys"]) == (5, 0, 2, {"type": "Array"})
    pages = [space.ids(f"/entries?order=sys.id&limit=2&skip={skip}") for skip in (0, 2, 4, 6)]
    assert pages == [["a", "b"], ["c", "d"], ["e"], []]
    assert space.get("/entries")["limit"] == 100
    assert space.get("/entries?limit=0")["items"] == []


def test_a_page_may_be_smaller_than_asked_for() -> None:
    with open_space(Switches(page_rows=2)) as space:
        filled(space)
        answer = space.get("/entries?limit=1000")
        assert (len(answer["items"]), answer["limit"], answer["total"]) == (2, 2, 5)


def test_select(space: SpaceClient) -> None:
    assert set(space.get("/entries?select=sys")["items"][0]) == {"sys"}
    row = space.get("/entries?sys.id=a&select=sys.id,sys.version,fields.title")["items"][0]
    assert row["sys"] == {"id": "a", "type": "Entry", "version": 1}
    assert {name: value for name, value in row.items() if name != "sys"} == {
        "fields": {"title": {"en-US": "Apple boat", "de": "Apfel"}}
    }
    without = space.get("/entries?sys.id=e&select=fields.near")["items"][0]
    assert without == {"sys": {"id": "e", "type": "Entry"}, "fields": {}}


def test_assets_by_media_type(space: SpaceClient) -> None:
    space.asset("words", b"words", "text/plain")
    space.asset("picture", b"GIF89a\x04\x00\x03\x00", "image/gif")
    assert space.ids("/assets?mimetype_group=image") == ["picture"]


@pytest.mark.parametrize("path", ["/entries", "/content_types"])
def test_pages_by_cursor(space: SpaceClient, path: str) -> None:
    order = "order=sys.id&limit=2&cursor=true"
    answer = space.get(f"{path}?{order}")
    assert "total" not in answer
    assert "prev" not in answer["pages"]
    seen = [row["sys"]["id"] for row in answer["items"]]
    while "next" in answer["pages"]:
        assert answer["pages"]["next"].startswith(space.home + path)
        answer = space.get(answer["pages"]["next"])
        seen += [row["sys"]["id"] for row in answer["items"]]
    assert seen == sorted(seen)
    assert len(seen) == len(space.ids(path))
    if "prev" in answer["pages"]:
        assert space.ids(answer["pages"]["prev"]) == seen[2:4]


def test_a_cursor_stays_in_its_place_when_rows_go_away(space: SpaceClient) -> None:
    following = space.get("/entries?order=sys.id&limit=2&cursor=true")["pages"]["next"]
    space.ok("DELETE", "/entries/a")
    assert space.ids(following) == ["c", "d"]


@pytest.mark.parametrize("offered", [True, False])
def test_cursors_are_offered_or_refused(offered: bool) -> None:
    with open_space(Switches(cursors=offered)) as space:
        for path in ("/entries", "/assets", "/content_types"):
            assert space.send("GET", f"{path}?cursor=true").status_code == (200 if offered else 400)


def test_what_is_live_is_listed_alone(space: SpaceClient) -> None:
    space.edit("b", title="Banana, edited")
    assert space.ids("/public/entries") == ["b"]
    row = space.get("/public/entries?sys.id[in]=b,c")["items"][0]
    assert (row["fields"]["title"]["en-US"], row["sys"]["version"]) == ("Banana", 2)
    assert space.get("/public/entries?content_type=page")["total"] == 0
    assert space.ids("/public/entries?order=sys.createdAt,sys.id&limit=1&skip=0") == ["b"]


def test_a_write_between_two_pages_shows_in_the_second(space: SpaceClient) -> None:
    for number in range(110):
        space.entry("note", f"n{number:03}", title="x")
    assert len(space.ids("/entries?content_type=note&order=sys.id&limit=100")) == 100
    space.ok("DELETE", "/entries/n000")
    assert len(space.ids("/entries?content_type=note&order=sys.id&limit=100&skip=100")) == 11


def test_what_an_entry_refers_to_is_included_step_by_step(space: SpaceClient) -> None:
    space.asset("mast", b"bytes")
    items = {"type": "Link", "linkType": "Entry"}
    space.content_type(
        "chain", field_of("Array", "next", items=items), field_of("Link", "a", linkType="Asset")
    )
    space.entry("chain", "three", next=[link("Entry", "one")], a=link("Asset", "mast"))
    space.entry("chain", "two", next=[link("Entry", "three"), link("Entry", "nothing")])
    space.entry("chain", "one", next=[link("Entry", "two")])

    def included(depth: int) -> dict[str, list[str]]:
        answer = space.get(f"/entries/one/references?include={depth}")
        assert [row["sys"]["id"] for row in answer["items"]] == ["one"]
        return {kind: [row["sys"]["id"] for row in rows] for kind, rows in answer["includes"].items()}

    assert included(1) == {"Entry": ["two"]}
    assert included(2) == {"Entry": ["two", "three"]}
    assert included(3) == {"Entry": ["two", "three"], "Asset": ["mast"]}
    assert space.refused("GET", "/entries/one/references?include=11").status == 400
