"""Values that must be unique: no other entry of the type may have the same one live.

An index is built of what is live when it is first asked, and each publish adds to it. What it names is looked up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import as_object, nested, text

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.emulators.contentful.environment import Environment
    from stackferry.model import Json, JsonObject


def is_taken(call: Call, entry: Document, field: JsonObject, value: Json, code: str) -> bool:
    """Whether another entry of the same type has the value live in that locale."""
    name, kind = text(field.get("id")), text(nested(entry.sys, "contentType", "sys", "id"))
    holders = _index(call.environment, kind, name, code).get(exact_json.dumps(value), set())
    entries = call.environment.entries
    others = (entries[uid] for uid in holders if uid != entry.id and uid in entries)
    return any(as_object(nested(other.live, "fields", name)).get(code) == value for other in others)


def _index(environment: Environment, kind: str, name: str, code: str) -> dict[bytes, set[str]]:
    key = (kind, name, code)
    if key not in environment.live_values:
        environment.live_values[key] = {}
        for entry in environment.entries.values():
            if entry.live is not None and nested(entry.sys, "contentType", "sys", "id") == kind:
                _add(environment.live_values[key], entry, name, code)
    return environment.live_values[key]


def _add(index: dict[bytes, set[str]], entry: Document, name: str, code: str) -> None:
    values = as_object(nested(entry.live, "fields", name))
    if code in values:
        index.setdefault(exact_json.dumps(values[code]), set()).add(entry.id)


def note_published(environment: Environment, entry: Document) -> None:
    """Put what an entry has live into the indexes that there are."""
    kind = nested(entry.sys, "contentType", "sys", "id")
    for (of, name, code), index in environment.live_values.items():
        if of == kind:
            _add(index, entry, name, code)
