"""Builds small exports in the CLI's layouts: both generations, with one content type and one asset."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.io.storage.snapshot import Snapshot

Row = dict[str, Any]

PAGE: Row = {
    "uid": "page",
    "title": "Page",
    "schema": [{"uid": "title", "data_type": "text", "display_name": "Title"}],
    "options": {"is_page": False},
    "description": "",
}
ASSET: Row = {
    "uid": "blt_map",
    "title": "Map",
    "filename": "map.svg",
    "_version": 2,
    "is_dir": False,
    "file_size": "999",
}
CLIENT_KEYS: Row = {
    "stackHeaders": {"api_key": "bltinvented", "branch": "main"},
    "urlPath": "/assets/blt_map",
}
DRAWING = b"<svg xmlns='http://www.w3.org/2000/svg'/>"


def put(root: Path, name: str, value: object) -> Path:
    """Write one JSON file as the CLI does: compact, no line end."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, separators=(",", ":"), ensure_ascii=False), encoding="utf-8")
    return path


def put_bytes(root: Path, name: str, data: bytes) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def entry(uid: str, locale: str = "en-us", **more: object) -> Row:
    return {"uid": uid, "title": uid, "locale": locale, "_version": 1, "publish_details": [], **more}


def chunked(root: Path) -> Path:
    """A complete export of the newer generation."""
    put(root, "export-info.json", {"contentVersion": 2, "logsPath": ""})
    put(
        root,
        "locales/master-locale.json",
        {"blt_en": {"code": "en-us", "uid": "blt_en", "fallback_locale": None}},
    )
    put(
        root,
        "locales/locales.json",
        {"blt_de": {"code": "de-de", "uid": "blt_de", "fallback_locale": "en-us"}},
    )
    put(
        root,
        "environments/environments.json",
        {"blt_live": {"uid": "blt_live", "name": "live", **CLIENT_KEYS}},
    )
    put(root, "content_types/schema.json", [PAGE])
    put(root, "content_types/page.json", PAGE)
    put(root, "assets/folders.json", [])
    put(root, "assets/assets.json", {"1": "aa-assets.json"})
    put(root, "assets/aa-assets.json", {"blt_map": {**ASSET, **CLIENT_KEYS}})
    put_bytes(root, "assets/files/blt_map/map.svg", DRAWING)
    put(root, "entries/page/en-us/index.json", {"1": "aa-entries.json", "2": "bb-entries.json"})
    put(root, "entries/page/en-us/aa-entries.json", {"blt_1": entry("blt_1")})
    put(root, "entries/page/en-us/bb-entries.json", {"blt_2": entry("blt_2")})
    return root


def flat(root: Path) -> Path:
    """A complete export of the old generation: no master language, no uids inside, no chunks."""
    put(root, "locales/locales.json", {"blt_de": {"code": "de-de", "fallback_locale": "en-us"}})
    put(root, "environments/environments.json", {"blt_live": {"name": "live"}})
    put(root, "content_types/schema.json", [PAGE])
    put(root, "assets/folders.json", [])
    put(root, "assets/assets.json", {"blt_map": {**ASSET, **CLIENT_KEYS}})
    put(root, "assets/blt_map/_contentstack_blt_map.json", [{**ASSET, **CLIENT_KEYS}])
    put_bytes(root, "assets/blt_map/map.svg", DRAWING)
    english = entry("blt_1")
    del english["locale"]
    put(root, "entries/page/en-us.json", {"blt_1": english})
    put(root, "entries/page/de-de.json", {})
    return root


def rows(snapshot: Snapshot, name: str) -> list[Row]:
    """The records of one file of a snapshot; none if there is no such file."""
    path = snapshot.root / name
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def reasons(snapshot: Snapshot) -> list[str]:
    return [f"{gap['kind']} {gap['uid']}: {gap['reason']}" for gap in snapshot.gaps()]
