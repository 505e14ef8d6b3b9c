"""What content must be when it is saved: of the types of its fields, in locales that exist, not too long.

What is required, and other rules of a content type, are looked at when it is published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.emulators.contentful.api_errors import ApiError, invalid, problem
from stackferry.emulators.contentful.validation.content_types import unknown_field
from stackferry.emulators.values import is_number, objects_within, parse_time
from stackferry.json_values import as_list, as_object, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.emulators.contentful.call import Call
    from stackferry.model import Json, JsonObject

_SYMBOL, _TEXT, _RICH_TEXT, _LIST = 256, 50_000, 200_000, 1_000


def check_entry(call: Call, content_type: JsonObject, body: JsonObject) -> None:
    """Raises 422 with everything that is wrong with an entry."""
    fields = _fields(body)
    known = {text(field.get("id")): field for field in objects(content_type.get("fields"))}
    for name in fields:
        if name not in known:
            raise unknown_field(name)
    _check_locales(call, fields)
    problems = [
        found
        for name, values in fields.items()
        for code, value in as_object(values).items()
        for found in _value_problems(known[name], value, ["fields", name, code])
    ]
    if problems:
        raise invalid(problems, "InvalidEntry")
    check_metadata(call, body)
    links = sum(one.get("type") in ("Link", "ResourceLink") for one in objects_within(fields))
    if links > call.limits.links:
        raise invalid(
            [problem("size", ["fields"], f"An entry has at most {call.limits.links} links.")], "InvalidEntry"
        )
    if len(exact_json.dumps(body)) > call.limits.entry_bytes:
        raise ApiError(413, "EntityTooLarge", "The entry is too large.")


def _fields(body: JsonObject) -> JsonObject:
    fields = body.get("fields", {})
    if not isinstance(fields, dict):
        raise invalid(
            [problem("type", ["fields"], 'The type of "fields" is incorrect, expected type: Object')]
        )
    for name, values in fields.items():
        if not isinstance(values, dict):
            details = 'The type of "value" is incorrect, expected type: Object'
            raise invalid(
                [problem("type", ["fields", name], details, type="Object", value=values)], "InvalidEntry"
            )
    return fields


def _check_locales(call: Call, fields: JsonObject) -> None:
    codes = set(call.environment.locale_codes)
    for name, values in fields.items():
        for code in as_object(values):
            if code not in codes:
                row = problem("unknown", ["fields", name, code], f"Unknown locale: {code}")
                raise ApiError(422, "UnknownLocale", f"Unknown locale: {code}", {"errors": [row]})


def check_metadata(call: Call, body: JsonObject) -> None:
    """Tags and concepts must exist, and be not too many."""
    tags = objects(nested(body, "metadata", "tags"))
    if len(tags) > call.limits.tags_of_one:
        raise invalid([problem("size", ["metadata", "tags"], f"At most {call.limits.tags_of_one} tags.")])
    tables = (("tags", call.environment.tags), ("concepts", call.organization.concepts))
    problems = [
        problem(
            "notResolvable", ["metadata", name, number], "Link could not be resolved", link=one.get("sys")
        )
        for name, table in tables
        for number, one in enumerate(objects(nested(body, "metadata", name)))
        if nested(one, "sys", "id") not in table
    ]
    if problems:
        raise invalid(problems, "UnresolvedLinks")


def _value_problems(field: JsonObject, value: Json, path: list[str | int]) -> Iterator[JsonObject]:
    if value is None:
        return
    kind = text(field.get("type"))
    if kind == "Array" and isinstance(value, list):
        for number, item in enumerate(value):
            yield from _value_problems(as_object(field.get("items")), item, [*path, number])
        if len(value) > _LIST:
            yield problem("size", path, f"A list has at most {_LIST} items.", max=_LIST)
        return
    if kind not in _IS or not _IS[kind](value):
        yield problem("type", path, f'The type of "value" is incorrect, expected type: {kind}', type=kind)
    elif (most := _LENGTH.get(kind)) and _length(value) > most:
        yield problem("size", path, f"Size must be at most {most}.", max=most)
    elif kind == "Link" and nested(value, "sys", "linkType") != field.get("linkType", "Entry"):
        yield problem("linkType", path, f"The link is no link to {field.get('linkType')}.")


_LENGTH = {"Symbol": _SYMBOL, "Text": _TEXT, "RichText": _RICH_TEXT}


def _length(value: Json) -> int:
    if isinstance(value, str):
        return len(value)
    return sum(len(text(node.get("value"))) for node in objects_within(value))


def _is_link(value: Json, kind: str) -> bool:
    sys = as_object(as_object(value).get("sys"))
    return (
        sys.get("type") == kind
        and bool(text(sys.get("linkType")))
        and bool(text(sys.get("id" if kind == "Link" else "urn")))
    )


def _is_location(value: Json) -> bool:
    return is_number(as_object(value).get("lat")) and is_number(as_object(value).get("lon"))


_IS: dict[str, Callable[[Json], bool]] = {
    "Symbol": lambda value: isinstance(value, str),
    "Text": lambda value: isinstance(value, str),
    "Integer": lambda value: is_number(value) and float(value) == int(value),  # type: ignore[arg-type]  # a number
    "Number": is_number,
    "Date": lambda value: parse_time(value) is not None,
    "Boolean": lambda value: isinstance(value, bool),
    "Object": lambda value: isinstance(value, dict | list),
    "Location": _is_location,
    "Link": lambda value: _is_link(value, "Link"),
    "ResourceLink": lambda value: _is_link(value, "ResourceLink"),
    "RichText": lambda value: as_object(value).get("nodeType") == "document",
}


def check_asset(call: Call, body: JsonObject) -> None:
    """Raises 422 with everything that is wrong with an asset."""
    fields = _fields(body)
    for name in fields:
        if name not in ("title", "description", "file"):
            raise unknown_field(name)
    _check_locales(call, fields)
    problems = [
        problem("type", ["fields", name, code], 'The type of "value" is incorrect, expected type: String')
        for name in ("title", "description")
        for code, value in as_object(fields.get(name)).items()
        if not isinstance(value, str | None)
    ]
    for code, file in as_object(fields.get("file")).items():
        problems += _file_problems(call, as_object(file), ["fields", "file", code])
    if problems:
        raise invalid(problems, "InvalidAsset")
    check_metadata(call, body)


_REFUSED_TYPES = ("text/html", "text/javascript", "application/javascript")


def _file_problems(call: Call, file: JsonObject, path: list[str | int]) -> Iterator[JsonObject]:
    for name in ("contentType", "fileName"):
        if not text(file.get(name)):
            yield problem("required", [*path, name], f'The property "{name}" is required here')
    if len(text(file.get("fileName"))) > call.limits.file_name:
        yield problem("size", [*path, "fileName"], f"Size must be at most {call.limits.file_name}.")
    if file.get("contentType") in _REFUSED_TYPES:
        yield problem(
            "prohibited", [*path, "contentType"], f"Files of type {file['contentType']} are not allowed."
        )
    if not any(name in file for name in ("upload", "uploadFrom", "url")):
        yield problem("required", [*path, "upload"], "One of upload, uploadFrom and url is required here")


def missing(value: Json) -> bool:
    """Whether a value counts as none."""
    return value is None or value == "" or (value == [] and not as_list(value))
