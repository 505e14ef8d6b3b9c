"""Small steps that fill a stack through the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weird_types import TITLE, field

if TYPE_CHECKING:
    from plain_api import Api

FAR = "2097-03-01T10:00:00.000Z"


def languages(api: Api, *pairs: tuple[str, str]) -> None:
    for code, fallback in pairs:
        api.post("/locales", {"locale": {"code": code, "name": code, "fallback_locale": fallback}})


def environments(api: Api, *names: str) -> dict[str, str]:
    return {
        name: api.post("/environments", {"environment": {"name": name, "urls": []}})["environment"]["uid"]
        for name in names
    }


def content_type(api: Api, uid: str, *fields: dict[str, Any], **more: Any) -> None:
    options = {"is_page": False, "singleton": False, "title": "title", "sub_title": []}
    body = {"uid": uid, "title": uid.title(), "schema": [TITLE, *fields], "options": options, **more}
    api.post("/content_types", {"content_type": body})


def create(api: Api, kind: str, title: str, **values: Any) -> str:
    query = {"locale": values.pop("locale")} if "locale" in values else {}
    made = api.post(f"/content_types/{kind}/entries", {"entry": {"title": title, **values}}, **query)[
        "entry"
    ]["uid"]
    return str(made)


def update(api: Api, kind: str, uid: str, **values: Any) -> Any:
    query = {"locale": values.pop("locale")} if "locale" in values else {}
    return api.put(f"/content_types/{kind}/entries/{uid}", {"entry": values}, **query)["entry"]


def publish(
    api: Api, kind: str, uid: str, version: int, locale: str, environment: str, *to: str, **more: Any
) -> None:
    where = {"environments": [environment], "locales": list(to) or [locale]}
    body = {"entry": where, "locale": locale, "version": version, **more}
    api.post(f"/content_types/{kind}/entries/{uid}/publish", body)


def german(api: Api, *more: tuple[str, str]) -> None:
    languages(api, ("de-de", "en-us"), *more)
    environments(api, "live", "test")
    content_type(api, "note", field("body"), field("key"))


def create_workflow(
    api: Api,
    names: tuple[str, ...],
    *,
    roles: tuple[str, ...] = (),
    admins: tuple[str, ...] = (),
    **more: Any,
) -> Any:
    """Create a workflow of notes with stages of these names, which all may enter, or those who have these roles.

    `admins` are the roles of its administrators, `more` is more of each stage.
    """
    users = {"uids": [] if roles else ["$all"]}
    access = {"roles": {"uids": [*roles]}, "users": users, "others": {}}
    stage = {"color": "#000000", "SYS_ACL": access, "next_available_stages": ["$all"], "entry_lock": "$none"}
    body = {
        "name": "W",
        "workflow_stages": [{"name": name, **stage, **more} for name in names],
        "admin_users": {"users": [], **({"roles": [*admins]} if admins else {})},
        "branches": ["main"],
        "content_types": ["note"],
        "enabled": True,
    }
    return api.post("/workflows", {"workflow": body})["workflow"]
