"""The forms of an entry on its way: a file to import, cleared of what went, with fresh uids. Pure.

API pages: "Import an entry", "Import an existing entry", "Create an entry with master locale".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import as_object, objects, text
from stackferry.model import Gap, JsonObject
from stackferry.providers.contentstack.importing.entries.write_body import fresh_rich_text
from stackferry.providers.contentstack.requests.entries import list_entries, read_entry
from stackferry.providers.contentstack.target_names import target_locale
from stackferry.providers.target import Probe, Replay

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.content.entries import EntryVersion
    from stackferry.providers.target import PreparedWrite


def cleared(before: JsonObject, now: JsonObject) -> JsonObject:
    """A write merges top-level fields: what the version before had and this one lacks must be cleared."""
    return {name: None for name in before if name not in now}


def fresh(sent: JsonObject, written: Callable[[JsonObject], PreparedWrite]) -> PreparedWrite | None:
    """The same document with fresh uids for its rich texts: a stack may refuse one that it has seen before."""
    body = as_object(fresh_rich_text(sent, text(sent.get("title"))))
    return None if body == sent else written(body)


def refused(document: EntryVersion, reason: str = "the target refused it") -> Gap:
    """The gap of a document that could not be written."""
    return Gap(
        kind="entries",
        uid=document.uid,
        type=document.content_type,
        locale=document.locale,
        path=f"version {document.version}",
        reason=reason,
    )


def probe_created(replay: Replay, document: EntryVersion, note: JsonObject) -> Probe:
    """An entry of the same title that nobody became yet."""

    def found(answer: JsonObject) -> list[JsonObject]:
        rows = [row for row in objects(answer.get("entries")) if row.get("title") == note.get("title")]
        fresh = [row for row in rows if not replay.identity.is_target("entries", text(row.get("uid")))]
        return [{"entry": row} for row in fresh]

    query = exact_json.dumps({"title": note.get("title")}).decode()
    params = (("locale", text(note.get("locale"))), ("query", query), ("desc", "created_at"))
    return Probe(request=list_entries(document.content_type, *params), found=found, holds="entries")


def probe_followed(replay: Replay, document: EntryVersion, note: JsonObject) -> Probe:
    """The entry, if it has the version that the write was to make, and that is not somebody else's."""
    locale = target_locale(replay, document.locale)

    def found(answer: JsonObject) -> list[JsonObject]:
        row = as_object(answer.get("entry"))
        here = row.get("locale") == locale and row.get("_version") == note.get("version")
        return [answer] if here and note.get("title") in (None, row.get("title")) else []

    request = read_entry(document.content_type, text(note.get("target")), ("locale", locale))
    return Probe(request=request, found=found, holds="entry")
