"""Entries: list, get, create, update, localize, delete, import, export, locales, what refers to them, and versions.

The names of versions are here for assets too. Pages: CMA | Entries, "Entry Versions"; CMA | Assets.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack import documents
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, invalid
from stackferry.emulators.contentstack.content.master_values import has_non_localizable_fields
from stackferry.emulators.contentstack.content.normalize import apply_atomics
from stackferry.emulators.contentstack.content.schema import schema_of
from stackferry.emulators.contentstack.listing import (
    counted_page,
    long_list_answer,
    parse_query,
    queried_uids,
    select_fields,
)
from stackferry.emulators.contentstack.request import (
    checked_locale,
    content_type_uid,
    document_with_fallback,
    fallback_chain,
    find_asset,
    find_entry,
    find_environment,
    first_of_chain,
    not_found,
    requested_locale,
    require_document,
)
from stackferry.emulators.contentstack.resources import trash
from stackferry.emulators.contentstack.state import Document
from stackferry.emulators.contentstack.webhooks import entry_parts, fire
from stackferry.emulators.contentstack.workflow_stages import check_lock
from stackferry.emulators.routing import Route
from stackferry.emulators.values import text_items
from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Entry
    from stackferry.model import Json, JsonObject

_IMPORTED = "Entry imported successfully."


def _list(call: Call) -> Answer:
    """Every entry that has something to show in the locale, be it by fallback."""
    content_type = content_type_uid(call)
    chain = fallback_chain(call.branch, requested_locale(call))
    entries = call.branch.entries.get(content_type, {})
    is_live, code = call.param("environment"), requested_locale(call)
    environment = find_environment(call, is_live) if is_live else ""

    def show(row: JsonObject) -> JsonObject:
        entry = entries[text(row.get("uid"))]
        if environment:
            return _live_version(call, entry)
        shown = first_of_chain(entry, chain)
        return documents.entry_object(call, entry, shown[0], shown[1].version) if shown else {}

    def rows() -> Iterator[JsonObject]:
        for row in _rows(call, content_type, chain):
            if not environment or (environment, code) in entries[text(row.get("uid"))].live:
                yield row

    return long_list_answer(call, "entries", rows, show=show)


def _rows(call: Call, content_type: str, chain: list[str]) -> Iterator[JsonObject]:
    """What conditions look at: the latest version of each entry whose uid the query allows."""
    query = call.param("query")
    mixed = has_non_localizable_fields(call.branch, schema_of(call.branch, content_type))
    uids = queried_uids(parse_query(call))
    for uid, entry in call.branch.entries.get(content_type, {}).items():
        if (uids is None or uid in uids) and (shown := first_of_chain(entry, chain)) is not None:
            code, document = shown
            row = document.latest
            if mixed:
                row = documents.effective_version(call.branch, entry, code, document.version)
            # What is not stored in the version is added only where the query names it.
            if "_workflow" in query:
                row = {**row, "_workflow": document.workflow}
            if "publish_details" in query:
                row = {**row, "publish_details": documents.publish_details(call, entry, code)}
            yield row


def requested_entry_version(call: Call, entry: Entry) -> JsonObject:
    """The version that the query asks for, in its language or the one that it falls back to. Raises 141."""
    shown = document_with_fallback(call.branch, entry, requested_locale(call))
    if call.param("environment"):
        return _live_version(call, entry)
    number = call.number("version", shown[1].version if shown else 0)
    if shown is None or number not in shown[1].versions:
        raise not_found(call, 141, "The requested object doesn't exist.", "version" if shown else "uid")
    return documents.entry_object(call, entry, shown[0], number)


def _live_version(call: Call, entry: Entry) -> JsonObject:
    """The version that is live in the environment asked for. Raises 141. The page names no parameter for it."""
    environment = find_environment(call, call.param("environment") or "")
    publication = entry.live.get((environment, requested_locale(call)))
    if publication is None:
        raise not_found(call, 141, "The requested object doesn't exist.", "uid")
    return documents.entry_object(call, entry, publication.source, publication.version)


def _get(call: Call) -> Answer:
    return Answer({"entry": select_fields(call, requested_entry_version(call, find_entry(call)))})


def _create(call: Call) -> Answer:
    """A new entry; or, with the uid of one that has no master document, that document."""
    content_type, sent = content_type_uid(call), call.section("entry")
    code = requested_locale(call)
    writer = documents.VersionWriter(call, content_type, code, verb="creation")
    entry = call.branch.entry(content_type, text(sent.get("uid")))
    if entry is not None and call.flag("copy_to_master") and code in entry.documents:
        # Page: Create an entry with master locale. Only where there is none, or it was deleted.
        raise invalid(119, "The master document exists already.", uid=NOT_VALID)
    if entry is not None and code == call.branch.master_locale and code not in entry.documents:
        # Page: Create an entry with master locale. `copy_to_master` copies what a localized document holds.
        localized = next(iter(entry.documents.values())).latest
        base = documents.content_fields(localized) if call.flag("copy_to_master") else {}
        writer.add_version(entry, sent, base)
    else:
        content = writer.accept(None, sent, {})
        writer.check_rte_uids(content)
        entry = writer.create(_uid_of_new(call, entry, text(sent.get("uid"))), content)
    return _saved(call, entry, code, "Entry created successfully.", "create", 201)


def _uid_of_new(call: Call, known: Entry | None, sent: str) -> str:
    """The uid of a new entry. No page says that a client may choose one, so a switch decides."""
    if not sent or call.switches.create_uid == "ignored":
        return call.service.uid()
    if known is not None:
        raise invalid(119, "Entry creation failed. Please enter valid data.", uid=NOT_UNIQUE)
    return sent


def _saved(call: Call, entry: Entry, code: str, notice: str, event: str, status: int = 200) -> Answer:
    fire(call, entry_parts(entry.content_type, entry.uid), event)
    latest = documents.entry_object(call, entry, code, entry.documents[code].version)
    return Answer({"notice": notice, "entry": latest}, status)


def _check_has_master(call: Call, entry: Entry, code: str) -> None:
    """A master document is created, not updated. Raises 141 for an entry that has none."""
    if code == call.branch.master_locale and code not in entry.documents:
        raise not_found(call, 141, "The requested object doesn't exist.")


def _update(call: Call) -> Answer:
    """A new version; in a locale without a document of its own, its first one."""
    entry, code, sent = find_entry(call), requested_locale(call), call.section("entry")
    _check_has_master(call, entry, code)
    check_lock(call, entry, code)
    done = "updated" if code in entry.documents else "localized"
    base = documents.base_content(call, entry, code)
    writer = documents.VersionWriter(call, entry.content_type, code, verb="update")
    writer.add_version(entry, apply_atomics(base, sent), base)
    return _saved(call, entry, code, f"Entry {done} successfully.", "update")


def _delete(call: Call) -> Answer:
    """All locales that are named, or none: they are checked first."""
    entry = find_entry(call)
    codes = _locales_to_delete(call, entry)
    for code in codes:
        if checked_locale(call.branch, code) not in entry.documents:
            raise invalid(141, f"The entry is not localized in '{code}'.", locales=NOT_VALID)
        check_lock(call, entry, code)
    for code in codes:
        trash.delete_document(call, entry, code)
        fire(call, entry_parts(entry.content_type, entry.uid), "delete")
    return Answer({"notice": "Entry deleted successfully."})


def _locales_to_delete(call: Call, entry: Entry) -> list[str]:
    if call.flag("delete_all_localized"):
        is_master = requested_locale(call) == call.branch.master_locale
        if not is_master and not call.switches.delete_all_takes_locale:
            raise invalid(141, "delete_all_localized works from the master language only.", locale=NOT_VALID)
        return list(entry.documents)
    # Page: Delete an entry. The locales are in a body, which is optional, or one is in the query.
    named = text_items(as_object(call.json().get("entry")).get("locales")) if call.body else []
    return named or [requested_locale(call)]


def _list_locales(call: Call) -> Answer:
    """Page: Get languages of an entry: every language in which it has a document of its own."""
    entry = find_entry(call)
    rows: list[Json] = [
        {"code": code, "localized": True} for code in call.branch.locales if code in entry.documents
    ]
    return Answer({"locales": rows})


def _unlocalize(call: Call) -> Answer:
    """Page: Unlocalize an entry. The language falls back again; its document is gone."""
    entry, code = find_entry(call), requested_locale(call)
    if code == call.branch.master_locale or code not in entry.documents:
        raise invalid(141, f"The entry is not localized in '{code}'.", locale=NOT_VALID)
    check_lock(call, entry, code)
    trash.remove_document(call, entry, code)
    return Answer({"notice": "Entry unlocalized successfully."})


def _references(call: Call) -> Answer:
    """Page: Get references of an entry. In the locale asked for, or in all."""
    target = find_entry(call)
    only = requested_locale(call) if call.param("locale") else ""
    rows: list[Json] = []
    for entry, code in documents.referring_documents(call, target.uid, ("", target.content_type)):
        if only not in ("", code):
            continue
        row = documents.reference_row(call, entry, code)
        if call.flag("include_publish_details"):
            document = entry.documents[code]
            row["_version"] = document.version
            row["publish_details"] = documents.publish_details(call, entry, code)
            if name := document.version_names.get(document.version):
                row["_version_name"] = name
        rows.append(row)
    body: JsonObject = {"references": rows}
    if call.flag("include_count"):
        body["count"] = len(rows)
    return Answer(body)


def _export(call: Call) -> Answer:
    """The file is the bare entry, without the `entry` around it that a read answers."""
    headers = {"content-disposition": f'attachment; filename="{call.args["entry"]}.json"'}
    return Answer(requested_entry_version(call, find_entry(call)), headers=headers)


def _file(call: Call) -> JsonObject:
    """The JSON file in the form part `entry`. Raises 119."""
    upload = call.form().files.get("entry")
    if upload is None:
        raise invalid(119, "Entry import failed. A file named 'entry' is required.", entry=REQUIRED)
    sent = call.parse_json(upload.content)
    if not isinstance(sent, dict):
        raise invalid(119, "Entry import failed. The file is not a JSON object.", entry=NOT_VALID)
    return sent


def _import(call: Call) -> Answer:
    """A new entry; with `overwrite` a new version of the entry that has the file's uid already."""
    content_type, sent = content_type_uid(call), _file(call)
    code, uid = requested_locale(call), text(sent.get("uid"))
    known = call.branch.entry(content_type, uid)
    if known is not None and call.flag("overwrite"):
        return _import_version(call, known, code, sent)
    # The page does not say whether the uid in the file is kept, so a switch decides.
    keeps_uid = call.switches.import_keeps_uid and bool(uid)
    if keeps_uid and known is not None:
        raise invalid(119, "Entry import failed. Please enter valid data.", uid=NOT_UNIQUE)
    writer = documents.VersionWriter(call, content_type, code, verb="import")
    content = writer.accept(None, sent, {})
    entry = writer.create(uid if keeps_uid else call.service.uid(), content)
    return _saved(call, entry, code, _IMPORTED, "create", 201)


def _import_existing(call: Call) -> Answer:
    return _import_version(call, find_entry(call), requested_locale(call), _file(call))


def _import_version(call: Call, entry: Entry, code: str, sent: JsonObject) -> Answer:
    _check_has_master(call, entry, code)
    check_lock(call, entry, code)
    replaces = call.flag("overwrite") and call.switches.overwrite_replaces
    writer = documents.VersionWriter(call, entry.content_type, code, verb="import")
    writer.add_version(entry, sent, {} if replaces else documents.base_content(call, entry, code))
    return _saved(call, entry, code, _IMPORTED, "update")


MAX_NAME = 32
"""Characters of a version's name (limits of the Content Management API)."""


def _document_of_entry(call: Call) -> Document:
    """The document of the locale that the body or the query names."""
    sent = as_object(call.json().get("entry")) if call.body else {}
    return require_document(call, find_entry(call), requested_locale(call, text(sent.get("locale"))))[1]


def _document_of_asset(call: Call) -> Document:
    asset = find_asset(call)
    return Document({number: version.raw for number, version in asset.versions.items()}, asset.version_names)


def _list_versions(call: Call) -> Answer:
    """Newest first; of the fallback's document where the locale has none."""
    code, document = require_document(call, find_entry(call), requested_locale(call))
    return _version_list(call, document, {"locale": code})


def _list_asset_versions(call: Call) -> Answer:
    return _version_list(call, _document_of_asset(call), {})


def _version_list(call: Call, document: Document, facts: JsonObject) -> Answer:
    versions, names = document.versions, document.version_names
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


def _number(call: Call, document: Document) -> int:
    """The version in the path. Raises 141 when there is no such version."""
    given = call.args["version"]
    if not given.isdecimal() or int(given) not in document.versions:
        raise not_found(call, 141, "The requested version doesn't exist.", "version")
    return int(given)


def _set_name(call: Call, find: Callable[[Call], Document], section: str) -> Answer:
    """A name that another version has is taken from it only by force."""
    document = find(call)
    number, names = _number(call, document), document.version_names
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
    document = find(call)
    number = _number(call, document)
    if number not in document.version_names:
        raise not_found(call, 141, "This version has no name.", "version")
    del document.version_names[number]
    return Answer({"notice": "Version name deleted successfully"})


_ENTRIES = "/content_types/{content_type}/entries"
_ENTRY = f"{_ENTRIES}/{{entry}}"
_ENTRY_NAME = f"{_ENTRY}/versions/{{version}}/name"
_ASSET_NAME = "/assets/{asset}/versions/{version}/name"

ROUTES = (
    Route("GET", _ENTRIES, _list),
    Route("POST", _ENTRIES, _create),
    Route("GET", _ENTRY, _get),
    Route("PUT", _ENTRY, _update),
    Route("DELETE", _ENTRY, _delete),
    Route("GET", f"{_ENTRY}/locales", _list_locales),
    Route("POST", f"{_ENTRY}/unlocalize", _unlocalize),
    Route("GET", f"{_ENTRY}/references", _references),
    Route("GET", f"{_ENTRY}/export", _export),
    Route("POST", f"{_ENTRIES}/import", _import),
    Route("POST", f"{_ENTRY}/import", _import_existing),
    Route("GET", f"{_ENTRY}/versions", _list_versions),
    Route("POST", _ENTRY_NAME, partial(_set_name, find=_document_of_entry, section="entry")),
    Route("DELETE", _ENTRY_NAME, partial(_delete_name, find=_document_of_entry)),
    Route("GET", "/assets/{asset}/versions", _list_asset_versions),
    Route("POST", _ASSET_NAME, partial(_set_name, find=_document_of_asset, section="upload")),
    Route("DELETE", _ASSET_NAME, partial(_delete_name, find=_document_of_asset)),
)
