"""The model of a generated space: locales, tags, taxonomy, an app and an extension, content types with a history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.emulators.contentful.documents import link
from stackferry.json_values import as_object, integer

if TYPE_CHECKING:
    from random import Random

    from stackferry.emulators.contentful.seed.api import Api
    from stackferry.model import Json, JsonObject

TAGS = ("harbour", "season-2025", "internal")
CONCEPTS = ("boats", "sail", "dinghy", "weather")
TYPES = ("page", "person", "teaser", "settings")


@dataclass(frozen=True, slots=True)
class Model:
    """What content can name."""

    locales: tuple[str, ...]
    tags: tuple[str, ...] = TAGS
    concepts: tuple[str, ...] = CONCEPTS


def build(api: Api, chance: Random, locales: tuple[str, ...]) -> Model:
    """Make the model. Fallbacks lead to the default locale, the last locale may stay empty."""
    for number, code in enumerate(locales[1:], 1):
        optional = number == len(locales) - 1
        back = locales[max(0, number - 2)] if chance.random() < 0.7 else None
        api.post(
            "/locales", {"name": f"Locale {code}", "code": code, "fallbackCode": back, "optional": optional}
        )
    for number, tag in enumerate(TAGS):
        visibility = "public" if number == 0 else "private"
        api.put(f"/tags/{tag}", {"name": tag.title(), "sys": {"visibility": visibility}})
    _taxonomy(api)
    _apps(api)
    for uid in ("person", "teaser", "page", "settings"):
        _content_type(api, uid)
    _history(api)
    _editor(api)
    return Model(locales)


def _taxonomy(api: Api) -> None:
    """Four concepts, two of them related to each other, in a scheme; one in no scheme."""
    home = f"/organizations/{api.service.spaces[api.space].organization.id}/taxonomy"
    concepts = f"{home}/concepts"
    api.put(f"{concepts}/boats", {"prefLabel": {"en-US": "Boats"}, "notations": ["B"]})
    above: list[Json] = [link("TaxonomyConcept", "boats")]
    api.put(f"{concepts}/sail", {"prefLabel": {"en-US": "Sailing boats"}, "broader": above})
    beside: list[Json] = [link("TaxonomyConcept", "sail")]
    api.put(f"{concepts}/dinghy", {"prefLabel": {"en-US": "Dinghy"}, "broader": above, "related": beside})
    back: list[Json] = [link("TaxonomyConcept", "dinghy")]
    body: JsonObject = {"prefLabel": {"en-US": "Sailing boats"}, "broader": above, "related": back}
    api.put(f"{concepts}/sail", body, 1)
    api.put(
        f"{concepts}/weather",
        {"prefLabel": {"en-US": "Weather"}, "definition": {"en-US": "What it is like."}},
    )
    members: list[Json] = [link("TaxonomyConcept", uid) for uid in ("boats", "sail", "dinghy")]
    scheme: JsonObject = {"prefLabel": {"en-US": "Craft"}, "concepts": members, "topConcepts": members[:1]}
    api.put(f"{home}/concept-schemes/craft", scheme)


def _apps(api: Api) -> None:
    organization = api.service.spaces[api.space].organization
    for uid, marketplace in (("own-app", False), ("market-app", True)):
        sys: JsonObject = {"type": "AppDefinition", "id": uid}
        sys["organization"] = link("Organization", organization.id)
        app: JsonObject = {"name": uid, "src": "https://app.invalid/", "marketplace": marketplace}
        organization.app_definitions[uid] = {**app, "sys": sys}
    api.put("/app_installations/own-app", {"parameters": {"colour": "blue"}})
    terms = ("end-user-license-agreement", "marketplace-terms-of-service", "privacy-policy")
    accepted = ",".join(f"i-accept-{term}" for term in terms)
    api.put("/app_installations/market-app", {"parameters": {}}, x_contentful_marketplace=accepted)
    source: JsonObject = {"name": "Map", "srcdoc": "<!doctype html><p>a map</p>", "sidebar": False}
    extension: JsonObject = {**source, "fieldTypes": [{"type": "Location"}]}
    api.put("/extensions/map", {"extension": extension, "parameters": {"zoom": 7}})


def _field(
    uid: str, kind: str, *, localized: bool = False, required: bool = False, **facts: Json
) -> JsonObject:
    return {
        "id": uid,
        "name": uid.title(),
        "type": kind,
        "localized": localized,
        "required": required,
        **facts,
    }


def _list_of(uid: str, items: JsonObject, **facts: Json) -> JsonObject:
    return {**_field(uid, "Array"), "items": items, **facts}


def _fields(api: Api, uid: str) -> list[Json]:
    only: JsonObject = {"linkContentType": ["person"]}
    pages: JsonObject = {"type": "Contentful:Entry", "contentTypes": ["page"]}
    pages["source"] = f"crn:contentful:::content:spaces/{api.space}"
    slug: list[Json] = [{"unique": True}, {"regexp": {"pattern": "^[a-z0-9-]+$"}}]
    by_type: dict[str, list[Json]] = {
        "person": [
            _field("name", "Symbol", required=True, validations=[{"size": {"max": 80}}]),
            _field("bio", "Text", localized=True),
            _field("portrait", "Link", linkType="Asset", validations=[{"linkMimetypeGroup": ["image"]}]),
            _field("old", "Symbol", omitted=True),
        ],
        "teaser": [
            _field("title", "Symbol", localized=True),
            _field("target", "Link", linkType="Entry"),
        ],
        "page": [
            _field("title", "Symbol", localized=True, required=True),
            _field("slug", "Symbol", required=True, validations=slug),
            _field("body", "RichText", localized=True),
            _field("author", "Link", linkType="Entry", validations=[only]),
            _field("hero", "Link", localized=True, linkType="Asset"),
            _list_of("related", {"type": "Link", "linkType": "Entry", "validations": []}),
            _list_of("words", {"type": "Symbol", "validations": [{"size": {"max": 40}}]}),
            _field("rating", "Number", validations=[{"range": {"min": 0, "max": 5}}]),
            _field("count", "Integer"),
            _field("shown", "Boolean", defaultValue={"en-US": True}),
            _field("when", "Date"),
            _field("place", "Location"),
            _field("data", "Object"),
            _field("elsewhere", "ResourceLink", allowedResources=[pages]),
        ],
        "settings": [_field("key", "Symbol", disabled=True), _field("value", "Text", localized=True)],
    }  # fmt: skip
    return by_type[uid]


def _content_type(api: Api, uid: str) -> None:
    fields = _fields(api, uid)
    body: JsonObject = {
        "name": uid.title(),
        "description": f"A {uid}.",
        "displayField": str(as_object(fields[0])["id"]),
    }
    if uid == "page":
        concept = link("TaxonomyConcept", "boats")
        as_object(concept["sys"])["required"] = False
        body["metadata"] = {
            "annotations": {"ContentType": [link("Annotation", "Contentful:AggregateRoot")]},
            "taxonomy": [concept],
        }
    api.put(f"/content_types/{uid}", {**body, "fields": fields})
    api.publish(f"/content_types/{uid}")


def _history(api: Api) -> None:
    """`teaser` loses a field in two publishes, `settings` is ahead of what is live, `draft` was never published."""
    path = "/content_types/teaser"
    known = _body(api, path)
    extra: JsonObject = {**known, "fields": [*_list(known["fields"]), _field("gone", "Symbol")]}
    _write(api, path, extra)
    omitted = [
        {**as_object(field), "omitted": True} if as_object(field)["id"] == "gone" else field
        for field in _list(_body(api, path)["fields"])
    ]
    _write(api, path, {**extra, "fields": [*omitted]})
    _write(api, path, known)
    settings = _body(api, "/content_types/settings")
    ahead: JsonObject = {**settings, "fields": [*_list(settings["fields"]), _field("note", "Symbol")]}
    api.put("/content_types/settings", ahead, api.version("/content_types/settings"))
    api.put("/content_types/draft", {"name": "Draft", "fields": [_field("title", "Symbol")]})


def _body(api: Api, path: str) -> JsonObject:
    return {name: value for name, value in api.get(path).items() if name != "sys"}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _write(api: Api, path: str, body: JsonObject) -> None:
    api.put(path, body, api.version(path))
    api.publish(path)


def _editor(api: Api) -> None:
    """An editor interface with every part that there is."""
    path = "/content_types/page/editor_interface"
    face = api.get(path)
    place: JsonObject = {"widgetId": "map", "widgetNamespace": "extension", "settings": {"helpText": "where"}}
    rows = [as_object(control) for control in _list(face["controls"])]
    controls = [{**row, **place} if row["fieldId"] == "place" else row for row in rows]
    group: JsonObject = {
        "groupId": "main",
        "name": "Main",
        "items": [{"fieldId": "title"}, {"fieldId": "slug"}],
    }
    more: JsonObject = {
        "controls": [*controls],
        "sidebar": [{"widgetId": "publication-widget", "widgetNamespace": "sidebar-builtin", "settings": {}}],
        "editors": [{"widgetId": "own-app", "widgetNamespace": "app", "settings": {}}],
        "editorLayout": [group],
        "groupControls": [{"groupId": "main", "widgetId": "topLevelTab", "widgetNamespace": "builtin"}],
    }
    api.put(path, {**face, **more}, integer(as_object(face["sys"])["version"]))
