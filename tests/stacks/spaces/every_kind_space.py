"""A space with an object of every kind, in every state that there is: raw, as the service answers.

`OBJECTS` has them by the names of kinds; `fill_every_kind` puts them into an emulated space.
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from stackferry.emulators.contentful.space import StoredFile

if TYPE_CHECKING:
    from stackferry.emulators.contentful import Environment, Space

Raw = dict[str, Any]

SPACE = "invented-source"
YEAR = datetime.now(UTC).year + 1  # what is scheduled lies ahead, and no further than the service allows
LOCALES = ("en-US", "de")
_TIMES = {"createdAt": "2030-01-01T08:00:00.000Z", "updatedAt": "2030-01-02T08:00:00.000Z"}
_PEOPLE = {"createdBy": {"sys": {"type": "Link", "linkType": "User", "id": "invented-user"}}}


def link(of_type: str, uid: str) -> Raw:
    return {"sys": {"type": "Link", "linkType": of_type, "id": uid}}


def sys(of_type: str, uid: str, version: int = 1, **more: Any) -> Raw:
    return {"type": of_type, "id": uid, "version": version, **_TIMES, **_PEOPLE, **more}


def published(of_type: str, uid: str, version: int, live: int, **more: Any) -> Raw:
    """`sys` of a document whose version `live` was published: it is changed where the numbers lie further apart."""
    facts: Raw = {"publishedVersion": live, "publishedAt": "2030-01-02T08:00:00.000Z", "publishedCounter": 1}
    return sys(of_type, uid, version, **{**facts, **more}, firstPublishedAt="2030-01-01T09:00:00.000Z")


def status(**states: str) -> Raw:
    """`fieldStatus`; `en_US` is en-US."""
    return {"fieldStatus": {"*": {code.replace("_", "-"): state for code, state in states.items()}}}


def resource(uid: str, space: str = SPACE) -> Raw:
    urn = f"crn:contentful:::content:spaces/{space}/environments/master/entries/{uid}"
    return {"sys": {"type": "ResourceLink", "linkType": "Contentful:Entry", "urn": urn}}


def rich_text(words: str, target: str) -> Raw:
    marked = {"nodeType": "text", "value": words, "marks": [{"type": "bold"}], "data": {}}
    paragraph = {"nodeType": "paragraph", "data": {}, "content": [marked]}
    block = {"nodeType": "embedded-entry-block", "data": {"target": link("Entry", target)}, "content": []}
    return {"nodeType": "document", "data": {}, "content": [paragraph, block]}


def _field(uid: str, of_type: str, **more: Any) -> Raw:
    base = {"id": uid, "name": uid.title(), "type": of_type, "localized": False, "required": False}
    return {**base, "disabled": False, "omitted": False, "validations": [], **more}


PAGE: Raw = {
    "sys": published("ContentType", "page", 3, 2),
    "name": "Page",
    "description": "A page of the site",
    "displayField": "title",
    "fields": [
        _field("title", "Symbol", localized=True, required=True, validations=[{"size": {"max": 200}}]),
        _field("slug", "Symbol", validations=[{"unique": True}], defaultValue={"en-US": "new"}),
        _field("body", "RichText", localized=True),
        _field("partner", "Link", linkType="Entry", validations=[{"linkContentType": ["page"]}]),
        _field("pictures", "Array", items={"type": "Link", "linkType": "Asset", "validations": []}),
        _field("words", "Array", items={"type": "Symbol", "validations": [{"in": ["a", "b"]}]}),
        _field("data", "Object"),
        _field(
            "shared",
            "ResourceLink",
            allowedResources=[
                {
                    "type": "Contentful:Entry",
                    "source": f"crn:contentful:::content:spaces/{SPACE}",
                    "contentTypes": ["page"],
                }
            ],
        ),
    ],
    "metadata": {"annotations": {"ContentType": [link("Annotation", "Contentful:AggregateRoot")]}},
}
# Ahead of what is published: a field more.
TEASER_LIVE: Raw = {
    "sys": published("ContentType", "teaser", 3, 2),
    "name": "Teaser",
    "description": "",
    "displayField": "head",
    "fields": [_field("head", "Symbol")],
}
TEASER: Raw = {
    **TEASER_LIVE,
    "sys": published("ContentType", "teaser", 4, 2),
    "fields": [_field("head", "Symbol"), _field("foot", "Symbol")],
}
SKETCH: Raw = {
    "sys": sys("ContentType", "sketch"),
    "name": "Sketch",
    "description": None,
    "displayField": None,
    "fields": [_field("name", "Symbol")],
}


def _page(sys_: Raw, fields: Raw, **metadata: list[Raw]) -> Raw:
    of_type = {"contentType": link("ContentType", "page")}
    return {
        "metadata": {"tags": [], "concepts": [], **metadata},
        "sys": {**sys_, **of_type},
        "fields": fields,
    }


HEN = _page(
    published("Entry", "hen", 6, 5, publishedCounter=2, **status(en_US="published", de="published")),
    {
        "title": {"en-US": "Hen", "de": "Huhn"},
        "slug": {"en-US": "hen"},
        "body": {"en-US": rich_text("It lays", "egg")},
        "partner": {"en-US": link("Entry", "egg")},
        "pictures": {"en-US": [link("Asset", "picture"), link("Asset", "sound")]},
        "words": {"en-US": ["a", "b"]},
        "data": {"en-US": {"app": {"entry": "egg"}, "sizes": [1, 2.5], "empty": ""}},
        "shared": {"en-US": resource("egg")},
    },
    tags=[link("Tag", "farm"), link("Tag", "bird")],
    concepts=[link("TaxonomyConcept", "animals")],
)
EGG_LIVE = _page(
    published("Entry", "egg", 3, 2, **status(en_US="published", de="published")),
    {"title": {"en-US": "Egg", "de": "Ei"}, "slug": {"en-US": "egg"}},
    tags=[link("Tag", "farm")],
)
EGG = _page(
    published("Entry", "egg", 5, 2, **status(en_US="changed", de="published")),
    {"title": {"en-US": "Egg, edited", "de": "Ei"}, "slug": {"en-US": "egg"}},
)
PARTLY_LIVE = _page(
    published("Entry", "partly", 3, 2, **status(en_US="published", de="draft")), {"title": {"en-US": "Goose"}}
)
PARTLY = _page(
    published("Entry", "partly", 3, 2, **status(en_US="published", de="draft")),
    {"title": {"en-US": "Goose", "de": "Gans"}},
)
FOX = _page(sys("Entry", "fox", 2, **status(en_US="draft", de="draft")), {"title": {"en-US": "Fox"}})
OWL = _page(
    sys("Entry", "owl", 3, archivedVersion=2, archivedAt="2030-01-02T08:00:00.000Z"),
    {"title": {"en-US": "Owl"}},
)


def _file(name: str, of_type: str, size: int) -> Raw:
    path = f"/{SPACE}/of-{name}/token/{name}"
    return {"fileName": name, "contentType": of_type, "url": path, "details": {"size": size}}


FILES = {
    "picture.png": b"an invented picture",
    "bild.png": b"ein erfundenes Bild",
    "sound.mp3": b"an invented sound",
    "sound-new.mp3": b"an invented sound, edited",
}


def _asset(sys_: Raw, title: Raw, file: Raw, **more: Any) -> Raw:
    return {
        "metadata": {"tags": [], "concepts": []},
        "sys": sys_,
        "fields": {"title": title, "file": file, **more},
    }


def _of(name: str, of_type: str) -> Raw:
    return _file(name, of_type, len(FILES[name]))


PICTURE = {
    **_asset(
        published("Asset", "picture", 3, 2, **status(en_US="published", de="published")),
        {"en-US": "Picture", "de": "Bild"},
        {"en-US": _of("picture.png", "image/png"), "de": _of("bild.png", "image/png")},
        description={"en-US": "Of a hen"},
    ),
    "metadata": {"tags": [link("Tag", "farm")], "concepts": []},
}
SOUND_LIVE = {
    **_asset(
        published("Asset", "sound", 3, 2, **status(en_US="published", de="draft")),
        {"en-US": "Sound"},
        {"en-US": _of("sound.mp3", "audio/mpeg")},
    ),
    "metadata": {"tags": [link("Tag", "bird")], "concepts": []},
}
SOUND = _asset(
    published("Asset", "sound", 5, 2, **status(en_US="changed", de="draft")),
    {"en-US": "Sound, edited"},
    {"en-US": _of("sound-new.mp3", "audio/mpeg")},
)
WAITING = _asset(
    sys("Asset", "waiting", 1),
    {"en-US": "Waiting"},
    {
        "en-US": {
            "fileName": "later.png",
            "contentType": "image/png",
            "upload": "https://example.invalid/later.png",
        }
    },
)


def _snapshot(uid: str, document: Raw, number: int, **fields: Any) -> Raw:
    inner = {**document["sys"], "version": number + 1, "publishedVersion": number}
    body = {name: value for name, value in document.items() if name not in ("sys", "metadata")}
    facts = {"id": uid, "type": "Snapshot", "snapshotType": "publish", "snapshotEntityType": inner["type"]}
    return {"sys": {**facts, **_TIMES, **_PEOPLE}, "snapshot": {"sys": inner, **body, **fields}}


def _release(
    uid: str, title: str, generation: str, items: list[Raw], state: str = "active", **more: Any
) -> Raw:
    facts: Raw = {"schemaVersion": generation, "status": state}
    if state == "archived":
        facts["archivedAt"] = "2030-01-03T08:00:00.000Z"
    entities = {"sys": {"type": "Array"}, "items": items}
    return {"sys": sys("Release", uid, **facts), "title": title, "entities": entities, **more}


CAMPAIGN = _release(
    "campaign",
    "Campaign",
    "Release.v2",
    [
        {"entity": link("Entry", "hen"), "action": "publish"},
        {
            "entity": link("Entry", "egg"),
            "add": {"fields": {"*": ["en-US"]}},
            "remove": {"fields": {"*": ["de"]}},
        },
        {"entity": link("Asset", "picture"), "action": "unpublish"},
        {"entity": link("Entry", "chick"), "action": "publish"},
    ],
    metadata={"withReferences": [{"entity": link("Entry", "hen"), "filters": [{"include": ["Asset"]}]}]},
)


def _in_release(document: Raw, fields: Raw) -> Raw:
    facts = {name: document["sys"][name] for name in ("type", "id", "contentType") if name in document["sys"]}
    return {
        "metadata": copy.deepcopy(document["metadata"]),
        "sys": {**sys(facts["type"], facts["id"]), **facts, "release": link("Release", "campaign")},
        "fields": {**copy.deepcopy(document["fields"]), **fields},
    }


CHICK = _page(sys("Entry", "chick"), {"title": {"en-US": "Chick"}})


def _schedule(uid: str, entity: Raw, at: str, state: str = "scheduled", **more: Any) -> Raw:
    when = {"datetime": at, "timezone": "Europe/Berlin"}
    body = {"entity": entity, "environment": link("Environment", "master"), "scheduledFor": when}
    return {"sys": sys("ScheduledAction", uid, status=state), "action": "publish", **body, **more}


_STEPS = [
    {"id": "step-1", "name": "Draft", "description": "To be written", "permissions": [], "actions": []},
    {
        "id": "step-2",
        "name": "Review",
        "permissions": [
            {"type": "entity_permission", "configuration": {"action": "edit", "effect": "allow"}}
        ],
        "actions": [{"type": "task", "configuration": {"body": "Read it"}}],
        "annotations": ["color:green"],
    },
]

OBJECTS: dict[str, list[Raw]] = {
    "space": [
        {
            "sys": {**sys("Space", SPACE), "organization": link("Organization", "invented-organization")},
            "name": "Farm",
        }
    ],
    "locales": [
        {
            "sys": sys("Locale", f"of-{code}"),
            "name": code,
            "internal_code": code,
            "code": code,
            "fallbackCode": fallback,
            "default": fallback is None,
            "contentManagementApi": True,
            "contentDeliveryApi": True,
            "optional": fallback is not None,
        }
        for code, fallback in (("en-US", None), ("de", "en-US"))
    ],
    "concepts": [
        {
            "sys": sys("TaxonomyConcept", "animals"),
            "uri": None,
            "prefLabel": {"en-US": "Animals"},
            "altLabels": {"en-US": ["Beasts", "Creatures"]},
            "hiddenLabels": {"en-US": ["Fauna"]},
            "notations": ["A"],
            "note": {"en-US": "Of all sorts"},
            "definition": {"en-US": "What lives on a farm"},
            "broader": [],
            "related": [link("TaxonomyConcept", "birds")],
            "conceptSchemes": [link("TaxonomyConceptScheme", "farm-life")],
        },
        {
            "sys": sys("TaxonomyConcept", "birds"),
            "prefLabel": {"en-US": "Birds"},
            "broader": [link("TaxonomyConcept", "animals")],
            "related": [link("TaxonomyConcept", "animals")],
        },
    ],
    "concept_schemes": [
        {
            "sys": sys("TaxonomyConceptScheme", "farm-life"),
            "uri": "https://example.invalid/farm",
            "prefLabel": {"en-US": "Farm life"},
            "definition": {"en-US": "All of it"},
            "topConcepts": [link("TaxonomyConcept", "animals")],
            "concepts": [link("TaxonomyConcept", "animals"), link("TaxonomyConcept", "birds")],
            "totalConcepts": 2,
        }
    ],
    "extensions": [
        {
            "sys": sys("Extension", "picker"),
            "extension": {
                "name": "Picker",
                "src": "https://example.invalid/picker",
                "fieldTypes": [{"type": "Symbol"}],
            },
            "parameters": {"colour": "red", "kept_empty": ""},
        }
    ],
    "app_installations": [
        {
            "sys": {**sys("AppInstallation", ""), "appDefinition": link("AppDefinition", "invented-app")},
            "parameters": {"limit": 3, "names": ["hen", "egg"]},
        }
    ],
    "tags": [
        {"sys": sys("Tag", "farm", visibility="public"), "name": "Farm"},
        {"sys": sys("Tag", "bird", visibility="private"), "name": "Bird"},
    ],
    "content_types": [PAGE, TEASER, SKETCH],
    "published_content_types": [TEASER_LIVE],
    "content_type_snapshots": [_snapshot("s-page", PAGE, 2), _snapshot("s-teaser", TEASER_LIVE, 2)],
    "editor_interfaces": [
        {
            "sys": {**sys("EditorInterface", "default", 2), "contentType": link("ContentType", "page")},
            "controls": [
                {"fieldId": "title", "widgetId": "singleLine", "widgetNamespace": "builtin"},
                {
                    "fieldId": "slug",
                    "widgetId": "picker",
                    "widgetNamespace": "extension",
                    "settings": {"helpText": "Short"},
                },
            ],
            "sidebar": [{"widgetId": "publication-widget", "widgetNamespace": "sidebar-builtin"}],
            "editors": [
                {"widgetId": "default-editor", "widgetNamespace": "editor-builtin", "disabled": True}
            ],
            "editor": {"widgetId": "invented-app", "widgetNamespace": "app", "settings": {"wide": True}},
            "editorLayout": [{"groupId": "main", "name": "Main", "items": [{"fieldId": "title"}]}],
            "groupControls": [{"groupId": "main", "widgetId": "topLevelTab", "widgetNamespace": "builtin"}],
        },
        {
            "sys": {**sys("EditorInterface", "default"), "contentType": link("ContentType", "teaser")},
            "controls": [{"fieldId": "head"}],
        },
    ],
    "assets": [PICTURE, SOUND, WAITING],
    "published_assets": [SOUND_LIVE],
    "entries": [HEN, EGG, PARTLY, FOX, OWL],
    "published_entries": [EGG_LIVE, PARTLY_LIVE],
    "entry_snapshots": [
        _snapshot("s-hen-1", HEN, 2, fields={"title": {"en-US": "Hen, first"}}),
        _snapshot("s-hen-2", HEN, 5),
        _snapshot("s-egg", EGG_LIVE, 2),
        _snapshot("s-partly", PARTLY, 2),
    ],
    "ui_config": [
        {
            "sys": sys("UIConfig", "default"),
            "entryListViews": [
                {"id": "birds", "title": "Birds", "views": [{"id": "all", "title": "All", "filters": []}]}
            ],
            "assetListViews": [{"id": "sounds", "title": "Sounds", "views": []}],
        }
    ],
    "releases": [
        CAMPAIGN,
        _release("launch", "Launch", "Release.v1", [link("Entry", "hen"), link("Asset", "picture")]),
        _release("past", "Past", "Release.v1", [link("Entry", "fox")], "archived"),
    ],
    "release_entries": [
        _in_release(HEN, {"title": {"en-US": "Hen, on sale", "de": "Huhn"}}),
        _in_release(EGG, {}),
        _in_release(CHICK, {}),
    ],
    "release_assets": [_in_release(PICTURE, {"title": {"en-US": "Picture, on sale"}})],
    "release_actions": [
        {
            "sys": sys("ReleaseAction", "acted", status="succeeded", release=link("Release", "past")),
            "action": "publish",
        }
    ],
    "scheduled_actions": [
        _schedule("of-release", link("Release", "campaign"), f"{YEAR}-01-01T08:00:00.000Z"),
        _schedule(
            "of-entry",
            link("Entry", "fox"),
            f"{YEAR}-02-01T08:00:00.000Z",
            payload={
                "withReferences": {"entities": {"sys": {"type": "Array"}, "items": [link("Entry", "hen")]}}
            },
        ),
        _schedule("off", link("Entry", "egg"), f"{YEAR}-03-01T08:00:00.000Z", "canceled"),
    ],
    "workflow_definitions": [
        {
            "sys": sys("WorkflowDefinition", "review"),
            "name": "Review",
            "description": "Read before it is live",
            "appliesTo": [
                {
                    "type": "entity",
                    "linkType": "Entry",
                    "validations": [{"linkContentType": ["page"]}],
                }
            ],
            "startOnEntityCreation": False,
            "flowType": "no_restriction",
            "steps": _STEPS,
        }
    ],
    "workflows": [
        {
            "sys": {
                **sys("Workflow", "of-fox"),
                "entity": link("Entry", "fox"),
                "workflowDefinition": link("WorkflowDefinition", "review"),
            },
            "stepId": "step-2",
            "previousStepId": "step-1",
        }
    ],
    "tasks": [
        {
            "sys": {**sys("Task", "read"), "parentEntity": link("Entry", "fox")},
            "body": "Read it",
            "status": "active",
            "assignedTo": link("User", "invented-user"),
            "dueDate": f"{YEAR}-01-01T00:00:00.000Z",
        }
    ],
    "comments": [
        {
            "sys": {**sys("Comment", "remark"), "parentEntity": link("Entry", "fox")},
            "body": "Too sly",
            "status": "active",
        },
        {
            "sys": {
                **sys("Comment", "answer"),
                "parentEntity": link("Entry", "fox"),
                "parent": link("Comment", "remark"),
            },
            "body": "Not at all",
            "status": "active",
        },
    ],
    "roles": [
        {
            "sys": sys("Role", "author"),
            "name": "Author",
            "description": "Writes",
            "permissions": {"ContentModel": ["read"], "Settings": [], "ContentDelivery": "all"},
            "policies": [
                {
                    "effect": "allow",
                    "actions": ["update"],
                    "constraint": {
                        "and": [
                            {"equals": [{"doc": "sys.type"}, "Entry"]},
                            {"paths": [{"doc": "fields.title.de"}]},
                        ]
                    },
                }
            ],
        }
    ],
    "webhooks": [
        {
            "sys": sys("WebhookDefinition", "deploy"),
            "name": "Deploy",
            "url": "https://hooks.example.invalid/deploy",
            "topics": ["Entry.publish", "Entry.unpublish"],
            "filters": [{"equals": [{"doc": "sys.environment.sys.id"}, "master"]}],
            "headers": [{"key": "X-Site", "value": "farm"}],
            "httpBasicUsername": "deployer",
            "transformation": {"method": "POST", "includeContentLength": True},
            "active": True,
        }
    ],
    "api_keys": [
        {
            "sys": sys("ApiKey", "site"),
            "name": "Site",
            "description": "Of the site",
            "environments": [link("Environment", "master")],
            "preview_api_key": link("PreviewApiKey", "preview"),
        }
    ],
    "preview_api_keys": [
        {
            "sys": sys("PreviewApiKey", "preview"),
            "name": "Preview",
            "environments": [link("Environment", "master")],
        }
    ],
    "environment_aliases": [
        {"sys": sys("EnvironmentAlias", "live"), "environment": link("Environment", "master")}
    ],
}

_ROWS = ("tags", "extensions", "app_installations", "workflow_definitions", "workflows", "tasks", "comments")
_OF_SPACE = ("webhooks", "roles", "api_keys", "preview_api_keys", "scheduled_actions")


def _live_bodies(kind: str) -> dict[str, Raw]:
    return {raw["sys"]["id"]: raw for raw in OBJECTS[f"published_{kind}"]}


def fill_every_kind(space: Space, environment: Environment) -> None:
    """Put all of it into an emulated space that is empty."""
    objects = copy.deepcopy(OBJECTS)
    for raw in objects["locales"]:
        environment.put("locales", raw)
    for kind in _ROWS:
        for raw in objects[kind]:
            raw["sys"]["id"] = raw["sys"]["id"] or raw["sys"]["appDefinition"]["sys"]["id"]
            environment.put(kind, raw)  # type: ignore[arg-type]  # a name of `_ROWS`
    for kind in _OF_SPACE:
        for raw in objects[kind]:
            space.put(kind, raw)  # type: ignore[arg-type]  # a name of `_OF_SPACE`
    for raw in objects["environment_aliases"]:
        space.put("aliases", raw)
    _fill_organization(space, objects)
    _fill_documents(space, environment, objects)
    environment.ui_config = objects["ui_config"][0]
    for raw in objects["releases"]:
        is_campaign = raw["sys"]["id"] == "campaign"
        bodies = [objects[kind] if is_campaign else [] for kind in ("release_entries", "release_assets")]
        environment.put_release(raw, *bodies)
    for raw in objects["release_actions"]:
        environment.release_actions[raw["sys"]["id"]] = raw


def _fill_organization(space: Space, objects: dict[str, list[Raw]]) -> None:
    for table, kind in (
        (space.organization.concepts, "concepts"),
        (space.organization.concept_schemes, "concept_schemes"),
    ):
        table.update({raw["sys"]["id"]: raw for raw in objects[kind]})
    definition: Raw = {"sys": sys("AppDefinition", "invented-app"), "name": "Invented app"}
    space.organization.app_definitions["invented-app"] = definition


def _fill_documents(space: Space, environment: Environment, objects: dict[str, list[Raw]]) -> None:
    older: dict[str, list[Raw]] = {}
    for raw in (*objects["entry_snapshots"], *objects["content_type_snapshots"]):
        older.setdefault(raw["snapshot"]["sys"]["id"], []).append(raw)
    for raw in objects["content_types"]:
        uid = raw["sys"]["id"]
        environment.put_content_type(raw, _live_bodies("content_types").get(uid), older.get(uid, ()))
    for raw in objects["editor_interfaces"]:
        environment.put_editor_interface(raw)
    for name, content in FILES.items():
        of_type = "image/png" if name.endswith("png") else "audio/mpeg"
        space.files[f"/{SPACE}/of-{name}/token/{name}"] = StoredFile(content, of_type)
    for raw in objects["assets"]:
        environment.put_asset(raw, _live_bodies("assets").get(raw["sys"]["id"]))
    for raw in objects["entries"]:
        uid = raw["sys"]["id"]
        environment.put_entry(raw, _live_bodies("entries").get(uid), older.get(uid, ()))
