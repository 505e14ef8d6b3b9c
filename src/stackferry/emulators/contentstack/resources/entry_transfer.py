"""Export of an entry as a file, and import of one. Page: CMA | Entries, Import Entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, invalid
from stackferry.emulators.contentstack.documents import VersionWriter, shown
from stackferry.emulators.contentstack.lookup import (
    find_content_type,
    find_entry,
    not_found,
    requested_locale,
)
from stackferry.emulators.contentstack.resources.entries import base_of, new_entry, shown_version
from stackferry.emulators.routing import Route
from stackferry.emulators.values import text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Entry
    from stackferry.model import JsonObject


def _export(call: Call) -> Answer:
    headers = {"content-disposition": f'attachment; filename="{call.args["entry"]}.json"'}
    return Answer(shown_version(call, find_entry(call)), headers=headers)


def _file(call: Call) -> JsonObject:
    """The JSON file in the form part `entry`."""
    upload = call.form().files.get("entry")
    if upload is None:
        raise invalid(
            119, "Entry import failed. A file named 'entry' is required.", entry="is a required field."
        )
    sent = call.parsed(upload.content)
    if not isinstance(sent, dict):
        raise invalid(119, "Entry import failed. The file is not a JSON object.", entry=NOT_VALID)
    return sent


def _import(call: Call) -> Answer:
    """A new entry; with `overwrite` a new version of the entry that has the file's uid already."""
    kind, sent, code = text(find_content_type(call).get("uid")), _file(call), requested_locale(call)
    uid = text(sent.get("uid"))
    known = call.branch.entries.get(kind, {}).get(uid)
    if known is not None and call.flag("overwrite"):
        return _import_version(call, known, code, sent)
    keeps = call.switches.import_keeps_uid and bool(uid)
    if keeps and known is not None:
        raise invalid(119, "Entry import failed. Please enter valid data.", uid=NOT_UNIQUE)
    write = _write(call, kind, code)
    content = write.accept(None, sent, {})
    made = new_entry(call, write, uid if keeps else call.service.uid(), kind, code, content)
    return _imported(call, made, code, 201)


def _import_existing(call: Call) -> Answer:
    return _import_version(call, find_entry(call), requested_locale(call), _file(call))


def _import_version(call: Call, known: Entry, code: str, sent: JsonObject) -> Answer:
    if code not in known.documents and code == call.branch.master_locale:
        raise not_found(call, 141, "The requested object doesn't exist.")
    replaces = call.flag("overwrite") and call.switches.overwrite_replaces
    write = _write(call, known.content_type, code)
    write.store(known, write.accept(known, sent, {} if replaces else base_of(call, known, code)))
    return _imported(call, known, code, 200)


def _write(call: Call, kind: str, code: str) -> VersionWriter:
    return VersionWriter(
        call, kind, code, verb="import", checks_references=call.switches.import_checks_references
    )


def _imported(call: Call, one: Entry, code: str, status: int) -> Answer:
    body: JsonObject = {"notice": "Entry imported successfully."}
    body["entry"] = shown(call, one, code, one.documents[code].version)
    return Answer(body, status)


ROUTES = (
    Route("GET", "/content_types/{content_type}/entries/{entry}/export", _export),
    Route("POST", "/content_types/{content_type}/entries/import", _import),
    Route("POST", "/content_types/{content_type}/entries/{entry}/import", _import_existing),
)
