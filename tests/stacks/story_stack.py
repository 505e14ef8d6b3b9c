"""The stack of every kind, with a story in two languages that has fields of every shape: what editors move and edit."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from editors import Editors
from every_kind_stack import fill_every_kind
from random_stack import STAMPS, TITLE
from small_stack import EGG, HEN, PICTURE

if TYPE_CHECKING:
    from collections.abc import Callable

    from random_fields import Row

    from stackferry.emulators.contentstack import Stack

STORY, OTHER = "bltstory000000001", "bltstory000000002"
STAGING = "bltaaaaaaaaaaaaaa02"


def fill_story(stack: Stack) -> None:
    """Fill an empty stack."""
    fill_every_kind(stack)
    stack.put("environments", {"uid": STAGING, "name": "staging", "urls": [], **STAMPS})
    stack.main.put_content_type(_story_type())
    for uid, title in ((STORY, "Harbour"), (OTHER, "Quay")):
        for locale in ("en-us", "fr-fr"):
            stack.main.put_entry_version("story", locale, story(uid, f"{title} {locale[:2]}"))


def _field(uid: str, data_type: str, **more: Any) -> Row:
    return {"uid": uid, "display_name": uid.title(), "data_type": data_type, "mandatory": False,
            "multiple": False, "unique": False, **more}  # fmt: skip


def _story_type() -> Row:
    hero = [_field("heading", "text"), _field("image", "file")]
    quote = [_field("words", "text"), _field("speaker", "text")]
    blocks = [
        {"uid": "hero", "title": "Hero", "schema": hero},
        {"uid": "quote", "title": "Quote", "schema": quote},
    ]
    facts = [_field("label", "text"), _field("value", "text")]
    schema = [
        TITLE,
        _field("summary", "text"),
        _field("price", "number", non_localizable=True),
        _field("body", "json", field_metadata={"allow_json_rte": True, "rich_text_type": "advanced"}),
        _field("sections", "blocks", multiple=True, blocks=blocks),
        _field("facts", "group", multiple=True, schema=facts),
        _field("related", "reference", multiple=True, reference_to=["page", "story"],
               field_metadata={"ref_multiple": True, "ref_multiple_content_types": True}),
        _field("picture", "file"),
        _field("words", "text", multiple=True),
    ]  # fmt: skip
    options = {"is_page": False, "singleton": False, "sub_title": [], "title": "title"}
    return {
        "uid": "story",
        "title": "Story",
        "description": "",
        "schema": schema,
        "options": options,
        **STAMPS,
    }


def story(uid: str, title: str) -> Row:
    """A story whose blocks, groups and paragraphs have uids of their own."""
    sections: list[Row] = [
        {"hero": {"heading": "Sea", "image": PICTURE, "_metadata": {"uid": "csblock1"}}},
        {"quote": {"words": "Ahoy", "speaker": "A", "_metadata": {"uid": "csblock2"}}},
        {"quote": {"words": "Aye", "speaker": "B", "_metadata": {"uid": "csblock3"}}},
    ]
    facts = [
        {"label": label, "value": "1", "_metadata": {"uid": f"csfact{label}"}} for label in ("a", "b", "c")
    ]
    return {
        "uid": uid,
        "title": title,
        "summary": "Short",
        "price": 5,
        "body": _text(uid),
        "sections": sections,
        "facts": facts,
        "related": [{"uid": one, "_content_type_uid": "page"} for one in (HEN, EGG)],
        "picture": PICTURE,
        "words": ["one", "two", "three"],
        "tags": [],
        "_version": 1,
        "publish_details": [],
        **STAMPS,
    }


def _text(uid: str) -> Row:
    words = [("p", "First"), ("h2", "Second"), ("p", "Third")]
    children = [
        {"type": kind, "uid": f"node{number}", "attrs": {}, "children": [{"text": text}]}
        for number, (kind, text) in enumerate(words)
    ]
    return {"type": "doc", "uid": f"doc{uid}", "attrs": {}, "children": children, "_version": 1}


class StoryEditor(Editors):
    """Edits one thing at a time; each edit must be accepted."""

    def do(self, method: str, path: str, **request: Any) -> Any:
        """One request; its answer."""
        answer = self.call(method, path, **request)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else {}

    def change(
        self, edit: Callable[[Any], object], uid: str = STORY, locale: str = "en-us", kind: str = "story"
    ) -> None:
        """Open an entry, change what it holds, save it."""
        path = f"/content_types/{kind}/entries/{uid}"
        entry = deepcopy(self.do("GET", path, params={"locale": locale})["entry"])
        edit(entry)
        sent = {name: value for name, value in entry.items() if name in _WRITABLE or name == "title"}
        self.do("PUT", path, params={"locale": locale}, json={"entry": _as_written(sent)})

    def publish_story(self, action: str, version: int, *environments: str, locale: str = "en-us") -> None:
        facts = {"environments": environments, "locales": [locale]}
        self.do(
            "POST",
            f"/content_types/story/entries/{STORY}/{action}",
            json={"entry": facts, "locale": locale, "version": version},
        )


_WRITABLE = frozenset(
    ("summary", "price", "body", "sections", "facts", "related", "picture", "words", "partner")
)


def _as_written(entry: Row) -> Row:
    """Files by their uid, as a write takes them."""
    result = {**entry}
    if isinstance(entry.get("picture"), dict):
        result["picture"] = entry["picture"]["uid"]
    for section in entry.get("sections", []):
        hero = section.get("hero")
        if hero and isinstance(hero.get("image"), dict):
            hero["image"] = hero["image"]["uid"]
    return result
