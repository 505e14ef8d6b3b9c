"""The forms of an entry on its way: a file to import, cleared of what went, with fresh uids. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import jsonio
from stackferry.model import Part
from stackferry.providers.contentstack.answers import own_row, text
from stackferry.providers.contentstack.written import fresh_rich_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import JsonObject
    from stackferry.providers.provider import Built


def as_file(body: JsonObject) -> Part:
    return Part("entry", jsonio.dumps(body), filename="entry.json", content_type="application/json")


def cleared(before: JsonObject, now: JsonObject) -> JsonObject:
    """A write merges top-level fields: what the version before had and this one lacks must be cleared."""
    return {name: None for name in before if name not in now}


def fresh(sent: JsonObject, written: Callable[[JsonObject], Built]) -> Built | None:
    """The same document with fresh uids for its rich texts: a stack may refuse one that it has seen before."""
    body = own_row(fresh_rich_text(sent, text(sent.get("title"))))
    return None if body == sent else written(body)
