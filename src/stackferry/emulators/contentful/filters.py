"""The conditions of a query: `content_type=page`, `sys.updatedAt[gte]=…`, `fields.slug[in]=a,b`, `query=words`.

A condition is met by a value at its path; the items of a list count each. Conditions on fields name no locale (then
the default one is meant) or one behind the field: `fields.slug.de`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackferry.emulators.contentful.api_errors import invalid_query
from stackferry.emulators.values import is_number, objects_within, parse_time
from stackferry.json_values import as_list, as_object, nested, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stackferry.emulators.contentful.call import Call
    from stackferry.model import Json, JsonObject

    Condition = Callable[[JsonObject], bool]

OTHER = frozenset(
    {
        *("skip", "limit", "order", "select", "include", "locale", "cursor", "access_token"),
        *("pageNext", "pagePrev", "next", "prev"),
    }
)
"""Parameters that are no conditions."""

_OPERATOR = re.compile(r"(.+?)\[(\w+)\]")
_PATHS = (
    "sys.",
    "fields.",
    "metadata.",
    "title",
    "name",
    "entity.",
    "environment.",
    "scheduledFor.",
    "status",
    "step",
)


def conditions(call: Call, known: frozenset[str] = frozenset()) -> list[Condition]:
    """The conditions of a request. Raises 400 for one that does not exist; `known` are handled elsewhere."""
    return [_condition(call, key, value) for key, value in call.query if key not in OTHER | known]


def _condition(call: Call, key: str, value: str) -> Condition:
    if key == "content_type":
        return lambda row: nested(row, "sys", "contentType", "sys", "id") == value
    if key == "query":
        words = value.lower().split()
        return lambda row: all(any(word in found for found in _texts(row)) for word in words)
    if key == "mimetype_group":
        return lambda row: any(
            _group(file) == value for file in as_object(nested(row, "fields", "file")).values()
        )
    if key in ("links_to_entry", "links_to_asset"):
        kind = key.rpartition("_")[2].capitalize()
        return lambda row: any(_is_link(one, kind, value) for one in objects_within(row.get("fields")))
    found = _OPERATOR.fullmatch(key)
    path, operator = (found[1], found[2]) if found else (key, "eq")
    if operator not in _OPERATORS or not path.startswith(_PATHS):
        raise invalid_query(f"unknown parameter {key}")
    holds, parts = _OPERATORS[operator], _parts(call, path)
    return lambda row: holds(list(values_at(row, parts)), value)


def _parts(call: Call, path: str) -> list[str]:
    """The names on a path; a field without a locale is meant in the default one."""
    parts = path.split(".")
    if parts[0] == "fields" and call.environment_ is None:
        raise invalid_query(f"there are no fields here: {path}")
    if parts[0] == "fields" and len(parts) > 1:
        codes = call.environment.locale_codes
        if len(parts) == 2 or parts[2] not in codes:
            parts.insert(2, call.environment.default_locale)
    return parts


def values_at(value: Json, path: list[str]) -> Iterator[Json]:
    """The values at a path; the items of an array count each."""
    if isinstance(value, list):
        for item in value:
            yield from values_at(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from values_at(value[path[0]], path[1:])


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value.lower()
    elif isinstance(value, list | dict):
        for item in value if isinstance(value, list) else value.values():
            yield from _texts(item)


def _group(file: Json) -> str:
    return text(as_object(file).get("contentType")).partition("/")[0]


def _is_link(value: JsonObject, kind: str, uid: str) -> bool:
    return value.get("type") == "Link" and value.get("linkType") == kind and value.get("id") == uid


def _equals(value: Json, wanted: str) -> bool:
    if isinstance(value, bool):
        return wanted == ("true" if value else "false")
    if is_number(value):
        return _number(wanted) == float(value)  # type: ignore[arg-type]  # is_number has checked it
    return value == wanted


def _number(written: str) -> float | None:
    try:
        return float(written)
    except ValueError:
        return None


def _is_one_of(values: list[Json], wanted: str) -> bool:
    return any(_equals(value, option.strip()) for option in wanted.split(",") for value in values)


def _compare(holds: Callable[[float], bool]) -> Callable[[list[Json], str], bool]:
    """A condition on the sign of "value minus what is wanted", for numbers and times."""

    def met(values: list[Json], wanted: str) -> bool:
        return any((sign := _difference(value, wanted)) is not None and holds(sign) for value in values)

    return met


def _difference(value: Json, wanted: str) -> float | None:
    if is_number(value) and (number := _number(wanted)) is not None:
        return float(value) - number  # type: ignore[arg-type]  # is_number has checked it
    mine, other = parse_time(value), parse_time(wanted)
    return (mine - other).total_seconds() if mine and other else None


_OPERATORS: dict[str, Callable[[list[Json], str], bool]] = {
    "eq": lambda values, wanted: any(_equals(value, wanted) for value in values),
    "ne": lambda values, wanted: not any(_equals(value, wanted) for value in values),
    "in": _is_one_of,
    "nin": lambda values, wanted: not _is_one_of(values, wanted),
    "all": lambda values, wanted: all(_is_one_of(values, option) for option in wanted.split(",")),
    "exists": lambda values, wanted: (
        bool(as_list([v for v in values if v is not None])) is (wanted == "true")
    ),
    "match": lambda values, wanted: any(wanted.lower() in text(value).lower() for value in values),
    "gt": _compare(lambda sign: sign > 0),
    "gte": _compare(lambda sign: sign >= 0),
    "lt": _compare(lambda sign: sign < 0),
    "lte": _compare(lambda sign: sign <= 0),
}


def selected(call: Call, row: JsonObject) -> JsonObject:
    """What `select` names of a row: `sys`, or paths such as `sys.id,fields.title`; `sys.id` and the type are kept."""
    given = call.param("select")
    if not given:
        return row
    shown: JsonObject = {}
    for path in given.split(","):
        _copy(row, shown, path.strip().split("."))
    sys = as_object(row.get("sys"))
    if "sys" in shown or "sys" in row:
        kept: JsonObject = {name: sys[name] for name in ("id", "type") if name in sys}
        shown["sys"] = {**kept, **as_object(shown.get("sys"))}
    return shown


def _copy(source: JsonObject, target: JsonObject, path: list[str]) -> None:
    if path[0] not in source:
        return
    if len(path) == 1:
        target[path[0]] = source[path[0]]
        return
    inner = as_object(target.setdefault(path[0], {}))
    _copy(as_object(source[path[0]]), inner, path[1:])
