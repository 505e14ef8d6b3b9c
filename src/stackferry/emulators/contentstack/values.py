"""Reading JSON without trusting its shape. Nothing here knows what a value is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject


def obj(value: Json) -> JsonObject:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def arr(value: Json) -> list[Json]:
    """The array, or an empty one."""
    return value if isinstance(value, list) else []


def objs(value: Json) -> list[JsonObject]:
    """The objects in an array."""
    return [item for item in arr(value) if isinstance(item, dict)]


def text(value: Json) -> str:
    """The text, or an empty one."""
    return value if isinstance(value, str) else ""


def texts(value: Json) -> list[str]:
    """The texts in an array."""
    return [item for item in arr(value) if isinstance(item, str)]


def whole(value: Json, default: int = 0) -> int:
    """The integer, or a default; a boolean is no integer."""
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def is_number(value: Json) -> bool:
    """Whether this is a JSON number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def many(value: Json) -> list[Json]:
    """A field's instances: those of an array, or the one value itself, or none."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def walk(value: Json) -> Iterator[JsonObject]:
    """Every object in a value, outermost first."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
