"""What Timeline releases hold: own copies of entries and assets, entries of their own, and items by locale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from release_help import both, by_locale, items, made, published, release, timeline
from space_client import field_of, link, open_space, symbol

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from space_client import SpaceClient


@pytest.fixture
def space() -> Iterator[SpaceClient]:
    with open_space(Switches(release_shapes="both")) as opened:
        both(opened)
        yield opened


def begun(space: SpaceClient, *entities: dict[str, Any], **facts: Any) -> str:
    """The path of a new Timeline release."""
    return f"/releases/{made(space, timeline('Campaign', *entities, **facts))['sys']['id']}"


def test_adding_an_entity_makes_a_copy_that_is_readable_at_once(space: SpaceClient) -> None:
    path = begun(space, link("Entry", "one"), link("Asset", "a"))
    copy = space.get(f"{path}/entries/one")
    assert copy["fields"] == {"title": {"en-US": "One"}}
    assert copy["sys"]["release"] == link("Release", path.rpartition("/")[2])
    assert (copy["sys"]["id"], copy["sys"]["type"], copy["sys"]["version"]) == ("one", "Entry", 1)
    assert space.ids(f"{path}/entries") == ["one"]
    assert space.ids(f"{path}/assets") == ["a"]


def test_a_copy_is_written_with_its_own_version(space: SpaceClient) -> None:
    path = begun(space, link("Entry", "one"))
    space.edit("one", title="Edited outside")
    body = {"fields": {"title": {"en-US": "For the campaign"}}}
    assert space.refused("PUT", f"{path}/entries/one", body, 2).status == 409
    assert space.refused("PUT", f"{path}/entries/one", body).status == 409
    assert space.ok("PUT", f"{path}/entries/one", body, 1)["sys"]["version"] == 2
    assert space.get("/entries/one")["fields"]["title"]["en-US"] == "Edited outside"
    assert space.get(f"{path}/entries/one")["fields"]["title"]["en-US"] == "For the campaign"


def test_a_copy_is_patched_but_not_below_a_field_that_is_not_set(space: SpaceClient) -> None:
    path = f"{begun(space, link('Entry', 'one'))}/entries/one"
    replace = [{"op": "replace", "path": "/fields/title/en-US", "value": "Patched"}]
    assert space.ok("PATCH", path, replace, 1)["fields"]["title"]["en-US"] == "Patched"
    below = [{"op": "add", "path": "/fields/near/en-US", "value": link("Entry", "two")}]
    assert space.refused("PATCH", path, below, 2).status == 422
    whole = [{"op": "add", "path": "/fields/near", "value": {"en-US": link("Entry", "two")}}]
    assert space.ok("PATCH", path, whole, 2)["fields"]["near"]["en-US"] == link("Entry", "two")


@pytest.mark.parametrize("lists_own", [True, False])
def test_an_entry_made_in_a_release_joins_it_and_exists_nowhere_else(lists_own: bool) -> None:
    with open_space(Switches(release_lists_own=lists_own, release_shapes="both")) as space:
        both(space)
        path = begun(space, link("Entry", "one"))
        body = {"fields": {"title": {"en-US": "Only here"}}}
        assert space.refused("PUT", f"{path}/entries/new", body).status == 400  # which content type?
        space.ok("PUT", f"{path}/entries/new", body, x_contentful_content_type="page")
        other = space.ok("POST", f"{path}/entries", body, x_contentful_content_type="page")["sys"]["id"]
        assert sorted(space.ids(f"{path}/entries")) == sorted(["one", "new", other])
        assert space.refused("GET", "/entries/new").status == 404
        assert items(space.get(path)) == (["one", "new", other] if lists_own else ["one"])
        assert published(space, path.rpartition("/")[2])["sys"]["status"] == "succeeded"
        assert space.get("/entries/new")["fields"]["title"]["en-US"] == "Only here"
        assert sorted(space.ids("/public/entries")) == sorted(["one", "new", other])


def test_publishing_writes_and_publishes_the_copies(space: SpaceClient) -> None:
    space.publish("/entries/one")
    path = begun(space, link("Entry", "one"), link("Entry", "two"))
    space.ok("PUT", f"{path}/entries/one", {"fields": {"title": {"en-US": "New"}}}, 1)
    published(space, path.rpartition("/")[2])
    assert space.get("/entries/one")["fields"]["title"]["en-US"] == "New"
    live = {
        row["sys"]["id"]: row["fields"]["title"]["en-US"] for row in space.get("/public/entries")["items"]
    }
    assert live == {"one": "New", "two": "Two"}


def test_entries_of_a_release_may_link_to_each_other(space: SpaceClient) -> None:
    path = begun(space)
    for uid, other in (("left", "right"), ("right", "left")):
        body = {"fields": {"title": {"en-US": uid}, "near": {"en-US": link("Entry", other)}}}
        space.ok("PUT", f"{path}/entries/{uid}", body, x_contentful_content_type="page")
    assert published(space, path.rpartition("/")[2])["sys"]["status"] == "succeeded"


def test_an_item_may_unpublish(space: SpaceClient) -> None:
    space.publish("/entries/one")
    path = begun(space, link("Entry", "one"), action="unpublish")
    published(space, path.rpartition("/")[2])
    assert space.get("/entries/one")["sys"]["fieldStatus"] == {"*": {"en-US": "draft"}}


def test_an_entity_that_leaves_a_release_loses_its_copy(space: SpaceClient) -> None:
    path = begun(space, link("Entry", "one"), link("Entry", "two"))
    space.ok("PUT", path, timeline("Campaign", link("Entry", "two")), 1)
    assert space.ids(f"{path}/entries") == ["two"]
    assert space.refused("GET", f"{path}/entries/one").status == 404


@pytest.mark.parametrize("readable", [True, False])
def test_the_copies_of_an_archived_release_may_be_readable(readable: bool) -> None:
    with open_space(Switches(archived_release_entries=readable, release_shapes="both")) as space:
        both(space)
        path = begun(space, link("Entry", "one"))
        space.ok("PUT", f"{path}/archived", version=1)
        status = space.send("GET", f"{path}/entries/one").status_code
        assert status == (200 if readable else 404)
        assert space.refused("PUT", f"{path}/entries/one", {"fields": {}}, 1).status == (
            400 if readable else 404
        )


@pytest.mark.parametrize("archived", [True, False])
def test_a_launch_release_publishes_the_entities_themselves(archived: bool) -> None:
    with open_space(Switches(launch_archived=archived)) as space:
        both(space)
        uid = made(space, release("Launch", link("Entry", "one"), link("Asset", "a")))["sys"]["id"]
        assert space.refused("GET", f"/releases/{uid}/entries").status == 404
        space.edit("one", title="Edited later")
        published(space, uid)
        assert space.get("/public/entries")["items"][0]["fields"]["title"]["en-US"] == "Edited later"
        assert space.get(f"/releases/{uid}")["sys"]["status"] == ("archived" if archived else "active")


def test_a_launch_release_is_unpublished_as_a_whole_and_a_timeline_one_is_not(space: SpaceClient) -> None:
    uid = made(space, release("Launch", link("Entry", "one"), link("Entry", "two")))["sys"]["id"]
    published(space, uid)
    space.ok("DELETE", f"/releases/{uid}/published", version=space.get(f"/releases/{uid}")["sys"]["version"])
    assert space.get("/public/entries")["items"] == []
    path = begun(space, link("Entry", "one"))
    assert space.refused("DELETE", f"{path}/published", version=1).status == 400


# Items by locale


@pytest.fixture
def locales() -> Iterator[SpaceClient]:
    """A space with three locales, that publishes by locale."""
    with open_space() as space:
        space.locale("de")
        space.locale("fr")
        space.content_type("page", symbol(localized=True), field_of("Link", "near", linkType="Entry"))
        words = {"en-US": "Hello", "de": "Hallo", "fr": "Bonjour"}
        space.entry("page", "one", title=words)
        yield space


def test_each_locale_goes_where_its_item_says(locales: SpaceClient) -> None:
    space = locales
    space.publish("/entries/one", {"add": {"fields": {"*": ["en-US", "fr"]}}})
    found = made(space, by_locale("By locale", (link("Entry", "one"), ["en-US", "de"], ["fr"])))
    published(space, found["sys"]["id"])
    status = space.get("/entries/one")["sys"]["fieldStatus"]["*"]
    assert status == {"en-US": "published", "de": "published", "fr": "draft"}


def test_all_locales_in_remove_take_the_entry_down(locales: SpaceClient) -> None:
    space = locales
    space.publish("/entries/one")
    found = made(space, by_locale("Away", (link("Entry", "one"), [], ["en-US", "de", "fr"])))
    published(space, found["sys"]["id"])
    assert "publishedVersion" not in space.get("/entries/one")["sys"]


@pytest.mark.parametrize(
    ("add", "remove"),
    [(["en-US"], ["de"]), (["en-US", "de", "fr"], ["fr"]), (["en-US", "de", "fr", "es"], []), ([], [])],
)
def test_every_locale_is_in_exactly_one_list(locales: SpaceClient, add: list[str], remove: list[str]) -> None:
    body = by_locale("Wrong", (link("Entry", "one"), add, remove))
    assert locales.refused("POST", "/releases", body).status == 422


def test_an_item_has_the_shape_of_the_spaces_mode(locales: SpaceClient) -> None:
    space, action = locales, timeline("Action", link("Entry", "one"))
    by = by_locale("By locale", (link("Entry", "one"), ["en-US", "de", "fr"], []))
    assert space.refused("POST", "/releases", action).status == 422
    space.space.locale_publishing = False
    space.ok("POST", "/releases", action)
    assert space.refused("POST", "/releases", by).status == 422
