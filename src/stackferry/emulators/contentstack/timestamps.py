"""Moments as the service writes and reads them. Nothing here asks what time it is."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.values import text

if TYPE_CHECKING:
    from stackferry.model import Json


def stamp(moment: datetime) -> str:
    """A moment as the service writes it: UTC, with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def moment(written: Json) -> datetime | None:
    """The moment that a text names, or nothing."""
    with suppress(ValueError):
        found = datetime.fromisoformat(text(written))
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
