"""The town's content as a space of Contentful: what editors saved and published, step by step; the releases.

The town, its people and its events are invented.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import guide_files
from space_model import AUSTRIAN, DEFAULT, GERMAN, asset, concept, entry, link

Row = dict[str, Any]


class File(NamedTuple):
    """A file of an asset in one locale."""

    name: str
    data: bytes
    kind: str = "image/svg+xml"


class Asset(NamedTuple):
    """An asset as it was first saved: its title by locale, and its files by locale."""

    title: Row
    files: dict[str, File]
    tags: tuple[str, ...] = ()


def _drawing(name: str, colour: str, shape: str) -> dict[str, File]:
    return {DEFAULT: File(name, guide_files.drawing(colour, shape))}


_TIDES = "Gezeiten im erfundenen Hafen\n06:12 Hochwasser\n12:25 Niedrigwasser\n18:39 Hochwasser\n"
ASSETS: dict[str, Asset] = {
    "lighthouse": Asset(
        {DEFAULT: "The lighthouse", GERMAN: "Der Leuchtturm"},
        _drawing("lighthouse.svg", guide_files.BRICK, guide_files.TOWER),
        ("landmark",),
    ),
    "market": Asset(
        {DEFAULT: "The fish market"}, _drawing("fish market.svg", guide_files.NIGHT, guide_files.STALL)
    ),
    "crane": Asset(
        {DEFAULT: "The old crane", AUSTRIAN: "Der alte Kran"},
        _drawing("Kran – alt.svg", guide_files.NIGHT, guide_files.CRANE),
    ),
    # Two locales with files of their own.
    "tides": Asset(
        {DEFAULT: "Tide table", GERMAN: "Gezeiten"},
        {
            DEFAULT: File("tide-table.txt", guide_files.TIDES, "text/plain"),
            GERMAN: File("gezeiten.txt", _TIDES.encode(), "text/plain"),
        },
    ),
    "plan": Asset({DEFAULT: "Plan of the new quay"}, _drawing("plan.svg", guide_files.SEA, guide_files.ROPE)),
    "poster": Asset(
        {DEFAULT: "A poster of last year"}, _drawing("poster.svg", guide_files.SEA, guide_files.SHIP)
    ),
}
PUBLISHED_ASSETS = ("lighthouse", "market", "crane", "tides")
ARCHIVED_ASSET = "poster"
NEW_LIGHTHOUSE = File("lighthouse.svg", guide_files.NEW_LIGHTHOUSE)  # uploaded after the first was published


# --- rich text ---


def text(value: str, *marks: str) -> Row:
    return {"nodeType": "text", "value": value, "marks": [{"type": mark} for mark in marks], "data": {}}


def node(kind: str, *content: Row, **data: Any) -> Row:
    return {"nodeType": kind, "data": data, "content": [*content]}


def p(*content: Row | str) -> Row:
    return node("paragraph", *(text(part) if isinstance(part, str) else part for part in content))


def document(*content: Row) -> Row:
    return node("document", *content)


_STORY = document(
    node("heading-2", text("A light for everybody")),
    p("It was lit for the first time by ", node("embedded-entry-inline", target=entry("ada")), "."),
    node("embedded-asset-block", target=asset("lighthouse")),
    p("Below it is ", node("entry-hyperlink", text("the market", "bold"), target=entry("market")), "."),
    node("embedded-entry-block", target=entry("lanterns")),
)
_GERMAN_STORY = document(
    node("heading-2", text("Ein Licht für alle")),
    p("Zum ersten Mal entzündet von ", node("embedded-entry-inline", target=entry("ada")), "."),
)


# --- entries ---


class Step(NamedTuple):
    """What is done to an entry: its fields are saved, then it is published (in `locales`; None: all), or the like."""

    uid: str
    kind: str
    fields: Row | None = None
    action: str = ""  # "publish", "unpublish", "archive"
    locales: tuple[str, ...] | None = None
    tags: tuple[str, ...] = ()
    concepts: tuple[str, ...] = ()

    def body(self) -> Row:
        metadata: Row = {"tags": [link("Tag", tag) for tag in self.tags]}
        metadata["concepts"] = [concept(uid) for uid in self.concepts]
        return {"metadata": metadata, "fields": self.fields or {}}


def _in(value: Any, german: Any = None, austrian: Any = None) -> Row:
    """A value by locale."""
    values = {DEFAULT: value, GERMAN: german, AUSTRIAN: austrian}
    return {code: one for code, one in values.items() if one is not None}


def _person(uid: str, name: str, role: Row, **links: Any) -> Step:
    fields = {"name": _in(name), "role": role, **{key: _in(value) for key, value in links.items()}}
    return Step(uid, "person", fields, "publish")


def _place(
    uid: str, name: Row, action: str = "publish", *, tags: tuple[str, ...] = (), **fields: Row
) -> Step:
    return Step(
        uid,
        "place",
        {"name": name, "slug": _in(uid), **fields},
        action,
        tags=tags,
        concepts=("areaWaterQuay",),
    )


def _event(
    uid: str, title: Row, action: str = "publish", locales: tuple[str, ...] | None = None, **fields: Row
) -> Step:
    return Step(uid, "event", {"title": title, **fields}, action, locales)


PEOPLE = (
    _person(
        "ada", "Ada Quayside", _in("Keeper of the light", "Leuchtturmwärterin"), portrait=asset("lighthouse")
    ),
    _person("tam", "Tam Ropewalker", _in("Rope maker", "Seiler", "Reepschläger"), learnedFrom=entry("ada")),
    # He says that he taught himself.
    _person("barnacle", "Old Barnacle", _in("Tells the tides"), learnedFrom=entry("barnacle")),
)

# Lighthouse → market → crane → lighthouse: a cycle of three.
_FIRST: Row = {"photo": _in(asset("lighthouse")), "keeper": _in(entry("ada"))}
_THEN: Row = {**_FIRST, "nearby": _in([entry("market")]), "position": _in({"lat": 54.125, "lon": -7.25})}
_HOURS: Row = {"opening": _in({"sunday": ["10:00", "16:00"], "steps": 114, "holidays": None, "groups": {}})}
PLACES = (
    _place("lighthouse", _in("The lighthouse"), **_FIRST),
    _place(
        "crane",
        _in("The old crane", "Der alte Kran", "Der alte Hafenkran"),
        nearby=_in([entry("lighthouse")]),
        photo=_in(asset("crane"), None, asset("crane")),
        tags=("landmark",),
    ),
    _place(
        "market", _in("Fish market", "Fischmarkt"), nearby=_in([entry("crane")]), photo=_in(asset("market"))
    ),
    # Live in two of three locales; the third was saved, and is a draft.
    _place("tidepool", _in("Tide pool", "Gezeitenbecken", "Gezeitentümpel"), ""),
    Step("tidepool", "place", None, "publish", (DEFAULT, GERMAN)),
    # Live everywhere, and edited since in one locale alone.
    _place("beach", _in("Pebble beach", "Kieselstrand", "Kieselstrand")),
    _place("beach", _in("Pebble beach", "Kiesstrand", "Kieselstrand"), ""),
    _place("boathouse", _in("The boathouse"), "", tags=("internal",)),
    _place("smokehouse", _in("The smokehouse", "Die Räucherei"), "archive"),
    # Was live, and was taken down.
    _place("ferry", _in("The old ferry"), nearby=_in([entry("crane")])),
    Step("ferry", "place", None, "unpublish"),
)
EVENTS = (
    _event(
        "lanterns",
        _in("Night of lanterns", "Nacht der Laternen"),
        begins=_in("2027-11-11T18:00+01:00"),
        where=_in(entry("lighthouse")),
        free=_in(True),
        words=_in(["lanterns", "night", "Möwe"]),
    ),
    _event("herring", _in("Herring feast", "Heringsfest"), price=_in(4.5), where=_in(entry("market"))),
    _event("herring", _in("Herring feast", "Heringsfest"), "", price=_in(5), where=_in(entry("market"))),
    # Live in Austria alone.
    _event(
        "perchten", _in(None, None, "Perchtenlauf am Kai"), "publish", (AUSTRIAN,), where=_in(entry("crane"))
    ),
)
# Published three times, and edited since: what is live is not what is edited.
LIGHTHOUSE = (
    _place("lighthouse", _in("The lighthouse", "Der Leuchtturm"), **_THEN, tags=("landmark",)),
    _place(
        "lighthouse",
        _in("The lighthouse", "Der Leuchtturm", "Der Leuchtturm"),
        **_THEN,
        **_HOURS,
        summary=_in("Red, round, and open on Sundays.", "Rot, rund, sonntags offen."),
        description=_in(_STORY, _GERMAN_STORY),
        tags=("landmark", "forChildren"),
    ),
    _place(
        "lighthouse",
        _in("The lighthouse", "Der Leuchtturm", "Der Leuchtturm"),
        "",
        **_THEN,
        **_HOURS,
        summary=_in("Red, round, and closed for painting.", "Rot, rund, sonntags offen."),
        description=_in(_STORY, _GERMAN_STORY),
        tags=("landmark", "forChildren", "internal"),
    ),
)
NOTICES = (
    Step("painting", "notice", {"text": _in("Closed for painting"), "about": _in(entry("lighthouse"))}, ""),
    Step(
        "low-water",
        "notice",
        {"text": _in("Low water", "Niedrigwasser"), "about": _in(entry("beach"))},
        "publish",
    ),
)
STEPS = (*PEOPLE, *PLACES, *EVENTS, *LIGHTHOUSE, *NOTICES)


# --- releases ---


def shown_in(entity: Row, *codes: str) -> Row:
    """An item of a Timeline release that publishes an entity in these locales, and takes it down in the others."""
    others = [code for code in (DEFAULT, GERMAN, AUSTRIAN) if code not in codes]
    return {"entity": entity, "add": {"fields": {"*": [*codes]}}, "remove": {"fields": {"*": others}}}


_ALL = (DEFAULT, GERMAN, AUSTRIAN)
ANNIVERSARY = "A hundred years of light"
TIMELINE: dict[str, list[Row]] = {
    ANNIVERSARY: [
        shown_in(entry("lighthouse"), *_ALL),
        shown_in(entry("lanterns"), DEFAULT, GERMAN),
        shown_in(asset("lighthouse"), *_ALL),
    ],
    "Last winter": [shown_in(entry("beach"))],  # takes it down everywhere; archived
}
ARCHIVED_RELEASE = "Last winter"
EDITED_COPY = ("lighthouse", "name", _in("The lighthouse, a hundred years old", "Hundert Jahre Leuchtturm"))
ONLY_THERE = (
    "fireworks",
    "event",
    {"title": _in("Fireworks at the quay"), "where": _in(entry("lighthouse"))},
)
LAUNCH: dict[str, list[Row]] = {"Summer opening": [entry("boathouse"), entry("market"), asset("plan")]}
SCHEDULED = ("2031-01-06T10:00:00.000Z", "Europe/Berlin")
