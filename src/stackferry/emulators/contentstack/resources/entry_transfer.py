"""Export of an entry as a file, and import of one. Pages: "Export an entry", "Import an entry"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, invalid
from stackferry.emulators.contentstack.documents import VersionWriter, entry_object
from stackferry.emulators.contentstack.lookup import (
    find_content_type,
    find_entry,
    not_found,
    requested_locale,
)
from stackferry.emulators.contentstack.resources.entries import (
    base_content,
    new_entry,
    requested_entry_version,
)
from stackferry.emulators.routing import Route
from stackferry.emulators.values import text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Entry
    from stackferry.model import JsonObject


def _export(call: Call) -> Answer:
    """The file is the bare entry, without the `entry` around it that a read answers."""
    headers = {"content-disposition": f'attachment; filename="{call.args["entry"]}.json"'}
    return Answer(requested_entry_version(call, find_entry(call)), headers=headers)


def _file(call: Call) -> JsonObject:
    """The JSON file in the form part `entry`. Raises 119."""
    upload = call.form().files.get("entry")
    if upload is None:
        raise invalid(119, "Entry import failed. A file named 'entry' is required.", entry=REQUIRED)
    sent = call.parsed(upload.content)
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
    return _imported(call, entry, code, 201)


def _import_existing(call: Call) -> Answer:
    return _import_version(call, find_entry(call), requested_locale(call), _file(call))


def _import_version(call: Call, entry: Entry, code: str, sent: JsonObject) -> Answer:
    if code not in entry.documents and code == call.branch.master_locale:
        raise not_found(call, 141, "The requested object doesn't exist.")
    replaces = call.flag("overwrite") and call.switches.overwrite_replaces
    writer = VersionWriter(call, entry.content_type, code, verb="import")
    writer.store(entry, writer.accept(entry, sent, {} if replaces else base_content(call, entry, code)))
    return _imported(call, entry, code, 200)


def _imported(call: Call, entry: Entry, code: str, status: int) -> Answer:
    latest = entry_object(call, entry, code, entry.documents[code].version)
    return Answer({"notice": "Entry imported successfully.", "entry": latest}, status)


_ENTRIES = "/content_types/{content_type}/entries"

ROUTES = (
    Route("GET", f"{_ENTRIES}/{{entry}}/export", _export),
    Route("POST", f"{_ENTRIES}/import", _import),
    Route("POST", f"{_ENTRIES}/{{entry}}/import", _import_existing),
)
