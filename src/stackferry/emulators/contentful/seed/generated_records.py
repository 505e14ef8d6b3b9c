"""What a generated space has beside content: releases, schedules, webhooks, roles, keys, workflows, an alias."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from stackferry.emulators.contentful.documents import link
from stackferry.emulators.values import format_time
from stackferry.json_values import as_object, integer, objects

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from stackferry.emulators.contentful.seed.api import Api
    from stackferry.emulators.contentful.seed.generated_content import Content
    from stackferry.emulators.contentful.seed.generator import Shape
    from stackferry.model import Json, JsonObject

_V2: JsonObject = {"type": "Release", "schemaVersion": "Release.v2"}


def releases(api: Api, chance: Random, content: Content, shape: Shape) -> None:
    """Launch: one active, one archived, one with a past validation. Timeline: one with changed bodies and an entry of
    its own, one by locale, one empty, one archived."""
    entries, assets = content.usable("Entry"), content.usable("Asset")
    for title in ("Launch day", "Old launch"):
        rows: list[Json] = [link("Entry", uid) for uid in chance.sample(entries, min(3, len(entries)))]
        made = _release(api, title, [*rows, *[link("Asset", uid) for uid in assets[:1]]], {})
        if title == "Old launch":
            api.put(f"/releases/{made}/archived", None, 1)
        else:
            api.post(f"/releases/{made}/validate", {"action": "publish"})
    campaign = _release(api, "Campaign", [_item(api, content, uid) for uid in entries[:4]], _V2)
    _change_copies(api, chance, content, campaign, entries[:2])
    _release(api, "Withdrawn", [_item(api, content, uid, take_down=True) for uid in entries[4:6]], _V2)
    _release(api, "Empty", [], _V2)
    old = _release(api, "Last year", [_item(api, content, uid) for uid in entries[6:8]], _V2)
    api.put(f"/releases/{old}/archived", None, 1)
    del shape


def _release(api: Api, title: str, items: list[Json], sys: JsonObject) -> str:
    body: JsonObject = {"title": title, "entities": {"sys": {"type": "Array"}, "items": items}}
    made = api.post("/releases", {**body, "sys": sys} if sys else body)
    return str(as_object(made["sys"])["id"])


def _item(api: Api, content: Content, uid: str, *, take_down: bool = False) -> JsonObject:
    """An item in the shape of the space's publishing mode."""
    codes: list[Json] = [*content.model.locales]
    if not api.service.spaces[api.space].locale_publishing:
        return {"entity": link("Entry", uid), "action": "unpublish" if take_down else "publish"}
    add = [] if take_down else codes[: 1 + len(uid) % len(codes)]
    gone = [code for code in codes if code not in add]
    return {"entity": link("Entry", uid), "add": {"fields": {"*": add}}, "remove": {"fields": {"*": gone}}}


def _change_copies(api: Api, chance: Random, content: Content, release: str, ids: list[str]) -> None:
    """Other values in two copies, and an entry that exists in the release alone."""
    first = content.model.locales[0]
    for uid in ids:
        path = f"/releases/{release}/entries/{uid}"
        copy = api.get(path)
        fields = as_object(copy["fields"])
        name = next(iter(fields), "")
        values = {**as_object(fields.get(name)), first: f"For the campaign {chance.randint(1, 99)}"}
        wanted = {**fields, name: values} if name in ("title", "name", "key") else fields
        version = integer(as_object(copy["sys"])["version"])
        api.put(path, {"fields": {**wanted}, "metadata": copy["metadata"]}, version)
    own: JsonObject = {"fields": {"title": {first: "Only in the campaign"}}}
    api.put(f"/releases/{release}/entries/campaign-own", own, x_contentful_content_type="teaser")


def others(api: Api, chance: Random, content: Content, end: datetime) -> None:
    """One or two of every other kind."""
    _schedules(api, content, end)
    _webhooks_and_access(api)
    _workflows(api, content)
    entries = content.usable("Entry")
    task: JsonObject = {"body": "Check the tide table", "assignedTo": link("User", "invented-user")}
    api.post(f"/entries/{entries[0]}/tasks", task)
    first = api.post(f"/entries/{entries[0]}/comments", {"body": "Is this right?"})
    answer = {"x_contentful_parent_id": str(as_object(first["sys"])["id"])}
    api.post(f"/entries/{entries[0]}/comments", {"body": "It is."}, **answer)
    api.post("/content_types/page/comments", {"body": "A comment on the model"})
    config = api.get("/ui_config")
    view: JsonObject = {
        "id": "mine",
        "title": "Mine",
        "contentTypeId": "page",
        "searchText": chance.choice(["", "quay"]),
    }
    api.put("/ui_config", {**config, "entryListViews": [{"id": "all", "title": "All", "views": [view]}]}, 1)
    home = f"/spaces/{api.space}"
    api.put(f"{home}/environments/archive", {"name": "archive"}, x_contentful_source_environment="master")
    api.put(f"{home}/environment_aliases/live", {"environment": link("Environment", "master")})


def _schedules(api: Api, content: Content, end: datetime) -> None:
    """Two that are to come, of an entry and of a release, and one that was canceled."""
    path = f"/spaces/{api.space}/scheduled_actions"
    entry = content.usable("Entry")[0]
    campaign = [row for row in objects(api.get("/releases")["items"]) if row.get("title") == "Campaign"]
    targets = [link("Entry", entry), *[link("Release", str(as_object(row["sys"])["id"])) for row in campaign]]
    for number, entity in enumerate([*targets, link("Entry", entry)]):
        when: JsonObject = {
            "datetime": format_time(end + timedelta(days=400 + number)),
            "timezone": "Europe/Berlin",
        }
        home = link("Environment", "master")
        made = api.post(
            path, {"entity": entity, "environment": home, "action": "publish", "scheduledFor": when}
        )
    api.send("DELETE", f"{path}/{as_object(made['sys'])['id']}")


def _webhooks_and_access(api: Api) -> None:
    home = f"/spaces/{api.space}"
    headers: list[Json] = [
        {"key": "x-token", "value": "invented", "secret": True},
        {"key": "x-plain", "value": "seen"},
    ]
    hook: JsonObject = {
        "name": "Build",
        "url": "https://hook.invalid/build",
        "topics": ["Entry.publish"],
        "headers": headers,
    }
    api.put(
        f"{home}/webhook_definitions/build",
        {**hook, "httpBasicUsername": "user", "httpBasicPassword": "invented"},
    )
    rule: JsonObject = {"and": [{"equals": [{"doc": "sys.contentType.sys.id"}, "page"]}]}
    policies: list[Json] = [{"effect": "allow", "actions": ["read", "update"], "constraint": rule}]
    role: JsonObject = {"name": "Editor", "permissions": {"ContentModel": ["read"]}, "policies": policies}
    api.post(f"{home}/roles", role)
    api.post(f"{home}/api_keys", {"name": "Website", "environments": [link("Environment", "master")]})


def _workflows(api: Api, content: Content) -> None:
    """A definition for pages, and the workflow of one page in its second step."""
    steps: list[Json] = [{"name": "Write", "actions": []}, {"name": "Review", "description": "by two people"}]
    applies: JsonObject = {
        "type": "Link",
        "linkType": "Entry",
        "validations": [{"linkContentType": ["page"]}],
    }
    made = api.post("/workflow_definitions", {"name": "Editing", "steps": steps, "appliesTo": [applies]})
    pages = [uid for uid in content.usable("Entry") if content.types[uid] == "page"]
    if pages:
        second = objects(made["steps"])[1]["id"]
        definition = link("WorkflowDefinition", str(as_object(made["sys"])["id"]))
        api.post(
            "/workflows",
            {"entity": link("Entry", pages[0]), "workflowDefinition": definition, "stepId": second},
        )
