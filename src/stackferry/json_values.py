"""JSON that somebody else wrote, read leniently: each function answers one type, whatever it is given.

An answer of a service or a file from elsewhere may lack a field or hold another type there. Code that reads it asks
these functions instead of testing types itself. None but `rows_in` raises.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stackferry.errors import BadAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject


def as_object(value: Json) -> JsonObject:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def objects(value: Json) -> list[JsonObject]:
    """The objects in a list; what else it holds is left out."""
    return [item for item in as_list(value) if isinstance(item, dict)]


def rows_in(answer: JsonObject, key: str, listing: str) -> list[JsonObject]:
    """The objects that a page of a listing holds under `key`.

    Raises BadAnswer, naming the listing, where there is no list: `{}`, or a gateway's notice with status 200, does
    not tell what the service holds.
    """
    found = answer.get(key)
    if not isinstance(found, list):
        raise BadAnswer(f"{listing}: the answer holds no list of {key}")
    return objects(found)


def text(value: Json) -> str:
    """The value if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def texts(value: Json) -> list[str]:
    """The texts in a list that are not empty; a single text counts as a list of one."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str) and item]


def objects_within(value: Json) -> Iterator[JsonObject]:
    """Every object in a value, however deep, the value itself among them."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def integer(value: Json) -> int | None:
    """The value if it is a whole number, however it is written (`2`, `2.0`), else None. In JSON a bool is no number."""
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def nested(value: Json, *names: str) -> Json:
    """The value under these names, each inside the one before; None where one is missing."""
    for name in names:
        value = as_object(value).get(name)
    return value


def epoch_seconds(at: str) -> float | None:
    """An ISO 8601 time in seconds since 1970; in UTC if it names no zone. None for what is no time."""
    try:
        time = datetime.fromisoformat(at)
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):  # the year 1 in some zones lies before what `timestamp` can count
        return None
