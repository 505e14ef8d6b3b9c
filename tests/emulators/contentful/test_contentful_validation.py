"""What is checked of content: types, locales and lengths when it is saved, the rules of its type when published."""

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


RESOURCE = {
    "sys": {
        "type": "ResourceLink",
        "linkType": "Contentful:Entry",
        "urn": "crn:contentful:::content:spaces/x",
    }
}
DOCUMENT: dict[str, Any] = {"nodeType": "document", "data": {}, "content": []}
# type: (values that are saved, values that are refused)
VALUES: dict[str, tuple[list[Any], list[Any]]] = {
    "Symbol": (["", "x" * 256], [1, True, [], {}, "x" * 257]),
    "Text": (["x" * 50_000], [1, "x" * 50_001]),
    "Integer": ([0, -7, 10**15], ["1", 1.5, True]),
    "Number": ([0, 1.5], ["1", False, {}]),
    "Date": (["2025-01-01", "2025-01-01T10:00+01:00", "2025-01-01T10:00:00.000Z"], ["soon", 5]),
    "Boolean": ([True, False], ["true", 0]),
    "Object": ([{}, {"a": [1, None]}, [1]], ["{}", 3, False]),
    "Location": ([{"lat": 54.3, "lon": 10}], [{"lat": 1}, [1, 2], "1,2"]),
    "RichText": ([DOCUMENT], [{}, {"nodeType": "paragraph"}, "text"]),
    "ResourceLink": ([RESOURCE], [link("Entry", "x"), "crn:x"]),
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_value_is_of_its_fields_type(space: SpaceClient, kind: str) -> None:
    space.content_type("page", field_of(kind, "value"))
    accepted, refused = VALUES[kind]
    for number, value in enumerate(accepted):
        body = {"fields": {"value": {"en-US": value}}}
        made = space.ok("PUT", f"/entries/e{number}", body, x_contentful_content_type="page")
        assert made["fields"]["value"]["en-US"] == value
    for value in refused:
        body = {"fields": {"value": {"en-US": value}}}
        refusal = space.refused("PUT", "/entries/bad", body, x_contentful_content_type="page")
        assert (refusal.status, refusal.id) == (422, "InvalidEntry")
        assert refusal.paths == ["fields/value/en-US"]


def test_a_link_is_of_its_fields_kind_and_may_lead_nowhere(space: SpaceClient) -> None:
    every = field_of("Array", "all", items={"type": "Link", "linkType": "Entry"})
    space.content_type("page", field_of("Link", "near", linkType="Asset"), every)
    space.entry("page", "home", near=link("Asset", "nothing"), all=[link("Entry", "nothing")])
    for fields in ({"near": link("Entry", "x")}, {"all": [link("Asset", "x")]}, {"all": link("Entry", "x")}):
        body = {"fields": {name: {"en-US": value} for name, value in fields.items()}}
        assert space.refused("PUT", "/entries/bad", body, x_contentful_content_type="page").status == 422


def test_a_field_or_a_locale_that_is_not_there_is_refused(space: SpaceClient) -> None:
    space.content_type("page", symbol())
    for fields, found in (
        ({"other": {"en-US": "x"}}, "UnknownField"),
        ({"title": {"de": "x"}}, "UnknownLocale"),
        ({"title": "x"}, "InvalidEntry"),
    ):
        refusal = space.refused("PUT", "/entries/bad", {"fields": fields}, x_contentful_content_type="page")
        assert (refusal.status, refusal.id) == (422, found)


def test_a_field_that_is_not_localized_may_hold_other_locales(space: SpaceClient) -> None:
    """Real exports have such values: the field was localized once."""
    space.locale("de")
    space.content_type("page", symbol(localized=False))
    space.entry("page", "home", title={"en-US": "Hello", "de": "Hallo"})
    assert space.get("/entries/home")["fields"]["title"]["de"] == "Hallo"


def test_an_entry_has_at_most_1000_links_over_all_fields(space: SpaceClient) -> None:
    items = {"type": "Link", "linkType": "Entry"}
    space.content_type("page", field_of("Array", "a", items=items), field_of("Array", "b", items=items))
    many = [link("Entry", "x")] * 500
    space.entry("page", "full", a=many, b=many)
    body = {"fields": {"a": {"en-US": many}, "b": {"en-US": [*many, link("Entry", "x")]}}}
    refusal = space.refused("PUT", "/entries/over", body, x_contentful_content_type="page")
    assert (refusal.status, refusal.names) == (422, ["size"])


def test_an_entry_has_at_most_100_tags_and_they_exist(space: SpaceClient) -> None:
    space.content_type("page", symbol())
    space.ok("PUT", "/tags/sail", {"name": "Sail"})
    for tags, found in (([link("Tag", "sail")] * 101, "size"), ([link("Tag", "nothing")], "notResolvable")):
        body = {"fields": {}, "metadata": {"tags": tags}}
        assert space.refused("PUT", "/entries/bad", body, x_contentful_content_type="page").names == [found]
    concepts = {"fields": {}, "metadata": {"concepts": [link("TaxonomyConcept", "nothing")]}}
    refusal = space.refused("PUT", "/entries/bad", concepts, x_contentful_content_type="page")
    assert refusal.id == "UnresolvedLinks"


def test_an_entry_may_be_too_large(space: SpaceClient) -> None:
    space.content_type("page", field_of("Object", "data"))
    space.emulator.limits = replace(space.emulator.limits, entry_bytes=1_000)
    body = {"fields": {"data": {"en-US": {"x": "y" * 1_000}}}}
    assert space.refused("PUT", "/entries/big", body, x_contentful_content_type="page").status == 413


# Rules, looked at by a publish


def ruled(space: SpaceClient, kind: str, rule: dict[str, Any], **facts: Any) -> None:
    space.content_type("page", field_of(kind, "value", validations=[rule], **facts))


def published(space: SpaceClient, value: Any) -> str:
    """The names of the rules that a value breaks when it is published; it can always be saved."""
    uid = f"e{len(space.space.master.entries)}"
    space.entry("page", uid, value={"en-US": value})
    answer = space.send("PUT", f"/entries/{uid}/published", version=1)
    if answer.status_code == 200:
        return ""
    assert answer.status_code == 422, answer.text
    return ",".join(row["name"] for row in answer.json()["details"]["errors"])


RULES: dict[str, tuple[str, dict[str, Any], list[Any], list[Any]]] = {
    "size of a text": ("Symbol", {"size": {"min": 2, "max": 4}}, ["ab", "abcd"], ["a", "abcde"]),
    "range": ("Number", {"range": {"min": 0, "max": 5}}, [0, 5], [-0.5, 6]),
    "range without an end": ("Integer", {"range": {"min": 3}}, [3, 10**9], [2]),
    "regexp": ("Symbol", {"regexp": {"pattern": "^[a-z]+$", "flags": "i"}}, ["Abc"], ["a1"]),
    "prohibitRegexp": ("Text", {"prohibitRegexp": {"pattern": "bad"}}, ["good"], ["a bad word"]),
    "in": ("Symbol", {"in": ["red", "blue"]}, ["red"], ["green"]),
    "in, of numbers": ("Integer", {"in": [1, 2]}, [2], [3]),
    "dateRange": (
        "Date", {"dateRange": {"min": "2025-01-01", "max": "2025-12-31"}}, ["2025-06-01"], ["2024-12-31", "2026-01-01"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_a_publish_keeps_a_rule(space: SpaceClient, name: str) -> None:
    kind, rule, accepted, refused = RULES[name]
    ruled(space, kind, rule)
    assert [published(space, value) for value in accepted] == [""] * len(accepted)
    assert [published(space, value) for value in refused] == [next(iter(rule))] * len(refused)


def test_rules_for_lists_and_for_their_items(space: SpaceClient) -> None:
    items = {"type": "Symbol", "validations": [{"in": ["a", "b"]}]}
    ruled(space, "Array", {"size": {"max": 2}}, items=items)
    assert published(space, ["a", "b"]) == ""
    assert published(space, ["a", "b", "a"]) == "size"
    assert published(space, ["c"]) == "in"


def test_what_is_required(space: SpaceClient) -> None:
    space.content_type("page", symbol(required=True), symbol("note"))
    space.entry("page", "poor", note="x")
    refusal = space.refused("PUT", "/entries/poor/published", version=1)
    assert (refusal.status, refusal.id, refusal.names) == (422, "InvalidEntry", ["required"])
    space.edit("poor", title="")
    assert space.refused("PUT", "/entries/poor/published", version=2).names == ["required"]
    space.edit("poor", title="There")
    space.publish("/entries/poor")


def test_an_omitted_field_is_not_looked_at(space: SpaceClient) -> None:
    space.content_type("page", symbol(), symbol("old", required=True, omitted=True))
    space.published_entry("page", "home", title="Home")


def test_a_published_entry_may_break_todays_type(space: SpaceClient) -> None:
    """The type was made stricter later: what is live stays, and cannot be published again as it is."""
    space.content_type("page", symbol())
    space.published_entry("page", "home", title="A long title")
    strict = {"name": "Page", "fields": [symbol(validations=[{"size": {"max": 3}}])]}
    space.ok("PUT", "/content_types/page", strict, 2)
    space.publish("/content_types/page")
    assert space.get("/public/entries")["total"] == 1
    assert space.refused("PUT", "/entries/home/published", version=2).names == ["size"]


def test_unique_values_are_those_of_no_other_live_entry(space: SpaceClient) -> None:
    ruled(space, "Symbol", {"unique": True})
    space.published_entry("page", "first", value="same")
    space.entry("page", "second", value="same")  # a draft may have it
    refusal = space.refused("PUT", "/entries/second/published", version=1)
    assert (refusal.names, refusal.paths) == (["unique"], ["fields/value/en-US"])
    space.publish("/entries/first")  # its own value is no obstacle
    space.edit("first", value="other")
    assert space.refused("PUT", "/entries/second/published", version=1).status == 422  # still live
    space.publish("/entries/first")
    space.publish("/entries/second")
    space.ok("DELETE", "/entries/second/published")
    space.published_entry("page", "third", value="same")


def test_links_are_of_the_types_that_a_rule_names(space: SpaceClient) -> None:
    space.content_type("other", symbol())
    space.entry("other", "o", title="O")
    space.asset("text", b"words", "text/plain")
    space.asset("picture", b"GIF89a\x04\x00\x03\x00", "image/gif")
    near = field_of("Link", "near", linkType="Entry", validations=[{"linkContentType": ["page"]}])
    dimensions = {"width": {"max": 4}, "height": {"min": 3}}
    rules = [
        {"linkMimetypeGroup": ["image"]},
        {"assetImageDimensions": dimensions},
        {"assetFileSize": {"max": 100}},
    ]
    space.content_type("page", near, field_of("Link", "a", linkType="Asset", validations=rules))
    space.entry("page", "bad", near=link("Entry", "o"), a=link("Asset", "text"))
    refusal = space.refused("PUT", "/entries/bad/published", version=1)
    assert sorted(refusal.names) == ["linkContentType", "linkMimetypeGroup"]
    space.entry("page", "good", near=link("Entry", "bad"), a=link("Asset", "picture"))
    space.publish("/entries/good")
    space.asset("wide", b"GIF89a\x05\x00\x03\x00" + b"x" * 100, "image/gif")
    space.entry("page", "wide", a=link("Asset", "wide"))
    refusal = space.refused("PUT", "/entries/wide/published", version=1)
    assert sorted(refusal.names) == ["assetFileSize", "assetImageDimensions"]


def test_rich_text_has_the_nodes_and_marks_that_are_enabled(space: SpaceClient) -> None:
    rules = [
        {"enabledNodeTypes": ["heading-1", "embedded-entry-block"]},
        {"enabledMarks": ["bold"]},
        {"nodes": {"embedded-entry-block": [{"linkContentType": ["page"]}, {"size": {"max": 1}}]}},
    ]
    space.content_type("other", symbol())
    space.published_entry("other", "o", title="O")
    space.content_type("page", field_of("RichText", "value", validations=rules))

    def text(node: str, mark: str, *targets: str) -> dict[str, Any]:
        run = {"nodeType": "text", "value": "x", "marks": [{"type": mark}], "data": {}}
        nodes = [{"nodeType": node, "data": {}, "content": [run]}]
        for uid in targets:
            data = {"target": link("Entry", uid)}
            nodes.append({"nodeType": "embedded-entry-block", "data": data, "content": []})
        return {"nodeType": "document", "data": {}, "content": nodes}

    assert published(space, text("heading-1", "bold")) == ""
    assert published(space, text("heading-2", "bold")) == "enabledNodeTypes"
    assert published(space, text("paragraph", "code")) == "enabledMarks"
    assert published(space, text("paragraph", "bold", "o")) == "linkContentType"
    assert published(space, text("paragraph", "bold", "e1", "e1")) == "size"
    assert published(space, text("paragraph", "bold", "nothing")) == "notResolvable"


@pytest.mark.parametrize(
    ("switch", "draft", "gone"), [("exists", 200, 422), ("published", 422, 422), ("off", 200, 200)]
)
def test_links_are_checked_at_publish(switch: Any, draft: int, gone: int) -> None:
    with open_space(Switches(link_check=switch)) as space:
        items = {"type": "Link", "linkType": "Entry"}
        space.content_type("page", symbol(), field_of("Array", "near", items=items))
        space.entry("page", "draft")
        space.entry("page", "to-draft", near=[link("Entry", "draft")])
        space.entry("page", "to-gone", near=[link("Entry", "gone")])
        for uid, status in (("to-draft", draft), ("to-gone", gone)):
            answer = space.send("PUT", f"/entries/{uid}/published", version=1)
            assert answer.status_code == status
            if status == 422:
                assert answer.json()["sys"]["id"] == "UnresolvedLinks"
                assert answer.json()["details"]["errors"][0]["link"]["linkType"] == "Entry"


def test_a_message_of_a_rule_is_told(space: SpaceClient) -> None:
    ruled(space, "Symbol", {"in": ["a"], "message": "Only a, please"})
    space.entry("page", "bad", value="b")
    refusal = space.refused("PUT", "/entries/bad/published", version=1)
    assert refusal.details["errors"][0]["details"] == "Only a, please"


@pytest.mark.parametrize(
    ("switches", "in_german"),
    [(Switches(default_values="fields"), None), (Switches(default_values="locales"), "Hallo")],
)
def test_a_new_entry_gets_default_values(switches: Switches, in_german: str | None) -> None:
    """ "Default values don't affect entry updates." """
    defaults = {"en-US": "Hello", "de": "Hallo"}
    with open_space(switches=switches) as space:
        space.ok("POST", "/locales", {"name": "German", "code": "de", "fallbackCode": "en-US"})
        space.content_type("page", {**symbol("greeting", localized=True), "defaultValue": defaults})
        empty = space.ok("PUT", "/entries/e0", {"fields": {}}, x_contentful_content_type="page")
        assert empty["fields"] == {"greeting": defaults}
        given = {"greeting": {"en-US": "Hi"}}
        made = space.ok("PUT", "/entries/e1", {"fields": given}, x_contentful_content_type="page")
        made = made["fields"]["greeting"]
        assert (made["en-US"], made.get("de")) == ("Hi", in_german)
        assert space.ok("PUT", "/entries/e0", {"fields": {}}, version=1)["fields"] == {}
