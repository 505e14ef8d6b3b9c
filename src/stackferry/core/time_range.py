"""Bounds of a time that a user gives: what is mistyped must not look like a time in which nothing was done."""

from __future__ import annotations

from stackferry.errors import UsageError
from stackferry.json_values import epoch_seconds


def check_range(since: str, until: str, *, flags: tuple[str, str] = ("--since", "--until")) -> None:
    """Raise UsageError for a bound that is no time, and where nothing can lie between the two. Empty is none."""
    for flag, value in zip(flags, (since, until), strict=True):
        if value and epoch_seconds(value) is None:
            raise UsageError(f"{flag} {value!r} is no time: it reads 2026-01-31 or 2026-01-31T12:00:00Z")
    first, last = epoch_seconds(since), epoch_seconds(until)
    if first is not None and last is not None and first >= last:
        raise UsageError(f"{flags[0]} {since} is not before {flags[1]} {until}: nothing lies between them")
