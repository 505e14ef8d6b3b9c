"""Two nights: `diff` names what was edited in entries, in their languages and in their variants, each edit once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from every_kind_stack import SUMMER
from small_stack import ABROAD, HEN
from story_stack import OTHER
from two_nights import (
    EVERYWHERE,
    HEN_PATH,
    STORY_PATH,
    heading,
    lines,
    move,
    page_gone,
    picture_gone,
    put,
    save,
    send,
    two_nights,
    without_uids,
)

if TYPE_CHECKING:
    from two_nights import Edit

EDITS: dict[str, tuple[Edit, list[str]]] = {
    "title": (save(put("title", "Port")), ["changed entries Port en-us /title Harbour en->Port"]),
    "a field": (save(put("summary", "Long")), ["changed entries Harbour en en-us /summary Short->Long"]),
    "a field emptied": (save(put("summary", "")), ["changed entries Harbour en en-us /summary Short->-"]),
    "a field of a block": (
        save(heading("Ocean")),
        ["changed entries Harbour en en-us /sections/0/hero/heading Sea->Ocean"],
    ),
    "a field of a group": (
        save(lambda entry: entry["facts"][1].update(value="2")),
        ["changed entries Harbour en en-us /facts/1/value 1->2"],
    ),
    "words of a rich text": (
        save(lambda entry: entry["body"]["children"][1]["children"][0].update(text="2nd")),
        ["changed entries Harbour en en-us /body/children/1/children/0/text Second->2nd"],
    ),
    "a word made bold": (
        save(
            lambda entry: entry["body"]["children"][0].update(
                children=[{"text": "Fi"}, {"text": "rst", "bold": True}]
            )
        ),
        [
            'changed entries Harbour en en-us /body/children/0/children [{"text":"First"}]->[{"text":"Fi"},{"bold":t…'
        ],
    ),
    "a paragraph moved": (
        save(lambda entry: move("children", 2, 0)(entry["body"])),
        ["moved entries Harbour en en-us /body/children/0 /body/children/2"],
    ),
    "a paragraph added": (
        save(
            lambda entry: entry["body"]["children"].insert(
                1, {"type": "p", "attrs": {}, "children": [{"text": "New"}]}
            )
        ),
        ['added entries Harbour en en-us /body/children/1 -->{"children":[{"text":"Ne…'],
    ),
    "a paragraph removed": (
        save(lambda entry: entry["body"]["children"].pop(1)),
        ['removed entries Harbour en en-us /body/children/1 {"children":[{"text":"Se…->-'],
    ),
    "blocks moved": (
        save(move("sections", 2, 0)),
        ["moved entries Harbour en en-us /sections/0 /sections/2"],
    ),
    "a block removed": (
        save(lambda entry: entry["sections"].pop(1)),
        ['removed entries Harbour en en-us /sections/1 {"quote":{"speaker":"A",…->-'],
    ),
    "a block added": (
        save(lambda entry: entry["sections"].insert(0, {"quote": {"words": "New", "speaker": "C"}})),
        ['added entries Harbour en en-us /sections/0 -->{"quote":{"speaker":"C",…'],
    ),
    "a block moved and edited": (
        save(lambda entry: (heading("Ocean")(entry), move("sections", 0, 2)(entry))),
        [
            "moved entries Harbour en en-us /sections/2 /sections/0",
            "changed entries Harbour en en-us /sections/2/hero/heading Sea->Ocean",
        ],
    ),
    "groups moved": (save(move("facts", 0, 2)), ["moved entries Harbour en en-us /facts/2 /facts/0"]),
    "a reference moved": (
        save(move("related", 0, 1)),
        ["moved entries Harbour en en-us /related/1 /related/0"],
    ),
    "a reference replaced": (
        save(lambda entry: entry["related"].__setitem__(1, {"uid": OTHER, "_content_type_uid": "story"})),
        ['changed entries Harbour en en-us /related/1 {"_content_type_uid":"pa…->{"_content_type_uid":"st…'],
    ),
    "a reference added": (
        save(lambda entry: entry["related"].append({"uid": OTHER, "_content_type_uid": "story"})),
        ['added entries Harbour en en-us /related/2 -->{"_content_type_uid":"st…'],
    ),
    "a reference removed": (
        save(lambda entry: entry["related"].pop(0)),
        ['removed entries Harbour en en-us /related/0 {"_content_type_uid":"pa…->-'],
    ),
    "words moved": (save(move("words", 0, 2)), ["moved entries Harbour en en-us /words/2 /words/0"]),
    "a word changed": (
        save(lambda entry: entry["words"].__setitem__(1, "2")),
        ["changed entries Harbour en en-us /words/1 two->2"],
    ),
    "a file taken out": (
        save(put("picture", None)),
        ["changed entries Harbour en en-us /picture bltaaaaaaaaaaaaaa03->-"],
    ),
    "French": (
        save(put("summary", "Bref"), locale="fr-fr"),
        ["changed entries Harbour fr fr-fr /summary Short->Bref"],
    ),
    "a value that all languages share": (
        save(put("price", 6)),
        ["changed entries Harbour en en-us /price 5->6"],
    ),
    "saved without an edit": (save(lambda _: None), ["changed entries Harbour en en-us /_version 1->2"]),
    "new uids of all instances": (
        save(lambda entry: heading("Ocean")(without_uids(entry))),
        ["changed entries Harbour en en-us /sections/0/hero/heading Sea->Ocean"],
    ),
    "localized": (
        save(put("title", "Poule"), uid=HEN, kind="page", locale="fr-fr"),
        ["added entries Poule fr-fr"],
    ),
    "unlocalized": (
        send("POST", f"{STORY_PATH}/unlocalize", params={"locale": "fr-fr"}),
        ["removed entries Harbour fr fr-fr"],
    ),
    "deleted": (send("DELETE", HEN_PATH, params=EVERYWHERE), ["removed entries Hen, revised"]),
    "created": (
        send("POST", "/content_types/story/entries", json={"entry": {"title": "Brand new"}}),
        ["added entries Brand new"],
    ),
    "a picture deleted, shown empty": (picture_gone, ["removed assets Hen and egg"]),
    "a page deleted, links to it shown no more": (page_gone, ["removed entries Egg"]),
    "a variant": (
        send(
            "PUT",
            f"{HEN_PATH}/variants/{SUMMER}",
            params={"locale": "en-us"},
            json={"entry": {"title": "Hot hen", "_variant": {"_change_set": ["title"], "_order": []}}},
        ),
        ["changed variants Hot hen en-us /title Summer Hen in summer->Hot hen"],
    ),
    "a variant removed": (
        send("DELETE", f"{HEN_PATH}/variants/{SUMMER}", params={"locale": "en-us"}),
        ["removed variants Hen in summer en-us Summer"],
    ),
    "what a variant shows of its entry": (
        save(put("partner", [{"uid": ABROAD, "_content_type_uid": "page"}]), uid=HEN, kind="page"),
        [
            'changed entries Hen, revised en-us /partner/0 {"_content_type_uid":"pa…->{"_content_type_uid":"pa…'
        ],
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_an_entry_is_told_once(name: str) -> None:
    edit, expected = EDITS[name]
    assert lines(two_nights(edit)) == expected
