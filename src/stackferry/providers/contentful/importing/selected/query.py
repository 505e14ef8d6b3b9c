"""The service's search parameters for entries on disk: `import --query` chooses what `export --query` would.

A query is compiled to a test of one entry before any entry is read. A condition that needs more than the entry itself
(a search for words, fields of what it links to, distances) is refused by name. Must never ignore a condition. Pure.
API page: "Search parameters". A field that is named without a locale is meant in the default one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

from stackferry.errors import UsageError
from stackferry.json_values import nested, objects, text
from stackferry.model import Stream
from stackferry.providers.contentful.content.links import ASSET, ENTRY, links_of, opaque_fields
from stackferry.providers.contentful.exporting.entry_query import query_params
from stackferry.providers.contentful.kinds import CONTENT_TYPES, LOCALES, link_id, sys_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stackferry.model import Json, JsonObject
    from stackferry.providers.source import RecordStore

    EntryTest: TypeAlias = Callable[[JsonObject], bool]
    Condition: TypeAlias = Callable[[list[Json], str], bool]

_OPERATOR: Final = re.compile(r"(?P<path>[^\[\]]+)(?:\[(?P<operator>\w+)\])?")
_LINKS: Final = {"links_to_entry": ENTRY, "links_to_asset": ASSET}
_ROOTS: Final = ("sys", "fields", "metadata")
_PARTS_OF_VALUES: Final = ("sys",)  # what a path may go on with behind a field: the id that a link names


def entry_test(source: RecordStore, query: str) -> EntryTest:
    """A test whether an entry meets all conditions of a query. Raises UsageError for one that it cannot check."""
    names = _Names(source)
    tests = [_test(name, value, names) for name, value in query_params(query)]
    return lambda entry: all(test(entry) for test in tests)


class _Names:
    """What fields and locales the snapshot has."""

    def __init__(self, source: RecordStore) -> None:
        rows = [*source.objects(Stream(LOCALES.name))]
        self.codes = {text(row.get("code")) for row in rows}
        self.default = next((text(row.get("code")) for row in rows if row.get("default") is True), "")
        types = {sys_id(row): row for row in source.objects(Stream(CONTENT_TYPES.name))}
        self.fields = {
            text(field.get("id")) for row in types.values() for field in objects(row.get("fields"))
        }
        self._opaque = {uid: opaque_fields(row) for uid, row in types.items()}

    def links(self, entry: JsonObject) -> set[tuple[str, str]]:
        """What an entry links to."""
        opaque = self._opaque.get(link_id(nested(entry, "sys", "contentType")), frozenset())
        return {(one.kind, one.uid) for one in links_of(entry, opaque)}


def _test(name: str, value: str, names: _Names) -> EntryTest:
    if name == "content_type":
        return lambda entry: nested(entry, "sys", "contentType", "sys", "id") == value
    if name in _LINKS:
        return lambda entry: (_LINKS[name], value) in names.links(entry)
    found = _OPERATOR.fullmatch(name)
    if found is None or found["path"].split(".")[0] not in _ROOTS:
        _refuse(f"an import cannot check '{name}' on a snapshot")
    operator = found["operator"] or "eq"
    if operator not in _CONDITIONS:
        _refuse(f"an import does not support '[{operator}]'")
    path, is_met = _path(name, found["path"].split("."), names), _CONDITIONS[operator]
    return lambda entry: is_met([*_values_at(entry, path)], value)


def _path(name: str, parts: list[str], names: _Names) -> list[str]:
    """The members to go down; of a field the locale comes behind its name."""
    if parts[0] != "fields" or not parts[1:]:
        return parts
    if names.fields and parts[1] not in names.fields:
        _refuse(f"'{name}' names a field that no content type of the snapshot has")
    rest = parts[2:]
    code = rest.pop(0) if rest and rest[0] in names.codes else names.default
    if rest and rest[0] not in _PARTS_OF_VALUES:
        _refuse(f"'{name}' asks about what the entry links to, which an import cannot look up")
    if rest[:2] == ["sys", "contentType"]:
        _refuse(f"'{name}' asks about the type of what the entry links to, which an import cannot look up")
    return [*parts[:2], code, *rest]


def _values_at(value: Json, path: list[str]) -> Iterator[Json]:
    """The values at a path; the items of a list count each."""
    if isinstance(value, list):
        for item in value:
            yield from _values_at(item, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _values_at(value[path[0]], path[1:])


def _equals(value: Json, wanted: str) -> bool:
    if isinstance(value, bool):
        return wanted == ("true" if value else "false")
    if isinstance(value, int | float):
        return _number(wanted) == float(value)
    return value == wanted


def _number(written: str) -> float | None:
    try:
        return float(written)
    except ValueError:
        return None


def _is_one_of(values: list[Json], wanted: str) -> bool:
    return any(_equals(value, one.strip()) for one in wanted.split(",") for value in values)


def _order(is_met: Callable[[float], bool]) -> Condition:
    """Numbers are compared with numbers, times with times; nothing else has an order."""

    def holds(values: list[Json], wanted: str) -> bool:
        return any((sign := _difference(value, wanted)) is not None and is_met(sign) for value in values)

    return holds


def _difference(value: Json, wanted: str) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = _number(wanted)
        return None if number is None else float(value) - number
    mine, other = _time(text(value)), _time(wanted)
    return (mine - other).total_seconds() if mine and other else None


def _time(written: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


_CONDITIONS: Final[Mapping[str, Condition]] = {
    "eq": lambda values, wanted: any(_equals(value, wanted) for value in values),
    "ne": lambda values, wanted: not any(_equals(value, wanted) for value in values),
    "in": _is_one_of,
    "nin": lambda values, wanted: not _is_one_of(values, wanted),
    "all": lambda values, wanted: all(_is_one_of(values, one) for one in wanted.split(",")),
    "exists": lambda values, wanted: any(value is not None for value in values) is (wanted == "true"),
    "gt": _order(lambda sign: sign > 0),
    "gte": _order(lambda sign: sign >= 0),
    "lt": _order(lambda sign: sign < 0),
    "lte": _order(lambda sign: sign <= 0),
}


def _refuse(why: str) -> NoReturn:
    raise UsageError(f"--query: {why}; export with the query instead and import that snapshot")
