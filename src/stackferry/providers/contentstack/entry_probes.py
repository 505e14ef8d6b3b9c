"""How a lost write of an entry is found again, before it is sent a second time. Pure.

API pages: "Get all entries", "Get a single entry".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import jsonio
from stackferry.model import JsonObject, Request
from stackferry.providers.contentstack.answers import objects, own_row, text
from stackferry.providers.contentstack.reading import API, entries_path
from stackferry.providers.contentstack.small_kinds import to_locale
from stackferry.providers.replaying import Probe, Replay

if TYPE_CHECKING:
    from stackferry.providers.contentstack.documents import Document


def probe_created(replay: Replay, document: Document, note: JsonObject) -> Probe:
    """An entry of the same title that nobody became yet."""

    def found(answer: JsonObject) -> list[JsonObject]:
        rows = [row for row in objects(answer.get("entries")) if row.get("title") == note.get("title")]
        fresh = [row for row in rows if not replay.identity.is_target("entries", text(row.get("uid")))]
        return [{"entry": row} for row in fresh]

    query = jsonio.dumps({"title": note.get("title")}).decode()
    params = (("locale", text(note.get("locale"))), ("query", query), ("desc", "created_at"))
    path = API + entries_path(document.content_type)
    return Probe(request=Request(method="GET", path=path, params=params), found=found)


def probe_followed(replay: Replay, document: Document, note: JsonObject) -> Probe:
    """The entry, if it has the version that the write was to make, and that is not somebody else's."""
    locale = to_locale(replay, document.locale)

    def found(answer: JsonObject) -> list[JsonObject]:
        row = own_row(answer.get("entry"))
        here = row.get("locale") == locale and row.get("_version") == note.get("version")
        return [answer] if here and note.get("title") in (None, row.get("title")) else []

    path = API + entries_path(document.content_type, text(note.get("target")))
    return Probe(request=Request(method="GET", path=path, params=(("locale", locale),)), found=found)
