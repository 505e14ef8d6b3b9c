"""Nodes of JSON rich text, and a reference, as the vendor's pages write them."""

from __future__ import annotations

from typing import Any


def text_node(words: str, **marks: Any) -> dict[str, Any]:
    return {"text": words, **marks}


def paragraph(uid: str, *children: dict[str, Any]) -> dict[str, Any]:
    return {"type": "p", "uid": uid, "attrs": {}, "children": list(children)}


def document(uid: str, *children: dict[str, Any]) -> dict[str, Any]:
    return {"type": "doc", "uid": uid, "attrs": {}, "children": list(children)}


def embedded_entry(uid: str, entry: str, kind: str, locale: str = "en-us") -> dict[str, Any]:
    attrs = {
        "class-name": "embedded-entry redactor-component inline-entry",
        "content-type-uid": kind,
        "display-type": "inline",
        "entry-uid": entry,
        "locale": locale,
        "type": "entry",
    }
    return {"uid": uid, "type": "reference", "attrs": attrs, "children": [text_node("")]}


def embedded_asset(uid: str, asset: dict[str, Any]) -> dict[str, Any]:
    attrs = {
        "asset-link": asset["url"],
        "asset-name": asset["filename"],
        "asset-type": asset["content_type"],
        "asset-uid": asset["uid"],
        "class-name": "embedded-asset",
        "content-type-uid": "sys_assets",
        "display-type": "display",
        "inline": False,
        "type": "asset",
    }
    return {"uid": uid, "type": "reference", "attrs": attrs, "children": [text_node("")]}


def link_to(kind: str, uid: str) -> dict[str, str]:
    return {"uid": uid, "_content_type_uid": kind}
