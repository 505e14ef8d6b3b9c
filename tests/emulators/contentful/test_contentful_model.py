"""The model of an environment: locales, tags, content types with their drafts, and editor interfaces."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from space_client import field_of, link, open_space, symbol

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from space_client import SpaceClient


@pytest.fixture
def space() -> Iterator[SpaceClient]:
    with open_space() as opened:
        yield opened


# Locales


def test_the_ids_of_locales_are_the_services(space: SpaceClient) -> None:
    made = space.locale("de", fallbackCode="en-US")
    assert made["sys"]["id"] != "de"
    assert (made["default"], made["internal_code"], made["optional"]) == (False, "de", False)
    path = f"/locales/{made['sys']['id']}"
    assert space.refused("PUT", "/locales/chosen", {"name": "x", "code": "x"}).status == 404
    changed = {name: made[name] for name in ("name", "code", "fallbackCode")}
    assert space.refused("PUT", path, {**changed, "default": False}, 1).status == 422
    assert space.ok("PUT", path, {**changed, "optional": True}, 1)["optional"] is True


def test_a_fallback_must_be_there_and_lead_in_no_circle(space: SpaceClient) -> None:
    body = {"name": "German", "code": "de", "fallbackCode": "fr"}
    assert space.refused("POST", "/locales", body).names == ["fallbackCode"]
    german = space.locale("de", fallbackCode="en-US")
    french = space.locale("fr", fallbackCode="de")
    circle = {"name": "de", "code": "de", "fallbackCode": "fr"}
    assert space.refused("PUT", f"/locales/{german['sys']['id']}", circle, 1).status == 422
    assert space.refused("DELETE", f"/locales/{german['sys']['id']}").status == 422  # it is a fallback
    space.ok("DELETE", f"/locales/{french['sys']['id']}")
    assert space.refused("POST", "/locales", {"name": "German", "code": "de"}).names == ["taken"]


def test_the_default_locale_can_be_neither_moved_nor_deleted(space: SpaceClient) -> None:
    default = space.get("/locales")["items"][0]
    path = f"/locales/{default['sys']['id']}"
    assert space.refused("PUT", path, {"name": "x", "code": "de"}, 1).status == 403
    assert space.refused("DELETE", path).status == 403
    assert space.ok("PUT", path, {"name": "English", "code": "en-US"}, 1)["default"] is True


def test_a_page_of_locales_is_smaller_than_asked_for() -> None:
    with open_space(Switches(locale_rows=2)) as space:
        space.locale("de")
        space.locale("fr")
        answer = space.get("/locales?limit=1000")
        assert (len(answer["items"]), answer["limit"], answer["total"]) == (2, 2, 3)
        assert len(space.get("/locales?skip=2")["items"]) == 1


def test_a_new_locale_is_a_draft_until_entries_are_published_again(space: SpaceClient) -> None:
    space.content_type("page", symbol(localized=True))
    space.published_entry("page", "home", title="Hello")
    space.locale("de")
    assert space.get("/entries/home")["sys"]["fieldStatus"]["*"] == {"en-US": "published", "de": "draft"}
    space.publish("/entries/home")
    assert space.get("/entries/home")["sys"]["fieldStatus"]["*"]["de"] == "published"


# Tags


def test_the_visibility_of_a_tag_is_fixed_for_ever(space: SpaceClient) -> None:
    body = {"name": "Sail", "sys": {"visibility": "public"}}
    assert space.ok("PUT", "/tags/sail", body)["sys"]["visibility"] == "public"
    changed = {"name": "Sails", "sys": {"visibility": "private"}}
    assert space.ok("PUT", "/tags/sail", changed, 1)["sys"]["visibility"] == "public"
    made = space.ok("PUT", "/tags/mast", {"name": "Mast"}, x_contentful_tag_visibility="public")
    assert made["sys"]["visibility"] == "public"
    assert space.ok("PUT", "/tags/keel", {"name": "Keel"})["sys"]["visibility"] == "private"
    assert space.refused("PUT", "/tags/x", {"name": "X", "sys": {"visibility": "secret"}}).status == 422


def test_names_of_tags_are_unique_and_an_update_needs_the_version(space: SpaceClient) -> None:
    space.ok("PUT", "/tags/sail", {"name": "Sail"})
    assert space.refused("PUT", "/tags/other", {"name": "Sail"}).id == "Conflict"
    assert space.refused("PUT", "/tags/sail", {"name": "Sail"}).id == "VersionMismatch"
    space.emulator.limits = replace(space.emulator.limits, tags=1)
    assert space.refused("PUT", "/tags/more", {"name": "More"}).status == 403


@pytest.mark.parametrize(("switch", "status"), [("ignored", 201), ("refused", 409)])
def test_a_version_at_the_creation_of_a_tag(switch: Any, status: int) -> None:
    with open_space(Switches(tag_version_on_create=switch)) as space:
        assert space.send("PUT", "/tags/sail", {"name": "Sail"}, 4).status_code == status


def test_what_has_a_tag_that_is_deleted_loses_it(space: SpaceClient) -> None:
    space.ok("PUT", "/tags/sail", {"name": "Sail"})
    space.content_type("page", symbol())
    body = {"fields": {}, "metadata": {"tags": [link("Tag", "sail")]}}
    space.ok("PUT", "/entries/home", body, x_contentful_content_type="page")
    assert space.refused("DELETE", "/tags/sail").status == 409
    space.ok("DELETE", "/tags/sail", version=1)
    assert space.get("/entries/home")["metadata"]["tags"] == []
    refusal = space.refused("PUT", "/entries/home", body, 1)
    assert (refusal.status, refusal.id) == (422, "UnresolvedLinks")


# Content types


def test_a_content_type_may_be_ahead_of_what_is_published(space: SpaceClient) -> None:
    space.content_type("page", symbol(), symbol("slug"))
    later = {"name": "Page", "displayField": "title", "fields": [symbol(), symbol("slug"), symbol("note")]}
    space.ok("PUT", "/content_types/page", later, 2)
    assert len(space.get("/content_types/page")["fields"]) == 3
    assert len(space.get("/public/content_types")["items"][0]["fields"]) == 2
    assert len(space.get("/public/content_types/page")["fields"]) == 2
    refusal = space.refused(
        "PUT", "/entries/x", {"fields": {"note": {"en-US": "x"}}}, x_contentful_content_type="page"
    )
    assert (refusal.id, refusal.message) == ("UnknownField", 'No field with id "note" found.')


def test_a_type_that_was_never_published_has_no_entries(space: SpaceClient) -> None:
    space.content_type("page", symbol(), publish=False)
    refusal = space.refused("PUT", "/entries/x", {"fields": {}}, x_contentful_content_type="page")
    assert refusal.status == 422
    assert space.get("/public/content_types")["items"] == []


def test_a_field_goes_away_in_two_publishes(space: SpaceClient) -> None:
    space.content_type("page", symbol(), symbol("old"))
    space.published_entry("page", "home", title="Home", old="Kept?")
    body = {"name": "Page", "displayField": "title"}
    for fields in ([symbol()], [symbol(), symbol("old", deleted=True)]):
        refusal = space.refused("PUT", "/content_types/page", {**body, "fields": fields}, 2)
        assert (refusal.status, refusal.message) == (400, "You need to omit a field before deleting it.")
    omitted = {**body, "fields": [symbol(), symbol("old", omitted=True)]}
    space.ok("PUT", "/content_types/page", omitted, 2)
    assert space.refused("PUT", "/content_types/page", {**body, "fields": [symbol()]}, 3).status == 400
    space.publish("/content_types/page")
    assert space.get("/entries/home")["fields"]["old"] == {"en-US": "Kept?"}
    gone = {**body, "fields": [symbol(), symbol("old", deleted=True)]}
    assert [one["id"] for one in space.ok("PUT", "/content_types/page", gone, 4)["fields"]] == ["title"]
    space.publish("/content_types/page")
    assert "old" not in space.get("/entries/home")["fields"]
    assert space.get("/public/entries")["items"][0]["fields"] == {"title": {"en-US": "Home"}}
    snapshot = space.get("/entries/home/snapshots")["items"][0]["snapshot"]
    assert snapshot["fields"]["old"] == {"en-US": "Kept?"}


WRONG_TYPES: dict[str, dict[str, Any]] = {
    "no name": {"name": ""},
    "a display field that is not there": {"displayField": "nothing"},
    "an id that begins with a digit": {"fields": [symbol("1st")]},
    "an id twice": {"fields": [symbol(), symbol()]},
    "an unknown type": {"fields": [field_of("Picture", "title")]},
    "a link to nothing": {"fields": [field_of("Link", "title")], "displayField": None},
    "a list of nothing": {"fields": [field_of("Array", "title")], "displayField": None},
    "a field without a name": {"fields": [{"id": "title", "type": "Symbol"}]},
    "51 fields": {"fields": [symbol(f"f{number}") for number in range(51)], "displayField": None},
}


@pytest.mark.parametrize("why", WRONG_TYPES)
def test_a_content_type_is_refused(space: SpaceClient, why: str) -> None:
    body = {"name": "Page", "displayField": "title", "fields": [symbol()], **WRONG_TYPES[why]}
    assert space.refused("PUT", "/content_types/page", body).status == 422
    assert space.get("/content_types")["items"] == []


def test_the_type_of_a_published_field_is_fixed(space: SpaceClient) -> None:
    space.content_type("page", symbol())
    body = {"name": "Page", "fields": [field_of("Text", "title")]}
    assert space.refused("PUT", "/content_types/page", body, 2).names == ["fieldType"]


@pytest.mark.parametrize("accepted", [True, False])
def test_a_type_may_name_types_to_come(accepted: bool) -> None:
    with open_space(Switches(types_to_come=accepted)) as space:
        rules = [{"linkContentType": ["later"]}]
        body = {"name": "Page", "fields": [field_of("Link", "near", linkType="Entry", validations=rules)]}
        assert space.send("PUT", "/content_types/page", body).status_code == (201 if accepted else 422)
        itself = [{"linkContentType": ["self"]}]
        own = {"name": "Page", "fields": [field_of("Link", "near", linkType="Entry", validations=itself)]}
        space.ok("PUT", "/content_types/self", own)


def test_what_a_type_says_beside_its_fields_is_kept(space: SpaceClient) -> None:
    source = {
        "type": "Contentful:Entry",
        "source": "crn:contentful:::content:spaces/x",
        "contentTypes": ["a"],
    }
    fields = [
        symbol(defaultValue={"en-US": "New", "de": "Neu"}, disabled=True),
        field_of("ResourceLink", "other", allowedResources=[source]),
    ]
    metadata = {
        "annotations": {"ContentType": [link("Annotation", "Contentful:AggregateRoot")]},
        "taxonomy": [],
    }
    made = space.content_type("page", *fields, metadata=metadata, description="Words")
    assert made["fields"][0]["defaultValue"] == {"en-US": "New", "de": "Neu"}
    assert made["fields"][1]["allowedResources"] == [source]
    assert (made["metadata"], made["description"]) == (metadata, "Words")


def test_a_type_with_entries_is_neither_unpublished_nor_deleted(space: SpaceClient) -> None:
    space.content_type("page", symbol())
    space.entry("page", "home")
    assert space.refused("DELETE", "/content_types/page").status == 400
    assert space.refused("DELETE", "/content_types/page/published").status == 400
    space.ok("DELETE", "/entries/home")
    space.ok("DELETE", "/content_types/page/published")
    space.ok("DELETE", "/content_types/page")
    assert space.get("/editor_interfaces")["items"] == []


@pytest.mark.parametrize(("switch", "status"), [("refused", 403), ("writable", 200)])
def test_the_types_of_a_template_may_be_locked(switch: Any, status: int) -> None:
    with open_space(Switches(template_types=switch)) as space:
        space.content_type("page", symbol())
        space.space.master.content_types["page"].sys["template"] = link("Template", "t")
        body = {"name": "Renamed", "fields": [symbol()]}
        assert space.send("PUT", "/content_types/page", body, 2).status_code == status
        version = space.get("/content_types/page")["sys"]["version"]
        assert space.send("PUT", "/content_types/page/published", version=version).status_code == status


# Editor interfaces


def test_the_first_publish_makes_the_editor_interface(space: SpaceClient) -> None:
    space.content_type("page", symbol(), publish=False)
    assert space.get("/editor_interfaces")["items"] == []
    assert space.refused("GET", "/content_types/page/editor_interface").status == 404
    space.publish("/content_types/page")
    found = space.get("/editor_interfaces")["items"][0]
    assert (found["sys"]["version"], found["sys"]["id"]) == (1, "default")
    assert found["sys"]["contentType"] == link("ContentType", "page")
    assert [row["fieldId"] for row in found["controls"]] == ["title"]


@pytest.mark.parametrize("widgets", [True, False])
def test_the_default_controls_name_widgets_or_not(widgets: bool) -> None:
    with open_space(Switches(default_widgets=widgets)) as space:
        near = field_of("Array", "near", items={"type": "Link", "linkType": "Entry"})
        space.content_type("page", symbol(), near, field_of("Link", "a", linkType="Asset"))
        controls = space.get("/content_types/page/editor_interface")["controls"]
        named = ["singleLine", "entryLinksEditor", "assetLinkEditor"]
        assert [row.get("widgetId") for row in controls] == (named if widgets else [None] * 3)


def test_every_part_of_an_editor_interface_is_kept(space: SpaceClient) -> None:
    space.content_type("page", symbol())
    control = {
        "fieldId": "title",
        "widgetId": "slugEditor",
        "widgetNamespace": "builtin",
        "settings": {"x": 1},
    }
    parts = {
        "controls": [control],
        "sidebar": [{"widgetId": "publication-widget", "widgetNamespace": "sidebar-builtin"}],
        "editor": {"widgetId": "x", "widgetNamespace": "app"},
        "editors": [{"widgetId": "x", "widgetNamespace": "editor-builtin"}],
        "editorLayout": [{"groupId": "main", "items": []}],
        "groupControls": [{"groupId": "main", "widgetId": "topLevelTab", "widgetNamespace": "builtin"}],
        "unknown": {"later": True},
    }
    assert space.refused("PUT", "/content_types/page/editor_interface", parts).status == 409
    changed = space.ok("PUT", "/content_types/page/editor_interface", parts, 1)
    assert {name: changed[name] for name in parts} == parts
    assert changed["sys"]["version"] == 2


def test_a_control_of_a_field_that_is_gone_is_refused(space: SpaceClient) -> None:
    space.content_type("page", symbol())
    body = {"controls": [{"fieldId": "title"}, {"fieldId": "gone"}]}
    refusal = space.refused("PUT", "/content_types/page/editor_interface", body, 1)
    assert (refusal.status, refusal.paths) == (422, ["controls/1/fieldId"])


def test_an_editor_interface_follows_the_fields_of_its_type(space: SpaceClient) -> None:
    space.content_type("page", symbol(), symbol("old", omitted=True))
    space.ok("PUT", "/content_types/page", {"name": "Page", "fields": [symbol(), symbol("new")]}, 2)
    space.publish("/content_types/page")
    found = space.get("/content_types/page/editor_interface")
    assert [row["fieldId"] for row in found["controls"]] == ["title", "new"]


@pytest.mark.parametrize(("switch", "status"), [("accepted", 200), ("refused", 422)])
def test_unknown_widgets(switch: Any, status: int) -> None:
    with open_space(Switches(unknown_widgets=switch)) as space:
        space.content_type("page", symbol())
        path = "/content_types/page/editor_interface"
        control = {"fieldId": "title", "widgetId": "map", "widgetNamespace": "extension"}
        assert space.send("PUT", path, {"controls": [control]}, 1).status_code == status
        sidebar = [{"widgetId": "no-app", "widgetNamespace": "app"}]
        version = space.get(path)["sys"]["version"]
        assert space.send("PUT", path, {"sidebar": sidebar}, version).status_code == status
        extension = {"extension": {"name": "Map", "src": "https://map.invalid/", "fieldTypes": []}}
        space.ok("PUT", "/extensions/map", extension)
        version = space.get(path)["sys"]["version"]
        space.ok("PUT", path, {"controls": [control]}, version)


@pytest.mark.parametrize(
    ("switches", "found"),
    [
        (Switches(published_type_ids="honoured"), ["page"]),
        (Switches(published_type_ids="ignored"), ["other", "page"]),
    ],
)
def test_the_list_of_published_types_may_take_ids(switches: Switches, found: list[str]) -> None:
    with open_space(switches=switches) as space:
        for name in ("page", "other"):
            space.content_type(name)
        rows = space.ok("GET", "/public/content_types?sys.id[in]=page")["items"]
        assert [row["sys"]["id"] for row in rows] == found


@pytest.mark.parametrize(
    ("switches", "version"), [(Switches(editor_versions="kept"), 1), (Switches(editor_versions="risen"), 2)]
)
def test_an_editor_interface_follows_its_type(switches: Switches, version: int) -> None:
    with open_space(switches=switches) as space:
        space.content_type("page")
        made = space.ok("GET", "/content_types/page")
        body = {name: value for name, value in made.items() if name != "sys"}
        body["fields"] = [*body["fields"], symbol("more")]
        written = space.ok("PUT", "/content_types/page", body, version=made["sys"]["version"])
        space.ok("PUT", "/content_types/page/published", version=written["sys"]["version"])
        layout = space.ok("GET", "/content_types/page/editor_interface")
        assert layout["sys"]["version"] == version
        assert layout["controls"][-1]["fieldId"] == "more"
