"""What the page "Search parameters" says of each operator on each type of field: entries, and answers made by hand.

`SAID` is what the page says; a row of `OPEN` is what it leaves open: a switch of the emulator, the answer under each of
its values, and what our own import does where it can tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from small_space import content_type, entry, field, link, locale

if TYPE_CHECKING:
    from stackferry.emulators.contentful import Environment, Space

TYPE = content_type(
    "cat",
    field("likes", "Array", items={"type": "Symbol"}),
    field("story", "Text"),
    field("lives", "Integer"),
    field("weight", "Number"),
    field("born", "Date"),
    field("tame", "Boolean"),
    field("home", "Location"),
    field("notes", "Object"),
    field("page", "RichText"),
    field("friend", "Link", linkType="Entry"),
    field("friends", "Array", items={"type": "Link", "linkType": "Entry"}),
    field("photo", "Link", linkType="Asset"),
)
OTHER_TYPE = content_type("dog")
LINK_IN_TEXT = {
    "nodeType": "document",
    "data": {},
    "content": [{"nodeType": "embedded-entry-block", "data": {"target": link("Entry", "b")}, "content": []}],
}


def _tagged(made: Any, *tags: str) -> Any:
    return {**made, "metadata": {"tags": [link("Tag", tag) for tag in tags], "concepts": []}}


def _in(**fields: Any) -> Any:
    return {name: {"en-US": value} for name, value in fields.items()}


ENTRIES: list[Any] = [
    _tagged(
        entry(
            "a",
            {
                "title": {"en-US": "Nyan, cat", "de": "Katze"},
                **_in(likes=["rainbows", "fish"], story="She flies at Night", lives=9, weight=1.5, tame=True),
                **_in(born="2013-01-01T00:00:00.000Z", home={"lat": 38.0, "lon": -122.0}),
                **_in(friend=link("Entry", "b"), friends=[link("Entry", "b"), link("Entry", "c")]),
            },
            kind="cat",
        ),
        "red",
        "blue",
    ),
    _tagged(
        entry(
            "b",
            {
                **_in(
                    title="Garfield",
                    likes=["lasagna", "fish"],
                    lives=9007199254740993,
                    weight=-2.0,
                    tame=False,
                ),
                **_in(born="2013-06-01", home={"lat": 52.5, "lon": 13.4}, photo=link("Asset", "p")),
            },
            kind="cat",
        ),
        "red",
    ),
    entry(
        "c",
        {
            **_in(title="Tom", likes=["lasagna"], lives=0, born="2013-01-01T02:00:00.000+02:00"),
            **_in(notes={"sys": link("Entry", "b")["sys"]}, page=LINK_IN_TEXT),
        },
        kind="cat",
    ),
    entry("d", {"title": "", **_in(likes=[], friends=[])}, kind="cat"),
    entry("e", {}, kind="dog"),
]
_CAT = {"content_type": "cat"}
SAID: list[tuple[dict[str, Any], str]] = [
    ({}, "abcde"),
    (_CAT, "abcd"),
    # equality, inequality
    ({"sys.id": "a"}, "a"),
    ({"sys.id[ne]": "a"}, "bcde"),
    ({**_CAT, "fields.title": "Nyan, cat"}, "a"),
    ({**_CAT, "fields.title": "nyan, cat"}, ""),
    ({**_CAT, "fields.title": "Nyan"}, ""),
    ({**_CAT, "fields.title.de": "Katze"}, "a"),
    ({**_CAT, "fields.title": "Katze"}, ""),
    ({**_CAT, "fields.title[ne]": "Tom"}, "abd"),
    ({**_CAT, "fields.lives": 9}, "a"),
    ({**_CAT, "fields.lives": 9007199254740992}, ""),
    ({**_CAT, "fields.weight": 1.5}, "a"),
    ({**_CAT, "fields.weight": "1.50"}, "a"),
    ({**_CAT, "fields.tame": True}, "a"),
    ({**_CAT, "fields.tame": False}, "b"),
    ({**_CAT, "fields.born": "2013-01-01T00:00:00.000Z"}, "ac"),
    ({**_CAT, "fields.friend.sys.id": "b"}, "a"),
    # of a list: an item matches; none does
    ({**_CAT, "fields.likes": "lasagna"}, "bc"),
    ({**_CAT, "fields.likes": "rainbows,fish"}, ""),
    ({**_CAT, "fields.friends.sys.id": "c"}, "a"),
    # several values
    ({**_CAT, "fields.likes[all]": ["rainbows", "fish"]}, "a"),
    ({**_CAT, "fields.likes[all]": ["fish"]}, "ab"),
    ({"metadata.tags.sys.id[all]": ["red", "blue"]}, "a"),
    # inclusion, exclusion
    ({"sys.id[in]": ["a", "d", "nobody"]}, "ad"),
    ({"sys.id[nin]": ["a", "d"]}, "bce"),
    ({**_CAT, "fields.title[in]": ["Tom", "Garfield"]}, "bc"),
    ({**_CAT, "fields.likes[in]": ["rainbows", "lasagna"]}, "abc"),
    ({**_CAT, "fields.lives[in]": [0, 9]}, "ac"),
    ({**_CAT, "fields.friends.sys.id[in]": ["c"]}, "a"),
    ({"metadata.tags.sys.id[in]": ["blue", "red"]}, "ab"),
    ({**_CAT, "fields.story[in]": ["She flies at Night"]}, "a"),
    # existence
    ({**_CAT, "fields.story[exists]": True}, "a"),
    ({**_CAT, "fields.story[exists]": False}, "bcd"),
    ({**_CAT, "fields.title[exists]": False}, ""),  # an empty text is one
    ({**_CAT, "fields.title.de[exists]": True}, "a"),
    ({**_CAT, "fields.tame[exists]": True}, "ab"),
    ({**_CAT, "fields.home[exists]": True}, "ab"),
    ({**_CAT, "fields.notes[exists]": True}, "c"),
    ({**_CAT, "fields.photo[exists]": True}, "b"),
    ({"metadata.tags[exists]": True}, "ab"),
    ({"metadata.tags[exists]": False}, "cde"),
    ({"sys.archivedAt[exists]": False}, "abcde"),
    # ranges, of dates and numbers
    ({**_CAT, "fields.lives[lt]": 9}, "c"),
    ({**_CAT, "fields.lives[lte]": 9}, "ac"),
    ({**_CAT, "fields.lives[gt]": 9}, "b"),
    ({**_CAT, "fields.weight[lt]": 0}, "b"),
    ({**_CAT, "fields.weight[gte]": "-2"}, "ab"),
    ({**_CAT, "fields.born[gt]": "2013-01-01T00:00:00Z"}, "b"),
    ({**_CAT, "fields.born[gte]": "2013-01-01"}, "abc"),
    ({**_CAT, "fields.born[lt]": "2013-01-01T00:30:00+01:00"}, ""),
    ({**_CAT, "fields.born[lte]": "2013-01-01T01:00:00+01:00"}, "ac"),
    ({"sys.updatedAt[gte]": "2026-03-01T10:00:00Z"}, "abcde"),
    ({"sys.updatedAt[gt]": "2026-03-01T10:00:00Z"}, ""),
    ({"sys.version[gte]": 1}, "abcde"),
    # links
    ({"links_to_asset": "p"}, "b"),
    ({"links_to_entry": "c"}, "a"),
    # all of several conditions
    ({**_CAT, "fields.lives[gte]": 1, "fields.likes": "fish", "fields.tame": True}, "a"),
]
# What an import does not look up: only the service answers it.
SEARCHED: list[tuple[dict[str, Any], str]] = [
    ({**_CAT, "fields.story[match]": "NIGHT"}, "a"),
    ({**_CAT, "fields.title[match]": "nyan"}, "a"),
    ({**_CAT, "fields.home[near]": "38,-122"}, "ab"),
    ({**_CAT, "fields.home[within]": "37,-123,39,-121"}, "a"),
    ({**_CAT, "fields.home[within]": "38.1,-122,20"}, "a"),
    ({**_CAT, "fields.home[within]": "38.1,-122,2"}, ""),
    ({**_CAT, "fields.friend.sys.contentType.sys.id": "cat", "fields.friend.fields.title": "Garfield"}, "a"),
    ({"query": "flies"}, "a"),
]


class Open(NamedTuple):
    """Something that no page says: the answers under both values of a switch; None is a refusal."""

    switch: str
    query: dict[str, Any]
    answers: dict[Any, str | None]
    ours: Any  # the value of the switch that our import agrees with


OPEN = [
    Open(
        "nin_of_lists",
        {**_CAT, "fields.likes[nin]": ["rainbows", "lasagna"]},
        {"none": "d", "some": "abd"},
        "none",
    ),
    Open("without_field", {**_CAT, "fields.lives[ne]": 9}, {"kept": "bcd", "dropped": "bc"}, "kept"),
    Open("without_field", {**_CAT, "fields.lives[nin]": [9, 0]}, {"kept": "bd", "dropped": "b"}, "kept"),
    Open("without_field", {**_CAT, "fields.likes[ne]": "fish"}, {"kept": "cd", "dropped": "c"}, "kept"),
    Open("empty_list_exists", {**_CAT, "fields.likes[exists]": True}, {True: "abcd", False: "abc"}, True),
    Open(
        "text_equality",
        {**_CAT, "fields.story": "She flies at Night"},
        {"refused": None, "exact": "a"},
        "exact",
    ),
    Open("misfit", {**_CAT, "fields.title[gt]": "G"}, {"refused": None, "nothing": ""}, "refused"),
    Open(
        "date_equality",
        {**_CAT, "fields.born": "2013-01-01T00:00:00Z"},
        {"instant": "ac", "text": ""},
        "instant",
    ),
    Open("list_blanks", {"sys.id[in]": "a, b"}, {"trimmed": "ab", "kept": "a"}, "trimmed"),
    Open("rich_text_links", {"links_to_entry": "b"}, {True: "ac", False: "a"}, True),
]
ONLY_THERE = [
    Open("match", {**_CAT, "fields.story[match]": "ight"}, {"part": "a", "words": ""}, None),
    Open("misfit", {**_CAT, "fields.story[match]": "S"}, {"refused": None, "nothing": ""}, None),
]


def fill_searched(space: Space, environment: Environment) -> None:
    del space
    environment.put("locales", locale("de", "en-US"))
    for row in (TYPE, OTHER_TYPE):
        environment.put_content_type(row)
    for row in ENTRIES:
        environment.put_entry(row)
