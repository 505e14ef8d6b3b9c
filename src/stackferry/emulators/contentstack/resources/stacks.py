"""The stack itself, its branches, their aliases, and the languages of a branch.

Pages: CMA | Stacks, CMA | Branches, CMA | Aliases, CMA | Languages.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, ApiError, invalid
from stackferry.emulators.contentstack.listing import get_list, get_one, list_answer
from stackferry.emulators.contentstack.request import (
    fallback_chain,
    find_in_path,
    with_authorship,
    with_branch,
)
from stackferry.emulators.contentstack.state import ForkTerms
from stackferry.emulators.contentstack.webhooks import Part, fire
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Branch
    from stackferry.model import Json, JsonObject

_BRANCH_UID = re.compile(r"[a-z][a-z0-9_]{0,14}")  # 15 characters at most (page: Create a branch)
_BRANCH_FAILED = "Branch creation failed. Please enter valid data."
_ALIAS_FAILED = "Branch alias assignment failed."
_LOCALE_FAILED = "Language creation failed. Please enter valid data."


def _stack(call: Call) -> JsonObject:
    return {**call.stack.raw, "master_locale": call.stack.main.master_locale}


_WRITABLE_SETTINGS = frozenset({"stack_variables", "rte", "live_preview"})


def _settings(call: Call) -> JsonObject:
    """The settings, with the service's own: a secret among them."""
    _check_right(call, call.switches.settings_access)
    own: JsonObject = {
        "cms": True,
        "_version": 3,
        "secret_key": f"invented-secret-key-of-{call.stack.api_key}",
    }
    return {"stack_variables": {}, "discrete_variables": own, "rte": {}, **call.stack.settings}


def _set_settings(call: Call) -> Answer:
    """Variables that are named are set; the others stay."""
    _check_right(call, call.switches.settings_access)
    held = call.stack.settings
    for name, sent in call.section("stack_settings").items():
        if name in _WRITABLE_SETTINGS:
            held[name] = {**as_object(held.get(name)), **as_object(sent)}
    return Answer({"notice": "Stack settings updated successfully.", "stack_settings": _settings(call)})


def _reset_settings(call: Call) -> Answer:
    _check_right(call, call.switches.settings_access)
    call.stack.settings.clear()
    return Answer({"notice": "Stack settings reset successfully.", "stack_settings": _settings(call)})


def _user(call: Call) -> JsonObject:
    return {"uid": call.user, "email": "someone@example.invalid", "username": "someone"}


def _shown(call: Call, branch: Branch) -> JsonObject:
    aliases: list[Json] = [{"uid": alias} for alias, uid in call.stack.aliases.items() if uid == branch.uid]
    settings: JsonObject = (
        {"settings": branch.raw.get("settings", {})} if call.flag("include_settings") else {}
    )
    return {
        **{name: value for name, value in branch.raw.items() if name != "settings"},
        "alias": aliases,
        **settings,
    }


def _check_right(call: Call, status: int) -> None:
    """Raises the refusal that a switch asks for, for a management token."""
    if status != 200 and call.has_management_token:
        raise ApiError(status, 105 if status == 401 else 161, "You're not allowed in here.")


def _branches(call: Call) -> list[JsonObject]:
    _check_right(call, call.switches.branch_reading)
    return [_shown(call, branch) for branch in call.stack.branches.values()]


def _find_branch(call: Call) -> Branch:
    """The branch in the path; an alias is not enough, other than in the header. Raises 901."""
    _check_right(call, call.switches.branch_reading)
    return find_in_path(call, call.stack.branches, "uid", 901, "Branch was not found. Please try again.")


def _create_branch(call: Call) -> Answer:
    """A branch with the content of its source, under the same uids."""
    sent = call.section("branch")
    uid, source = text(sent.get("uid")), text(sent.get("source")) or "main"
    origin = call.stack.branches.get(source)
    if not _BRANCH_UID.fullmatch(uid):
        raise invalid(902, _BRANCH_FAILED, uid=NOT_VALID)
    if call.stack.branch(uid) is not None:
        raise invalid(905, _BRANCH_FAILED, uid=NOT_UNIQUE)
    if origin is None:
        raise invalid(904, _BRANCH_FAILED, source=NOT_VALID)
    # The notice speaks of a queue; in this emulator the branch exists at once.
    branch = origin.fork(uid, call.service.branch_record(uid, source, call.user), _fork_terms(call))
    call.stack.branches[uid] = branch
    for step in ("initiated", "completed"):
        fire(call, [Part("branch")], f"create.{step}")
    notice = "Your request to create branch is in progress. Please check organization bulk task queue."
    return Answer({"notice": notice, "branch": _shown(call, branch)}, 201)


def _fork_terms(call: Call) -> ForkTerms:
    switches = call.switches
    since = call.service.now() if switches.fork_publish_times == "new" else ""
    return ForkTerms(
        switches.fork_versions == "latest", switches.fork_publishes, switches.fork_variants, since
    )


def _delete_branch(call: Call) -> Answer:
    branch = _find_branch(call)
    if branch.uid == "main":
        raise invalid(903, "The main branch cannot be deleted.", uid=NOT_VALID)
    if any(other.raw.get("source") == branch.uid for other in call.stack.branches.values()):
        raise invalid(903, "A branch that others were made from cannot be deleted.", uid=NOT_VALID)
    if not call.flag("force"):
        message = "Deleting a branch removes all of its data. Pass force=true to confirm."
        # Asked for in every case, unlike the `force` of types and taxonomies, which is for those in use.
        raise invalid(911, message, force=NOT_VALID)
    for step in ("initiated", "completed"):
        fire(call, [Part("branch", branch.uid)], f"delete.{step}")
    del call.stack.branches[branch.uid]
    aliases = call.stack.aliases
    call.stack.aliases = {alias: uid for alias, uid in aliases.items() if uid != branch.uid}
    return Answer({"notice": "Your branch deletion is in progress. Please refresh in a while."})


def _shown_alias(call: Call, alias: str) -> JsonObject:
    branch = call.stack.branches[call.stack.aliases[alias]]
    return {**branch.raw, "uid": branch.uid, "alias": alias}


def _aliases(call: Call) -> list[JsonObject]:
    _check_right(call, call.switches.branch_reading)
    return [_shown_alias(call, alias) for alias in call.stack.aliases]


def _find_alias(call: Call) -> JsonObject:
    _check_right(call, call.switches.branch_reading)
    find_in_path(call, call.stack.aliases, "uid", 909, "Branch alias was not found. Please try again.")
    return _shown_alias(call, call.args["uid"])


def _assign_alias(call: Call) -> Answer:
    """A new alias, or another branch for one that exists."""
    alias, target = call.args["uid"], text(call.section("branch_alias").get("target_branch"))
    if target not in call.stack.branches:
        raise invalid(909, _ALIAS_FAILED, target_branch=NOT_VALID)
    if alias in call.stack.branches or not _BRANCH_UID.fullmatch(alias):
        raise invalid(909, _ALIAS_FAILED, uid=NOT_UNIQUE if alias in call.stack.branches else NOT_VALID)
    call.stack.aliases[alias] = target
    fire(call, [Part("branch_alias")], "assigned")
    shown = _shown_alias(call, alias)
    return Answer({"notice": "Branch alias assigned successfully.", "branch_alias": shown})


def _delete_alias(call: Call) -> Answer:
    _find_alias(call)  # raises 909 for one that does not exist
    if not call.flag("force"):
        raise invalid(911, "Pass force=true to confirm.", force=NOT_VALID)
    del call.stack.aliases[call.args["uid"]]
    fire(call, [Part("branch_alias")], "unassigned")
    return Answer({"notice": "Branch alias deleted successfully."})


def _find_locale(call: Call) -> JsonObject:
    message = "Language was not found. Please try again."
    return find_in_path(call, call.branch.locales, "code", 141, message, "code")


def _list_locales(call: Call) -> Answer:
    return list_answer(call, "locales", call.branch.locales.values(), show=partial(with_branch, call))


def _create_locale(call: Call) -> Answer:
    sent = call.section("locale")
    code = text(sent.get("code"))
    if not code or not code.replace("-", "").isalnum():
        raise invalid(247, _LOCALE_FAILED, code=NOT_VALID)
    if code in call.branch.locales:
        raise invalid(247, "Language already exists.", code=NOT_UNIQUE)
    fallback = text(sent.get("fallback_locale")) or call.branch.master_locale
    _check_fallback(call, code, fallback)
    raw: JsonObject = {"code": code, "name": text(sent.get("name")) or code, "fallback_locale": fallback}
    raw |= {"_version": 1, "ACL": []}
    call.branch.locales[code] = with_authorship(call, raw)
    return Answer({"notice": "Language added successfully.", "locale": call.branch.locales[code]}, 201)


def _check_fallback(call: Call, code: str, fallback: str) -> None:
    """A chain of fallbacks ends at the master language: it must not come back to where it began."""
    if fallback not in call.branch.locales or code in fallback_chain(call.branch, fallback):
        raise invalid(247, _LOCALE_FAILED, fallback_locale=NOT_VALID)


def _update_locale(call: Call) -> Answer:
    """Another name or fallback. The code stays, and the master language has no fallback."""
    before, sent = _find_locale(call), call.section("locale")
    code = call.args["code"]
    raw = {**before, "name": text(sent.get("name")) or before["name"]}
    if sent.get("fallback_locale") and code != call.branch.master_locale:
        _check_fallback(call, code, text(sent["fallback_locale"]))
        raw["fallback_locale"] = sent["fallback_locale"]
    call.branch.locales[code] = with_authorship(call, raw, before)
    return Answer({"notice": "Language updated successfully.", "locale": call.branch.locales[code]})


def _delete_locale(call: Call) -> Answer:
    code = text(_find_locale(call).get("code"))
    if code == call.branch.master_locale:
        raise invalid(247, "The master language cannot be deleted.", code=NOT_VALID)
    if any(raw.get("fallback_locale") == code for raw in call.branch.locales.values()):
        raise invalid(247, "Other languages fall back to this one.", code=NOT_VALID)
    del call.branch.locales[code]
    return Answer({"notice": "Language removed successfully."})


ROUTES = (
    Route("GET", "/stacks", get_one("stack", _stack)),
    Route("GET", "/stacks/settings", get_one("stack_settings", _settings)),
    Route("POST", "/stacks/settings", _set_settings),
    Route("POST", "/stacks/settings/reset", _reset_settings),
    Route("GET", "/stacks/branches", get_list("branches", _branches)),
    Route("POST", "/stacks/branches", _create_branch),
    Route("GET", "/stacks/branches/{uid}", get_one("branch", lambda call: _shown(call, _find_branch(call)))),
    Route("DELETE", "/stacks/branches/{uid}", _delete_branch),
    Route("GET", "/stacks/branch_aliases", get_list("branch_aliases", _aliases)),
    Route("GET", "/stacks/branch_aliases/{uid}", get_one("branch_alias", _find_alias)),
    Route("PUT", "/stacks/branch_aliases/{uid}", _assign_alias),
    Route("DELETE", "/stacks/branch_aliases/{uid}", _delete_alias),
    Route("GET", "/user", get_one("user", _user)),
    Route("GET", "/locales", _list_locales),
    Route("POST", "/locales", _create_locale),
    Route("GET", "/locales/{code}", get_one("locale", _find_locale)),
    Route("PUT", "/locales/{code}", _update_locale),
    Route("DELETE", "/locales/{code}", _delete_locale),
)
