"""The content model of the space that the tests are about: every type of field, and types in every state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plain_space import Space


def field(name: str, kind: str, **more: Any) -> dict[str, Any]:
    options = {"localized": False, "required": False, "disabled": False, "omitted": False, "validations": []}
    return {"id": name, "name": name.title(), "type": kind, **options, **more}


def link(kind: str, *types: str) -> dict[str, Any]:
    return {"type": "Link", "linkType": kind, "validations": [{"linkContentType": [*types]}] if types else []}


def define(space: Space, name: str, *fields: dict[str, Any], publish: bool = True, **more: Any) -> None:
    """Make a content type, or replace its fields, and publish it."""
    path = f"content_types/{name}"
    status, now = space.ask("GET", path)
    body = {
        "name": name.title(),
        "description": "",
        "displayField": fields[0]["id"],
        "fields": [*fields],
        **more,
    }
    made = space.put(path, body, version=now["sys"]["version"] if status == 200 else None)
    if publish:
        space.put(f"{path}/published", None, version=made["sys"]["version"])


def page_fields(space: str) -> list[dict[str, Any]]:
    inside = {"type": "Contentful:Entry", "source": f"crn:contentful:::content:spaces/{space}"}
    elsewhere = {"type": "Contentful:Entry", "source": "crn:contentful:::content:spaces/foreign"}
    return [
        field("title", "Symbol", localized=True, required=True, validations=[{"size": {"max": 200}}]),
        field(
            "slug",
            "Symbol",
            validations=[{"unique": True}, {"regexp": {"pattern": "^[a-z-]+$", "flags": None}}],
        ),
        field("text", "Text", localized=True),
        field("body", "RichText", localized=True),
        field(
            "hero", "Link", linkType="Asset", localized=True, validations=[{"linkMimetypeGroup": ["image"]}]
        ),
        field("next", "Link", linkType="Entry", validations=[{"linkContentType": ["page", "note"]}]),
        field("parts", "Array", items=link("Entry", "page", "note")),
        field("words", "Array", items={"type": "Symbol", "validations": [{"in": ["oak", "ash", "elm"]}]}),
        field("count", "Integer", validations=[{"range": {"min": -10, "max": None}}]),
        field("rating", "Number"),
        field("shown", "Boolean", localized=True, defaultValue={"en-US": True, "de": False}),
        field("since", "Date"),
        field("place", "Location"),
        field("data", "Object"),
        field(
            "elsewhere",
            "ResourceLink",
            allowedResources=[{**inside, "contentTypes": ["page"]}, {**elsewhere, "contentTypes": ["page"]}],
        ),
        field("fixed", "Symbol", disabled=True),
        field("gone", "Symbol", omitted=True),
    ]


def note_fields(*more: dict[str, Any]) -> list[dict[str, Any]]:
    return [field("name", "Symbol", localized=True), field("page", "Link", linkType="Entry"), *more]


def fill_types(space: Space) -> None:
    annotations = {"ContentType": [{"sys": _link("Annotation", "Contentful:AggregateRoot")}]}
    concept = {"sys": {**_link("TaxonomyConcept", "pier"), "required": False}}
    define(
        space,
        "page",
        *page_fields(space.key),
        metadata={"annotations": annotations, "taxonomy": [concept]},
        description="A page of the harbour",
    )
    define(space, "note", *note_fields())
    define(space, "note", *note_fields(field("later", "Symbol")), publish=False, description="ahead")
    define(space, "sketch", field("name", "Symbol"), publish=False)
    space.put(
        "extensions/map",
        {
            "extension": {
                "name": "Map",
                "fieldTypes": [{"type": "Location"}],
                "srcdoc": "<p>map</p>",
                "sidebar": False,
            },
            "parameters": {"zoom": 7},
        },
    )
    controls = [{"fieldId": one["id"]} for one in page_fields(space.key)]
    controls[12] = {
        "fieldId": "place",
        "widgetId": "map",
        "widgetNamespace": "extension",
        "settings": {"helpText": "?"},
    }
    space.edit(
        "content_types/page/editor_interface",
        controls=controls,
        sidebar=[
            {"widgetId": "publication-widget", "widgetNamespace": "sidebar-builtin", "settings": {"a": 1}}
        ],
        editors=[{"widgetId": "map", "widgetNamespace": "extension", "settings": {}}],
        editorLayout=[{"groupId": "main", "name": "Main", "items": [{"fieldId": "title"}]}],
        groupControls=[{"groupId": "main", "widgetId": "topLevelTab", "widgetNamespace": "builtin"}],
    )


def _link(kind: str, key: str) -> dict[str, str]:
    return {"type": "Link", "linkType": kind, "id": key}
