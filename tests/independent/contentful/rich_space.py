"""A space with something of every kind and state that the facts name (§2, §3, §5), made over plain HTTP."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from rich_types import fill_types

if TYPE_CHECKING:
    from plain_space import Space

LOCALES = ("en-US", "de", "fr", "pt-BR")
CONCEPTS = ("wharf", "pier")
ORGANIZATION = "gen-organization"
_PAGE = {"X-Contentful-Content-Type": "page"}


def link(kind: str, key: str) -> dict[str, Any]:
    return {"sys": {"type": "Link", "linkType": kind, "id": key}}


def later(days: int) -> str:
    """A time to come, to the minute."""
    at = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    return at.strftime("%Y-%m-%dT%H:%M:00.000Z")


def fill(space: Space) -> None:
    """Something of every kind."""
    fill_locales(space)
    fill_taxonomy(space, ORGANIZATION)
    for name, visibility in (("harbour", "public"), ("inner", "private")):
        body = {"name": name.title(), "sys": {"id": name, "type": "Tag", "visibility": visibility}}
        space.put(f"tags/{name}", body, headers={"X-Contentful-Tag-Visibility": visibility})
    fill_types(space)
    fill_assets(space)
    fill_entries(space)
    fill_releases(space)
    fill_settings(space)


def fill_locales(space: Space) -> None:
    for code, fallback, optional in (("de", "en-US", False), ("fr", "de", False), ("pt-BR", None, True)):
        apis = {"contentDeliveryApi": True, "contentManagementApi": code != "fr" or None}
        body = {"code": code, "name": f"The {code}", "fallbackCode": fallback, "optional": optional, **apis}
        space.post(
            "locales",
            {key: value for key, value in body.items() if value is not None or key == "fallbackCode"},
        )


def fill_taxonomy(space: Space, organization: str) -> None:
    """Two concepts that are related to each other, one below the other, in a scheme; made once."""
    path = f"/organizations/{organization}/taxonomy"
    if space.ask("GET", f"{path}/concepts/wharf")[0] == 200:
        return
    space.put(f"{path}/concepts/wharf", {"prefLabel": {"en-US": "Wharf"}, "notations": ["W"]})
    of = link("TaxonomyConcept", "wharf")
    space.put(
        f"{path}/concepts/pier",
        {"prefLabel": {"en-US": "Pier"}, "altLabels": {"en-US": ["Jetty"]}, "broader": [of], "related": []},
    )
    both = [of, link("TaxonomyConcept", "pier")]
    scheme = {"prefLabel": {"en-US": "Places"}, "concepts": both, "topConcepts": [of]}
    space.put(f"{path}/concept-schemes/places", scheme)


def upload(space: Space, content: bytes) -> dict[str, Any]:
    made = space.post(
        f"/spaces/{space.key}/uploads", content, headers={"Content-Type": "application/octet-stream"}
    )
    return link("Upload", made["sys"]["id"])


def file(space: Space, content: bytes, name: str, kind: str = "image/png") -> dict[str, Any]:
    return {"fileName": name, "contentType": kind, "uploadFrom": upload(space, content)}


def write_asset(space: Space, key: str, titles: dict[str, str], files: dict[str, Any], **more: Any) -> Any:
    """Make or replace an asset, and let its new files be processed."""
    status, now = space.ask("GET", f"assets/{key}")
    fields = {"title": titles, **({"file": files} if files else {}), **more}
    version = now["sys"]["version"] if status == 200 else None
    made = space.put(f"assets/{key}", {"fields": fields}, version=version)
    for locale in [code for code, one in files.items() if "url" not in one]:
        space.put(f"assets/{key}/files/{locale}/process", None, version=made["sys"]["version"])
        while "url" not in (made := space.get(f"assets/{key}"))["fields"]["file"][locale]:
            pass
    return made


def publish(space: Space, path: str, *locales: str) -> Any:
    """Publish an entry or an asset, in these locales or in all."""
    body = {"add": {"fields": {"*": [*locales]}}} if locales else None
    return space.put(f"{path}/published", body, version=space.version(path))


def take_down(space: Space, path: str, *locales: str) -> Any:
    if not locales:
        return space.delete(f"{path}/published")
    body = {"remove": {"fields": {"*": [*locales]}}}
    return space.put(f"{path}/published", body, version=space.version(path))


def write(space: Space, key: str, kind: str = "page", **fields: Any) -> Any:
    """Make or replace an entry; `metadata` is its own key."""
    metadata = fields.pop("metadata", {"tags": []})
    status, now = space.ask("GET", f"entries/{key}")
    headers = {"X-Contentful-Content-Type": kind}
    version = now["sys"]["version"] if status == 200 else None
    return space.put(
        f"entries/{key}", {"fields": fields, "metadata": metadata}, version=version, headers=headers
    )


def titles(word: str, *locales: str) -> dict[str, str]:
    return {code: f"{word} {code} ½ 港" for code in locales or LOCALES}


def fill_assets(space: Space) -> None:
    same = b"\x89PNG the same picture"
    write_asset(
        space,
        "quay",
        titles("quay"),
        {"en-US": file(space, same, "Kai – 港.png"), "de": file(space, b"\x89PNG in German", "kai.png")},
        description={"en-US": "a quay", "de": "ein Kai"},
    )
    publish(space, "assets/quay")
    write_asset(
        space,
        "swapped",
        titles("old", "en-US"),
        {"en-US": file(space, b"old bytes", "s.pdf", "application/pdf")},
    )
    publish(space, "assets/swapped")
    write_asset(
        space,
        "swapped",
        titles("new", "en-US"),
        {"en-US": file(space, b"new bytes", "s.pdf", "application/pdf")},
    )
    write_asset(space, "plain-draft", titles("d", "en-US"), {"en-US": file(space, same, "twice.png")})
    write_asset(space, "no-file", titles("nothing", "de"), {})
    write_asset(space, "put-away", titles("away", "en-US"), {"en-US": file(space, b"away", "a.png")})
    space.put("assets/put-away/archived", None)
    write_asset(
        space,
        "partly",
        titles("partly", "en-US", "de"),
        {"en-US": file(space, b"partly", "p.png"), "de": file(space, b"teils", "p.png")},
    )
    publish(space, "assets/partly", "en-US")


def text(value: str, *more: Any) -> dict[str, Any]:
    words = {"nodeType": "text", "value": value, "marks": [{"type": "bold"}], "data": {}}
    return {"nodeType": "paragraph", "data": {}, "content": [words, *more]}


def rich(value: str, space: Space) -> dict[str, Any]:
    resource = {
        "sys": {
            "type": "ResourceLink",
            "linkType": "Contentful:Entry",
            "urn": f"crn:contentful:::content:spaces/{space.key}/entries/published",
        }
    }
    hyperlink = {"nodeType": "entry-hyperlink", "data": {"target": link("Entry", "draft")}, "content": []}
    nodes = [
        text(value, hyperlink),
        {"nodeType": "embedded-entry-block", "data": {"target": link("Entry", "published")}, "content": []},
        {"nodeType": "embedded-asset-block", "data": {"target": link("Asset", "quay")}, "content": []},
        {"nodeType": "embedded-resource-block", "data": {"target": resource}, "content": []},
    ]
    return {"nodeType": "document", "data": {}, "content": nodes}


def resource(space: str, entry: str) -> dict[str, Any]:
    urn = f"crn:contentful:::content:spaces/{space}/entries/{entry}"
    return {"sys": {"type": "ResourceLink", "linkType": "Contentful:Entry", "urn": urn}}


def fill_entries(space: Space) -> None:
    """One entry for each state of §3, and one with a value in every field."""
    tagged = {
        "tags": [link("Tag", "harbour"), link("Tag", "inner")],
        "concepts": [link("TaxonomyConcept", "pier")],
    }
    write(space, "draft", title=titles("draft"), slug={"en-US": "draft"})
    write(
        space, "published", title=titles("published"), next={"en-US": link("Entry", "full")}, metadata=tagged
    )
    write(
        space,
        "full",
        title=titles("full"),
        slug={"en-US": "full"},
        text={"en-US": "line one\nline two", "fr": ""},
        body={"en-US": rich("english", space), "de": rich("deutsch", space)},
        hero={"en-US": link("Asset", "quay"), "de": link("Asset", "quay")},
        next={"en-US": link("Entry", "published")},
        parts={"en-US": [link("Entry", "full"), link("Entry", "published")]},
        words={"en-US": ["oak", "elm"]},
        count={"en-US": 9007199254740991},
        rating={"en-US": 0.1},
        shown={"en-US": False, "de": True},
        since={"en-US": "2026-11-30T09:00+01:00"},
        place={"en-US": {"lat": 54.3, "lon": 10.1}},
        data={"en-US": {"none": None, "list": [], "deep": {"a": [1, {"b": ""}]}}},
        elsewhere={"en-US": resource(space.key, "published")},
        fixed={"en-US": "fixed"},
        metadata=tagged,
    )
    for key in ("published", "full"):
        publish(space, f"entries/{key}")
    write(space, "changed", title=titles("live"), slug={"en-US": "live-slug"})
    publish(space, "entries/changed")
    write(space, "changed", title=titles("edited"), slug={"en-US": "edited-slug"}, metadata=tagged)
    write(space, "archived", title=titles("archived", "en-US"))
    space.put("entries/archived/archived", None)
    write(space, "once-live", title=titles("once"))
    publish(space, "entries/once-live")
    take_down(space, "entries/once-live")
    write(space, "archived-later", title=titles("later"))
    publish(space, "entries/archived-later")
    take_down(space, "entries/archived-later")
    space.put("entries/archived-later/archived", None)
    write(space, "english-only", title=titles("english", "en-US"), text={"de": "a draft without its title"})
    publish(space, "entries/english-only", "en-US")
    write(
        space,
        "by-locale",
        title=titles("first", "en-US", "de", "fr"),
        text={"en-US": "a", "de": "a", "fr": "a"},
    )
    publish(space, "entries/by-locale", "en-US", "de")
    write(
        space,
        "by-locale",
        title={**titles("first", "en-US", "fr"), **titles("second", "de")},
        text={"en-US": "a"},
    )
    write(space, "german-gone", title=titles("gone"))
    publish(space, "entries/german-gone")
    take_down(space, "entries/german-gone", "de")
    write(space, "note-one", "note", name=titles("note"), page={"en-US": link("Entry", "draft")})
    write(space, "thrice", "note", name=titles("one"))
    for word in ("two", "three"):
        publish(space, "entries/thrice")
        write(space, "thrice", "note", name=titles(word))


def item(kind: str, key: str, locales: tuple[str, ...]) -> dict[str, Any]:
    """An item of a Timeline release that publishes these locales, and takes the others down."""
    rest = [code for code in LOCALES if code not in locales]
    sides = {"add": {"fields": {"*": [*locales]}}, "remove": {"fields": {"*": rest}}}
    return {"entity": link(kind, key), **sides}


def release(space: Space, title: str, items: list[Any], timeline: bool = True) -> str:
    sys = {"sys": {"type": "Release", "schemaVersion": "Release.v2"}} if timeline else {}
    body = {"title": title, "entities": {"sys": {"type": "Array"}, "items": items}, **sys}
    return str(space.post("releases", body)["sys"]["id"])


def archive_release(space: Space, key: str) -> None:
    space.put(f"releases/{key}/archived", None, version=space.version(f"releases/{key}"))


def fill_releases(space: Space) -> None:
    campaign = release(
        space,
        "Campaign",
        [
            item("Entry", "published", LOCALES),
            item("Entry", "by-locale", ("en-US", "fr")),
            item("Entry", "changed", ()),
            item("Asset", "quay", LOCALES),
        ],
    )
    within = f"releases/{campaign}"
    space.edit(
        f"{within}/entries/published", fields={"title": titles("in the campaign"), "text": {"de": "nur hier"}}
    )
    now = space.get(f"{within}/assets/quay")
    fields = {**now["fields"], "title": titles("quay in the campaign")}
    space.put(f"{within}/assets/quay", {**now, "fields": fields}, version=now["sys"]["version"])
    space.post(f"{within}/entries", {"fields": {"title": titles("only there")}}, headers=_PAGE)
    old = release(space, "Last year", [item("Entry", "full", ("en-US",))])
    space.edit(f"releases/{old}/entries/full", fields={"title": titles("last year")})
    archive_release(space, old)
    release(space, "Nothing yet", [])
    release(
        space,
        "Launch",
        [link("Entry", "draft"), link("Entry", "full"), link("Asset", "quay")],
        timeline=False,
    )
    archive_release(space, release(space, "Old launch", [link("Entry", "full")], timeline=False))


def schedule(space: Space, kind: str, key: str, days: int, action: str = "publish", **more: Any) -> str:
    body = {
        "entity": link(kind, key),
        "environment": link("Environment", space.environment),
        "scheduledFor": {"datetime": later(days), "timezone": "Europe/Berlin"},
        "action": action,
        **more,
    }
    made = space.post(
        f"/spaces/{space.key}/scheduled_actions", body, **{"environment.sys.id": space.environment}
    )
    return str(made["sys"]["id"])


def fill_settings(space: Space) -> None:
    """Schedules, workflows, tasks and comments, and what belongs to the space as a whole."""
    campaign = next(row["sys"]["id"] for row in space.rows("releases") if row["title"] == "Campaign")
    schedule(space, "Release", campaign, 31)
    schedule(space, "Entry", "draft", 32)
    schedule(space, "Entry", "full", 33, "unpublish")
    own = f"/spaces/{space.key}"
    space.put(
        f"{own}/webhook_definitions/build",
        {
            "name": "Build",
            "url": "https://hook.invalid/build",
            "topics": ["Entry.publish", "Asset.*"],
            "active": True,
            "headers": [{"key": "X-Plain", "value": "seen"}],
            "filters": [{"equals": [{"doc": "sys.environment.sys.id"}, "master"]}],
            "transformation": {
                "method": "POST",
                "contentType": "application/json",
                "includeContentLength": True,
            },
        },
    )
    space.put(
        f"{own}/roles/translator",
        {
            "name": "Translator",
            "description": "German",
            "permissions": {"ContentModel": ["read"], "Settings": [], "ContentDelivery": "all"},
            "policies": [
                {
                    "effect": "allow",
                    "actions": ["read", "update"],
                    "constraint": {
                        "and": [
                            {"equals": [{"doc": "sys.type"}, "Entry"]},
                            {"equals": [{"doc": "sys.contentType.sys.id"}, "page"]},
                            {"paths": [{"doc": "fields.%.de"}]},
                        ]
                    },
                }
            ],
        },
    )
    space.post(f"{own}/api_keys", {"name": "Site", "environments": [link("Environment", "master")]})
    space.put("app_installations/own-app", {"parameters": {"colour": "blue"}})
    space.edit("ui_config", entryListViews=[{"id": "v", "title": "V", "views": [{"id": "w", "title": "W"}]}])
    fill_work(space)


def fill_work(space: Space) -> None:
    definition = space.post(
        "workflow_definitions",
        {
            "name": "Editing",
            "appliesTo": [
                {"type": "Link", "linkType": "Entry", "validations": [{"linkContentType": ["page"]}]}
            ],
            "steps": [{"name": "Write", "description": "first"}, {"name": "Review", "description": "then"}],
        },
    )
    space.post(
        "workflows",
        {
            "entity": link("Entry", "draft"),
            "workflowDefinition": link("WorkflowDefinition", definition["sys"]["id"]),
            "stepId": definition["steps"][1]["id"],
        },
    )
    person = space.get("entries/draft")["sys"]["createdBy"]
    said = {"nodeType": "document", "data": {}, "content": [text("Is it so?")]}
    rich_text = {"X-Contentful-Comment-Body-Format": "rich-text"}
    space.post("entries/full/comments", {"body": said, "status": "active"}, headers=rich_text)
    space.ask("POST", "entries/full/tasks", {"body": "Look", "status": "active", "assignedTo": person})
