"""Extensions, app definitions and installations of apps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import denied, invalid, not_found, problem
from stackferry.emulators.contentful.call import find, no_content, without_sys
from stackferry.emulators.contentful.documents import link
from stackferry.emulators.contentful.listing import Source, offset_answer
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT, ORGANIZATION, RowKind, new_row
from stackferry.emulators.contentful.show import show_row
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.model import JsonObject

TERMS = frozenset(
    {
        "i-accept-end-user-license-agreement",
        "i-accept-marketplace-terms-of-service",
        "i-accept-privacy-policy",
    }
)
"""What the marketplace header must name to install an app of the marketplace."""


def _extension(call: Call, body: JsonObject, before: JsonObject | None) -> JsonObject:
    """An extension has a source: a URL in `src`, or a document in `srcdoc`."""
    del call, before
    extension = as_object(body.get("extension"))
    if not text(extension.get("name")):
        raise invalid([problem("required", ["extension", "name"], "An extension has a name.")])
    if bool(extension.get("src")) is bool(extension.get("srcdoc")):
        raise invalid([problem("required", ["extension", "src"], "An extension has src or srcdoc.")])
    return body


EXTENSIONS = RowKind(
    "extensions",
    "Extension",
    f"{ENVIRONMENT}/extensions",
    "extension",
    prepare=_extension,
    quota="extensions",
)


def _list(call: Call) -> Answer:
    rows = call.environment.app_installations
    return offset_answer(
        call, Source(rows.values, lambda row: row, lambda row: show_row(call, row), order="")
    )


def _get(call: Call) -> Answer:
    return Answer(
        show_row(call, find(call.environment.app_installations, call.args["app"], "AppInstallation"))
    )


def _put(call: Call) -> Answer:
    """Install an app, or change its parameters. One of the marketplace asks for the acceptance of its terms."""
    uid, rows = call.args["app"], call.environment.app_installations
    definition = call.organization.app_definitions.get(uid)
    if definition is None:
        raise not_found("AppDefinition", uid)
    _check_terms(call, definition)
    body = without_sys(as_object(call.json_or_none()))
    is_new = uid not in rows
    made = new_row(
        call,
        "AppInstallation",
        uid,
        body,
        appDefinition=link("AppDefinition", uid),
        organization=link("Organization", call.organization.id),
    )
    sys = {name: value for name, value in as_object(made["sys"]).items() if name not in ("id", "version")}
    if not is_new:
        sys |= {name: as_object(rows[uid]["sys"])[name] for name in ("createdAt", "createdBy")}
    rows[uid] = {**made, "sys": sys}
    return Answer(show_row(call, rows[uid]), 201 if is_new else 200)


def _check_terms(call: Call, definition: JsonObject) -> None:
    sent = {word.strip() for word in call.headers.get("x-contentful-marketplace", "").split(",")}
    if definition.get("marketplace") is True and not sent >= TERMS:
        raise denied("The terms of the marketplace have not been accepted.")


def _delete(call: Call) -> Answer:
    find(call.environment.app_installations, call.args["app"], "AppInstallation")
    del call.environment.app_installations[call.args["app"]]
    return no_content()


def _list_definitions(call: Call) -> Answer:
    rows = call.organization.app_definitions
    return offset_answer(call, Source(rows.values, lambda row: row, _shown, order=""))


def _get_definition(call: Call) -> Answer:
    return Answer(_shown(find(call.organization.app_definitions, call.args["app"], "AppDefinition")))


def _shown(row: JsonObject) -> JsonObject:
    return {
        name: value for name, value in row.items() if name != "marketplace"
    }  # a mark of the emulator's own


_ONE = f"{ENVIRONMENT}/app_installations/{{app}}"
ROUTES = (
    *EXTENSIONS.routes,
    Route("GET", f"{ENVIRONMENT}/app_installations", _list),
    Route("GET", _ONE, _get),
    Route("PUT", _ONE, _put),
    Route("DELETE", _ONE, _delete),
    Route("GET", f"{ORGANIZATION}/app_definitions", _list_definitions),
    Route("GET", f"{ORGANIZATION}/app_definitions/{{app}}", _get_definition),
)
