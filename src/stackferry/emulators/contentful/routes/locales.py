"""Locales: ids are the service's, codes the client's. The default one can be neither changed nor deleted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackferry.emulators.contentful.api_errors import ApiError, denied, invalid, problem
from stackferry.emulators.contentful.call import no_content
from stackferry.emulators.contentful.listing import Source, offset_answer
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT, RowKind
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from stackferry.emulators.application import Answer
    from stackferry.emulators.contentful.call import Call
    from stackferry.model import Json, JsonObject

_CODE = re.compile(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*")
_READ_ONLY = ("default", "internal_code")


def _prepare(call: Call, body: JsonObject, before: JsonObject | None) -> JsonObject:
    """What is stored of a locale. Raises 422 for a code that is taken or none, and for a fallback that is not there."""
    code = text(body.get("code"))
    others = [text(row.get("code")) for row in call.environment.locales.values() if row is not before]
    if not _CODE.fullmatch(code) or not text(body.get("name")):
        name = "name" if code else "code"
        raise invalid([problem("required", [name], "A locale has a code and a name.")])
    if code in others:
        raise invalid([problem("taken", ["code"], f"The code {code} is taken.", value=code)])
    _check_fallback(call, code, body.get("fallbackCode"), others)
    is_default = bool(before and before.get("default") is True)
    if before:
        _check_kept(before, body, code, is_default=is_default)
    defaults: JsonObject = {
        "fallbackCode": None, "contentManagementApi": True, "contentDeliveryApi": True, "optional": False,
    }  # fmt: skip
    kept = {name: value for name, value in body.items() if name not in _READ_ONLY}
    internal = (before or {}).get("internal_code", code)
    return {**defaults, **kept, "internal_code": internal, "default": is_default}


def _check_kept(before: JsonObject, body: JsonObject, code: str, *, is_default: bool) -> None:
    if is_default and code != before.get("code"):
        raise denied("The code of the default locale cannot be changed.")
    if "default" in body:
        raise invalid([problem("unknown", ["default"], "is read only")])


def _check_fallback(call: Call, code: str, fallback: Json, others: list[str]) -> None:
    if fallback is None:
        return
    if fallback not in others:
        raise invalid(
            [problem("fallbackCode", ["fallbackCode"], f"There is no locale {fallback!r} to fall back to.")]
        )
    chain = {text(row.get("code")): row.get("fallbackCode") for row in call.environment.locales.values()}
    seen: set[object] = {code}
    at: Json = text(fallback)
    while isinstance(at, str):
        if at in seen:
            raise invalid([problem("fallbackCode", ["fallbackCode"], "The fallbacks go in a circle.")])
        seen.add(at)
        at = chain.get(at)


KIND = RowKind(
    "locales", "Locale", f"{ENVIRONMENT}/locales", "locale", prepare=_prepare, ids="service", quota="locales"
)


def _list(call: Call) -> Answer:
    rows = call.environment.locales
    source = Source(
        rows.values,
        lambda row: row,
        lambda row: KIND.show(call, row),
        order="",
        most=call.switches.locale_rows,
    )
    return offset_answer(call, source)


def _delete(call: Call) -> Answer:
    """Delete a locale. Values in it go away with it."""
    raw = KIND.find(call)
    code, environment = text(raw.get("code")), call.environment
    if raw.get("default") is True:
        raise denied("The default locale cannot be deleted.")
    if any(row.get("fallbackCode") == code for row in environment.locales.values()):
        raise ApiError(422, "FallbackLocaleInUse", "Another locale falls back to this one.")
    del environment.locales[text(as_object(raw["sys"])["id"])]
    for document in (*environment.entries.values(), *environment.assets.values()):
        document.body = _without(document.body, code)
        if document.live is not None:
            document.live = _without(document.live, code)
            document.live_locales -= {code}
    return no_content()


def _without(body: JsonObject, code: str) -> JsonObject:
    fields = {
        name: {key: value for key, value in as_object(values).items() if key != code}
        for name, values in as_object(body.get("fields")).items()
    }
    return {**body, "fields": {name: values for name, values in fields.items() if values}}


ROUTES = (  # the first of two that match wins
    Route("GET", f"{ENVIRONMENT}/locales", _list),
    Route("DELETE", f"{ENVIRONMENT}/locales/{{locale}}", _delete),
    *KIND.routes,
)
