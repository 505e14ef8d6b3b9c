"""Editor interfaces: one for each content type that was ever published, made by its first publish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import invalid, not_found, problem
from stackferry.emulators.contentful.call import find, row_version, without_sys
from stackferry.emulators.contentful.documents import link
from stackferry.emulators.contentful.listing import Source, offset_answer
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT, new_row, updated_row
from stackferry.emulators.contentful.show import show_row
from stackferry.emulators.routing import Route
from stackferry.emulators.values import objects_within
from stackferry.json_values import objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import JsonObject

_WIDGETS = {
    "Symbol": "singleLine", "Text": "markdown", "RichText": "richTextEditor", "Integer": "numberEditor",
    "Number": "numberEditor", "Date": "datePicker", "Boolean": "boolean", "Object": "objectEditor",
    "Location": "locationEditor",
}  # fmt: skip


def follow_type(call: Call, document: Document) -> None:
    """What a publish of a content type does to its editor interface: the first one makes it.

    Later ones take the controls of fields away that are gone, and add those of new ones.
    """
    fields = {text(field.get("id")): field for field in objects(document.body.get("fields"))}
    raw = call.environment.editor_interfaces.get(document.id)
    if raw is None:
        kind = link("ContentType", document.id)
        raw = new_row(call, "EditorInterface", "default", {}, contentType=kind)
    elif call.switches.editor_versions == "risen":
        raw = updated_row(call, raw, without_sys(raw))
    kept = [control for control in objects(raw.get("controls")) if control.get("fieldId") in fields]
    known = {control.get("fieldId") for control in kept}
    added = [_control(call, field) for uid, field in fields.items() if uid not in known]
    call.environment.editor_interfaces[document.id] = {**raw, "controls": [*kept, *added]}


def _control(call: Call, field: JsonObject) -> JsonObject:
    control: JsonObject = {"fieldId": text(field.get("id"))}
    if call.switches.default_widgets:
        control |= {"widgetId": _widget(field), "widgetNamespace": "builtin"}
    return control


def _widget(field: JsonObject) -> str:
    kind, item = text(field.get("type")), field.get("items")
    if kind in ("Link", "Array") and isinstance(field.get("items") or field, dict):
        of = item if isinstance(item, dict) else field
        if of.get("type") != "Link":
            return "tagEditor"
        return f"{text(of.get('linkType')).lower()}Link{'s' if kind == 'Array' else ''}Editor"
    return _WIDGETS.get(kind, "singleLine")


def _list(call: Call) -> Answer:
    rows = call.environment.editor_interfaces
    return offset_answer(
        call, Source(rows.values, lambda row: row, lambda row: show_row(call, row), order="")
    )


def _get(call: Call) -> Answer:
    return Answer(show_row(call, _found(call)))


def _found(call: Call) -> JsonObject:
    uid = call.args["content_type"]
    find(call.environment.content_types, uid, "ContentType")
    return find(call.environment.editor_interfaces, uid, "EditorInterface")


def _put(call: Call) -> Answer:
    raw, uid = _found(call), call.args["content_type"]
    document = call.environment.content_types[uid]
    if document.live is None:
        raise not_found("EditorInterface", uid)
    call.check_version(row_version(raw))
    body = without_sys(call.json())
    problems = [*_unknown_fields(body, document), *_unknown_widgets(call, body)]
    if problems:
        raise invalid(problems)
    call.environment.editor_interfaces[uid] = updated_row(call, raw, body)
    return Answer(show_row(call, call.environment.editor_interfaces[uid]))


def _unknown_fields(body: JsonObject, document: Document) -> Iterator[JsonObject]:
    """A control of a field that the content type does not have."""
    known = {text(field.get("id")) for field in objects((document.live or {}).get("fields"))}
    for number, control in enumerate(objects(body.get("controls"))):
        if control.get("fieldId") not in known:
            path = ("controls", number, "fieldId")
            yield problem("unknown", path, f"No field with id {control.get('fieldId')!r} found.")


def _unknown_widgets(call: Call, body: JsonObject) -> Iterator[JsonObject]:
    if call.switches.unknown_widgets == "accepted":
        return
    known = {"extension": call.environment.extensions, "app": call.environment.app_installations}
    for part in body:
        for widget in objects_within(body[part]):
            space, uid = text(widget.get("widgetNamespace")), text(widget.get("widgetId"))
            if space in known and uid not in known[space]:
                yield problem("notResolvable", (part, "widgetId"), f"There is no {space} {uid!r}.", value=uid)


ROUTES = (
    Route("GET", f"{ENVIRONMENT}/editor_interfaces", _list),
    Route("GET", f"{ENVIRONMENT}/content_types/{{content_type}}/editor_interface", _get),
    Route("PUT", f"{ENVIRONMENT}/content_types/{{content_type}}/editor_interface", _put),
)
