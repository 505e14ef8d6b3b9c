"""The town's model as a space of Contentful: locales, tags, taxonomy, types, and what is the space's."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

DEFAULT, GERMAN, AUSTRIAN = "en-US", "de-DE", "de-AT"
LOCALES = (
    {"name": "German (Germany)", "code": GERMAN, "fallbackCode": DEFAULT, "optional": True},
    {"name": "German (Austria)", "code": AUSTRIAN, "fallbackCode": GERMAN, "optional": True},
)
TAGS = (
    ("landmark", "Landmark", "public"),
    ("forChildren", "For children", "public"),
    ("internal", "Internal", "private"),
)


def link(kind: str, uid: str) -> Row:
    return {"sys": {"type": "Link", "linkType": kind, "id": uid}}


def entry(uid: str) -> Row:
    return link("Entry", uid)


def asset(uid: str) -> Row:
    return link("Asset", uid)


def concept(uid: str) -> Row:
    return link("TaxonomyConcept", uid)


CONCEPTS: tuple[tuple[str, Row], ...] = (
    ("area", {"prefLabel": {"en-US": "Surroundings"}, "notations": ["S"]}),
    ("areaWater", {"prefLabel": {"en-US": "Waterfront"}, "broader": [concept("area")]}),
    ("areaWaterQuay", {"prefLabel": {"en-US": "Quay"}, "broader": [concept("areaWater")]}),
    (
        "areaWaterBeach",
        {
            "prefLabel": {"en-US": "Beach"},
            "broader": [concept("areaWater")],
            "related": [concept("areaWaterQuay")],
        },
    ),
    ("areaOldTown", {"prefLabel": {"en-US": "Old town"}, "broader": [concept("area")]}),
)
SCHEME: tuple[str, Row] = (
    "places",
    {
        "prefLabel": {"en-US": "Places"},
        "concepts": [concept(uid) for uid, _ in CONCEPTS],
        "topConcepts": [concept("area")],
    },
)


def field(uid: str, kind: str = "Symbol", *, localized: bool = False, **more: Any) -> Row:
    return {"id": uid, "name": uid.title(), "type": kind, "localized": localized, "required": False, **more}


def many(uid: str, kind: str, *only: str) -> Row:
    """A list of links, to entries of these types."""
    allowed = [{"linkContentType": [*only]}] if only else []
    return field(uid, "Array", items={"type": "Link", "linkType": kind, "validations": allowed})


def one(uid: str, *only: str) -> Row:
    return field(uid, "Link", linkType="Entry", validations=[{"linkContentType": [*only]}])


SLUG = field("slug", required=True, validations=[{"unique": True}, {"regexp": {"pattern": "^[a-z0-9-]+$"}}])
PICTURES = [{"linkMimetypeGroup": ["image"]}]

TYPES: dict[str, Row] = {
    "person": {
        "name": "Person",
        "description": "Somebody of the town.",
        "displayField": "name",
        "fields": [
            field("name", required=True),
            field("role", localized=True),
            field("portrait", "Link", linkType="Asset", validations=PICTURES),
            one("learnedFrom", "person"),
        ],
    },
    "place": {
        "name": "Place",
        "description": "Somewhere to go.",
        "displayField": "name",
        "metadata": {"taxonomy": [{"sys": {**concept("areaWater")["sys"], "required": False}}]},
        "fields": [
            field("name", localized=True, required=True, validations=[{"size": {"max": 80}}]),
            SLUG,
            field("summary", "Text", localized=True),
            field("description", "RichText", localized=True),
            field("photo", "Link", localized=True, linkType="Asset", validations=PICTURES),
            many("nearby", "Entry", "place"),
            one("keeper", "person"),
            field("position", "Location"),
            field("opening", "Object"),
        ],
    },
    "event": {
        "name": "Event",
        "description": "What happens in the town.",
        "displayField": "title",
        "fields": [
            field("title", localized=True),
            field("begins", "Date"),
            one("where", "place"),
            field("price", "Number", validations=[{"range": {"min": 0}}]),
            field("free", "Boolean", defaultValue={"en-US": True}),
            field("words", "Array", items={"type": "Symbol", "validations": [{"size": {"max": 40}}]}),
        ],
    },
    "notice": {
        "name": "Notice",
        "description": "A line on the noticeboard.",
        "displayField": "text",
        "fields": [field("text", localized=True), one("about", "place", "event")],
    },
    # Nobody published it yet.
    "boatTrip": {
        "name": "Boat trip",
        "description": "To come next year.",
        "displayField": "title",
        "fields": [field("title", localized=True), many("stops", "Entry", "place")],
    },
}
UNPUBLISHED = "boatTrip"
SPONSOR = field("sponsor")  # a field that events had for a while
URGENT = field("urgent", "Boolean")  # a field that notices have only in the draft of their type

WEBHOOK: Row = {
    "name": "Noticeboard",
    "url": "https://noticeboard.harbour-guide.example/refresh",
    "topics": ["Entry.publish", "Entry.unpublish"],
    "filters": [{"equals": [{"doc": "sys.environment.sys.id"}, "master"]}],
    "headers": [{"key": "x-board", "value": "quay"}],
}
ROLE: Row = {
    "name": "Translator",
    "description": "Reads everything, writes German.",
    "permissions": {"ContentModel": ["read"], "Settings": [], "ContentDelivery": []},
    "policies": [
        {
            "effect": "allow",
            "actions": ["read"],
            "constraint": {"and": [{"equals": [{"doc": "sys.type"}, "Entry"]}]},
        },
        {
            "effect": "allow",
            "actions": ["update"],
            "constraint": {
                "and": [
                    {"paths": [{"doc": f"fields.%.{GERMAN}"}]},
                    {"equals": [{"doc": "sys.type"}, "Entry"]},
                ]
            },
        },
    ],
}
VIEWS: list[Row] = [
    {
        "id": "town",
        "title": "The town",
        "views": [{"id": "landmarks", "title": "Landmarks", "contentTypeId": "place", "searchText": "light"}],
    }
]
SIDEBAR: list[Row] = [
    {"widgetId": "publication-widget", "widgetNamespace": "sidebar-builtin", "settings": {}}
]
HELP = "What stands on the sign at the door."
