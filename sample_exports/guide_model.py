"""The guide's content model: languages, taxonomies, global fields, content types and what belongs to them."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

LOCALES = (("de-de", "German - Germany", "en-us"), ("de-at", "German - Austria", "de-de"))

TAXONOMIES: dict[str, tuple[str, list[tuple[str, str, str | None]]]] = {
    "surroundings": (
        "Surroundings",
        [
            ("waterfront", "Waterfront", None),
            ("quay", "Quay", "waterfront"),
            ("beach", "Beach", "waterfront"),
            ("old_town", "Old town", None),
        ],
    ),
    "season": (
        "Season",
        [
            ("spring", "Spring", None),
            ("summer", "Summer", None),
            ("autumn", "Autumn", None),
            ("winter", "Winter", None),
        ],
    ),
}


def field(uid: str, name: str, kind: str = "text", **more: Any) -> Row:
    plain: Row = {"uid": uid, "display_name": name, "data_type": kind, "multiple": False, "mandatory": False}
    return {**plain, "unique": False, "non_localizable": False, **more}


TITLE = field("title", "Title", mandatory=True, unique=True, field_metadata={"_default": True, "version": 3})
URL = field("url", "URL", field_metadata={"_default": True, "version": 3})


def reference(uid: str, name: str, *types: str, multiple: bool = True, **more: Any) -> Row:
    about = {"ref_multiple": multiple, "ref_multiple_content_types": True}
    return field(uid, name, "reference", reference_to=[*types], field_metadata=about, **more)


def json_text(uid: str, name: str) -> Row:
    """A JSON rich text field that may embed entries and assets."""
    about = {"allow_json_rte": True, "embed_entry": True, "description": "", "rich_text_type": "advanced"}
    types = ["sys_assets", "place", "person", "event"]
    return field(uid, name, "json", field_metadata=about, reference_to=types, plugins=[])


def html_text(uid: str, name: str) -> Row:
    """An HTML rich text field that may embed entries and assets."""
    about = {"allow_rich_text": True, "embed_entry": True, "rich_text_type": "advanced", "version": 3}
    return field(uid, name, field_metadata=about, reference_to=["sys_assets", "place", "event"])


def group(uid: str, name: str, *inner: Row, multiple: bool = False, **more: Any) -> Row:
    return field(uid, name, "group", schema=[*inner], field_metadata={}, **{"multiple": multiple, **more})


def global_field(uid: str, name: str, of: str) -> Row:
    return field(uid, name, "global_field", reference_to=of)


def blocks(uid: str, name: str, *kinds: Row) -> Row:
    return field(uid, name, "blocks", blocks=[*kinds], multiple=True)


def block(uid: str, title: str, *inner: Row) -> Row:
    return {"uid": uid, "title": title, "schema": [*inner]}


def choice(uid: str, name: str, *values: str) -> Row:
    enum = {"advanced": False, "choices": [{"value": value} for value in values]}
    return field(uid, name, display_type="dropdown", enum=enum)


def terms(*taxonomies: str) -> Row:
    rows = [{"taxonomy_uid": uid, "max_terms": 5, "mandatory": False, "multiple": True} for uid in taxonomies]
    return field("taxonomies", "Taxonomies", "taxonomy", taxonomies=rows, multiple=True)


HOURS = group(
    "hours",
    "Hours",
    choice("day", "Day", "weekdays", "Saturday", "Sunday"),
    field("opens", "Opens"),
    field("closes", "Closes"),
    multiple=True,
)

GLOBAL_FIELDS: tuple[Row, ...] = (
    {
        "uid": "seo",
        "title": "Search engines",
        "description": "What a search engine shows of a page",
        "schema": [field("meta_title", "Meta title"), field("image", "Image", "file")],
    },
    {
        "uid": "opening_hours",
        "title": "Opening hours",
        "description": "A group inside a global field, which itself is used inside a modular block",
        "schema": [HOURS, field("remark", "Remark")],
    },
)


def content_types(colours: str, switches: str) -> list[Row]:
    """Six types that refer to each other in rings."""
    return [_person(), _place(), _event(colours), _walk(), _page(), _settings(switches)]


def _type(uid: str, title: str, *fields: Row, page: str = "", singleton: bool = False) -> Row:
    options: Row = {"is_page": bool(page), "singleton": singleton, "title": "title", "sub_title": []}
    if page:
        options |= {"url_pattern": "/:title", "url_prefix": page}
    schema = [TITLE, URL, *fields] if page else [TITLE, *fields]
    return {"uid": uid, "title": title, "description": "", "schema": schema, "options": options}


def _person() -> Row:
    return _type(
        "person",
        "Person",
        field("role", "Role"),
        field("portrait", "Portrait", "file"),
        reference("learned_from", "Learned from", "person", multiple=False),
    )


def _place() -> Row:
    position = group(
        "position",
        "Position",
        field("latitude", "Latitude", "number", non_localizable=True),
        field("longitude", "Longitude", "number", non_localizable=True),
        non_localizable=True,
    )
    return _type(
        "place",
        "Place",
        field("summary", "Summary", field_metadata={"multiline": True}),
        field("photo", "Photo", "file"),
        field("gallery", "Gallery", "file", multiple=True),
        position,
        json_text("description", "Description"),
        reference("nearby", "Nearby", "place"),
        blocks(
            "blocks",
            "Blocks",
            block(
                "quote",
                "Quote",
                field("words", "Words"),
                reference("said_by", "Said by", "person", multiple=False),
            ),
            block("practical", "Practical", global_field("opening", "Opening", "opening_hours")),
        ),
        global_field("seo", "Search engines", "seo"),
        terms("surroundings", "season"),
        page="/places/",
    )


def _event(colours: str) -> Row:
    return _type(
        "event",
        "Event",
        field("starts", "Starts", "isodate"),
        field("free", "Free of charge", "boolean"),
        field("price", "Price", "number"),
        reference("venue", "Venue", "place", multiple=False),
        json_text("story", "Story"),
        field("colour", "Colour", extension_uid=colours, field_metadata={"extension": True}),
        reference("see_also", "See also", "event", "place"),
        terms("season"),
        page="/events/",
    )


def _walk() -> Row:
    stop = group(
        "stops",
        "Stops",
        reference("place", "Place", "place", multiple=False),
        field("remark", "Remark"),
        multiple=True,
    )
    return _type(
        "walk",
        "Walk",
        field("kilometres", "Kilometres", "number"),
        choice("effort", "Effort", "easy", "fair", "hard"),
        reference("guide", "Guide", "person", multiple=False),
        stop,
        html_text("notes", "Notes"),
        page="/walks/",
    )


def _page() -> Row:
    return _type(
        "page",
        "Page",
        blocks(
            "sections",
            "Sections",
            block("hero", "Hero", field("heading", "Heading"), field("picture", "Picture", "file")),
            block("teasers", "Teasers", reference("shown", "Shown", "place", "event", "walk")),
            block("text", "Text", json_text("body", "Body")),
            block("practical", "Practical", global_field("opening", "Opening", "opening_hours")),
        ),
        field("more", "More", "link"),
        page="/",
    )


def _settings(switches: str) -> Row:
    return _type(
        "site_settings",
        "Site settings",
        field("slogan", "Slogan"),
        reference("home", "Home", "page", multiple=False),
        field("features", "Features", "json", extension_uid=switches, field_metadata={"extension": True}),
        singleton=True,
    )


COLOURS: Row = {
    "title": "Colour picker",
    "type": "field",
    "data_type": "text",
    "multiple": False,
    "srcdoc": "<!doctype html><title>Colour</title><input type=color>",
    # Invented, so that a snapshot can show what it does with such values.
    "config": {"palette": "harbour", "access_token": "invented-token-of-nobody"},
    "tags": [],
}

SWITCHES: Row = {
    "title": "Feature switches",
    "type": "field",
    "data_type": "json",
    "multiple": False,
    "srcdoc": "<!doctype html><title>Switches</title><textarea></textarea>",
    "config": {},
    "tags": [],
}

WEBHOOK: Row = {
    "name": "Tell the noticeboard",
    "destinations": [
        {
            "target_url": "https://noticeboard.example/hooks/guide",
            "http_basic_auth": "noticeboard",
            "http_basic_password": "invented-password-of-nobody",
            "custom_header": [{"header_name": "X-Noticeboard", "value": "invented-header-of-nobody"}],
        }
    ],
    "channels": ["content_types.event.entries.environments.publish.success"],
    "retry_policy": "automatic",
    "disabled": False,
    "concise_payload": True,
}

_EVERYBODY: Row = {"users": {"uids": ["$all"], "read": True, "write": True, "transit": True}}
_NO_ROLES: Row = {"roles": {"uids": [], "read": True, "write": True, "transit": True}}


def workflow() -> Row:
    colours = {"Draft": "#c0392b", "Read by another": "#e0b040", "Ready": "#2f6f8f"}
    stages = [
        {
            "name": name,
            "color": colour,
            "description": "",
            "SYS_ACL": {**_EVERYBODY, **_NO_ROLES},
            "next_available_stages": ["$all"],
        }
        for name, colour in colours.items()
    ]
    return {
        "name": "Four eyes",
        "enabled": True,
        "content_types": ["event", "page"],
        "workflow_stages": stages,
    }
