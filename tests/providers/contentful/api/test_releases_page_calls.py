"""Every call, filter and order of the page "Timeline releases", by the clients: each does what the page says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from contentful_clients import Clients, by_locale, filled_space, items_of, link, made, play, release, timeline
from releases_page import filters
from space_client import MASTER, connect

from stackferry.emulators.contentful import Access, Fault, Switches, serve
from stackferry.errors import AnswerLost, BadAnswer, Forbidden
from stackferry.providers.contentful.api import release_actions, releases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from space_client import SpaceClient

ONE, TWO, PICTURE = link("Entry", "one"), link("Entry", "two"), link("Asset", "a")


@pytest.fixture(scope="module")
def listed() -> Iterator[tuple[SpaceClient, dict[str, str]]]:
    """Four releases, a second apart, by their titles."""
    with filled_space() as space:
        space.space.tokens["second"] = Access("second-user")
        ids = {}
        with serve(space.emulator) as origin, connect(origin, "second") as other:
            for title, client, body in (
                ("Spring sale", space.http, timeline("Spring sale", ONE)),
                ("Summer sale", other, timeline("Summer sale", PICTURE)),
                ("Autumn", space.http, timeline("Autumn")),
                ("Launch day", space.http, release("Launch day", TWO)),
            ):
                space.clock.pass_seconds(1)
                ids[title] = client.post(f"{MASTER}/releases", json=body).json()["sys"]["id"]
        space.clock.pass_seconds(1)
        space.ok("PUT", f"/releases/{ids['Autumn']}/archived", version=1)
        yield space, ids


ALL = ["Autumn", "Launch day", "Spring sale", "Summer sale"]
SALES = ["Spring sale", "Summer sale"]
# A value that is the title of a release stands for its id.
FILTERS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("sys.schemaVersion", {"schema_version": "Release.v2"}, ["Autumn", *SALES]),
    ("sys.schemaVersion", {"schema_version": "Release.v1"}, ["Launch day"]),
    ("sys.id[in]", {"id_in": ["Autumn", "Launch day"]}, ["Autumn", "Launch day"]),
    ("sys.id[nin]", {"id_nin": ["Autumn", "Launch day"]}, SALES),
    ("sys.createdBy.sys.id[in]", {"created_by_in": ["second-user", "nobody"]}, ["Summer sale"]),
    ("sys.status[in]", {"status_in": ["archived"]}, ["Autumn"]),
    ("sys.status[in]", {"status_in": ["active", "archived"]}, ALL),
    ("sys.status[nin]", {"status_nin": ["archived"]}, ["Launch day", *SALES]),
    ("entities.sys.id[in]", {"entities_in": ["one"], "entities_link_type": "Entry"}, ["Spring sale"]),
    (
        "entities.sys.id[in]",
        {"entities_in": ["one", "two"], "entities_link_type": "Entry"},
        ["Launch day", SALES[0]],
    ),
    ("entities.sys.linkType", {"entities_link_type": "Asset"}, ["Summer sale"]),
    ("entities[exists]", {"entities_exist": True}, ["Launch day", *SALES]),
    ("entities[exists]", {"entities_exist": False}, ["Autumn"]),
    ("title[match]", {"title_match": "sale"}, SALES),
    ("limit", {"limit": 1, "order": "title"}, ["Autumn"]),
]
ORDERS = {
    "title": ALL,
    "-title": ALL[::-1],
    "sys.createdAt": ["Spring sale", "Summer sale", "Autumn", "Launch day"],
    "-sys.createdAt": ["Launch day", "Autumn", "Summer sale", "Spring sale"],
    "sys.updatedAt": ["Spring sale", "Summer sale", "Launch day", "Autumn"],
    "-sys.updatedAt": ["Autumn", "Launch day", "Summer sale", "Spring sale"],
}


def with_ids(given: dict[str, Any], ids: dict[str, str]) -> Any:
    """The values of filters, with ids for the names that have one."""
    return {
        key: [ids.get(one, one) for one in value] if isinstance(value, list) else value
        for key, value in given.items()
    }


def titles(page: Any) -> list[str]:
    return [row["title"] for row in page["items"]]


@pytest.mark.parametrize(("name", "given", "found"), FILTERS, ids=str)
def test_each_filter_of_releases(
    listed: tuple[SpaceClient, dict[str, str]], name: str, given: dict[str, Any], found: list[str]
) -> None:
    """It leaves the releases that the page says, under the page's own name."""
    space, ids = listed
    asked = with_ids(given, ids)

    async def work(clients: Clients) -> None:
        assert sorted(titles(await clients.releases.get_all(**asked))) == sorted(found)

    assert name in {releases.FILTERS[key] for key in given}
    play(space, work)


@pytest.mark.parametrize("order", ORDERS)
def test_each_order_of_releases(listed: tuple[SpaceClient, dict[str, str]], order: str) -> None:
    async def work(clients: Clients) -> None:
        assert titles(await clients.releases.get_all(order=order)) == ORDERS[order]

    play(listed[0], work)


def test_the_filters_are_those_of_the_page() -> None:
    """Each line of the page's two tables is a parameter, and is tried above or below; so is each order it names."""
    for section, table, tried in (
        ("Get all releases", releases.FILTERS, {name for name, _, _ in FILTERS} | {"pageNext", "order"}),
        ("Get all release actions", release_actions.FILTERS, {name for name, _, _ in ACTIONS} | {"order"}),
    ):
        rows = filters(section)
        names = {
            max((one for one in table.values() if row.startswith(one)), key=len, default=row) for row in rows
        }
        assert len(names) == len(rows)
        assert names <= set(table.values())
        assert names <= tried
    (described,) = (row for row in filters("Get all releases") if row.startswith("order"))
    assert all(order in described for order in ORDERS)


def test_pages_follow_the_cursor(listed: tuple[SpaceClient, dict[str, str]]) -> None:
    """Every page with the same filters and limit; `page_next` begins at any of them."""

    async def work(clients: Clients) -> None:
        found = [
            page async for page in clients.releases.pages(order="title", limit=1, status_nin=["archived"])
        ]
        assert [titles(page) for page in found] == [["Launch day"], ["Spring sale"], ["Summer sale"]]
        pages: Any = found[0]["pages"]
        cursor = pages["next"].partition("pageNext=")[2].partition("&")[0]
        again = await clients.releases.get_all(
            order="title", limit=1, status_nin=["archived"], page_next=cursor
        )
        assert titles(again) == ["Spring sale"]

    play(listed[0], work)


@pytest.fixture(scope="module")
def acted() -> Iterator[tuple[SpaceClient, dict[str, str]]]:
    """Two releases, one validated twice and published, one validated with errors; with the ids of all."""
    with filled_space() as space:
        space.entry("page", "bad", near=link("Entry", "nothing"))
        ids = {"good": made(space, timeline("Good", ONE))["sys"]["id"]}
        ids["poor"] = made(space, timeline("Poor", link("Entry", "bad")))["sys"]["id"]

        async def work(clients: Clients) -> None:
            client = clients.releases
            for name, uid, what in (
                ("validated", ids["good"], client.validate),
                ("unfit", ids["poor"], client.validate),
                ("again", ids["good"], client.validate),
                ("published", ids["good"], client.publish),
            ):
                facts: dict[str, Any] = {"version": 1} if name == "published" else {}
                action: Any = await what(release_id=uid, **facts)
                ids[name] = action["sys"]["id"]
                await clients.actions.wait(release_id=uid, action_id=ids[name])

        play(space, work)
        yield space, ids


_IN_ORDER = ["validated", "unfit", "again", "published"]
# A value that names a release or an action stands for its id.
ACTIONS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("action", {"action": "validate"}, ["validated", "unfit", "again"]),
    ("action", {"action": "publish"}, ["published"]),
    ("action", {"action": "unpublish"}, []),
    ("sys.id[in]", {"id_in": ["again", "unfit"]}, ["unfit", "again"]),
    ("sys.release.sys.id[in]", {"release_in": ["poor"]}, ["unfit"]),
    ("sys.release.sys.id[in]", {"release_in": ["poor", "good"]}, _IN_ORDER),
    ("sys.status[in]", {"status_in": ["failed"]}, ["unfit"]),
    ("sys.status[in]", {"status_in": ["succeeded", "inProgress"]}, ["validated", "again", "published"]),
    ("sys.status[nin]", {"status_nin": ["succeeded", "created"]}, ["unfit"]),
    ("uniqueBy", {"unique_by": "sys.release.sys.id"}, ["unfit", "published"]),
    ("limit", {"limit": 3}, _IN_ORDER[:3]),
]


@pytest.mark.parametrize(("name", "given", "found"), ACTIONS, ids=str)
def test_each_filter_of_actions(
    acted: tuple[SpaceClient, dict[str, str]], name: str, given: dict[str, Any], found: list[str]
) -> None:
    space, ids = acted
    asked = with_ids(given, ids)

    async def work(clients: Clients) -> None:
        page: Any = await clients.actions.get_all(**{"order": "sys.createdAt", **asked})
        assert [row["sys"]["id"] for row in page["items"]] == [ids[one] for one in found]

    assert name in {release_actions.FILTERS[key] for key in given}
    play(space, work)


@pytest.mark.parametrize("order", ["sys.updatedAt", "sys.createdAt", "-sys.updatedAt", "-sys.createdAt"])
def test_each_order_of_actions(acted: tuple[SpaceClient, dict[str, str]], order: str) -> None:
    """In both directions; pages follow one another."""
    space, ids = acted

    async def work(clients: Clients) -> None:
        found: list[Any] = [page async for page in clients.actions.pages(order=order, limit=3)]
        names = _IN_ORDER[::-1] if order.startswith("-") else _IN_ORDER
        assert [row["sys"]["id"] for page in found for row in page["items"]] == [ids[name] for name in names]
        assert len(found) == 2

    play(space, work)


# Each call, to its effect. One of the page's sections each, and those of the vendor's own client.


async def create(clients: Clients) -> None:
    found: Any = await clients.releases.create(release=timeline("New", ONE, PICTURE))
    assert (found["title"], items_of(found), found["sys"]["schemaVersion"]) == (
        "New",
        ["one", "a"],
        "Release.v2",
    )
    launch: Any = await clients.releases.create(release=release("Old", TWO))
    assert "schemaVersion" not in launch["sys"]


async def get_one(clients: Clients) -> None:
    uid = made(clients.space, timeline("Spring", ONE))["sys"]["id"]
    found: Any = await clients.releases.get(release_id=uid)
    assert (found["sys"]["id"], items_of(found)) == (uid, ["one"])


async def update(clients: Clients) -> None:
    uid = made(clients.space, timeline("Spring", ONE))["sys"]["id"]
    found: Any = await clients.releases.update(release_id=uid, release=timeline("Fall", TWO), version=1)
    assert (found["title"], items_of(found), found["sys"]["version"]) == ("Fall", ["two"], 2)


async def delete(clients: Clients) -> None:
    uid = made(clients.space, timeline("Spring", ONE))["sys"]["id"]
    assert await clients.releases.delete(release_id=uid) == {}
    assert clients.space.ids("/releases") == []


async def validate(clients: Clients) -> None:
    uid = made(clients.space, timeline("Spring", ONE))["sys"]["id"]
    for action in (None, "publish", "unpublish"):
        begun: Any = await clients.releases.validate(release_id=uid, action=action)
        ended: Any = await clients.actions.wait(release_id=uid, action_id=begun["sys"]["id"])
        assert (ended["action"], ended["sys"]["status"]) == ("validate", "succeeded")
    assert clients.space.get("/public/entries")["items"] == []


async def publish(clients: Clients) -> None:
    uid = made(clients.space, timeline("Spring", ONE))["sys"]["id"]
    begun: Any = await clients.releases.publish(release_id=uid, version=1)
    assert begun["sys"]["status"] == "created"
    await clients.actions.wait(release_id=uid, action_id=begun["sys"]["id"])
    assert clients.space.ids("/public/entries") == ["one"]
    assert clients.space.get(f"/releases/{uid}")["sys"]["status"] == "archived"


async def unpublish(clients: Clients) -> None:
    uid = made(clients.space, release("Launch", ONE))["sys"]["id"]
    clients.space.publish("/entries/one")
    begun: Any = await clients.releases.unpublish(release_id=uid, version=1)
    await clients.actions.wait(release_id=uid, action_id=begun["sys"]["id"])
    assert clients.space.get("/public/entries")["items"] == []


async def archive(clients: Clients) -> None:
    uid = made(clients.space, timeline("Spring", ONE))["sys"]["id"]
    found: Any = await clients.releases.archive(release_id=uid, version=1)
    assert (found["sys"]["status"], found["sys"]["version"]) == ("archived", 2)
    found = await clients.releases.unarchive(release_id=uid, version=2)
    assert (found["sys"]["status"], found["sys"]["version"]) == ("active", 3)


async def entries(clients: Clients) -> None:
    """A copy is read, replaced, patched; another entry is made in the release alone."""
    uid = made(clients.space, timeline("Spring", ONE))["sys"]["id"]
    of = {"release_id": uid}
    page: Any = await clients.entries.get_all(**of)
    assert [row["sys"]["id"] for row in page["items"]] == ["one"]
    one: dict[str, Any] = {**of, "entity_id": "one"}
    found: Any = await clients.entries.get(**one)
    assert found["sys"]["release"]["sys"]["id"] == uid
    body: Any = {"fields": {"title": {"en-US": "Uno"}}}
    found = await clients.entries.update(**one, body=body, version=found["sys"]["version"])
    operations: Any = [{"op": "replace", "path": "/fields/title/en-US", "value": "Due"}]
    found = await clients.entries.patch(**one, operations=operations, version=found["sys"]["version"])
    assert found["fields"]["title"] == {"en-US": "Due"}
    assert clients.space.get("/entries/one")["fields"]["title"] == {"en-US": "One"}
    await clients.entries.create(**of, content_type_id="page", body=body, entity_id="own")
    named: Any = await clients.entries.create(**of, content_type_id="page", body=body)
    page = await clients.entries.get_all(**of, skip=1, limit=2, order="sys.id")
    assert page["total"] == 3
    assert sorted(clients.space.ids(f"/releases/{uid}/entries")) == sorted(["one", "own", named["sys"]["id"]])


async def assets(clients: Clients) -> None:
    uid = made(clients.space, timeline("Spring", PICTURE))["sys"]["id"]
    of = {"release_id": uid}
    one: dict[str, Any] = {**of, "entity_id": "a"}
    found: Any = await clients.assets.get(**one)
    title = {**found["fields"], "title": {"en-US": "Picture"}}
    found = await clients.assets.update(**one, body={"fields": title}, version=found["sys"]["version"])
    operations: Any = [{"op": "replace", "path": "/fields/title/en-US", "value": "Photo"}]
    found = await clients.assets.patch(**one, operations=operations, version=found["sys"]["version"])
    assert found["fields"]["title"] == {"en-US": "Photo"}
    await clients.assets.create(**of, body={"fields": {"title": {"en-US": "New"}}}, entity_id="own")
    page: Any = await clients.assets.get_all(**of)
    assert sorted(row["sys"]["id"] for row in page["items"]) == ["a", "own"]


WORKS = [create, get_one, update, delete, validate, publish, unpublish, archive, entries, assets]


@pytest.mark.parametrize("work", WORKS, ids=lambda work: str(work.__name__))
def test_each_call_does_what_the_page_says(work: Any) -> None:
    with filled_space() as space:
        play(space, work)


def test_items_by_locale_pass_unchanged() -> None:
    """A space that publishes by locale wants every locale in exactly one of add and remove."""

    async def work(clients: Clients) -> None:
        body = by_locale("Spring", (ONE, ["en-US"], ["de"]))
        found: Any = await clients.releases.create(release=body)
        assert found["entities"]["items"] == body["entities"]["items"]

    with filled_space(Switches()) as space:
        space.locale("de")
        play(space, work)


def test_a_token_that_may_only_read_is_an_access_error() -> None:
    """Exit code 4, naming what was not done."""

    async def work(clients: Clients) -> None:
        with pytest.raises(Forbidden, match="the release was not created"):
            await clients.releases.create(release=timeline("New"))

    with filled_space() as space:
        play(space, work, token="CFPAT-invented-reader")


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"items": {}}'])
def test_an_answer_that_says_nothing_is_no_answer(body: bytes) -> None:
    """A read is a bad answer; a write may have been carried out."""

    async def work(clients: Clients) -> None:
        json = (("content-type", "application/json"),)
        clients.space.emulator.faults.add(Fault(status=200, body=body, headers=json, times=9))
        with pytest.raises(BadAnswer):
            await clients.releases.get(release_id="spring")
        with pytest.raises(BadAnswer):
            await clients.releases.get_all()
        with pytest.raises(AnswerLost):
            await clients.releases.create(release=timeline("New"))
        clients.space.emulator.faults.clear()

    with filled_space() as space:
        play(space, work)
