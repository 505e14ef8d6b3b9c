"""Objects as the management API shows them, from files that show them otherwise. Pure.

A file that was made with a delivery token holds what is live: `revision` in place of a version. What is put back is
counted, so that the snapshot says what is not the service's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_object, integer

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from stackferry.model import JsonObject


def completed(key: str, row: JsonObject, added: MutableMapping[str, int]) -> JsonObject:
    """An object of a list with what its file leaves out."""
    if key == "entries" or key == "assets":
        row = _as_edited(key, row, added)
    return _without_address(row) if key == "assets" else row


def _as_edited(key: str, row: JsonObject, added: MutableMapping[str, int]) -> JsonObject:
    """What is live, as a published object that nobody has edited since."""
    sys = as_object(row.get("sys"))
    revision = integer(sys.get("revision"))
    if revision is None or "version" in sys or "publishedVersion" in sys:
        return row
    note = f"{key}: version and publishedVersion, from the revision"
    added[note] = added.get(note, 0) + 1
    return {**row, "sys": {**sys, "version": revision + 1, "publishedVersion": revision}}


def _without_address(asset: JsonObject) -> JsonObject:
    """An asset whose files were not processed: what is written for the vendor's importer, taken back."""
    fields = as_object(asset.get("fields"))
    files = as_object(fields.get("file"))
    kept: JsonObject = {
        code: _unprocessed(value) if isinstance(value, dict) else value for code, value in files.items()
    }
    return asset if kept == files else {**asset, "fields": {**fields, "file": kept}}


def _unprocessed(file: JsonObject) -> JsonObject:
    is_to_come = file.get("upload") is not None and file.get("upload") == file.get("url")
    return {name: value for name, value in file.items() if name != "url"} if is_to_come else file
