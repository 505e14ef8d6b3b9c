"""The languages of an entry, and what refers to it. Page: CMA | Entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_VALID, invalid
from stackferry.emulators.contentstack.content.links import links
from stackferry.emulators.contentstack.content.schema import schema_of
from stackferry.emulators.contentstack.documents import publish_details, version_name
from stackferry.emulators.contentstack.lookup import find_entry, requested_locale
from stackferry.emulators.contentstack.resources.entries import remove_document
from stackferry.emulators.routing import Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Entry
    from stackferry.model import Json, JsonObject


def _languages(call: Call) -> Answer:
    """Every language in which the entry has a document of its own."""
    found: list[Json] = [
        {"code": code, "localized": True}
        for code in call.branch.locales
        if code in find_entry(call).documents
    ]
    return Answer({"locales": found})


def _unlocalize(call: Call) -> Answer:
    """The language falls back again; its history is gone."""
    one, code = find_entry(call), requested_locale(call)
    if code == call.branch.master_locale or code not in one.documents:
        raise invalid(141, f"The entry is not localized in '{code}'.", locale=NOT_VALID)
    remove_document(call, one, code)
    return Answer({"notice": "Entry unlocalized successfully."})


def _references(call: Call) -> Answer:
    one = find_entry(call)
    rows: list[Json] = list(_users(call, one))
    body: JsonObject = {"references": rows}
    if call.flag("include_count"):
        body["count"] = len(rows)
    return Answer(body)


def _users(call: Call, target: Entry) -> Iterator[JsonObject]:
    """The documents whose latest version refers to an entry, in the language asked for or in all."""
    only = requested_locale(call) if call.param("locale") else ""
    for kind, table in call.branch.entries.items():
        schema = schema_of(call.branch, kind) if kind in call.branch.content_types else []
        for other in table.values():
            for code, document in other.documents.items():
                if only in ("", code) and any(
                    link.uid == target.uid and link.content_type in ("", target.content_type)
                    for link in links(call.branch, schema, document.latest)
                ):
                    yield _user(call, other, code)


def _user(call: Call, other: Entry, code: str) -> JsonObject:
    document = other.documents[code]
    row: JsonObject = {
        "entry_uid": other.uid,
        "content_type_uid": other.content_type,
        "locale": code,
        "title": document.latest.get("title"),
        "content_type_title": call.branch.content_types[other.content_type].get("title"),
    }
    if not call.flag("include_publish_details"):
        return row
    row |= {"_version": document.version, "publish_details": publish_details(call, other, code)}
    name = version_name(document, document.version)
    return {**row, "_version_name": name} if name else row


_ENTRY = "/content_types/{content_type}/entries/{entry}"

ROUTES = (
    Route("GET", f"{_ENTRY}/locales", _languages),
    Route("POST", f"{_ENTRY}/unlocalize", _unlocalize),
    Route("GET", f"{_ENTRY}/references", _references),
)
