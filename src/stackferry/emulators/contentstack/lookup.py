"""Finding what a request names, or refusing it in the service's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from stackferry.emulators.contentstack.api_errors import NOT_VALID, ApiError, invalid
from stackferry.json_values import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Asset, Branch, Document, Entry, Release
    from stackferry.model import JsonObject


T = TypeVar("T")


def not_found(call: Call, code: int, message: str, field: str = "uid") -> ApiError:
    """The service's "not found": 422 or 404, by a switch."""
    return ApiError(call.switches.missing_status, code, message, {field: [NOT_VALID]})


def named_in_path(
    call: Call, objects: Mapping[str, T], part: str, code: int, message: str, field: str = "uid"
) -> T:
    """The object that a variable part of the path names. Raises `code` when there is none."""
    found = objects.get(call.args[part])
    if found is None:
        raise not_found(call, code, message, field)
    return found


def find_content_type(call: Call) -> JsonObject:
    """The content type in the path. Raises 118."""
    message = f"The Content Type '{call.args['content_type']}' was not found. Please try again."
    return named_in_path(call, call.branch.content_types, "content_type", 118, message)


def content_type_uid(call: Call) -> str:
    """The uid of the content type in the path. Raises 118."""
    return text(find_content_type(call).get("uid"))


def find_entry(call: Call) -> Entry:
    """The entry in the path. Raises 118, 141."""
    entry = call.branch.entry(content_type_uid(call), call.args["entry"])
    if entry is None or not entry.documents:
        raise not_found(call, 141, "The requested object doesn't exist.")
    return entry


def find_asset(call: Call, *, folder: bool = False) -> Asset:
    """The file (or folder) in the path. Raises 145."""
    asset = call.branch.assets.get(call.args["asset"])
    if asset is None or asset.is_folder is not folder:
        raise not_found(call, 145, "Folder was not found." if folder else "Asset was not found.")
    return asset


def find_release(call: Call, uid: str | None = None) -> Release:
    """The release of a uid, or the one in the path. Raises 141."""
    release = call.branch.releases.get(call.args["release"] if uid is None else uid)
    if release is None:
        raise not_found(call, 141, "Release does not exist.")
    return release


def requested_locale(call: Call, given: str = "") -> str:
    """The language that is given, or in the query, or the master one. Raises 141 for one that the branch lacks."""
    return checked_locale(call.branch, given or call.param("locale") or call.branch.master_locale)


def checked_locale(branch: Branch, code: str) -> str:
    """The code itself, when the branch has it. Raises 141."""
    if code not in branch.locales:
        raise invalid(141, f"Language '{code}' was not found. Please try again.", locale=NOT_VALID)
    return code


def fallback_chain(branch: Branch, code: str) -> list[str]:
    """A language, what it falls back to, and so on to the master language."""
    chain: list[str] = []
    while code and code not in chain:
        chain.append(code)
        code = text(branch.locales.get(code, {}).get("fallback_locale"))
    return chain if branch.master_locale in chain else [*chain, branch.master_locale]


def document_in(branch: Branch, entry: Entry, code: str) -> tuple[str, Document] | None:
    """The document that an entry shows in a language, its own or the nearest fallback's, and its language."""
    return first_document(entry, fallback_chain(branch, code))


def first_document(entry: Entry, chain: list[str]) -> tuple[str, Document] | None:
    """The document of the first language in a chain that the entry has."""
    for code in chain:
        if code in entry.documents:
            return code, entry.documents[code]
    return None


def shown_document(call: Call, entry: Entry, code: str) -> tuple[str, Document]:
    """The same, for a request that needs one. Raises 141."""
    found = document_in(call.branch, entry, code)
    if found is None:
        raise not_found(call, 141, "The requested object doesn't exist.")
    return found


def find_environment(call: Call, given: str) -> str:
    """The uid of an environment, given by uid or name. Raises 141."""
    for uid, raw in call.stack.environments.items():
        if given in (uid, raw.get("name")):
            return uid
    raise invalid(141, f"The environment '{given}' was not found. Please try again.", environments=NOT_VALID)


def authorship(call: Call, before: JsonObject | None = None) -> JsonObject:
    """Who made and changed an object, and when; one that was there `before` keeps its author and its time."""
    now, old = call.service.now(), before or {}
    return {
        "created_by": old.get("created_by", call.user),
        "updated_by": call.user,
        "created_at": old.get("created_at", now),
        "updated_at": now,
    }


def with_authorship(call: Call, raw: JsonObject, before: JsonObject | None = None) -> JsonObject:
    """An object with its uid, which is new or that of the object `before`, and its authorship."""
    uid = (before or {}).get("uid") or call.service.uid()
    return {**raw, "uid": uid, **authorship(call, before)}


def with_branch(call: Call, raw: JsonObject) -> JsonObject:
    """The object with its `_branch`, when the request asks for it."""
    return {**raw, "_branch": call.branch.uid} if call.flag("include_branch") else raw
