"""Whole emulated environments as plain values, from their raw state: what two of them must have in common.

Files are the bytes behind their addresses. What the service sets itself is left out: versions, times, users.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stackferry.emulators.contentful import Environment, Space
    from stackferry.emulators.contentful.documents import Document

State = dict[tuple[str, str], Any]


def state_of(space: Space, environment: Environment | None = None, *, history: bool = True) -> State:
    """Every object of an environment, by kind and id; locales by code. `history`: with the older versions."""
    place = environment or space.master
    found: State = {}
    for kind in ("content_types", "entries", "assets"):
        for uid, document in getattr(place, kind).items():
            found[kind, uid] = _document(space, document)
            if not history:
                del found[kind, uid]["history"]
    for kind in ("tags", "editor_interfaces", "extensions", "app_installations"):
        found |= {(kind, uid): _row(raw) for uid, raw in getattr(place, kind).items()}
    for raw in place.locales.values():
        row = {name: value for name, value in _row(raw).items() if name not in ("internal_code", "sys")}
        found["locales", str(raw["code"])] = row
    return found


def _document(space: Space, document: Document) -> dict[str, Any]:
    return {
        "type": document.sys.get("contentType"),
        "state": document.state,
        "live in": sorted(document.live_locales),
        "body": _body(space, document.body),
        "live": _body(space, document.live),
        "history": [_body(space, one["snapshot"]) for one in document.snapshots],
    }


def _body(space: Space, body: Any) -> Any:
    """A body with bytes in place of addresses; empty metadata is none."""
    if body is None:
        return None
    made = {name: value for name, value in copy.deepcopy(body).items() if name != "sys"}
    metadata = {name: value for name, value in made.pop("metadata", {}).items() if value}
    fields = made.get("fields")
    for file in fields.get("file", {}).values() if isinstance(fields, dict) else ():
        if "url" in file:
            url = file.pop("url")
            stored = space.files.get(url) or space.files.get("/" + url.removeprefix("//").partition("/")[2])
            file["bytes"] = stored.content if stored else None
    return {**made, **({"metadata": metadata} if metadata else {})}


def _row(raw: Any) -> Any:
    sys = raw.get("sys", {})
    kept = {name: sys[name] for name in ("visibility",) if name in sys}
    return {**{name: value for name, value in raw.items() if name != "sys"}, "sys": kept}


def differences(one: State, other: State) -> list[tuple[Any, Any, Any]]:
    """What is not the same: the object, and what it is on both sides."""
    keys = sorted(one.keys() | other.keys())
    return [(key, one.get(key), other.get(key)) for key in keys if one.get(key) != other.get(key)]
