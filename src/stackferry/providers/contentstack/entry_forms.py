"""The forms of an entry on its way: a file to import, cleared of what went, with fresh uids. Pure.

API pages: "Import an entry", "Import an existing entry", "Create an entry with master locale".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import jsonio
from stackferry.model import Budget, Gap, Part, Request
from stackferry.providers.contentstack.answers import own_row, text
from stackferry.providers.contentstack.reading import API, entries_path
from stackferry.providers.contentstack.written import fresh_rich_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackferry.model import JsonObject
    from stackferry.providers.contentstack.documents import Document
    from stackferry.providers.replaying import Built


def import_request(content_type: str, locale: str, body: JsonObject, target: str = "") -> Request:
    """A new entry from a file, or a new version of `target`; the service answers with the uid that it has there."""
    file = Part("entry", jsonio.dumps(body), filename="entry.json", content_type="application/json")
    return Request(
        method="POST",
        path=f"{API}{entries_path(content_type, target)}/import",
        params=(("locale", locale),),
        parts=(file,),
        budget=Budget.WRITE,
        repeatable=False,
    )


def master_request(content_type: str, locale: str, body: JsonObject, fields: Iterable[str]) -> Request:
    """The master document of an entry that lives in other languages only. It starts from a copy of one of these: what
    `body` does not say of `fields` must be emptied."""
    return Request(
        method="POST",
        path=API + entries_path(content_type),
        params=(("locale", locale), ("copy_to_master", "true")),
        body=jsonio.dumps({"entry": {**dict.fromkeys(fields), **body}}),
        budget=Budget.WRITE,
        repeatable=False,
    )


def cleared(before: JsonObject, now: JsonObject) -> JsonObject:
    """A write merges top-level fields: what the version before had and this one lacks must be cleared."""
    return {name: None for name in before if name not in now}


def fresh(sent: JsonObject, written: Callable[[JsonObject], Built]) -> Built | None:
    """The same document with fresh uids for its rich texts: a stack may refuse one that it has seen before."""
    body = own_row(fresh_rich_text(sent, text(sent.get("title"))))
    return None if body == sent else written(body)


def refused(document: Document, reason: str = "the target refused it") -> Gap:
    """The gap of a document that could not be written."""
    return Gap(
        kind="entries",
        uid=document.uid,
        content_type=document.content_type,
        locale=document.locale,
        path=f"version {document.version}",
        reason=reason,
    )
