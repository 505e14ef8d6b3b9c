"""The history of an entry: its versions and their names. Page: CMA | Entries, Entry Versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, invalid
from stackferry.emulators.contentstack.lookup import (
    document_in,
    find_asset,
    find_entry,
    not_found,
    requested_locale,
)
from stackferry.emulators.routing import Route
from stackferry.emulators.values import text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Versions
    from stackferry.model import Json, JsonObject

MAX_NAME = 32


def _all(call: Call) -> Answer:
    """Newest first; of the fallback's document where the language has none."""
    found = document_in(call.branch, find_entry(call), requested_locale(call))
    if found is None:
        raise not_found(call, 141, "The requested object doesn't exist.")
    code, document = found
    return _history(call, document.versions, document.names, {"locale": code})


def _history(call: Call, versions: Versions, names: Versions, facts: JsonObject) -> Answer:
    numbers = sorted(versions, reverse=True)
    if call.flag("named"):
        numbers = [number for number in numbers if number in names]
    skip, limit = call.number("skip", 0), min(call.number("limit", 100), 100)
    rows: list[Json] = [
        _row(call, number, versions[number], names.get(number), facts)
        for number in numbers[skip : skip + limit]
    ]
    body: JsonObject = {"versions": rows}
    if call.flag("include_count"):
        body["count"] = len(numbers)
    return Answer(body)


def _row(
    call: Call, number: int, stored: JsonObject, name: JsonObject | None, facts: JsonObject
) -> JsonObject:
    row: JsonObject = {"_version": number, **facts}
    for field in ("updated_at", "updated_by"):
        if call.flag(f"include_{field}"):
            row[field] = stored.get(field)
    if name:
        row["_version_name"] = name
    return row


def _named(call: Call) -> tuple[int, Versions, Versions]:
    """The version in the path, the versions and the names of the document that the body or query names."""
    sent = call.json().get("entry") if call.body else None
    given = text(sent.get("locale")) if isinstance(sent, dict) else ""
    found = document_in(call.branch, find_entry(call), requested_locale(call, given))
    if found is None:
        raise not_found(call, 141, "The requested object doesn't exist.")
    return _number(call, found[1].versions), found[1].versions, found[1].names


def _number(call: Call, versions: Versions) -> int:
    given = call.args["version"]
    if not given.isdecimal() or int(given) not in versions:
        raise not_found(call, 141, "The requested version doesn't exist.", "version")
    return int(given)


def _set_name(call: Call) -> Answer:
    number, _, names = _named(call)
    _rename(call, "entry", number, names)
    return Answer({"notice": "Version name assigned successfully"}, 201)


def _rename(call: Call, section: str, number: int, names: Versions) -> None:
    """A name is at most 32 characters; one that another version has is taken from it only by force."""
    sent = call.section(section)
    name = text(sent.get("_version_name"))
    if not 0 < len(name) <= MAX_NAME:
        raise invalid(141, f"A version name has 1 to {MAX_NAME} characters.", _version_name=NOT_VALID)
    holders = [other for other, one in names.items() if one.get("title") == name and other != number]
    if holders and not (sent.get("force") is True or call.json().get("force") is True):
        raise invalid(141, "Another version has this name.", _version_name=NOT_UNIQUE)
    for other in holders:
        del names[other]
    names[number] = {"title": name, "updated_at": call.service.now(), "updated_by": call.user}


def _delete_name(call: Call) -> Answer:
    number, _, names = _named(call)
    _unname(call, number, names)
    return Answer({"notice": "Version name deleted successfully"})


def _unname(call: Call, number: int, names: Versions) -> None:
    if number not in names:
        raise not_found(call, 141, "This version has no name.", "version")
    del names[number]


def _asset_versions(call: Call) -> Answer:
    found = find_asset(call)
    versions = {number: version.raw for number, version in found.versions.items()}
    return _history(call, versions, found.names, {})


def _asset_number(call: Call) -> int:
    return _number(call, {number: version.raw for number, version in find_asset(call).versions.items()})


def _set_asset_name(call: Call) -> Answer:
    _rename(call, "upload", _asset_number(call), find_asset(call).names)
    return Answer({"notice": "Version name assigned successfully"}, 201)


def _delete_asset_name(call: Call) -> Answer:
    _unname(call, _asset_number(call), find_asset(call).names)
    return Answer({"notice": "Version name deleted successfully"})


_ENTRY = "/content_types/{content_type}/entries/{entry}"

ROUTES = (
    Route("GET", f"{_ENTRY}/versions", _all),
    Route("POST", f"{_ENTRY}/versions/{{version}}/name", _set_name),
    Route("DELETE", f"{_ENTRY}/versions/{{version}}/name", _delete_name),
    Route("GET", "/assets/{asset}/versions", _asset_versions),
    Route("POST", "/assets/{asset}/versions/{version}/name", _set_asset_name),
    Route("DELETE", "/assets/{asset}/versions/{version}/name", _delete_asset_name),
)
