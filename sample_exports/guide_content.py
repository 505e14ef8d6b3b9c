"""The guide's content: every write to every entry, in order; what is published where; the releases.

The town, its people and its events are invented.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Row = dict[str, Any]


@dataclass(frozen=True)
class ContentIds:
    """What the content refers to: uids of entries and assets by their keys, URLs and file names of assets."""

    entry: Callable[[str], str]
    asset: Callable[[str], str]
    url: Callable[[str], str]
    name: Callable[[str], str]

    def ref(self, *keys: str) -> list[Row]:
        """References to entries; a key is `TYPE/NAME`."""
        return [{"uid": self.entry(key), "_content_type_uid": key.partition("/")[0]} for key in keys]


class Write(NamedTuple):
    """One version of one entry in one language; `named` is the version's name, if it has one."""

    key: str
    locale: str
    fields: Row
    named: str = ""


class Publish(NamedTuple):
    """A version of an entry that is published in environments and languages."""

    key: str
    version: int
    environments: tuple[str, ...]
    locale: str = "en-us"
    shown_in: tuple[str, ...] = ()


LIVE, BOTH = ("production",), ("preview", "production")


# --- rich text ---


def _node(kind: str, children: list[Row], **attrs: Any) -> Row:
    """A node of a JSON rich text; its uid is a digest of its content."""
    uid = hashlib.sha256(repr((kind, children, attrs)).encode()).hexdigest()[:32]
    return {"type": kind, "uid": uid, "attrs": attrs, "children": children}


def text(words: str, **marks: bool) -> Row:
    return {"text": words, **marks}


def p(*inner: Row | str) -> Row:
    return _node("p", [text(one) if isinstance(one, str) else one for one in inner])


def h2(words: str) -> Row:
    return _node("h2", [text(words)])


def link(words: str, url: str) -> Row:
    return _node("a", [text(words)], url=url, target="_self")


def doc(*children: Row) -> Row:
    return {**_node("doc", [*children]), "_version": 1}


def embedded(ids: ContentIds, key: str, *, locale: str = "en-us", display: str = "block") -> Row:
    """An entry inside a JSON rich text."""
    return _node(
        "reference",
        [text("")],
        **{
            "display-type": display,
            "type": "entry",
            "class-name": "embedded-entry",
            "entry-uid": ids.entry(key),
            "locale": locale,
            "content-type-uid": key.partition("/")[0],
        },
    )


def picture(ids: ContentIds, key: str) -> Row:
    """An asset inside a JSON rich text."""
    return _node(
        "reference",
        [text("")],
        **{
            "display-type": "display",
            "type": "asset",
            "class-name": "embedded-asset",
            "asset-uid": ids.asset(key),
            "asset-link": ids.url(key),
            "asset-name": ids.name(key),
            "asset-type": "image/svg+xml",
            "content-type-uid": "sys_assets",
        },
    )


def html_entry(ids: ContentIds, key: str, locale: str = "en-us") -> str:
    """An entry inside an HTML rich text."""
    return (
        f'<div class="embedded-entry block-entry" type="entry" data-sys-entry-uid="{ids.entry(key)}" '
        f'data-sys-entry-locale="{locale}" data-sys-content-type-uid="{key.partition("/")[0]}" '
        'sys-style-type="block"></div>'
    )


def html_picture(ids: ContentIds, key: str) -> str:
    """An asset inside an HTML rich text."""
    return (
        f'<figure class="embedded-asset" type="asset" data-sys-asset-uid="{ids.asset(key)}" '
        f'data-sys-asset-filelink="{ids.url(key)}" data-sys-asset-contenttype="image/svg+xml" '
        f'sys-style-type="display"><img src="{ids.url(key)}" alt="A drawing"></figure>'
    )


def hours(day: str, opens: str, closes: str) -> Row:
    return {"day": day, "opens": opens, "closes": closes}


def practical(remark: str, *rows: Row) -> Row:
    """A modular block that holds a global field that holds a group."""
    return {"practical": {"opening": {"hours": [*rows], "remark": remark}}}


def terms(**chosen: str) -> list[Row]:
    return [{"taxonomy_uid": of, "term_uid": term} for of, names in chosen.items() for term in names.split()]


# --- entries ---


def writes(ids: ContentIds) -> Iterator[Write]:
    """Every version, oldest first. Entries may refer to entries that are written later: their uids are fixed."""
    yield from _people(ids)
    yield from _places(ids)
    yield from _events(ids)
    yield from _walks(ids)
    yield from _pages(ids)


def _people(ids: ContentIds) -> Iterator[Write]:
    def person(name: str, role: str, portrait: str = "", taught_by: str = "", locale: str = "en-us") -> Write:
        fields: Row = {"title": name, "role": role}
        fields["portrait"] = ids.asset(portrait) if portrait else None
        fields["learned_from"] = ids.ref(f"person/{taught_by}") if taught_by else []
        return Write(f"person/{name}", locale, fields)

    yield person("Ada Quayside", "Keeper of the light", "crow")
    yield person("Tam Ropewalker", "Rope maker", taught_by="Ada Quayside")
    yield person(
        "Old Barnacle", "Tells the tides", taught_by="Old Barnacle"
    )  # he says that he taught himself
    yield person("Ada Quayside", "Leuchtturmwärterin", "crow", locale="de-de")


def _places(ids: ContentIds) -> Iterator[Write]:
    # Lighthouse → market → crane → lighthouse: a cycle of three.
    draft = {
        "title": "The lighthouse",
        "url": "/places/lighthouse",
        "summary": "Red, round, and open on Sundays.",
        "photo": ids.asset("lighthouse"),
        "gallery": [ids.asset("lighthouse"), ids.asset("plan")],
        "position": {"latitude": 54.10, "longitude": -7.250},
        "nearby": ids.ref("place/market"),
        "taxonomies": terms(surroundings="waterfront quay", season="summer"),
        "seo": {"meta_title": "The lighthouse", "image": ids.asset("lighthouse")},
    }
    story = doc(
        h2("A light for everybody"),
        p("It was lit for the first time by ", embedded(ids, "person/Ada Quayside", display="inline"), "."),
        picture(ids, "lighthouse"),
        p("Below it is ", link("the fish market", "/places/fish-market"), "."),
        embedded(ids, "event/Night of lanterns"),
    )
    quote = {"quote": {"words": "The sea keeps its own diary.", "said_by": ids.ref("person/Old Barnacle")}}
    full = {
        **draft,
        "description": story,
        "blocks": [quote, practical("Mind the steps.", hours("Sunday", "10:00", "16:00"))],
    }
    yield Write("place/lighthouse", "en-us", draft)
    yield Write("place/lighthouse", "en-us", full, named="As opened")
    yield Write(
        "place/lighthouse",
        "en-us",
        {**full, "summary": "Red, round, and soon with a lift."},
        named="With the lift",
    )
    german = {
        **full,
        "title": "Der Leuchtturm",
        "url": "/orte/leuchtturm",
        "summary": "Rot, rund, sonntags offen.",
    }
    del german["position"]  # the same in every language
    german["description"] = doc(
        h2("Ein Licht für alle"), embedded(ids, "event/Night of lanterns", locale="de-de")
    )
    yield Write("place/lighthouse", "de-de", german)
    yield Write("place/lighthouse", "de-de", {**german, "summary": "Rot, rund, bald mit Aufzug."})
    yield Write(
        "place/lighthouse",
        "de-at",
        {**german, "title": "Der Leuchtturm (AT)", "summary": "Rot, rund, am Sonntag offen."},
    )
    yield Write(
        "place/market",
        "en-us",
        {
            "title": "Fish market",
            "url": "/places/fish-market",
            "summary": "Loud before six, empty by nine.",
            "photo": ids.asset("market"),
            "nearby": ids.ref("place/crane", "place/pier"),
            "blocks": [
                practical(
                    "Bring a basket.",
                    hours("weekdays", "04:30", "09:00"),
                    hours("Saturday", "04:30", "11:00"),
                )
            ],
            "taxonomies": terms(surroundings="quay"),
        },
    )
    yield Write(
        "place/market",
        "de-de",
        {"title": "Fischmarkt", "url": "/orte/fischmarkt", "summary": "Laut vor sechs."},
    )
    yield Write(
        "place/crane",
        "en-us",
        {
            "title": "The old crane",
            "url": "/places/old-crane",
            "summary": "Lifted its last barrel long ago.",
            "photo": ids.asset("crane"),
            "nearby": ids.ref("place/lighthouse"),
            "taxonomies": terms(surroundings="quay old_town"),
        },
    )
    pool = {"title": "Tide pool", "url": "/places/tide-pool", "summary": "Nearest to itself at low water."}
    yield Write(
        "place/pool",
        "en-us",
        {**pool, "nearby": ids.ref("place/pool"), "taxonomies": terms(surroundings="beach")},
    )
    yield Write(
        "place/pier",
        "en-us",
        {"title": "Ferry pier", "url": "/places/ferry-pier", "photo": ids.asset("ferry")},
    )
    museum = {"title": "Rope museum", "url": "/places/rope-museum", "summary": "Knots, and how to undo them."}
    yield Write(
        "place/museum",
        "en-us",
        {**museum, "photo": ids.asset("museum"), "taxonomies": terms(surroundings="old_town")},
    )


def _events(ids: ContentIds) -> Iterator[Write]:
    lanterns = {
        "title": "Night of lanterns",
        "url": "/events/lanterns",
        "starts": "2026-11-06T18:00:00.000Z",
        "free": True,
        "venue": ids.ref("place/lighthouse"),
        "colour": "#ffb347",
        "see_also": ids.ref("event/Herring feast", "place/pier"),
        "story": doc(p("Bring a lantern. ", text("No fireworks.", bold=True))),
        "taxonomies": terms(season="autumn"),
    }
    yield Write("event/Night of lanterns", "en-us", lanterns)
    yield Write(
        "event/Night of lanterns",
        "de-de",
        {**lanterns, "title": "Nacht der Laternen", "url": "/feste/laternen"},
    )
    feast = {
        "title": "Herring feast",
        "url": "/events/herring-feast",
        "starts": "2026-06-13",
        "free": False,
        "price": 12.50,
        "venue": ids.ref("place/market"),
        "see_also": ids.ref("event/Night of lanterns"),
        "story": doc(p("Herring in seven ways."), picture(ids, "market")),
        "taxonomies": terms(season="spring summer"),
    }
    yield Write("event/Herring feast", "en-us", feast)
    yield Write("event/Herring feast", "en-us", {**feast, "price": 13.0}, named="Printed programme")
    yield Write(
        "event/Herring feast",
        "en-us",
        {**feast, "price": 13.0, "starts": "2026-06-14"},
        named="Moved by a day",
    )
    yield Write("event/Herring feast", "en-us", {**feast, "price": 14.25, "starts": "2026-06-14"})
    parade = {
        "title": "Parade of boats",
        "url": "/events/parade",
        "starts": "2026-08-01",
        "free": True,
        "colour": "#2f6f8f",
    }
    yield Write("event/Parade of boats", "en-us", {**parade, "venue": ids.ref("place/pier")})
    knots = {
        "title": "An evening of knots",
        "url": "/events/knots",
        "venue": ids.ref("place/museum"),
        "free": False,
    }
    yield Write("event/An evening of knots", "en-us", {**knots, "price": 0})
    # Only in Austria: there is no such entry in the other languages.
    winter = {"title": "Perchtenlauf am Kai", "url": "/feste/perchten", "starts": "2026-12-05", "free": True}
    yield Write(
        "event/Perchtenlauf",
        "de-at",
        {**winter, "venue": ids.ref("place/lighthouse"), "taxonomies": terms(season="winter")},
    )


def _walks(ids: ContentIds) -> Iterator[Write]:
    def stop(place: str, remark: str) -> Row:
        return {"place": ids.ref(f"place/{place}"), "remark": remark}

    notes = (
        f'<p>Start at high water; see the <a href="{ids.url("tides")}">tide table</a>.</p>'
        f"{html_picture(ids, 'crane')}{html_entry(ids, 'place/crane')}<p>End where the soup is.</p>"
    )
    around = {
        "title": "Around the harbour",
        "url": "/walks/around-the-harbour",
        "kilometres": 3.20,
        "effort": "easy",
        "guide": ids.ref("person/Ada Quayside"),
        "stops": [stop("lighthouse", "Count the steps."), stop("market", ""), stop("crane", "Look up.")],
        "notes": notes,
    }
    yield Write("walk/around", "en-us", around)
    german = {**around, "title": "Rund um den Hafen", "url": "/wege/rund-um-den-hafen", "effort": "easy"}
    german["notes"] = f"<p>Bei Flut beginnen.</p>{html_entry(ids, 'place/lighthouse', 'de-de')}"
    yield Write("walk/around", "de-de", german)
    low = {
        "title": "Low water",
        "url": "/walks/low-water",
        "kilometres": 6,
        "effort": "fair",
        "stops": [stop("pool", "Boots!")],
    }
    yield Write(
        "walk/low-water",
        "en-us",
        {**low, "guide": ids.ref("person/Old Barnacle"), "notes": "<p>Ask before you go.</p>"},
    )
    night = {"title": "By night", "url": "/walks/by-night", "kilometres": 1.5, "effort": "easy", "stops": []}
    yield Write("walk/by-night", "en-us", {**night, "guide": ids.ref("person/Tam Ropewalker")})


def _pages(ids: ContentIds) -> Iterator[Write]:
    body = doc(
        p("A small harbour, and everything that is worth seeing in it."), embedded(ids, "place/lighthouse")
    )
    home = {
        "title": "Home",
        "url": "/",
        "sections": [
            {"hero": {"heading": "Welcome ashore", "picture": ids.asset("lighthouse")}},
            {"text": {"body": body}},
            {"teasers": {"shown": ids.ref("place/lighthouse", "event/Herring feast", "walk/around")}},
        ],
        "more": {"title": "Getting here", "href": "/getting-here"},
    }
    yield Write("page/home", "en-us", home)
    german = {
        **home,
        "title": "Startseite",
        "sections": [{"hero": {"heading": "Willkommen an Land", "picture": ids.asset("lighthouse")}}],
    }
    yield Write("page/home", "de-de", german)
    austrian = [{"hero": {"heading": "Griaß eich am Kai", "picture": ids.asset("crow")}}]
    yield Write("page/home", "de-at", {**german, "title": "Startseite (AT)", "sections": austrian})
    getting = {
        "title": "Getting here",
        "url": "/getting-here",
        "more": {"title": "The pier", "href": "/places/ferry-pier"},
    }
    ferry = {"hero": {"heading": "By ferry, mostly", "picture": ids.asset("ferry")}}
    office = practical("The office is in the old crane.", hours("weekdays", "09:00", "17:00"))
    yield Write("page/getting-here", "en-us", {**getting, "sections": [ferry]})
    yield Write("page/getting-here", "en-us", {**getting, "sections": [ferry, office]})
    about = {
        "title": "About this guide",
        "url": "/about",
        "sections": [{"text": {"body": doc(p("Everything here is invented."))}}],
    }
    yield Write("page/about", "en-us", about)
    features = {
        "map": True,
        "languages": ["en-us", "de-de", "de-at"],
        "zoom": 14.0,
        "harbour_id": 12345678901234567,
    }
    settings = {
        "title": "Settings",
        "slogan": "Mind the seagulls.",
        "home": ids.ref("page/home"),
        "features": features,
    }
    yield Write("site_settings/settings", "en-us", settings)


# --- what is done with them ---

STAGES = (
    ("event/Night of lanterns", "en-us", "Ready"),
    ("event/Herring feast", "en-us", "Read by another"),
    ("event/Parade of boats", "en-us", "Draft"),
    ("page/home", "en-us", "Ready"),
)

PUBLISHED = (
    # The version that is live is not the latest one, and each environment and language shows its own.
    Publish("place/lighthouse", 2, LIVE),
    Publish("place/lighthouse", 3, ("preview",)),
    Publish("place/lighthouse", 1, LIVE, "de-de"),
    Publish("place/lighthouse", 2, ("preview",), "de-de"),
    Publish("place/market", 1, BOTH),
    Publish("place/market", 1, ("preview",), "de-de"),
    Publish("place/crane", 1, BOTH),
    Publish("place/pier", 1, LIVE),
    Publish("event/Herring feast", 2, LIVE),
    Publish("event/Herring feast", 4, ("preview",)),
    Publish("event/Night of lanterns", 1, BOTH),
    Publish("event/Night of lanterns", 1, BOTH, "de-de"),
    Publish("event/Perchtenlauf", 1, LIVE, "de-at"),
    Publish("walk/around", 1, BOTH),
    Publish("page/home", 1, BOTH),
    Publish("page/home", 1, LIVE, "de-de"),
    Publish("page/home", 1, LIVE, "de-at"),
    # Not translated: German and Austrian readers see the English document, each a version of it.
    Publish("page/getting-here", 1, LIVE, "en-us", ("en-us", "de-de", "de-at")),
    Publish("page/getting-here", 2, ("preview",)),
    Publish("person/Ada Quayside", 1, LIVE),
    Publish("site_settings/settings", 1, BOTH),
)

PUBLISHED_FILES = (
    # The picture was replaced after it went live.
    ("lighthouse", 1, LIVE, ("en-us", "de-de")),
    ("lighthouse", 2, ("preview",), ("en-us",)),
    ("market", 1, BOTH, ("en-us",)),
    ("escape", 1, LIVE, ("en-us",)),
    ("arabic", 1, LIVE, ("de-at",)),
)


class Pinned(NamedTuple):
    """An item of a release."""

    key: str
    version: int
    locale: str = "en-us"
    action: str = "publish"


RELEASES: tuple[tuple[str, str, bool, tuple[Pinned, ...]], ...] = (
    (
        "Summer opening",
        "Went out in June; locked ever since.",
        True,
        (
            Pinned("place/lighthouse", 2),
            Pinned("place/lighthouse", 1, "de-de"),
            Pinned("event/Herring feast", 3),
            Pinned("event/An evening of knots", 1, action="unpublish"),
            Pinned("asset/lighthouse", 1),
        ),
    ),
    (
        "Autumn lights",
        "Still being put together.",
        False,
        (
            Pinned("event/Night of lanterns", 1),
            Pinned("event/Night of lanterns", 1, "de-de"),
            Pinned("page/home", 1, "de-at"),
            Pinned("event/Parade of boats", 1, action="unpublish"),
        ),
    ),
    ("Winter ideas", "Nothing yet.", False, ()),
)
