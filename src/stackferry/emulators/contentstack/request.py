"""A request as the handlers of this API see it, and what it names: found, or refused in the service's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from stackferry import exact_json
from stackferry.emulators.application import HttpRequest
from stackferry.emulators.contentstack.api_errors import NOT_VALID, ApiError, invalid
from stackferry.emulators.forms import Form, FormRefused, parse_form
from stackferry.errors import JsonRefused
from stackferry.json_values import text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from stackferry.emulators.contentstack.app import Emulator
    from stackferry.emulators.contentstack.behaviour import Switches
    from stackferry.emulators.contentstack.stack import Stack
    from stackferry.emulators.contentstack.state import Asset, Branch, Document, Entry, Job, Release
    from stackferry.model import Json, JsonObject


@dataclass(slots=True, kw_only=True)
class Call(HttpRequest):
    """A request that was routed and let in. `args` are the variable parts of its path.

    Its methods raise `ApiError` for what a client sent wrong.
    """

    service: Emulator
    stack: Stack
    branch: Branch
    args: dict[str, str] = field(default_factory=dict)

    @property
    def switches(self) -> Switches:
        return self.service.switches

    @property
    def user(self) -> str:
        return self.stack.user

    @property
    def has_management_token(self) -> bool:
        """Whether the credential is a management token: neither a user's nor an app's."""
        token = self.headers.get("authorization", "")
        return token in self.stack.management_tokens or token in self.stack.read_only_tokens

    def param_list(self, name: str) -> list[str]:
        """A repeated query parameter: `name[]`, or `name[0]`, `name[1]`…"""
        head, tail = f"{name}[", "]"
        return [value for key, value in self.query if key.startswith(head) and key.endswith(tail)]

    def number(self, name: str, default: int) -> int:
        """A count in the query, such as `limit`; the vendor's CLI writes `1e+100`."""
        given = self.param(name)
        if not given:
            return default
        try:
            return max(0, int(float(given)))
        except (ValueError, OverflowError):
            raise invalid(141, f"The parameter {name} is not a number.", **{name: "is not valid."}) from None

    def json(self) -> JsonObject:
        """The body; it must be a JSON object."""
        kind = self.headers.get("content-type", "")
        if not kind.startswith("application/json"):
            message = f"The content type {kind!r} is not supported here; send application/json."
            raise ApiError(415, 141, message)
        value = self.parse_json(self.body)
        if not isinstance(value, dict):
            raise ApiError(400, 141, "The request body is not a JSON object.")
        return value

    def parse_json(self, data: bytes) -> Json:
        """JSON in the body or in a file of a form. Raises 400."""
        try:
            return exact_json.loads(data)
        except JsonRefused as error:
            raise ApiError(400, 141, f"The JSON is not valid: {error}") from None

    def section(self, name: str) -> JsonObject:
        """The object under a key of the body. Raises 422 when it is not there."""
        found = self.json().get(name)
        if not isinstance(found, dict):
            message = f"The request body must hold an object under '{name}'."
            raise invalid(141, message, **{name: "is required."})
        return found

    def form(self) -> Form:
        """The multipart form in the body. Raises 400 or 415."""
        try:
            return parse_form(self.headers.get("content-type", ""), self.body)
        except FormRefused as refused:
            raise ApiError(refused.status, 141, refused.message) from None

    def start_job(self, kind: str, work: Callable[[], list[JsonObject]], at: datetime | None = None) -> Job:
        """A job of this branch: see `Emulator.start_job`."""
        return self.service.start_job(self.stack, self.branch, kind, work, at)


T = TypeVar("T")


def not_found(call: Call, code: int, message: str, field: str = "uid") -> ApiError:
    """The service's "not found": 422 or 404, by a switch."""
    return ApiError(call.switches.missing_status, code, message, {field: [NOT_VALID]})


def find_in_path(
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
    return find_in_path(call, call.branch.content_types, "content_type", 118, message)


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


def document_with_fallback(branch: Branch, entry: Entry, code: str) -> tuple[str, Document] | None:
    """The document that an entry shows in a language, its own or the nearest fallback's, and its language."""
    return first_of_chain(entry, fallback_chain(branch, code))


def first_of_chain(entry: Entry, chain: list[str]) -> tuple[str, Document] | None:
    """The document of the first language in a chain that the entry has."""
    for code in chain:
        if code in entry.documents:
            return code, entry.documents[code]
    return None


def require_document(call: Call, entry: Entry, code: str) -> tuple[str, Document]:
    """The same, for a request that needs one. Raises 141."""
    found = document_with_fallback(call.branch, entry, code)
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
    """Who made and changed an object, and when; one that was there `before` keeps its author and its time.

    An export may lack them: an object that is changed then is not made by it, so they stay away.
    """
    now = call.service.now()
    made: JsonObject = {"created_by": call.user, "created_at": now}
    if before and before.keys() != {"uid"}:  # a uid alone is that of a new object
        made = {name: before[name] for name in made if name in before}
    return {**made, "updated_by": call.user, "updated_at": now}


def with_authorship(call: Call, raw: JsonObject, before: JsonObject | None = None) -> JsonObject:
    """An object with its uid, which is new or that of the object `before`, and its authorship."""
    uid = (before or {}).get("uid") or call.service.uid()
    return {**raw, "uid": uid, **authorship(call, before)}


def with_branch(call: Call, raw: JsonObject) -> JsonObject:
    """The object with its `_branch`, when the request asks for it."""
    return {**raw, "_branch": call.branch.uid} if call.flag("include_branch") else raw
