"""What a content type must be when it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackferry.emulators.contentful.api_errors import ApiError, bad_request, invalid, problem
from stackferry.emulators.values import objects_within, text_items
from stackferry.json_values import as_list, as_object, objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import JsonObject

TYPES = frozenset(
    {
        *("Symbol", "Text", "RichText", "Integer", "Number", "Date", "Boolean", "Object", "Location", "Link"),
        *("Array", "ResourceLink"),
    }
)
_FIELD_ID = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,63}")
_DISPLAYED = ("Symbol", "Text")
LINKED = ("Entry", "Asset")


def check_content_type(call: Call, body: JsonObject, before: Document | None) -> None:
    """Raises 422 with everything that is wrong, 400 for a field that is deleted before it was omitted."""
    problems = [*_problems(call, body)]
    if before is not None and before.live is not None:
        problems += _changed_types(body, before.live)
    if problems:
        raise invalid(problems)
    if before is not None and before.live is not None:
        _check_removal(body, before.live)


def _problems(call: Call, body: JsonObject) -> Iterator[JsonObject]:
    if not text(body.get("name")):
        yield problem("required", ["name"], 'The property "name" is required here')
    fields = objects(body.get("fields"))
    if len(fields) > call.limits.fields:
        yield problem("size", ["fields"], f"A content type has at most {call.limits.fields} fields.")
    ids = [text(field.get("id")) for field in fields]
    for number, field in enumerate(fields):
        yield from _field_problems(field, number)
        if ids.index(ids[number]) != number:
            yield problem("uniqueFieldIds", ["fields", number, "id"], f"The id {ids[number]!r} is taken.")
    yield from _title_problems(body, fields)
    if not call.switches.types_to_come:
        yield from _unknown_types(call, body)


def _title_problems(body: JsonObject, fields: list[JsonObject]) -> Iterator[JsonObject]:
    displayed = body.get("displayField")
    kinds = {text(field.get("id")): field.get("type") for field in fields}
    if displayed is not None and kinds.get(text(displayed)) not in _DISPLAYED:
        yield problem("unknown", ["displayField"], f"There is no text field {displayed!r}.", value=displayed)


def _field_problems(field: JsonObject, number: int) -> Iterator[JsonObject]:
    path: list[str | int] = ["fields", number]
    if not _FIELD_ID.fullmatch(text(field.get("id"))):
        yield problem(
            "regexp", [*path, "id"], "The id of a field begins with a letter.", value=field.get("id")
        )
    if not text(field.get("name")):
        yield problem("required", [*path, "name"], 'The property "name" is required here')
    yield from _type_problems(field, path)
    if field.get("defaultValue", {}) is None:
        yield problem("type", [*path, "defaultValue"], "is no object of locales", value=None)


def _type_problems(field: JsonObject, path: list[str | int]) -> Iterator[JsonObject]:
    kind = field.get("type")
    if kind not in TYPES:
        yield problem("in", [*path, "type"], f"There is no type {kind!r}.", value=kind)
    if kind == "Link" and field.get("linkType") not in LINKED:
        yield problem("required", [*path, "linkType"], "A link names the type Entry or Asset.")
    item = as_object(field.get("items"))
    if kind == "Array" and item.get("type") not in ("Symbol", "Link", "ResourceLink"):
        yield problem("required", [*path, "items"], "A list names the type of its items.")


def _changed_types(body: JsonObject, live: JsonObject) -> Iterator[JsonObject]:
    """The type of a field that was published is fixed."""
    known = {field.get("id"): field for field in objects(live.get("fields"))}
    for number, field in enumerate(objects(body.get("fields"))):
        old = known.get(field.get("id"))
        if old is not None and any(field.get(name) != old.get(name) for name in ("type", "linkType")):
            yield problem(
                "fieldType", ["fields", number, "type"], "The type of a published field cannot be changed."
            )


def _check_removal(body: JsonObject, live: JsonObject) -> None:
    """A field is omitted in one publish, and deleted in the next."""
    kept = {field.get("id") for field in objects(body.get("fields")) if field.get("deleted") is not True}
    for field in objects(live.get("fields")):
        if field.get("id") not in kept and field.get("omitted") is not True:
            name = text(field.get("id"))
            raise bad_request("You need to omit a field before deleting it.", {"field": name})


def _unknown_types(call: Call, body: JsonObject) -> Iterator[JsonObject]:
    known = {*call.environment.content_types, call.args.get("content_type", "")}
    for rule in objects_within(as_list(body.get("fields"))):
        for uid in text_items(as_list(rule.get("linkContentType"))):
            if uid not in known:
                yield problem("notResolvable", ["fields"], f"There is no content type {uid!r}.", value=uid)


def unknown_field(name: str) -> ApiError:
    """422 for a field that the content type does not have."""
    row = problem("unknown", ["fields", name], f'No field with id "{name}" found.')
    return ApiError(422, "UnknownField", f'No field with id "{name}" found.', {"errors": [row]})
