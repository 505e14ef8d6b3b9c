"""How documents read: rich text as text, names of fields and of what is referred to, of all three systems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stackferry.model import Stream
from stackferry.providers.azure_devops.reading import ProjectReader
from stackferry.providers.contentful.reading.reader import SpaceReader
from stackferry.providers.contentstack.reading.reader import StackReader, steps_like
from stackferry.providers.contentstack.reading.rich_text import html_words, rich_words
from stackferry.providers.reading.plain import PlainReader, humanised, label_of, plain_words, same_uid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject


class Store:
    """Records by stream."""

    def __init__(self, **records: list[Any]) -> None:
        self._records = {Stream(*name.split("__")): rows for name, rows in records.items()}

    def objects(self, stream: Stream) -> Iterator[JsonObject]:
        return iter(self._records.get(stream, []))

    def get(self, stream: Stream, uid: str, number: int = 0) -> JsonObject | None:
        del number
        rows = self._records.get(stream, [])
        return next((row for row in rows if uid in (row.get("uid"), row.get("sys", {}).get("id"))), None)

    def streams(self) -> list[Stream]:
        return [*self._records]


def words(*texts: str, **marks: bool) -> dict[str, Any]:
    return {"type": "p", "children": [{"text": text, **marks} for text in texts]}


def test_rich_text_of_a_stack_reads_as_text() -> None:
    items = [{"type": "li", "children": [words("one")]}, {"type": "li", "children": [{"text": "two"}]}]
    link = {"type": "a", "attrs": {"url": "/x"}, "children": [{"text": "this"}]}
    entry = {"type": "entry", "entry-uid": "e1", "content-type-uid": "page"}
    asset = {"type": "asset", "asset-uid": "a1", "display-type": "link"}
    document: Any = {
        "type": "doc",
        "children": [
            {"type": "h2", "children": [{"text": "Opening "}, {"text": "hours", "bold": True}]},
            {"type": "ul", "children": items},
            {"type": "p", "children": [{"text": "see "}, link, {"text": "."}]},
            {"type": "reference", "attrs": entry, "children": [{"text": ""}]},
            {"type": "reference", "attrs": asset, "children": [{"text": "the map"}]},
            words(""),
        ],
    }
    found = rich_words(document, lambda content_type, uid: f"{content_type or 'asset'} {uid}")
    assert found.splitlines() == [
        "Opening hours", "• one", "• two", "see this (/x).", "[page e1]", "the map [asset a1]",
    ]  # fmt: skip


def test_deep_rich_text_is_read() -> None:
    node: dict[str, Any] = {"text": "deep"}
    for _ in range(5_000):
        node = {"type": "div", "children": [node]}
    assert rich_words({"type": "doc", "children": [node]}, lambda _, uid: uid) == "deep"


def test_html_reads_as_text() -> None:
    value = "<p>One &amp; <b>two</b></p><ul><li>three</li></ul>a<br/>b<script>x()</script> 1 < 2"
    assert html_words(value).splitlines() == ["One & two", "• three", "a", "bx() 1 < 2"]


HEAD: Any = [{"uid": "head", "display_name": "Headline", "data_type": "text"}]
PAGE: Any = {
    "uid": "page", "title": "Page",
    "schema": [
        {"uid": "title", "display_name": "Title", "data_type": "text"},
        {"uid": "html", "display_name": "Text", "data_type": "text", "field_metadata": {"allow_rich_text": True}},
        {"uid": "about", "display_name": "About", "data_type": "reference"},
        {"uid": "picture", "display_name": "Picture", "data_type": "file"},
        {"uid": "parts", "display_name": "Parts", "data_type": "blocks", "blocks": [
            {"uid": "hero", "title": "Hero", "schema": HEAD},
            {"uid": "quote", "title": "Quote", "reference_to": "quotes"},
        ]},
        {"uid": "hours", "display_name": "Hours", "data_type": "group", "multiple": True, "schema": [
            {"uid": "day", "display_name": "Day", "data_type": "text"}]},
    ],
}  # fmt: skip
QUOTES: Any = {"uid": "quotes", "schema": [{"uid": "by", "display_name": "By", "data_type": "text"}]}


def stack() -> StackReader:
    home = {"uid": "e1", "title": "Home", "parts": [{"hero": {}}, {"quote": {}}, {"hero": {}}]}
    store = Store(
        content_types=[PAGE], global_fields=[QUOTES], locales=[{"code": "en-us", "fallback_locale": None}],
        assets=[{"uid": "a1", "title": "map.png", "filename": "map.png"}],
        **{"entries__page__en-us": [home]},
        environments=[{"uid": "v1", "name": "production"}],
    )  # fmt: skip
    return StackReader(store, store, same_uid)


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/title", "Title"),
        ("/parts/1/quote/by", "Parts › block Quote › By"),
        ("/parts/2/hero/head", "Parts › block Hero 2 › Headline"),
        ("/hours/0/day", "Hours 1 › Day"),
        ("/a_field/of_nobody", "A field › Of nobody"),
        ("/_version", "Saved again, as version"),
        ("/publish_details/production", "Published in production"),
    ],
)
def test_a_field_of_a_stack_has_the_names_of_its_type(path: str, label: str) -> None:
    row: JsonObject = {
        "kind": "entries",
        "content_type": "page",
        "uid": "e1",
        "locale": "en-us",
        "path": path,
    }
    assert stack().told({**row, "change": "changed", "left": "1", "right": "2"}).label == label


def test_values_of_a_stack_are_words() -> None:
    def told(path: str, value: Any) -> str | None:
        row: JsonObject = {
            "kind": "entries",
            "content_type": "page",
            "uid": "e1",
            "locale": "en-us",
            "path": path,
        }
        return stack().told({**row, "change": "added", "right": value}).right

    assert told("/about", [{"uid": "e1", "_content_type_uid": "page"}]) == "Home"
    assert told("/about/0", {"uid": "gone", "_content_type_uid": "page"}) == "gone"
    assert told("/picture", "a1") == "map.png"
    assert told("/html", "<p>One</p><p>two</p>") == "One\ntwo"
    assert told("/parts/0", {"hero": {"head": "Ahoy"}}) == "Headline: Ahoy"
    assert told("/title", "") == "(empty)"


def test_versions_of_two_places_with_one_number_are_told_apart() -> None:
    row: JsonObject = {
        "kind": "publications",
        "content_type": "page",
        "uid": "e1",
        "path": "/publish_details/live",
    }
    told = stack().told({**row, "change": "changed", "left": 1, "right": 1})
    assert (told.left, told.right) == ("version 1 of A", "version 1 of B, which says something else")


def test_blocks_are_found_by_identity() -> None:
    def block(uid: str) -> dict[str, Any]:
        return {"hero": {"_metadata": {"uid": uid}}}

    here: Any = {"parts": [block("x"), block("y")]}
    there: Any = {"parts": [block("y"), block("z"), block("x")]}
    assert steps_like(here, there, ["parts", "0", "hero"]) == ["parts", "2", "hero"]
    assert steps_like(there, here, ["parts", "1", "hero"]) == ["parts", "2", "hero"]  # there is no such block


def test_a_space_reads_by_its_names() -> None:
    link: Any = {"nodeType": "hyperlink", "data": {"uri": "https://x.example"}, "content": []}
    link["content"] = [{"nodeType": "text", "value": "this"}]
    target = {"target": {"sys": {"linkType": "Entry", "id": "hen"}}}
    text: Any = {
        "nodeType": "document",
        "content": [
            {"nodeType": "paragraph", "content": [{"nodeType": "text", "value": "see "}, link]},
            {"nodeType": "embedded-entry-block", "data": target, "content": []},
        ],
    }
    hen = {"sys": {"id": "hen", "contentType": {"sys": {"id": "bird"}}}, "fields": {"name": {"en": "Hen"}}}
    store = Store(
        content_types=[{"sys": {"id": "bird"}, "name": "Bird", "displayField": "name", "fields": [
            {"id": "name", "name": "Full name"}, {"id": "text", "name": "Description"}]}],
        locales=[{"code": "en", "default": True}],
        entries__bird=[hen],
    )  # fmt: skip
    reader = SpaceReader(store, store, same_uid)
    row: JsonObject = {"kind": "entries", "content_type": "bird", "uid": "hen", "change": "changed"}
    told = reader.told({**row, "path": "/fields/text/en/content/0", "left": text["content"][0]})
    assert (told.label, told.locale, told.root) == ("Description", "en", "/fields/text/en")
    assert told.left == "see this (https://x.example)"
    assert reader.words(text).splitlines() == ["see this (https://x.example)", "[Hen]"]
    assert reader.type_name("bird") == "Bird"
    assert reader.told({**row, "path": "/published/en", "change": "added"}).is_live


def test_a_project_reads_by_its_names() -> None:
    reader = ProjectReader(Store(), Store(), same_uid)
    told = reader.told({"path": "/environments/Prod/deployPhases/0", "right": {"id": 3, "name": "Agent job"}})
    assert (told.label, told.right) == ("Environments › Prod › Deploy phases › 1", "Agent job")


def test_words_of_a_system_that_says_nothing_better() -> None:
    told = PlainReader().told({"path": "/some_name/0/isFine", "left": True, "right": None})
    assert told[:3] == ("Some name › 1 › Is fine", "yes", "(empty)")
    assert humanised("URL") == "URL"
    assert label_of("/a~1b/c") == "a/b › C"
    assert plain_words([1, {"x": {"y": 1.5}}]) == '1\n{"x":{"y":1.5}}'
