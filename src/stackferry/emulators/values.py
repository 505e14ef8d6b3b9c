"""JSON read leniently where `json_values` has no word for it, and times as the APIs write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stackferry.json_values import as_list, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject


def text_items(value: Json) -> list[str]:
    """The texts in an array; unlike `json_values.texts` it keeps empty ones and takes no single text."""
    return [item for item in as_list(value) if isinstance(item, str)]


def integer_or(value: Json, default: int = 0) -> int:
    """The integer, or a default; a boolean is no integer."""
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def is_number(value: Json) -> bool:
    """Whether this is a JSON number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def instances(value: Json) -> list[Json]:
    """A field's instances: those of an array, or the one value itself, or none."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def objects_within(value: Json) -> Iterator[JsonObject]:
    """Every object in a value, outermost first."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def format_time(moment: datetime) -> str:
    """A moment as the APIs write it: UTC, with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"  # %f has microseconds


def parse_time(written: Json) -> datetime | None:
    """The moment that a text names, in UTC when it names no zone; None when it names no moment."""
    with suppress(ValueError):
        found = datetime.fromisoformat(text(written))
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
