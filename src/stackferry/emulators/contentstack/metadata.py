"""What extensions and apps keep beside an entry or an asset: how it is found, shown inside, stored and published.

One record for each object, extension and language, with a uid of its own. Page: CMA | Metadata.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from stackferry.json_values import as_list, as_object, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Branch
    from stackferry.model import Json, JsonObject

# What is about a record, and not shown where it stands inside of its object.
_ABOUT = frozenset(
    {
        "uid", "entity_uid", "type", "_content_type_uid", "extension_uid", "locale", "api_key", "_version",
        "is_published", "publish_details", "created_at", "created_by", "updated_at", "updated_by", "deleted_at",
    }
)  # fmt: skip


def records_of(branch: Branch, uid: str, locale: str) -> Iterator[JsonObject]:
    """The records of an object in a language."""
    for row in branch.metadata.values():
        if (row.get("entity_uid"), row.get("locale")) == (uid, locale):
            yield row


def shown_inside(branch: Branch, uid: str, locale: str) -> JsonObject:
    """The records of an object as it shows them with `include_metadata`: by extension."""
    found: JsonObject = {}
    for row in records_of(branch, uid, locale):
        shown: JsonObject = {name: value for name, value in row.items() if name not in _ABOUT}
        rows: list[Json] = [*as_list(found.get(text(row.get("extension_uid")))), {"scope": "local", **shown}]
        found[text(row.get("extension_uid"))] = rows
    return found


def take_inner(branch: Branch, content_type: str, uid: str, locale: str, document: JsonObject) -> JsonObject:
    """The document without the records that it shows, which are put where they belong."""
    metadata = document.get("_metadata")
    if not isinstance(metadata, dict) or not isinstance(metadata.get("extensions"), dict):
        return document
    for extension, rows in as_object(metadata["extensions"]).items():
        for row in objects(rows):
            own = f"{uid} {extension} {locale}".encode()
            about: JsonObject = {
                "uid": f"cs{hashlib.sha256(own).hexdigest()[:16]}",
                "entity_uid": uid,
                "type": "entry",
                "_content_type_uid": content_type,
                "extension_uid": extension,
                "locale": locale,
            }
            branch.put("metadata", {**row, **about})
    rest = {name: value for name, value in metadata.items() if name != "extensions"}
    kept = {name: value for name, value in document.items() if name != "_metadata"}
    return {**kept, "_metadata": rest} if rest else kept


def publish(
    call: Call, rows: Iterable[JsonObject], action: str, environments: Iterable[str], locales: Iterable[str]
) -> None:
    """Set where records are live: one publication for each environment (its uid) and language."""
    places = [(environment, locale) for environment in environments for locale in locales]
    for row in list(rows):
        kept: list[Json] = [
            one
            for one in objects(row.get("publish_details"))
            if (one.get("environment"), one.get("locale")) not in places
        ]
        for environment, locale in places if action == "publish" else ():
            about: JsonObject = {"environment": environment, "locale": locale, "user": call.user}
            kept.append({**about, "time": call.service.now(), "version": row.get("_version")})
        call.branch.put("metadata", {**row, "publish_details": kept, "is_published": bool(kept)})
