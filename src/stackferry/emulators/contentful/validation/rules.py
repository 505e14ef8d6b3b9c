"""The rules that a field of a content type sets for its values (page: content types, "validations")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackferry.emulators.contentful.api_errors import problem
from stackferry.emulators.contentful.validation.links import linked
from stackferry.emulators.contentful.validation.rich_text import rich_text_problems
from stackferry.emulators.contentful.validation.unique import is_taken
from stackferry.emulators.values import is_number, parse_time, text_items
from stackferry.json_values import as_list, as_object, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import Json, JsonObject

    Rule = Callable[[Call, Json, JsonObject], str | None]


def rule_problems(
    call: Call, entry: Document, field: JsonObject, value: Json, path: list[str]
) -> Iterator[JsonObject]:
    """Every rule of a field that a value breaks; of a list also the rules for its items."""
    for rule in objects(field.get("validations")):
        if rule.get("unique") is True and is_taken(call, entry, field, value, path[-1]):
            yield problem("unique", path, "Same field value present in other entry", value=value)
        yield from _broken(call, value, rule, path)
    if field.get("type") == "RichText":
        yield from rich_text_problems(call, field, value, path, broken_rule)
    for item in as_list(value) if field.get("type") == "Array" else []:
        for rule in objects(as_object(field.get("items")).get("validations")):
            yield from _broken(call, item, rule, path)


def _broken(call: Call, value: Json, rule: JsonObject, path: list[str]) -> Iterator[JsonObject]:
    for name in rule:
        if details := broken_rule(call, name, value, rule):
            yield problem(name, path, text(rule.get("message")) or details)


def broken_rule(call: Call, name: str, value: Json, rule: JsonObject) -> str | None:
    """How a value breaks a rule, in words; None when it does not, or when the rule is of another kind."""
    check = _RULES.get(name)
    return check(call, value, rule) if check else None


def _out_of(number: float, bounds: Json) -> bool:
    low, high = as_object(bounds).get("min"), as_object(bounds).get("max")
    below = is_number(low) and number < float(low)  # type: ignore[arg-type]  # a number
    return below or (is_number(high) and number > float(high))  # type: ignore[arg-type]  # a number


def _size(_: Call, value: Json, rule: JsonObject) -> str | None:
    length = len(value) if isinstance(value, str | list) else None
    return "Size is out of range" if length is not None and _out_of(length, rule["size"]) else None


def _range(_: Call, value: Json, rule: JsonObject) -> str | None:
    is_out = is_number(value) and _out_of(float(value), rule["range"])  # type: ignore[arg-type]  # a number
    return "Value is out of range" if is_out else None


def _date_range(_: Call, value: Json, rule: JsonObject) -> str | None:
    moment, bounds = parse_time(value), as_object(rule["dateRange"])
    low, high = parse_time(bounds.get("min")), parse_time(bounds.get("max"))
    is_out = moment is not None and (
        (low is not None and moment < low) or (high is not None and moment > high)
    )
    return "Date is out of range" if is_out else None


def _found(value: Json, rule: Json) -> bool | None:
    """Whether a pattern is found in a text; None for what is no text, and for a pattern that Python cannot read."""
    flags = "".join(letter for letter in text(as_object(rule).get("flags")) if letter in "ims")
    try:
        pattern = re.compile((f"(?{flags})" if flags else "") + text(as_object(rule).get("pattern")))
    except re.error:
        return None
    return bool(pattern.search(value)) if isinstance(value, str) else None


def _regexp(_: Call, value: Json, rule: JsonObject) -> str | None:
    return "Does not match regular expression" if _found(value, rule["regexp"]) is False else None


def _prohibited(_: Call, value: Json, rule: JsonObject) -> str | None:
    return "Matches a prohibited expression" if _found(value, rule["prohibitRegexp"]) else None


def _in(_: Call, value: Json, rule: JsonObject) -> str | None:
    is_scalar = isinstance(value, str | int | float)
    return (
        "Value is not one of those that are allowed"
        if is_scalar and value not in as_list(rule["in"])
        else None
    )


def _link_content_type(call: Call, value: Json, rule: JsonObject) -> str | None:
    if nested(value, "sys", "linkType") != "Entry":
        return None
    target = linked(call, "Entry", text(nested(value, "sys", "id")))
    wanted = rule["linkContentType"]
    kinds = [wanted] if isinstance(wanted, str) else text_items(as_list(wanted))
    is_met = target is None or not kinds or nested(target.sys, "contentType", "sys", "id") in kinds
    return None if is_met else "The linked entry is of a type that is not allowed here"


_OFFICE = "application/vnd.openxmlformats-officedocument"
MIME_GROUPS = {
    "image": ("image/",),
    "video": ("video/",),
    "audio": ("audio/",),
    "plaintext": ("text/plain",),
    "pdfdocument": ("application/pdf",),
    "markup": ("text/html", "text/xml", "application/xml"),
    "code": ("text/x-", "application/json", "text/css"),
    "archive": ("application/zip", "application/x-", "application/gzip"),
    "spreadsheet": ("application/vnd.ms-excel", f"{_OFFICE}.spreadsheetml", "text/csv"),
    "presentation": ("application/vnd.ms-powerpoint", f"{_OFFICE}.presentationml"),
    "richtext": ("application/msword", "application/rtf", f"{_OFFICE}.wordprocessingml"),
    "attachment": ("",),
}


def _files(call: Call, value: Json) -> list[JsonObject]:
    if nested(value, "sys", "linkType") != "Asset":
        return []
    target = linked(call, "Asset", text(nested(value, "sys", "id")))
    return (
        [as_object(file) for file in as_object(nested(target.body, "fields", "file")).values()]
        if target
        else []
    )


def _link_mimetype(call: Call, value: Json, rule: JsonObject) -> str | None:
    wanted = rule["linkMimetypeGroup"]
    groups = [wanted] if isinstance(wanted, str) else text_items(as_list(wanted))
    starts = tuple(start for group in groups for start in MIME_GROUPS.get(group, (group,)))
    is_met = (
        all(text(file.get("contentType")).startswith(starts) for file in _files(call, value)) or not groups
    )
    return None if is_met else "The linked file is of a type that is not allowed here"


def _file_size(call: Call, value: Json, rule: JsonObject) -> str | None:
    sizes = [nested(file, "details", "size") for file in _files(call, value)]
    is_out = any(isinstance(size, int) and _out_of(size, rule["assetFileSize"]) for size in sizes)
    return "The linked file's size is out of range" if is_out else None


def _dimensions(call: Call, value: Json, rule: JsonObject) -> str | None:
    bounds = as_object(rule["assetImageDimensions"])
    for file in _files(call, value):
        for name in ("width", "height"):
            length = nested(file, "details", "image", name)
            if isinstance(length, int) and _out_of(length, bounds.get(name)):
                return f"The linked image's {name} is out of range"
    return None


_RULES: dict[str, Rule] = {
    "size": _size,
    "range": _range,
    "dateRange": _date_range,
    "regexp": _regexp,
    "prohibitRegexp": _prohibited,
    "in": _in,
    "linkContentType": _link_content_type,
    "linkMimetypeGroup": _link_mimetype,
    "assetFileSize": _file_size,
    "assetImageDimensions": _dimensions,
}
