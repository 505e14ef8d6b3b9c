"""Reading the service's answers: its JSON, and its refusals in its own words.

Must never raise on what a hostile or broken server sends except with an error of the tree in `errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject


def objects(value: Json) -> list[JsonObject]:
    """The objects in a list; anything else in it is not a row."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def integer(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def as_object(value: Json) -> JsonObject:
    """The value as an object; an empty one where it is none."""
    return value if isinstance(value, dict) else {}
