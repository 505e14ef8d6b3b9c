"""The history of entries and assets: versions and their names. Pages: CMA | Entries, "Entry Versions"; CMA | Assets."""

from __future__ import annotations

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
from stackferry.emulators.routing import Route
from stackferry.json_values import text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Versions
    from stackferry.model import JsonObject

MAX_NAME = 32
"""Characters of a version's name (limits of the Content Management API)."""


def _list(call: Call) -> Answer:
    """Newest first; of the fallback's document where the language has none."""
    code, document = shown_document(call, find_entry(call), requested_locale(call))
    return _history(call, document.versions, document.names, {"locale": code})


def _list_of_asset(call: Call) -> Answer:
    return _history(call, _asset_versions(call), find_asset(call).names, {})


def _history(call: Call, versions: Versions, names: Versions, facts: JsonObject) -> Answer:
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


def _asset_versions(call: Call) -> Versions:
    return {number: version.raw for number, version in find_asset(call).versions.items()}


def _entry_version(call: Call) -> tuple[int, Versions]:
    """The version in the path, and the names in the document of the language that the body or query names."""
    sent = call.json().get("entry") if call.body else None
    given = text(sent.get("locale")) if isinstance(sent, dict) else ""
    _, document = shown_document(call, find_entry(call), requested_locale(call, given))
    return _number(call, document.versions), document.names


def _number(call: Call, versions: Versions) -> int:
    """The version in the path. Raises 141 when there is no such version."""
    given = call.args["version"]
    if not given.isdecimal() or int(given) not in versions:
        raise not_found(call, 141, "The requested version doesn't exist.", "version")
    return int(given)


def _set_name(call: Call) -> Answer:
    return _rename(call, "entry", *_entry_version(call))


def _set_asset_name(call: Call) -> Answer:
    return _rename(call, "upload", _number(call, _asset_versions(call)), find_asset(call).names)


def _rename(call: Call, section: str, number: int, names: Versions) -> Answer:
    """A name that another version has is taken from it only by force."""
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


def _delete_name(call: Call) -> Answer:
    return _unname(call, *_entry_version(call))


def _delete_asset_name(call: Call) -> Answer:
    return _unname(call, _number(call, _asset_versions(call)), find_asset(call).names)


def _unname(call: Call, number: int, names: Versions) -> Answer:
    if number not in names:
        raise not_found(call, 141, "This version has no name.", "version")
    del names[number]
    return Answer({"notice": "Version name deleted successfully"})


_ENTRY = "/content_types/{content_type}/entries/{entry}"

ROUTES = (
    Route("GET", f"{_ENTRY}/versions", _list),
    Route("POST", f"{_ENTRY}/versions/{{version}}/name", _set_name),
    Route("DELETE", f"{_ENTRY}/versions/{{version}}/name", _delete_name),
    Route("GET", "/assets/{asset}/versions", _list_of_asset),
    Route("POST", "/assets/{asset}/versions/{version}/name", _set_asset_name),
    Route("DELETE", "/assets/{asset}/versions/{version}/name", _delete_asset_name),
)
