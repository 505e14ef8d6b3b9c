"""What belongs to a space or to the web app: roles, webhooks, saved views. Pure.

API pages: "Roles", "Webhooks"; the configuration of the web app as the vendor's own client writes it. Webhooks come
last and inactive, so that none is called for what the import writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import nested, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentful.importing.objects import ObjectWrite, Payload, content_of, write_object
from stackferry.providers.contentful.importing.reports import report
from stackferry.providers.contentful.importing.terms import Terms
from stackferry.providers.contentful.kinds import ROLES, UI_CONFIG, WEBHOOKS, sys_id
from stackferry.providers.contentful.options import write_options

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentful.requests.build import Root
    from stackferry.providers.target import ImportContext, Steps

_NOT_OFFERED: Final = "the target does not offer saved views to this token: they were not imported"
_VIEWS: Final = ("assetListViews", "entryListViews", "homeViews")
_MODE: Final = "publish"  # how the space publishes: a property of its plan, which no import changes
_OTHER_MODE: Final = "the target's space publishes otherwise, which its plan decides: that stays as it is"
_LOGIN_LACKS: Final = "the API never gives the password of basic authentication: set it by hand"


def roles(context: ImportContext, root: Root) -> Steps:
    for row in context.source.objects(Stream(ROLES.name)):
        yield write_object(context, root, _role(context, row))


def _role(context: ImportContext, row: JsonObject) -> ObjectWrite:
    terms = context.once(Terms)

    def payload(_: JsonObject | None) -> Payload:
        return Payload({**content_of(row), "policies": _policies(row.get("policies"), terms)})

    # Some services take the id that a PUT names, others choose one.
    return ObjectWrite(kind=ROLES, uid=sys_id(row), payload=payload, or_posted=True)


def _policies(value: Json, terms: Terms) -> Json:
    """Policies whose paths name the target's locales: "fields.FIELD.LOCALE"."""
    if isinstance(value, list):
        return [_policies(item, terms) for item in value]
    if not isinstance(value, dict):
        return value
    found: JsonObject = {name: _policies(item, terms) for name, item in value.items()}
    path = text(value.get("doc")).split(".")
    if len(path) == 3 and path[0] == "fields":
        found["doc"] = ".".join([*path[:2], terms.locale(path[2])])
    return found


def webhooks(context: ImportContext, root: Root) -> Steps:
    is_enabled = write_options(context.options).enable_webhooks
    for row in context.source.objects(Stream(WEBHOOKS.name)):
        yield write_object(context, root, _webhook(row, is_enabled=is_enabled))


def _webhook(row: JsonObject, *, is_enabled: bool) -> ObjectWrite:
    uid = sys_id(row)

    def payload(held: JsonObject | None) -> Payload:
        body, gaps = content_of(row), list[Gap]()
        if not is_enabled:
            # One that is there goes on as it does.
            body["active"] = False if held is None else held.get("active", True)
        if row.get("httpBasicUsername") and (held is None or _is_as_made(held)):
            gaps.append(_gap(uid, "/httpBasicUsername", _LOGIN_LACKS))
        return Payload(body, gaps)

    return ObjectWrite(kind=WEBHOOKS, uid=uid, payload=payload)


def _is_as_made(held: JsonObject) -> bool:
    """Whether nobody has saved a webhook since it was made, so that it still lacks what an import could not give it."""
    made, saved = (nested(held, "sys", name) for name in ("createdAt", "updatedAt"))
    return made is not None and made == saved


def _gap(uid: str, path: str, reason: str) -> Gap:
    return Gap(kind=WEBHOOKS.name, uid=uid, path=path, reason=reason)


def ui_config(context: ImportContext, root: Root) -> Steps:
    """The saved views of the web app."""
    is_offered = next(iter(context.target.objects(Stream(UI_CONFIG.name))), None) is not None
    for row in context.source.objects(Stream(UI_CONFIG.name)):
        planned = _views(context, row)
        if is_offered or not context.options.includes(UI_CONFIG.name):
            yield write_object(context, root, planned)
        elif any(row.get(name) for name in _VIEWS):
            yield report(planned.key, [planned.gap(_NOT_OFFERED)])


def _views(context: ImportContext, row: JsonObject) -> ObjectWrite:
    uid = UI_CONFIG.key(row)
    held_now = next(iter(context.target.objects(Stream(UI_CONFIG.name))), None)
    is_empty = held_now is None or not any(held_now.get(name) for name in _VIEWS)

    def payload(held: JsonObject | None) -> Payload:
        body, theirs = content_of(row), (held or row).get(_MODE)
        gaps = []
        if held is not None and theirs != row.get(_MODE):
            if row.get(_MODE) is not None:
                gaps.append(Gap(kind=UI_CONFIG.name, uid=uid, path=f"/{_MODE}", reason=_OTHER_MODE))
            body = {**content_of(row, _MODE), **({_MODE: theirs} if theirs is not None else {})}
        return Payload(body, gaps)

    return ObjectWrite(kind=UI_CONFIG, uid=uid, payload=payload, overwrites=is_empty)
