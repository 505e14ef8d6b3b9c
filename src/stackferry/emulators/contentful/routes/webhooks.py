"""Webhooks: their definitions, and the secret that signs their calls. Secrets never come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import invalid, not_found, problem
from stackferry.emulators.contentful.call import find, no_content
from stackferry.emulators.contentful.documents import link
from stackferry.emulators.contentful.listing import Source, offset_answer
from stackferry.emulators.contentful.routes.rows import SPACE, RowKind
from stackferry.emulators.contentful.show import show_space_row
from stackferry.emulators.routing import Route
from stackferry.json_values import objects, text

if TYPE_CHECKING:
    from stackferry.emulators.contentful.call import Call
    from stackferry.model import JsonObject

_REDACTED = 4  # characters of the signing secret that are shown


def _prepare(call: Call, body: JsonObject, before: JsonObject | None) -> JsonObject:
    """What is stored. A secret that is sent without its value stays as it was."""
    del call
    _check(body)
    headers = _headers(body, before or {})
    kept: JsonObject = {
        "topics": ["*.*"],
        "httpBasicUsername": None,
        "active": True,
        **body,
        "headers": [*headers],
    }
    if "httpBasicPassword" not in body and before and "httpBasicPassword" in before:
        kept["httpBasicPassword"] = before["httpBasicPassword"]
    return kept


def _headers(body: JsonObject, before: JsonObject) -> list[JsonObject]:
    known = {text(row.get("key")): row.get("value") for row in objects(before.get("headers"))}
    return [
        {**row, "value": known.get(text(row.get("key")))}
        if row.get("secret") is True and "value" not in row
        else row
        for row in objects(body.get("headers"))
    ]


def _check(body: JsonObject) -> None:
    problems = [
        problem("required", [name], f'The property "{name}" is required here')
        for name in ("name", "url")
        if not text(body.get(name))
    ]
    url = text(body.get("url"))
    if url and not url.startswith(("http://", "https://")):
        problems.append(problem("regexp", ["url"], "The URL begins with http:// or https://.", value=url))
    if problems:
        raise invalid(problems)


def _shown(_: Call, raw: JsonObject) -> JsonObject:
    shown = {name: value for name, value in raw.items() if name != "httpBasicPassword"}
    headers = [
        {name: value for name, value in row.items() if name != "value" or row.get("secret") is not True}
        for row in objects(raw.get("headers"))
    ]
    return {**shown, "headers": [*headers]}


KIND = RowKind(
    "webhooks",
    "WebhookDefinition",
    f"{SPACE}/webhook_definitions",
    "webhook",
    prepare=_prepare,
    shown=_shown,
    quota="webhooks",
)


def _calls(call: Call) -> Answer:
    """The calls that were made: none, for the emulator sends nothing."""
    find(call.space.webhooks, call.args["webhook"], "WebhookDefinition")
    return offset_answer(call, Source(list, lambda row: row, lambda row: row, order=""))


def _call(call: Call) -> Answer:
    raise not_found("WebhookCallDetails", call.args["call"])


def _health(call: Call) -> Answer:
    uid = call.args["webhook"]
    find(call.space.webhooks, uid, "WebhookDefinition")
    sys: JsonObject = {"type": "Webhook", "id": uid, "space": link("Space", call.space.id)}
    return Answer({"sys": sys, "calls": {"total": 0, "healthy": 0}})


def _secret(call: Call) -> Answer:
    if not call.space.signing_secret:
        raise not_found("WebhookSigningSecret", "default")
    shown: JsonObject = {"redactedValue": call.space.signing_secret[-_REDACTED:]}
    return Answer(show_space_row(call, {**shown, "sys": {"type": "WebhookSigningSecret", "id": "default"}}))


def _put_secret(call: Call) -> Answer:
    value = text(call.json().get("value"))
    if len(value) != 64:
        raise invalid([problem("size", ["value"], "A signing secret has 64 characters.")])
    call.space.signing_secret = value
    return _secret(call)


def _delete_secret(call: Call) -> Answer:
    call.space.signing_secret = ""
    return no_content()


_CALLS = f"{SPACE}/webhooks/{{webhook}}"
_SECRET = f"{SPACE}/webhook_settings/signing_secret"
ROUTES = (
    *KIND.routes,
    Route("GET", f"{_CALLS}/calls", _calls),
    Route("GET", f"{_CALLS}/calls/{{call}}", _call),
    Route("GET", f"{_CALLS}/health", _health),
    Route("GET", _SECRET, _secret),
    Route("PUT", _SECRET, _put_secret),
    Route("DELETE", _SECRET, _delete_secret),
)
