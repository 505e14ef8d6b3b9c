"""Entries: list, get, create, update, localize, delete, import, export, languages, and what refers to them.

Page: CMA | Entries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, invalid
from stackferry.emulators.contentstack.content.localize import has_non_localizable_fields
from stackferry.emulators.contentstack.content.schema import schema_of
from stackferry.emulators.contentstack.content.shape import apply_atomics
from stackferry.emulators.contentstack.documents import (
    VersionWriter,
    content_fields,
    effective_version,
    entry_object,
    fallback_content,
    publish_details,
    user_row,
    users_of,
)
from stackferry.emulators.contentstack.listing import long_list_answer, parse_query, select_fields
from stackferry.emulators.contentstack.lookup import (
    checked_locale,
    document_in,
    fallback_chain,
    find_content_type,
    find_entry,
    first_document,
    not_found,
    requested_locale,
)
from stackferry.emulators.contentstack.query import named_uids
from stackferry.emulators.contentstack.state import Entry
from stackferry.emulators.routing import Route
from stackferry.emulators.values import text_items
from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import Json, JsonObject

_IMPORTED = "Entry imported successfully."


def _list(call: Call) -> Answer:
    """Every entry that has something to show in the language, be it by fallback."""
    content_type = text(find_content_type(call).get("uid"))
    chain = fallback_chain(call.branch, requested_locale(call))
    entries = call.branch.entries.get(content_type, {})

    def show(row: JsonObject) -> JsonObject:
        entry = entries[text(row.get("uid"))]
        shown = first_document(entry, chain)
        return entry_object(call, entry, shown[0], shown[1].version) if shown else {}

    return long_list_answer(call, "entries", lambda: _rows(call, content_type, chain), show=show)


def _rows(call: Call, content_type: str, chain: list[str]) -> Iterator[JsonObject]:
    """What conditions look at: the latest version of each entry whose uid the query allows."""
    query = call.param("query")
    mixed = has_non_localizable_fields(call.branch, schema_of(call.branch, content_type))
    uids = named_uids(parse_query(call))
    for uid, entry in call.branch.entries.get(content_type, {}).items():
        if (uids is None or uid in uids) and (shown := first_document(entry, chain)) is not None:
            code, document = shown
            row = effective_version(call.branch, entry, code, document.version) if mixed else document.latest
            yield _with_queried(call, row, entry, code, query)


def _with_queried(call: Call, row: JsonObject, entry: Entry, code: str, query: str) -> JsonObject:
    """The row with what is not stored in it, where the query names that."""
    if "_workflow" in query:
        row = {**row, "_workflow": entry.documents[code].workflow}
    if "publish_details" in query:
        row = {**row, "publish_details": publish_details(call, entry, code)}
    return row


def requested_entry_version(call: Call, entry: Entry) -> JsonObject:
    """The version that the query asks for, in its language or the one that it falls back to. Raises 141."""
    shown = document_in(call.branch, entry, requested_locale(call))
    number = call.number("version", shown[1].version if shown else 0)
    if shown is None or number not in shown[1].versions:
        raise not_found(call, 141, "The requested object doesn't exist.", "version" if shown else "uid")
    return entry_object(call, entry, shown[0], number)


def _get(call: Call) -> Answer:
    return Answer({"entry": select_fields(call, requested_entry_version(call, find_entry(call)))})


def _create(call: Call) -> Answer:
    """A new entry; or, with the uid of one that has no master document, that document."""
    content_type, sent = text(find_content_type(call).get("uid")), call.section("entry")
    code = requested_locale(call)
    known = call.branch.entries.get(content_type, {}).get(text(sent.get("uid")))
    if known is not None and code == call.branch.master_locale and code not in known.documents:
        return _create_master(call, known, sent)
    writer = VersionWriter(call, content_type, code, verb="creation")  # any other uid that is sent is ignored
    content = writer.accept(None, sent, {})
    writer.check_rte_uids(content)
    entry = new_entry(call, writer, call.service.uid(), content_type, code, content)
    return _saved(call, entry, code, "Entry created successfully.", 201)


def _create_master(call: Call, entry: Entry, sent: JsonObject) -> Answer:
    """Page: Create an entry with master locale. `copy_to_master` takes over what a localized document holds."""
    localized = next(iter(entry.documents.values())).latest
    base = content_fields(localized) if call.flag("copy_to_master") else {}
    code = call.branch.master_locale
    writer = VersionWriter(call, entry.content_type, code, verb="creation")
    writer.store(entry, writer.accept(entry, sent, base))
    return _saved(call, entry, code, "Entry created successfully.", 201)


def new_entry(
    call: Call, writer: VersionWriter, uid: str, content_type: str, code: str, content: JsonObject
) -> Entry:
    """Store the first version of an entry, and its master document where the service adds one. Raises 119."""
    entries = call.branch.entries.setdefault(content_type, {})
    options = as_object(call.branch.content_types[content_type].get("options"))
    if entries and options.get("singleton") is True:
        raise invalid(119, "Entry creation failed. This content type takes one entry only.", entry=NOT_VALID)
    entry = entries[uid] = Entry(uid, content_type)
    if code != call.branch.master_locale and call.switches.other_locale_creates_master:
        writer.store(entry, content, call.branch.master_locale)
    writer.store(entry, content, code)
    return entry


def _saved(call: Call, entry: Entry, code: str, notice: str, status: int = 200) -> Answer:
    latest = entry_object(call, entry, code, entry.documents[code].version)
    return Answer({"notice": notice, "entry": latest}, status)


def _update(call: Call) -> Answer:
    """A new version; in a language without a document of its own, its first one."""
    entry, code, sent = find_entry(call), requested_locale(call), call.section("entry")
    localizes = code not in entry.documents
    if localizes and code == call.branch.master_locale:
        raise not_found(call, 141, "The requested object doesn't exist.")
    base = base_content(call, entry, code)
    writer = VersionWriter(call, entry.content_type, code, verb="update")
    writer.store(entry, writer.accept(entry, apply_atomics(base, sent), base))
    return _saved(call, entry, code, f"Entry {'localized' if localizes else 'updated'} successfully.")


def base_content(call: Call, entry: Entry, code: str) -> JsonObject:
    """What a new version in a language starts from."""
    if code in entry.documents:
        return content_fields(entry.documents[code].latest)
    return fallback_content(call.branch, entry, code) if call.switches.localize_copies_fallback else {}


def _delete(call: Call) -> Answer:
    """All languages that are named, or none: they are checked first."""
    entry = find_entry(call)
    codes = _languages_to_delete(call, entry)
    for code in codes:
        if checked_locale(call.branch, code) not in entry.documents:
            raise invalid(141, f"The entry is not localized in '{code}'.", locales=NOT_VALID)
    for code in codes:
        remove_document(call, entry, code)
    return Answer({"notice": "Entry deleted successfully."})


def _languages_to_delete(call: Call, entry: Entry) -> list[str]:
    if call.flag("delete_all_localized"):
        if requested_locale(call) != call.branch.master_locale:
            raise invalid(141, "delete_all_localized works from the master language only.", locale=NOT_VALID)
        return list(entry.documents)
    # Page: Delete an entry. The languages are in a body, which is optional, or one is in the query.
    named = text_items(as_object(call.json().get("entry")).get("locales")) if call.body else []
    return named or [requested_locale(call)]


def remove_document(call: Call, entry: Entry, code: str) -> None:
    """Remove a language, what is live of it and its variants; with its last language the entry goes."""
    del entry.documents[code]
    entry.live = {key: publication for key, publication in entry.live.items() if publication.source != code}
    entry.variants = {key: variant for key, variant in entry.variants.items() if key[1] != code}
    if not entry.documents:
        del call.branch.entries[entry.content_type][entry.uid]


def _list_languages(call: Call) -> Answer:
    """Page: Get languages of an entry: every language in which it has a document of its own."""
    entry = find_entry(call)
    rows: list[Json] = [
        {"code": code, "localized": True} for code in call.branch.locales if code in entry.documents
    ]
    return Answer({"locales": rows})


def _unlocalize(call: Call) -> Answer:
    """Page: Unlocalize an entry. The language falls back again; its history is gone."""
    entry, code = find_entry(call), requested_locale(call)
    if code == call.branch.master_locale or code not in entry.documents:
        raise invalid(141, f"The entry is not localized in '{code}'.", locale=NOT_VALID)
    remove_document(call, entry, code)
    return Answer({"notice": "Entry unlocalized successfully."})


def _references(call: Call) -> Answer:
    """Page: Get references of an entry."""
    rows: list[Json] = list(_users(call, find_entry(call)))
    body: JsonObject = {"references": rows}
    if call.flag("include_count"):
        body["count"] = len(rows)
    return Answer(body)


def _users(call: Call, target: Entry) -> Iterator[JsonObject]:
    """The documents whose latest version refers to an entry, in the language asked for or in all."""
    only = requested_locale(call) if call.param("locale") else ""
    for entry, code in users_of(call, target.uid, ("", target.content_type)):
        if only in ("", code):
            yield _user(call, entry, code)


def _user(call: Call, entry: Entry, code: str) -> JsonObject:
    document = entry.documents[code]
    row = user_row(call, entry, code)
    if not call.flag("include_publish_details"):
        return row
    row |= {"_version": document.version, "publish_details": publish_details(call, entry, code)}
    name = document.names.get(document.version)
    return {**row, "_version_name": name} if name else row


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
    content_type, sent = text(find_content_type(call).get("uid")), _file(call)
    code, uid = requested_locale(call), text(sent.get("uid"))
    known = call.branch.entries.get(content_type, {}).get(uid)
    if known is not None and call.flag("overwrite"):
        return _import_version(call, known, code, sent)
    keeps_uid = call.switches.import_keeps_uid and bool(uid)
    if keeps_uid and known is not None:
        raise invalid(119, "Entry import failed. Please enter valid data.", uid=NOT_UNIQUE)
    writer = VersionWriter(call, content_type, code, verb="import")
    content = writer.accept(None, sent, {})
    entry = new_entry(call, writer, uid if keeps_uid else call.service.uid(), content_type, code, content)
    return _saved(call, entry, code, _IMPORTED, 201)


def _import_existing(call: Call) -> Answer:
    return _import_version(call, find_entry(call), requested_locale(call), _file(call))


def _import_version(call: Call, entry: Entry, code: str, sent: JsonObject) -> Answer:
    if code not in entry.documents and code == call.branch.master_locale:
        raise not_found(call, 141, "The requested object doesn't exist.")
    replaces = call.flag("overwrite") and call.switches.overwrite_replaces
    writer = VersionWriter(call, entry.content_type, code, verb="import")
    writer.store(entry, writer.accept(entry, sent, {} if replaces else base_content(call, entry, code)))
    return _saved(call, entry, code, _IMPORTED)


_ENTRIES = "/content_types/{content_type}/entries"
_ENTRY = f"{_ENTRIES}/{{entry}}"

ROUTES = (
    Route("GET", _ENTRIES, _list),
    Route("POST", _ENTRIES, _create),
    Route("GET", _ENTRY, _get),
    Route("PUT", _ENTRY, _update),
    Route("DELETE", _ENTRY, _delete),
    Route("GET", f"{_ENTRY}/locales", _list_languages),
    Route("POST", f"{_ENTRY}/unlocalize", _unlocalize),
    Route("GET", f"{_ENTRY}/references", _references),
    Route("GET", f"{_ENTRY}/export", _export),
    Route("POST", f"{_ENTRIES}/import", _import),
    Route("POST", f"{_ENTRY}/import", _import_existing),
)
