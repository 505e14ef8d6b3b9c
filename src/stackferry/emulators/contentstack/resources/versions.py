"""The history of entries and assets: versions and their names. Pages: CMA | Entries, "Entry Versions"; CMA | Assets."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, invalid
from stackferry.emulators.contentstack.listing import counted_page
from stackferry.emulators.contentstack.lookup import (
    find_asset,
    find_entry,
    not_found,
    requested_locale,
    shown_document,
)
from stackferry.emulators.contentstack.state import Document
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import JsonObject

MAX_NAME = 32
"""Characters of a version's name (limits of the Content Management API)."""


def _of_entry(call: Call) -> Document:
    """The document of the locale that the body or the query names."""
    sent = as_object(call.json().get("entry")) if call.body else {}
    return shown_document(call, find_entry(call), requested_locale(call, text(sent.get("locale"))))[1]


def _of_asset(call: Call) -> Document:
    asset = find_asset(call)
    return Document({number: version.raw for number, version in asset.versions.items()}, asset.names)


def _list_of_entry(call: Call) -> Answer:
    """Newest first; of the fallback's document where the locale has none."""
    code, document = shown_document(call, find_entry(call), requested_locale(call))
    return _list(call, document, {"locale": code})


def _list_of_asset(call: Call) -> Answer:
    return _list(call, _of_asset(call), {})


def _list(call: Call, history: Document, facts: JsonObject) -> Answer:
    versions, names = history.versions, history.names
    numbers = sorted(versions, reverse=True)
    if call.flag("named"):
        numbers = [number for number in numbers if number in names]

    def row(number: int) -> JsonObject:
        shown: JsonObject = {"_version": number, **facts}
        for field in ("updated_at", "updated_by"):
            if call.flag(f"include_{field}"):
                shown[field] = versions[number].get(field)
        if name := names.get(number):
            shown["_version_name"] = name
        return shown

    return counted_page(call, "versions", numbers, row)


def _number(call: Call, history: Document) -> int:
    """The version in the path. Raises 141 when there is no such version."""
    given = call.args["version"]
    if not given.isdecimal() or int(given) not in history.versions:
        raise not_found(call, 141, "The requested version doesn't exist.", "version")
    return int(given)


def _set_name(call: Call, find: Callable[[Call], Document], section: str) -> Answer:
    """A name that another version has is taken from it only by force."""
    history = find(call)
    number, names = _number(call, history), history.names
    sent = call.section(section)
    name = text(sent.get("_version_name"))
    if not 0 < len(name) <= MAX_NAME:
        raise invalid(141, f"A version name has 1 to {MAX_NAME} characters.", _version_name=NOT_VALID)
    owners = [other for other, record in names.items() if record.get("title") == name and other != number]
    if owners and not (sent.get("force") is True or call.json().get("force") is True):
        raise invalid(141, "Another version has this name.", _version_name=NOT_UNIQUE)
    for other in owners:
        del names[other]
    names[number] = {"title": name, "updated_at": call.service.now(), "updated_by": call.user}
    return Answer({"notice": "Version name assigned successfully"}, 201)


def _delete_name(call: Call, find: Callable[[Call], Document]) -> Answer:
    history = find(call)
    number = _number(call, history)
    if number not in history.names:
        raise not_found(call, 141, "This version has no name.", "version")
    del history.names[number]
    return Answer({"notice": "Version name deleted successfully"})


_ENTRY = "/content_types/{content_type}/entries/{entry}/versions"
_ASSET = "/assets/{asset}/versions"

ROUTES = (
    Route("GET", _ENTRY, _list_of_entry),
    Route("POST", f"{_ENTRY}/{{version}}/name", partial(_set_name, find=_of_entry, section="entry")),
    Route("DELETE", f"{_ENTRY}/{{version}}/name", partial(_delete_name, find=_of_entry)),
    Route("GET", _ASSET, _list_of_asset),
    Route("POST", f"{_ASSET}/{{version}}/name", partial(_set_name, find=_of_asset, section="upload")),
    Route("DELETE", f"{_ASSET}/{{version}}/name", partial(_delete_name, find=_of_asset)),
)
