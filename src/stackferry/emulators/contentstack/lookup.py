"""Looking things up in a branch, or refusing in the service's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.api_errors import NOT_VALID, Failure, invalid
from stackferry.emulators.values import text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Asset, Branch, Document, Entry, Release
    from stackferry.model import JsonObject


def not_found(call: Call, code: int, message: str, field: str = "uid") -> Failure:
    """The service's "not found"."""
    return Failure(call.switches.missing_status, code, message, {field: [NOT_VALID]})


def find_content_type(call: Call, uid: str = "") -> JsonObject:
    """The content type in the path. Raises 118."""
    name = uid or call.args["content_type"]
    found = call.branch.content_types.get(name)
    if found is None:
        raise not_found(call, 118, f"The Content Type '{name}' was not found. Please try again.")
    return found


def find_entry(call: Call, uid: str = "") -> Entry:
    """The entry in the path. Raises 141."""
    name = text(find_content_type(call).get("uid"))
    found = call.branch.entries.get(name, {}).get(uid or call.args["entry"])
    if found is None or not found.documents:
        raise not_found(call, 141, "The requested object doesn't exist.")
    return found


def find_asset(call: Call, *, folder: bool = False) -> Asset:
    """The file (or folder) in the path. Raises 145."""
    found = call.branch.assets.get(call.args["asset"])
    if found is None or found.is_folder is not folder:
        raise not_found(call, 145, "Folder was not found." if folder else "Asset was not found.")
    return found


def find_release(call: Call) -> Release:
    """The release in the path. Raises 141."""
    found = call.branch.releases.get(call.args["release"])
    if found is None:
        raise not_found(call, 141, "Release does not exist.")
    return found


def requested_locale(call: Call, given: str = "") -> str:
    """The locale asked for, or the master one. Raises 141 for one that the branch does not have."""
    code = given or call.param("locale") or call.branch.master_locale
    return checked_locale(call.branch, code)


def checked_locale(branch: Branch, code: str) -> str:
    """The code itself, when the branch has it."""
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


def document_in(branch: Branch, found: Entry, code: str) -> tuple[str, Document] | None:
    """What an entry shows in a language: its own document there, or the nearest fallback's."""
    return first_document(found, fallback_chain(branch, code))


def first_document(found: Entry, chain: list[str]) -> tuple[str, Document] | None:
    """The document of the first language in a chain that the entry has."""
    for step in chain:
        if step in found.documents:
            return step, found.documents[step]
    return None


def find_environment(call: Call, given: str, code: int = 141) -> str:
    """The uid of an environment named by uid or name. Raises 422 for an unknown one."""
    for uid, raw in call.stack.environments.items():
        if given in (uid, raw.get("name")):
            return uid
    raise invalid(code, f"The environment '{given}' was not found. Please try again.", environments=NOT_VALID)


def stamped(call: Call, raw: JsonObject, before: JsonObject | None = None) -> JsonObject:
    """An object with who made and changed it, and when; a changed one keeps its uid and its origin."""
    now = call.service.now()
    old = before or {}
    return {
        **raw,
        "uid": old.get("uid") or call.service.uid(),
        "created_by": old.get("created_by", call.user),
        "updated_by": call.user,
        "created_at": old.get("created_at", now),
        "updated_at": now,
    }


def with_branch(call: Call, raw: JsonObject) -> JsonObject:
    """The object with its `_branch`, when the request asks for it."""
    return {**raw, "_branch": call.branch.uid} if call.flag("include_branch") else raw
