"""Names of snapshots and of their directories: a snapshot's name is the time at which it was begun, in UTC.

Pure: the time is given.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from stackferry.safe_names import readable_segment

if TYPE_CHECKING:
    from collections.abc import Container

    from stackferry.model import Place

LATEST: Final = "latest"
"""The link to the newest snapshot that was found whole."""

_FORM: Final = "%Y-%m-%dT%H-%M-%SZ"  # no colons: not every file system and shell takes them
_DATE: Final = "%Y-%m-%d"  # as scripts name their snapshots: `date +%F`


def snapshot_name(at: float, taken: Container[str] = ()) -> str:
    """The name of a snapshot that is begun `at` so many seconds since 1970; where it is taken, a later second's."""
    when = datetime.fromtimestamp(int(at), UTC)
    while (name := when.strftime(_FORM)) in taken:
        when += timedelta(seconds=1)
    return name


def time_of(name: str) -> datetime | None:
    """When a snapshot of this name was begun; of a date alone midnight; None for any other name."""
    for form in (_FORM, _DATE):
        try:
            when = datetime.strptime(name, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        # A date with fewer digits is none of these names: 2026-1-5 would not sort by time.
        return when if when.strftime(form) == name else None
    return None


def directory_name(where: str | Place) -> str:
    """The directory of a profile's snapshots, by its name, or of a place's: safe on every file system."""
    if isinstance(where, str):
        return readable_segment(where)
    return readable_segment(f"{where.key}@{where.service.replace(':', '-')}-{where.name}")
