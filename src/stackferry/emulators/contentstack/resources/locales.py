"""Languages and their fallback chains. Page: CMA | Languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, invalid
from stackferry.emulators.contentstack.listing import list_answer
from stackferry.emulators.contentstack.lookup import fallback_chain, not_found, stamped
from stackferry.emulators.routing import Route
from stackferry.emulators.values import text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.request import Call
    from stackferry.model import JsonObject

_FAILED = "Language creation failed. Please enter valid data."


def _list(call: Call) -> Answer:
    return list_answer(call, "locales", call.branch.locales.values())


def _find(call: Call) -> JsonObject:
    raw = call.branch.locales.get(call.args["code"])
    if raw is None:
        raise not_found(call, 141, "Language was not found. Please try again.", "code")
    return raw


def _get(call: Call) -> Answer:
    return Answer({"locale": _find(call)})


def _create(call: Call) -> Answer:
    sent = call.section("locale")
    code = text(sent.get("code"))
    if not code or not code.replace("-", "").isalnum():
        raise invalid(247, _FAILED, code=NOT_VALID)
    if code in call.branch.locales:
        raise invalid(247, "Language already exists.", code=NOT_UNIQUE)
    fallback = text(sent.get("fallback_locale")) or call.branch.master_locale
    _check_fallback(call, code, fallback)
    name = text(sent.get("name")) or code
    raw: JsonObject = {"code": code, "name": name, "fallback_locale": fallback, "_version": 1, "ACL": []}
    call.branch.locales[code] = stamped(call, raw)
    return Answer({"notice": "Language added successfully.", "locale": call.branch.locales[code]}, 201)


def _check_fallback(call: Call, code: str, fallback: str) -> None:
    """A chain of fallbacks ends at the master language: it must not come back to where it began."""
    if fallback not in call.branch.locales or code in fallback_chain(call.branch, fallback):
        raise invalid(247, _FAILED, fallback_locale=NOT_VALID)


def _update(call: Call) -> Answer:
    """Another name or fallback. The code stays, and the master language has no fallback."""
    before, sent = _find(call), call.section("locale")
    code = call.args["code"]
    raw = {**before, "name": text(sent.get("name")) or before["name"]}
    if sent.get("fallback_locale") and code != call.branch.master_locale:
        _check_fallback(call, code, text(sent["fallback_locale"]))
        raw["fallback_locale"] = sent["fallback_locale"]
    call.branch.locales[code] = stamped(call, raw, before)
    return Answer({"notice": "Language updated successfully.", "locale": call.branch.locales[code]})


def _delete(call: Call) -> Answer:
    code = text(_find(call).get("code"))
    if code == call.branch.master_locale:
        raise invalid(247, "The master language cannot be deleted.", code=NOT_VALID)
    if any(raw.get("fallback_locale") == code for raw in call.branch.locales.values()):
        raise invalid(247, "Other languages fall back to this one.", code=NOT_VALID)
    del call.branch.locales[code]
    return Answer({"notice": "Language removed successfully."})


ROUTES = (
    Route("GET", "/locales", _list),
    Route("POST", "/locales", _create),
    Route("GET", "/locales/{code}", _get),
    Route("PUT", "/locales/{code}", _update),
    Route("DELETE", "/locales/{code}", _delete),
)
