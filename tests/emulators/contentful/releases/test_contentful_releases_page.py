"""The page "Timeline releases", sentence by sentence: releases themselves. Their actions: the next file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from release_help import both, items, made, release, timeline, wait
from space_client import MASTER, TOKEN, connect, link, open_space

from stackferry.emulators.contentful import Access, Switches, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from space_client import SpaceClient


@pytest.fixture
def space() -> Iterator[SpaceClient]:
    with open_space(Switches(release_shapes="both")) as opened:
        both(opened)
        yield opened


# Limitations and "Create release"


def test_a_release_holds_at_most_200_entities() -> None:
    with open_space(Switches(release_shapes="both")) as space:
        both(space)
        for number in range(199):
            space.entry("page", f"e{number}", title=str(number))
        many = [link("Entry", f"e{number}") for number in range(199)]
        assert len(made(space, timeline("Full", *many, link("Entry", "one")))["entities"]["items"]) == 200
        refusal = space.refused(
            "POST", "/releases", timeline("Too many", *many, link("Entry", "one"), link("Asset", "a"))
        )
        assert (refusal.status, refusal.names) == (422, ["array.max"])


def test_the_id_is_generated_and_returned(space: SpaceClient) -> None:
    first, second = made(space, timeline("A")), made(space, timeline("A"))
    assert first["sys"]["id"] != second["sys"]["id"]
    assert (first["sys"]["type"], first["sys"]["status"], first["sys"]["version"]) == ("Release", "active", 1)


def test_without_the_schema_version_a_launch_release_is_made(space: SpaceClient) -> None:
    assert made(space, timeline("Timeline"))["sys"]["schemaVersion"] == "Release.v2"
    assert "schemaVersion" not in made(space, release("Launch", link("Entry", "one")))["sys"]


def _with(row: dict[str, Any], **sys: Any) -> dict[str, Any]:
    changed = {name: value for name, value in {**row["sys"], **sys}.items() if value is not None}
    return {"sys": changed}


_ONE = link("Entry", "one")
CREATE = {
    "the linkType property is missing": (400, _with(_ONE, linkType=None)),
    "the linkType property is not Entry or Asset": (400, _with(_ONE, linkType="ContentType")),
    "the entity does not exist": (404, link("Entry", "nothing")),
    "the asset does not exist": (404, link("Asset", "nothing")),
    "the provided entity ID is undefined": (422, _with(_ONE, id=None)),
}


@pytest.mark.parametrize("why", CREATE)
def test_a_release_is_not_created(space: SpaceClient, why: str) -> None:
    status, entity = CREATE[why]
    assert space.refused("POST", "/releases", timeline("Refused", entity)).status == status
    assert space.refused("POST", "/releases", release("Refused", entity)).status == status
    assert space.get("/releases")["items"] == []


def test_the_provided_entity_ids_must_be_unique(space: SpaceClient) -> None:
    refusal = space.refused("POST", "/releases", timeline("Twice", _ONE, _ONE))
    assert (refusal.status, refusal.names) == (422, ["array.unique"])
    made(space, timeline("An entry and an asset of one id", link("Entry", "one"), link("Asset", "a")))


@pytest.mark.parametrize("status", [400, 422])
def test_an_entity_of_another_type_is_400_or_422(status: Any) -> None:
    """The page lists the same mistake under both."""
    with open_space(Switches(entity_type_status=status, release_shapes="both")) as space:
        entity = _with(_ONE, linkType="Tag")
        assert space.refused("POST", "/releases", timeline("Other", entity)).status == status


@pytest.mark.parametrize("status", [404, 422])
def test_an_entity_that_is_not_there_is_404_or_422(status: Any) -> None:
    """The page says 404, the vendor's own tests 422."""
    with open_space(Switches(missing_entity=status, release_shapes="both")) as space:
        assert (
            space.refused("POST", "/releases", timeline("Other", link("Entry", "nothing"))).status == status
        )


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_environment_that_is_not_there_is_400(space: SpaceClient, method: str) -> None:
    path = MASTER.replace("master", "nowhere")
    assert (
        space.refused(method, f"{path}/releases", timeline("A") if method == "POST" else None).status == 400
    )
    assert space.refused("GET", f"{path}/entries").status == 404


def test_a_space_or_an_entry_that_the_user_may_not_see_is_404(space: SpaceClient) -> None:
    space.space.tokens["narrow"] = Access("narrow", refused={"entries": 403})
    space.emulator.add_space(key="other", token="stranger")
    with serve(space.emulator) as origin:
        with connect(origin, "stranger") as http:
            assert http.post(f"{MASTER}/releases", json=timeline("A")).status_code == 404
            assert http.get(f"{MASTER}/releases").status_code == 404
        with connect(origin, "narrow") as http:
            assert http.post(f"{MASTER}/releases", json=timeline("A", _ONE)).status_code == 404
            assert http.post(f"{MASTER}/releases", json=timeline("A")).status_code == 201
            assert http.get(f"{MASTER}/releases").status_code == 200
            made(space, timeline("With an entry", _ONE))
            assert http.get(f"{MASTER}/releases").status_code == 404


# "Get all releases"


@pytest.fixture
def listed() -> Iterator[tuple[SpaceClient, dict[str, str]]]:
    """Four releases, a second apart, by their titles."""
    with open_space(Switches(release_shapes="both")) as space:
        both(space)
        space.space.tokens["second"] = Access("second-user")
        ids = {}
        with serve(space.emulator) as origin, connect(origin, "second") as other:
            for title, client, body in (
                ("Spring sale", space.http, timeline("Spring sale", link("Entry", "one"))),
                ("Summer sale", other, timeline("Summer sale", link("Asset", "a"))),
                ("Autumn", space.http, timeline("Autumn")),
                ("Launch day", space.http, release("Launch day", link("Entry", "two"))),
            ):
                space.clock.pass_seconds(1)
                ids[title] = client.post(f"{MASTER}/releases", json=body).json()["sys"]["id"]
        space.clock.pass_seconds(1)
        space.ok("PUT", f"/releases/{ids['Autumn']}/archived", version=1)
        yield space, ids


FILTERS = {
    "sys.schemaVersion=Release.v2": ["Autumn", "Spring sale", "Summer sale"],
    "sys.schemaVersion=Release.v1": ["Launch day"],
    "": ["Autumn", "Launch day", "Spring sale", "Summer sale"],
    "sys.id[in]={Autumn},{Launch day}": ["Autumn", "Launch day"],
    "sys.id[nin]={Autumn},{Launch day}": ["Spring sale", "Summer sale"],
    "sys.createdBy.sys.id[in]=second-user,nobody": ["Summer sale"],
    "sys.status[in]=archived": ["Autumn"],
    "sys.status[in]=active,archived": ["Autumn", "Launch day", "Spring sale", "Summer sale"],
    "sys.status[nin]=archived": ["Launch day", "Spring sale", "Summer sale"],
    "entities.sys.linkType=Entry&entities.sys.id[in]=one": ["Spring sale"],
    "entities.sys.linkType=Entry&entities.sys.id[in]=one,two": ["Launch day", "Spring sale"],
    "entities.sys.linkType=Asset": ["Summer sale"],
    "entities[exists]=true": ["Launch day", "Spring sale", "Summer sale"],
    "entities[exists]=false": ["Autumn"],
    "title[match]=sale": ["Spring sale", "Summer sale"],
    "title[match]=spring sale": ["Spring sale"],
    "sys.schemaVersion=Release.v2&sys.status[in]=active&title[match]=sale": ["Spring sale", "Summer sale"],
}


@pytest.mark.parametrize("query", FILTERS)
def test_each_filter_chooses(listed: tuple[SpaceClient, dict[str, str]], query: str) -> None:
    space, ids = listed
    answer = space.get(f"/releases?{query.format(**ids)}")
    assert sorted(row["title"] for row in answer["items"]) == FILTERS[query]


ORDERS = {
    "title": ["Autumn", "Launch day", "Spring sale", "Summer sale"],
    "-title": ["Summer sale", "Spring sale", "Launch day", "Autumn"],
    "sys.createdAt": ["Spring sale", "Summer sale", "Autumn", "Launch day"],
    "-sys.createdAt": ["Launch day", "Autumn", "Summer sale", "Spring sale"],
    "sys.updatedAt": ["Spring sale", "Summer sale", "Launch day", "Autumn"],
    "-sys.updatedAt": ["Autumn", "Launch day", "Summer sale", "Spring sale"],
    "": ["Autumn", "Launch day", "Summer sale", "Spring sale"],
}


@pytest.mark.parametrize("order", ORDERS)
def test_each_order_sorts(listed: tuple[SpaceClient, dict[str, str]], order: str) -> None:
    space, _ = listed
    rows = space.get(f"/releases?order={order}" if order else "/releases")["items"]
    assert [row["title"] for row in rows] == ORDERS[order]


def test_pages_next_is_a_relative_url_with_the_same_filters_and_limit(
    listed: tuple[SpaceClient, dict[str, str]],
) -> None:
    space, _ = listed
    answer = space.get("/releases?title[match]=s&order=title&limit=1")
    titles = [row["title"] for row in answer["items"]]
    while "next" in answer["pages"]:
        url = answer["pages"]["next"]
        assert url.startswith(f"{MASTER}/releases?")
        assert all(part in url for part in ("title%5Bmatch%5D=s", "order=title", "limit=1", "pageNext="))
        answer = space.get(url)
        titles += [row["title"] for row in answer["items"]]
    assert titles == ["Spring sale", "Summer sale"]
    assert "total" not in answer


def test_the_page_size_is_100_and_at_most_1000(space: SpaceClient) -> None:
    for number in range(101):
        made(space, timeline(f"Release {number}"))
    answer = space.get("/releases")
    assert (len(answer["items"]), answer["limit"]) == (100, 100)
    assert len(space.get(answer["pages"]["next"])["items"]) == 1
    answer = space.get("/releases?limit=1000")
    assert (len(answer["items"]), answer["pages"]) == (101, {})
    assert space.refused("GET", "/releases?limit=1001").status == 400


@pytest.mark.parametrize(
    "query",
    ["entities.sys.id[in]=one", "entities.sys.linkType=Tag", "entities.sys.linkType=Tag&entities.sys.id[in]=one",
     "order=sys.id", "sys.version=1"],
)  # fmt: skip
def test_a_list_is_refused(space: SpaceClient, query: str) -> None:
    assert space.refused("GET", f"/releases?{query}").status == 400


@pytest.mark.parametrize(("switch", "titles"), [("mixed", ["Launch", "Timeline"]), ("v1", ["Launch"])])
def test_a_list_of_no_generation_is_mixed_or_holds_launch_releases_only(
    switch: Any, titles: list[str]
) -> None:
    with open_space(Switches(release_list=switch, release_shapes="both")) as space:
        made(space, timeline("Timeline"))
        made(space, release("Launch"))
        assert sorted(row["title"] for row in space.get("/releases")["items"]) == titles


# "Release": get, update, delete


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_unknown_release_is_404(space: SpaceClient, method: str) -> None:
    body = timeline("A") if method == "PUT" else None
    refusal = space.refused(method, "/releases/nothing", body, 1)
    assert refusal.status == 404
    where = {"environment": "master", "space": space.space.id}
    assert refusal.details == {"type": "Release", "id": "nothing", **where}


def test_an_update_replaces_title_and_items(space: SpaceClient) -> None:
    found = made(space, timeline("First", link("Entry", "one")))
    path = f"/releases/{found['sys']['id']}"
    changed = space.ok("PUT", path, timeline("Second", link("Entry", "two"), link("Asset", "a")), 1)
    assert (changed["title"], items(changed), changed["sys"]["version"]) == ("Second", ["two", "a"], 2)
    assert items(space.get(path)) == ["two", "a"]


UPDATE = {
    "the version header is not provided": (400, None, _ONE),
    "the version is stale": (409, 2, _ONE),
    "the entity does not exist": (404, 1, link("Entry", "nothing")),
    "the provided entity ID is undefined": (422, 1, _with(_ONE, id=None)),
    "the provided entityType is not Entry or Asset": (422, 1, _with(_ONE, linkType="Tag")),
}


@pytest.mark.parametrize("why", UPDATE)
def test_a_release_is_not_updated(space: SpaceClient, why: str) -> None:
    status, version, entity = UPDATE[why]
    path = f"/releases/{made(space, timeline('Kept', _ONE))['sys']['id']}"
    before = space.get(path)
    assert space.refused("PUT", path, timeline("Changed", entity), version).status == status
    assert space.get(path) == before


def test_an_update_refuses_ids_given_twice_and_too_many(space: SpaceClient) -> None:
    space.emulator.limits = replace(space.emulator.limits, release_items=1)
    path = f"/releases/{made(space, timeline('Kept', _ONE))['sys']['id']}"
    assert space.refused("PUT", path, timeline("Twice", _ONE, _ONE), 1).status == 422
    assert space.refused("PUT", path, timeline("Many", _ONE, link("Entry", "two")), 1).names == ["array.max"]


def test_a_release_is_deleted_by_its_creator_or_an_admin(space: SpaceClient) -> None:
    space.space.tokens["creator"] = Access("creator", is_admin=False)
    space.space.tokens["other"] = Access("other", is_admin=False)
    with serve(space.emulator) as origin:
        with connect(origin, "creator") as http:
            mine = http.post(f"{MASTER}/releases", json=timeline("Mine")).json()["sys"]["id"]
        with connect(origin, "other") as http:
            assert http.delete(f"{MASTER}/releases/{mine}").status_code == 404
        with connect(origin, "creator") as http:
            assert http.delete(f"{MASTER}/releases/{mine}").status_code == 204
        others = made(space, timeline("Another"))["sys"]["id"]
        with connect(origin, TOKEN) as http:
            assert http.delete(f"{MASTER}/releases/{others}").status_code == 204
    assert space.get("/releases")["items"] == []


def test_deleting_a_release_deletes_its_actions(space: SpaceClient) -> None:
    uid = made(space, timeline("A", _ONE))["sys"]["id"]
    wait(space, uid, space.ok("POST", f"/releases/{uid}/validate", {"action": "publish"}))
    assert len(space.get("/release_actions")["items"]) == 1
    space.ok("DELETE", f"/releases/{uid}")
    assert space.get("/release_actions")["items"] == []
