"""The conditions of a query: `content_type=page`, `sys.updatedAt[gte]=…`, `fields.slug[in]=a,b`, `query=words`.

A condition is about a value that a row has at a path, of the type that the content type says, or that the service gives
what it keeps itself. Conditions on fields of entries need a content type. They name no locale (then the default one is
meant) or one behind the field: `fields.slug.de`; behind a link those of what it leads to. Page: "Search parameters".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from stackferry.emulators.contentful.api_errors import invalid_query
from stackferry.emulators.contentful.search_operators import OPERATORS, compiled
from stackferry.emulators.contentful.views import edited_view
from stackferry.emulators.values import objects_within
from stackferry.json_values import as_object, nested, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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

_NAME = re.compile(r"([^\[\]]+)(?:\[(\w+)\])?")
_ROOTS = frozenset(
    {"sys", "fields", "metadata", "title", "name", "entity", "environment", "scheduledFor", "status", "step"}
)
_NUMBERS = frozenset(
    {"version", "publishedVersion", "publishedCounter", "archivedVersion", "revision", "size"}
)
_DATES = ("At", "datetime")
_OF_ASSETS = {"title": "Symbol", "description": "Symbol", "file": "Object"}
_BEHIND = "→"  # a step through a link
_LINKS = {"links_to_entry": "Entry", "links_to_asset": "Asset"}


class _Place(NamedTuple):
    """What a condition is about: the way to it, through links too, and the type of what stands there."""

    steps: tuple[str, ...]
    type: str


def conditions(call: Call, known: frozenset[str] = frozenset()) -> list[Condition]:
    """The conditions of a request. Raises 400 for one that does not exist; `known` are handled elsewhere."""
    return [_condition(call, key, value) for key, value in call.query if key not in OTHER | known]


def _condition(call: Call, key: str, value: str) -> Condition:
    if key == "content_type":
        return lambda row: _type_of(row) == value
    if key == "query":
        words = value.lower().split()
        return lambda row: all(any(word in found for found in _texts(row)) for word in words)
    if key == "mimetype_group":
        return lambda row: any(
            _group(file) == value for file in as_object(nested(row, "fields", "file")).values()
        )
    if key in _LINKS:
        return lambda row: (_LINKS[key], value) in {*_links(call, row)}
    found = _NAME.fullmatch(key)
    operator = (found[2] or "") if found else ""
    if found is None or operator not in (*OPERATORS, "exists") or found[1].split(".")[0] not in _ROOTS:
        raise invalid_query(f"unknown parameter {key}")
    place = _place(call, found[1].split("."))
    if operator == "exists":
        if value not in ("true", "false"):
            raise invalid_query(f"{key} is true or false")
        return _existence(call, place, wanted=value == "true")
    met = compiled(operator, place.type, value, call.switches)
    return lambda row: met([*_spread(_found(call, row, place))])


def _existence(call: Call, place: _Place, *, wanted: bool) -> Condition:
    """Whether a value is set. An empty list is none of metadata; of fields the page does not say."""
    counts_empty = place.steps[0] == "fields" and call.switches.empty_list_exists

    def is_set(row: JsonObject) -> bool:
        values = [one for one in _found(call, row, place) if one is not None]
        return any(one != [] or counts_empty for one in values)

    return lambda row: is_set(row) is wanted


# --- what a condition is about ---


def _place(call: Call, parts: list[str]) -> _Place:
    if parts[0] != "fields" or len(parts) == 1:
        return _Place(tuple(parts), _type_by_name(parts))
    if call.environment_ is None:
        raise invalid_query(f"there are no fields here: {'.'.join(parts)}")
    kinds = [value for key, value in call.query if key == "content_type"]
    return _field(call, parts, kinds[0] if kinds else "")


def _field(call: Call, parts: list[str], of_type: str) -> _Place:
    """A field of entries of a type, or of assets where there is none; then what it links to."""
    uid, rest = parts[1], parts[2:]
    is_code = bool(rest) and rest[0] in call.environment.locale_codes
    code, rest = (rest[0], rest[1:]) if is_code else (call.environment.default_locale, rest)
    kind = _kind_of(call, uid, of_type)
    steps: tuple[str, ...] = ("fields", uid, code)
    if not rest:
        return _Place(steps, kind)
    if kind == "Link" and rest[0] == "fields" and len(rest) > 1:
        name = f"fields.{uid}.sys.contentType.sys.id"
        inner = _field(call, rest, next((value for key, value in call.query if key == name), ""))
        return _Place((*steps, _BEHIND, *inner.steps), inner.type)
    if kind == "Link" and rest[:2] == ["sys", "contentType"]:
        steps = (*steps, _BEHIND)
    return _Place((*steps, *rest), _type_by_name(rest))


def _kind_of(call: Call, uid: str, of_type: str) -> str:
    """The type of a field, of a list that of its items. Raises 400 for one that is not there."""
    if not of_type:
        if call.path.endswith("/assets") and uid in _OF_ASSETS:
            return _OF_ASSETS[uid]
        raise invalid_query(f"fields.{uid}: a query on fields needs the content type that has them")
    for field in _fields_of(call, of_type):
        if field.get("id") == uid:
            return text(nested(field, "items", "type")) or text(field.get("type"))
    raise invalid_query(f"the content type {of_type} has no field {uid}")


def _fields_of(call: Call, of_type: str) -> list[JsonObject]:
    """The fields of a content type as it is live, or of its draft; none where there is no such type."""
    document = call.environment.content_types.get(of_type)
    return objects(((document.live or document.body) if document else {}).get("fields"))


def _type_by_name(parts: list[str]) -> str:
    """The type of what the service keeps itself."""
    if parts[-1].endswith(_DATES):
        return "Date"
    if len(parts) == 1:
        return "Name"  # of a release, a content type, a tag
    return "Number" if parts[-1] in _NUMBERS else "Symbol"


def _found(call: Call, row: JsonObject, place: _Place) -> list[Json]:
    """What stands at a place: lists as they are."""
    level: list[Json] = [row]
    for name in place.steps:
        inside = [*_spread(level)]
        if name == _BEHIND:
            level = [_behind(call, one) for one in inside]
        else:
            level = [one[name] for one in inside if isinstance(one, dict) and name in one]
    return level


def _behind(call: Call, value: Json) -> Json:
    """The entry or asset that a link leads to; None where it is not there."""
    place, uid = call.environment, text(nested(value, "sys", "id"))
    rows = place.assets if nested(value, "sys", "linkType") == "Asset" else place.entries
    return edited_view(rows[uid]) if uid in rows else None


def _spread(values: Iterable[Json]) -> Iterator[Json]:
    """The items of lists in their place; null is no value."""
    for value in values:
        yield from (one for one in (value if isinstance(value, list) else [value]) if one is not None)


def _type_of(row: JsonObject) -> str:
    return text(nested(row, "sys", "contentType", "sys", "id"))


def _links(call: Call, row: JsonObject) -> Iterator[tuple[str, str]]:
    """What an entry links to. An object of JSON is no link, whatever it looks like; rich text by the switch."""
    left_out = _opaque_fields(call, row)
    for name, values in as_object(row.get("fields")).items():
        for one in objects_within(values) if name not in left_out else ():
            if one.get("type") == "Link":
                yield text(one.get("linkType")), text(one.get("id"))


def _opaque_fields(call: Call, row: JsonObject) -> set[Json]:
    """The fields of an entry in which no link is looked for."""
    document = call.environment.content_types.get(_type_of(row)) if call.environment_ else None
    opaque = {"Object"} if call.switches.rich_text_links else {"Object", "RichText"}
    fields = objects((document.body if document else {}).get("fields"))
    return {field.get("id") for field in fields if field.get("type") in opaque}


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value.lower()
    elif isinstance(value, list | dict):
        for item in value if isinstance(value, list) else value.values():
            yield from _texts(item)


def _group(file: Json) -> str:
    return text(as_object(file).get("contentType")).partition("/")[0]


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
