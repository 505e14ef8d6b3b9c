"""What the values of options say: pairs of names, numbers of bytes and levels, durations, JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject

_BYTES: Final = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


_LONGEST: Final = 366 * 24 * 3600  # seconds: a year, which no run takes


def pairs(context: click.Context, option: click.Parameter, values: Iterable[str]) -> dict[str, str]:
    """`--locale en-us=en-gb` given any number of times, as a mapping."""
    pairs: dict[str, str] = {}
    for value in values:
        name, equals, other = (part.strip() for part in value.partition("="))
        if not (name and equals and other):
            raise click.BadParameter(f"'{value}' is not of the form SOURCE=TARGET", context, option)
        if pairs.setdefault(name, other) != other:
            raise click.BadParameter(f"'{name}' is given two targets", context, option)
    return pairs


def size(context: click.Context, option: click.Parameter, value: str) -> int:
    """A number of bytes; 10k, 10M and 10G are multiples of 1024."""
    number, unit = (value[:-1], value[-1].lower()) if value[-1:].lower() in _BYTES else (value, "")
    if not number.isdecimal():
        raise click.BadParameter(f"'{value}' is no number of bytes, such as 500M", context, option)
    return int(number) * _BYTES[unit]


def duration(context: click.Context, option: click.Parameter, value: str) -> float:
    """A duration in seconds; 90, 90s, 1.5m and 1h are ones."""
    number, unit = (value[:-1], value[-1]) if value[-1:] in _SECONDS else (value, "s")
    try:
        seconds = float(number) * _SECONDS[unit]
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= _LONGEST:
        raise click.BadParameter(f"'{value}' is no duration, such as 30s, 5m or 1h", context, option)
    return seconds


def finite(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """A number: not what stands for "no number" or for infinity, which `float` reads as well."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is no number of requests a second", context, option)
    return value


def json_object(context: click.Context, option: click.Parameter, value: str | None) -> JsonObject | None:
    """An option's JSON object."""
    from stackferry import exact_json
    from stackferry.errors import JsonRefused

    try:
        found = None if value is None else exact_json.loads(value.encode())
    except (JsonRefused, UnicodeEncodeError) as error:
        raise click.BadParameter(f"it is not JSON: {error}", context, option) from error
    if found is not None and not isinstance(found, dict):
        raise click.BadParameter("it is not a JSON object", context, option)
    return found


def levels(context: click.Context, option: click.Parameter, value: str) -> int | None:
    """A number of levels; None is all."""
    if value == "all":
        return None
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise click.BadParameter(f"'{value}' is neither a number nor 'all'", context, option)
    return int(value)
