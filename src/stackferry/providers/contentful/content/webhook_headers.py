"""Headers of webhooks whose value a snapshot does not hold: a redacted one, or a secret one, which the API never shows.

No value is made up for one: a webhook that has no such header is left without it. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import objects, text
from stackferry.providers.redacted import contains_redacted

if TYPE_CHECKING:
    from stackferry.model import JsonObject


def left_out(row: JsonObject, held: JsonObject | None) -> list[int]:
    """The places of a webhook's headers that have no value to write, and that the target's does not have either."""
    theirs = {text(header.get("key")).lower() for header in objects((held or {}).get("headers"))}
    return [
        number
        for number, header in enumerate(objects(row.get("headers")))
        if _is_unknown(header) and text(header.get("key")).lower() not in theirs
    ]


def without(row: JsonObject, places: list[int]) -> JsonObject:
    """The webhook without these headers."""
    if not places:
        return row
    kept = [header for number, header in enumerate(objects(row.get("headers"))) if number not in places]
    return {**row, "headers": [*kept]}


def _is_unknown(header: JsonObject) -> bool:
    is_hidden = header.get("secret") is True and not header.get("value")
    return is_hidden or contains_redacted(header.get("value"))
