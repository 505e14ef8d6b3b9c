"""The service's search parameters for entries on disk: `import --query` chooses what `export --query` would.

A query is compiled to a test of one entry before any entry is read. A condition that needs more than the entry itself
(a search for words, fields of what it links to, distances) is refused by name. Must never ignore a condition. Pure.
API page: "Search parameters". A field that is named without a locale is meant in the default one.

Where the page is silent: an entry without a value is chosen by `ne` and `nin`; a list of which one item is named by
`nin` is not; an empty list exists; links in rich text are links; a moment is one, however it is written.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
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
_NUMBERS: Final = frozenset({"Integer", "Number"})
_COUNTS: Final = frozenset({"version", "publishedVersion", "publishedCounter", "archivedVersion"})
_RANGES: Final = frozenset({"gt", "gte", "lt", "lte"})
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
        self.fields: dict[str, set[str]] = {}  # the types of the fields of each name
        for field in (field for row in types.values() for field in objects(row.get("fields"))):
            kind = text(nested(field, "items", "type")) or text(field.get("type"))
            self.fields.setdefault(text(field.get("id")), set()).add(kind)
        self._opaque = {uid: opaque_fields(row) for uid, row in types.items()}

    def is_date(self, parts: list[str]) -> bool:
        """Whether a moment stands at a path."""
        if parts[0] == "fields":
            return len(parts) > 1 and self.fields.get(parts[1]) == {"Date"}
        return parts[0] == "sys" and parts[-1].endswith("At")

    def is_number(self, parts: list[str]) -> bool:
        """Whether a number may stand at a path."""
        if parts[0] == "fields":
            return len(parts) > 1 and bool(self.fields.get(parts[1], _NUMBERS) & _NUMBERS)
        return parts[0] == "sys" and parts[-1] in _COUNTS

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
    parts = found["path"].split(".")
    path = _path(name, parts, names)
    if operator == "exists":
        return _existence(name, path, value)
    if operator not in _CONDITIONS:
        _refuse(f"an import does not support '[{operator}]'")
    is_date = names.is_date(parts)
    if operator in _RANGES and not is_date and not names.is_number(parts):
        _refuse(f"'{name}' asks for an order, which only numbers and dates have")
    if is_date:
        check = _CONDITIONS[operator]
        return lambda entry: check([*map(_moment, _values_at(entry, path))], _moments(value))
    is_met = _CONDITIONS[operator]
    return lambda entry: is_met([*_values_at(entry, path)], value)


def _existence(name: str, path: list[str], value: str) -> EntryTest:
    """Whether an entry has a value there. Of metadata an empty list is none."""
    if value not in ("true", "false"):
        _refuse(f"'{name}' is true or false")

    def is_set(entry: JsonObject) -> bool:
        is_empty_list = path[0] == "fields" and nested(entry, *path) == []
        return is_empty_list or any(one is not None for one in _values_at(entry, path))

    return lambda entry: is_set(entry) is (value == "true")


def _path(name: str, parts: list[str], names: _Names) -> list[str]:
    """The members to go down; of a field the locale comes behind its name."""
    if parts[0] != "fields" or not parts[1:]:
        return parts
    if names.fields and parts[1] not in names.fields:
        _refuse(f"'{name}' names a field that no content type of the snapshot has")
    rest = parts[2:]
    code = rest.pop(0) if rest and rest[0] in names.codes else names.default
    _refuse_linked(name, rest)
    return [*parts[:2], code, *rest]


def _refuse_linked(name: str, rest: list[str]) -> None:
    """A query goes no further than the entry itself."""
    if rest and rest[0] not in _PARTS_OF_VALUES:
        _refuse(f"'{name}' asks about what the entry links to, which an import cannot look up")
    if rest[:2] == ["sys", "contentType"]:
        _refuse(f"'{name}' asks about the type of what the entry links to, which an import cannot look up")


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
        return _number(wanted) == _number(str(value))
    return value == wanted


def _number(written: str) -> Decimal | None:
    """A number, exact to the digit."""
    try:
        return Decimal(written)
    except InvalidOperation:
        return None


def _moment(value: Json) -> Json:
    """A moment in one way of writing; what is none stays as it is."""
    found = _time(text(value))
    return value if found is None else found.astimezone(UTC).isoformat()


def _moments(wanted: str) -> str:
    return ",".join(text(_moment(one.strip())) for one in wanted.split(","))


def _is_one_of(values: list[Json], wanted: str) -> bool:
    return any(_equals(value, one.strip()) for one in wanted.split(",") for value in values)


def _order(is_met: Callable[[Decimal], bool]) -> Condition:
    """Numbers are compared with numbers, times with times; nothing else has an order."""

    def holds(values: list[Json], wanted: str) -> bool:
        return any((sign := _difference(value, wanted)) is not None and is_met(sign) for value in values)

    return holds


def _difference(value: Json, wanted: str) -> Decimal | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        number, mine = _number(wanted), _number(str(value))
        return None if number is None or mine is None else mine - number
    moment, other = _time(text(value)), _time(wanted)
    return Decimal((moment - other) / timedelta(microseconds=1)) if moment and other else None


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
    "gt": _order(lambda sign: sign > 0),
    "gte": _order(lambda sign: sign >= 0),
    "lt": _order(lambda sign: sign < 0),
    "lte": _order(lambda sign: sign <= 0),
}


def _refuse(why: str) -> NoReturn:
    raise UsageError(f"--query: {why}; export with the query instead and import that snapshot")
