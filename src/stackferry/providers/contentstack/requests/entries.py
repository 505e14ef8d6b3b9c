"""Entries: content, languages, versions, files and variants. API page: "CMA | Entries".

Variants are on no page: their calls are those of the vendor's own clients. Writes of entries and of variants are not
repeatable, because each makes another version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.model import FormPart
from stackferry.providers.contentstack.requests.build import (
    JSON_TYPE,
    NESTED,
    get,
    given,
    segment,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stackferry.model import JsonObject, Request
    from stackferry.providers.contentstack.requests.build import Pairs


def entries_path(content_type: str) -> str:
    return f"/content_types/{segment(content_type)}/entries"


def entry_path(content_type: str, uid: str) -> str:
    return f"/content_types/{segment(content_type)}/entries/{segment(uid)}"


def list_entries(content_type: str, *params: tuple[str, str]) -> Request:
    """Section "Get all entries": one page."""
    return get(entries_path(content_type), *params)


def read_entry(content_type: str, uid: str, *params: tuple[str, str]) -> Request:
    """Section "Get a single entry"."""
    return get(entry_path(content_type, uid), *params)


def create_entry(content_type: str, entry: JsonObject, params: Pairs) -> Request:
    """Section "Create an entry", and with `copy_to_master` "Create an entry with master locale"."""
    return write("POST", entries_path(content_type), {"entry": entry}, params=params)


def update_entry(content_type: str, uid: str, entry: JsonObject, params: Pairs) -> Request:
    """Sections "Update an entry", "Localize an entry", "Update a localized entry" and "Atomic Updates"."""
    return write("PUT", entry_path(content_type, uid), {"entry": entry}, params=params)


def delete_entry(content_type: str, uid: str, params: Pairs, locales: Sequence[str] = ()) -> Request:
    """Section "Delete an entry": in one language, in several `locales`, or in all."""
    body: JsonObject | None = {"entry": {"locales": [*locales]}} if locales else None
    return write("DELETE", entry_path(content_type, uid), body, params=params)


def import_entry(content_type: str, entry: JsonObject | bytes, params: Pairs, uid: str = "") -> Request:
    """Section "Import an entry", and with a `uid` "Import an existing entry"."""
    content = entry if isinstance(entry, bytes) else exact_json.dumps(entry)
    # "A form-data parameter named entry", of the type "File".
    file = FormPart("entry", content, filename="entry.json", media_type=JSON_TYPE)
    path = entry_path(content_type, uid) if uid else entries_path(content_type)
    return write("POST", f"{path}/import", params=params, parts=(file,))


def list_versions(content_type: str, uid: str, *params: tuple[str, str]) -> Request:
    """Section "Get Details of All Versions of an Entry"."""
    return get(f"{entry_path(content_type, uid)}/versions", *params)


def name_version(
    content_type: str,
    uid: str,
    version: int,
    name: str,
    *,
    locale: str | None = None,
    force: bool | None = None,
) -> Request:
    """Section "Set Version Name for Entry"; with `force` a name that another version has is taken from it."""
    body: JsonObject = {"entry": given(_version_name=name, locale=locale, force=force)}
    return write("POST", version_name_path(content_type, uid, version), body, repeatable=True)


def version_name_path(content_type: str, uid: str, version: int) -> str:
    return f"{entry_path(content_type, uid)}/versions/{version}/name"


def set_workflow_stage(content_type: str, uid: str, workflow: JsonObject, params: Pairs) -> Request:
    """On no page: one entry's stage, as the vendor's own clients set it."""
    path = f"{entry_path(content_type, uid)}/workflow"
    return write("POST", path, {"workflow": workflow}, params=params, repeatable=True)


def list_variants(content_type: str, uid: str, *params: tuple[str, str]) -> Request:
    """The variants of an entry in one language."""
    return get(f"{entry_path(content_type, uid)}/variants", *params)


def read_variant(content_type: str, uid: str, variant: str, *params: tuple[str, str]) -> Request:
    """A variant of an entry in one language."""
    return get(variant_path(content_type, uid, variant), *params, headers=NESTED)


def write_variant(content_type: str, uid: str, variant: str, entry: JsonObject, params: Pairs) -> Request:
    """What a variant changes in an entry."""
    path = variant_path(content_type, uid, variant)
    return write("PUT", path, {"entry": entry}, params=params, headers=NESTED)


def variant_path(content_type: str, uid: str, variant: str) -> str:
    return f"{entry_path(content_type, uid)}/variants/{segment(variant)}"
