"""Values in the service's JSON, read without trusting their types.

Must never raise on what a hostile or broken server sends except with an error of the tree in `errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.errors import BadAnswer

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject


def objects(value: Json) -> list[JsonObject]:
    """The objects in a list; anything else in it is not a row."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def rows_in(answer: JsonObject, key: str, listing: str) -> list[JsonObject]:
    """The objects that a page of a listing holds under `key`.

    Raises BadAnswer, naming the listing, where there is no list: `{}`, or a gateway's notice with status 200, says
    nothing about what the stack holds.
    """
    found = answer.get(key)
    if not isinstance(found, list):
        raise BadAnswer(f"{listing}: the answer holds no list of {key}")
    return objects(found)


def as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def integer(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def as_object(value: Json) -> JsonObject:
    """The value as an object; an empty one where it is none."""
    return value if isinstance(value, dict) else {}
