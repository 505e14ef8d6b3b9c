"""The operators of a query: which types of values each takes, and when values meet it. Page: "Search parameters".

What the page leaves open is a field of `Switches`. Values are what a row has at a path; the items of a list count each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from math import asin, cos, radians, sin, sqrt
from typing import TYPE_CHECKING, Final, TypeAlias

from stackferry.emulators.contentful.api_errors import invalid_query
from stackferry.emulators.values import is_number, parse_time
from stackferry.json_values import as_object, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.emulators.contentful.behaviour import Switches
    from stackferry.model import Json

Met: TypeAlias = Callable[[list["Json"]], bool]
Operator: TypeAlias = "Callable[[str, str, Switches], Met]"  # type, what is asked for, switches

NUMBERS = frozenset({"Integer", "Number"})
_EXACT = frozenset({"Name", "Symbol", "Integer", "Number", "Date", "Boolean", "Link", "ResourceLink"})
_TEXTS = frozenset({"Name", "Symbol", "Text", "RichText"})
_RANGES = NUMBERS | {"Date"}
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_EARTH = 6371.0  # its radius in kilometres


class Unreadable(Exception):
    """What is asked for is no value of the field's type."""


def _read(of_type: str, asked: str) -> object:
    """What is asked for, as a value of the type."""
    if of_type in NUMBERS:
        try:
            return Decimal(asked)
        except InvalidOperation:
            raise Unreadable from None
    if of_type == "Date":
        if (moment := parse_time(asked)) is None:
            raise Unreadable
        return moment
    if of_type == "Boolean" and asked not in ("true", "false"):
        raise Unreadable
    return asked == "true" if of_type == "Boolean" else asked


def _typed(of_type: str, value: Json) -> object:
    """A stored value, so that it can be compared with what is asked for; None where it is none of the type."""
    if of_type in NUMBERS:
        return Decimal(str(value)) if is_number(value) else None
    return parse_time(value) if of_type == "Date" else value


def _options(asked: str, switches: Switches) -> list[str]:
    """The values of a list, which commas divide."""
    return [one.strip() if switches.list_blanks == "trimmed" else one for one in asked.split(",")]


def _one_of(of_type: str, options: Iterable[str], switches: Switches) -> Callable[[Json], bool]:
    """Whether a value is one of these."""
    if of_type == "Date" and switches.date_equality == "text":
        written = {*options}
        return lambda value: value in written
    wanted = [_read(of_type, option) for option in options]
    return lambda value: _typed(of_type, value) in wanted


def _equal(of_type: str, asked: str, switches: Switches) -> Met:
    is_it = _one_of(of_type, [asked], switches)
    return lambda values: any(map(is_it, values))


def _unequal(of_type: str, asked: str, switches: Switches) -> Met:
    """No item of a list may match: so the page."""
    is_it = _one_of(of_type, [asked], switches)
    return lambda values: not any(map(is_it, values)) if values else switches.without_field == "kept"


def _included(of_type: str, asked: str, switches: Switches) -> Met:
    is_one = _one_of(of_type, _options(asked, switches), switches)
    return lambda values: any(map(is_one, values))


def _excluded(of_type: str, asked: str, switches: Switches) -> Met:
    """The page's text wants one item that does not match, its example none that does."""
    is_one = _one_of(of_type, _options(asked, switches), switches)

    def met(values: list[Json]) -> bool:
        if not values:
            return switches.without_field == "kept"
        hits = [is_one(value) for value in values]
        return not all(hits) if switches.nin_of_lists == "some" else not any(hits)

    return met


def _all(of_type: str, asked: str, switches: Switches) -> Met:
    tests = [_one_of(of_type, [option], switches) for option in _options(asked, switches)]
    return lambda values: all(any(map(test, values)) for test in tests)


def _range(is_met: Callable[[Decimal], bool]) -> Operator:
    """Of numbers and dates."""

    def compile_it(of_type: str, asked: str, _: Switches) -> Met:
        limit = _number(_read(of_type, asked))
        return lambda values: any(
            found is not None and is_met(_number(found) - limit)
            for found in (_typed(of_type, value) for value in values)
        )

    return compile_it


def _number(value: object) -> Decimal:
    if isinstance(value, datetime):
        return Decimal((value - _FIRST) / timedelta(microseconds=1))
    return value if isinstance(value, Decimal) else Decimal(0)


_LONG: Final = re.compile(r"\w{3,}")


def _match(of_type: str, asked: str, switches: Switches) -> Met:
    """A search for words, in whatever case; of fields the page takes more than one character."""
    if len(asked) < 2 and of_type != "Name":
        raise Unreadable
    wanted = asked.lower()
    if switches.match == "part":
        return lambda values: any(wanted in words for words in map(_words, values))
    words = wanted.split() if switches.match == "words" else _LONG.findall(wanted)
    return lambda values: bool(words) and any(_begin(words, _words(value).split()) for value in values)


def _words(value: Json) -> str:
    """The text of a value; of rich text that of its nodes."""
    if isinstance(value, dict):
        inner = value.get("content")
        return " ".join(map(_words, inner)) if isinstance(inner, list) else text(value.get("value")).lower()
    return text(value).lower()


def _begin(wanted: list[str], words: list[str]) -> bool:
    return all(any(word.startswith(one) for word in words) for one in wanted)


def _near(_: str, asked: str, __: Switches) -> Met:
    """Every row with a place, by its distance; here the rows are not put into that order."""
    if len(_coordinates(asked)) != 2:
        raise Unreadable
    return lambda values: any(_place(value) is not None for value in values)


def _within(_: str, asked: str, __: Switches) -> Met:
    """In a rectangle of two corners, or in a circle of a centre and kilometres."""
    given = _coordinates(asked)
    if len(given) not in (3, 4):
        raise Unreadable
    return lambda values: any(_inside(place, given) for place in map(_place, values) if place is not None)


def _coordinates(asked: str) -> list[float]:
    try:
        return [float(one) for one in asked.split(",")]
    except ValueError:
        raise Unreadable from None


def _place(value: Json) -> tuple[float, float] | None:
    found = as_object(value)
    try:
        return float(str(found["lat"])), float(str(found["lon"]))
    except (KeyError, ValueError):
        return None


def _inside(place: tuple[float, float], given: list[float]) -> bool:
    if len(given) == 3:
        return _kilometres(place, (given[0], given[1])) <= given[2]
    sides = (sorted((given[0], given[2])), sorted((given[1], given[3])))
    return all(low <= one <= high for one, (low, high) in zip(place, sides, strict=True))


def _kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    (north, east), (north2, east2) = (tuple(map(radians, place)) for place in (one, other))
    half = sin((north2 - north) / 2) ** 2 + cos(north) * cos(north2) * sin((east2 - east) / 2) ** 2
    return 2 * _EARTH * asin(sqrt(half))


OPERATORS: dict[str, tuple[Operator, frozenset[str]]] = {
    "": (_equal, _EXACT),
    "ne": (_unequal, _EXACT),
    "in": (_included, _EXACT | {"Text"}),
    "nin": (_excluded, _EXACT | {"Text"}),
    "all": (_all, _EXACT | {"Text"}),
    "lt": (_range(lambda sign: sign < 0), _RANGES),
    "lte": (_range(lambda sign: sign <= 0), _RANGES),
    "gt": (_range(lambda sign: sign > 0), _RANGES),
    "gte": (_range(lambda sign: sign >= 0), _RANGES),
    "match": (_match, _TEXTS),
    "near": (_near, frozenset({"Location"})),
    "within": (_within, frozenset({"Location"})),
}
"""By name; with the types of fields that the page, and the types of the vendor's own client, give it. `exists` takes
all."""


def compiled(operator: str, of_type: str, asked: str, switches: Switches) -> Met:
    """A test of values. Raises 400 where the type or what is asked for does not fit, or nothing meets it then."""
    make, types = OPERATORS[operator]
    is_text = of_type == "Text" and operator in ("", "ne") and switches.text_equality == "exact"
    if of_type in types or is_text:
        try:
            return make("Symbol" if is_text else of_type, asked, switches)
        except Unreadable:
            pass
    if switches.misfit == "refused":
        raise invalid_query(
            f"[{operator or 'equals'}] cannot be used with {asked!r} on a value of type {of_type}"
        )
    return lambda _: False
