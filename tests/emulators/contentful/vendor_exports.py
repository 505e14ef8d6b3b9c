"""A small export as the vendor's tool writes it: an invented harbour."""

from __future__ import annotations

from typing import Any


def _link(kind: str, uid: str) -> dict[str, Any]:
    return {"sys": {"type": "Link", "linkType": kind, "id": uid}}


def _sys(kind: str, uid: str, **facts: Any) -> dict[str, Any]:
    times = {"createdAt": "2025-03-01T10:00:00.000Z", "updatedAt": "2025-03-02T10:00:00.000Z"}
    home = {"space": _link("Space", "harbour"), "environment": _link("Environment", "master")}
    author = {"createdBy": _link("User", "ada"), "updatedBy": _link("User", "ada")}
    return {"type": kind, "id": uid, "version": 1, "publishedCounter": 0, **times, **home, **author, **facts}


def live(version: int = 2, counter: int = 1, **facts: Any) -> dict[str, Any]:
    """`sys` of what is published."""
    time = "2025-03-02T10:00:00.000Z"
    told = {
        "version": version,
        "publishedVersion": version - 1,
        "publishedCounter": counter,
        "publishedAt": time,
    }
    return {**told, "firstPublishedAt": time, "publishedBy": _link("User", "ada"), **facts}


def harbour_export() -> dict[str, Any]:
    """Two locales, a type, a boat that is live, one that was changed since, a draft, one archived, and a picture."""
    name = {
        "id": "name",
        "name": "Name",
        "type": "Symbol",
        "localized": True,
        "required": True,
        "validations": [],
    }
    photo = {"id": "photo", "name": "Photo", "type": "Link", "linkType": "Asset", "validations": []}
    fields = [
        {"localized": False, "required": False, "disabled": False, "omitted": False, **one}
        for one in (name, photo)
    ]
    kind = {"contentType": _link("ContentType", "boat")}

    def boat(uid: str, words: str, **sys: Any) -> dict[str, Any]:
        values = {"name": {"en-US": words, "de": f"{words} (de)"}, "photo": {"en-US": _link("Asset", "mast")}}
        return {"sys": _sys("Entry", uid, **kind, **sys), "metadata": {"tags": []}, "fields": values}

    file = {
        "url": "//images.ctfassets.net/harbour/mast/abc123/mast.png",
        "details": {"size": 10, "image": {"width": 4, "height": 3}},
        "fileName": "mast.png",
        "contentType": "image/png",
    }
    return {
        "locales": [
            _locale("en-US", default=True),
            _locale("de", fallbackCode="en-US"),
        ],
        "contentTypes": [
            {
                "sys": _sys("ContentType", "boat", **live()),
                "name": "Boat",
                "displayField": "name",
                "fields": fields,
            }
        ],
        "editorInterfaces": [
            {"sys": _sys("EditorInterface", "default", **kind), "controls": [{"fieldId": "name"}]},
        ],
        "entries": [
            boat("hen", "Hen", **live(counter=3)),
            boat("ida", "Ida", **live(version=2), fieldStatus={"*": {"en-US": "published", "de": "draft"}}),
            {**boat("joy", "Joy"), "sys": _sys("Entry", "joy", **kind, **{**live(version=2), "version": 5})},
            boat("kit", "Kit"),
            boat("lou", "Lou", archivedVersion=2, version=3, archivedAt="2025-03-02T10:00:00.000Z"),
        ],
        "assets": [
            {
                "sys": _sys("Asset", "mast", **live()),
                "fields": {"title": {"en-US": "Mast"}, "file": {"en-US": file}},
            }
        ],
        "tags": [{"sys": _sys("Tag", "sail", visibility="public"), "name": "Sail"}],
        "webhooks": [
            {
                "sys": _sys("WebhookDefinition", "hook"),
                "name": "Hook",
                "url": "https://hook.invalid/",
                "topics": ["*.*"],
            }
        ],
    }


def _locale(code: str, **facts: Any) -> dict[str, Any]:
    usual = {
        "contentManagementApi": True,
        "contentDeliveryApi": True,
        "optional": False,
        "fallbackCode": None,
    }
    return {
        "sys": _sys("Locale", f"locale-{code}"),
        "name": code,
        "code": code,
        "default": False,
        **usual,
        **facts,
    }
