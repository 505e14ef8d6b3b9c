"""Pages: the token of the next one stands in a header, and names a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.azure_devops.api_errors import ApiError, bad_value
from stackferry.emulators.azure_devops.call import wrapped
from stackferry.emulators.azure_devops.words import ORDER, word
from stackferry.json_values import integer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stackferry.emulators.application import Answer
    from stackferry.emulators.azure_devops.call import Call
    from stackferry.model import JsonObject

TOKEN = "x-ms-continuationtoken"  # noqa: S105 - the name of a header


def page(
    call: Call,
    rows: Sequence[JsonObject],
    show: Callable[[JsonObject], JsonObject] = dict,
    *,
    top: str = "$top",
    rising: bool = False,
    order: str = "queryOrder",
) -> Answer:
    """One page of rows, which come in the order of their ids; `rising` where the request does not say."""
    is_rising = _is_rising(call, order, default=rising)
    ordered = sorted(rows, key=lambda row: integer(row["id"]) or 0, reverse=not is_rising)
    given = call.param("continuationToken")
    # The vendor's own first request has a token of 0.
    if given and given != "0":
        if not given.isdigit():
            raise ApiError(400, "InvalidContinuationTokenException", f"The token '{given}' is not valid.")
        ordered = [row for row in ordered if _is_from(row, int(given), rising=is_rising)]
    size = _size(call, top)
    return wrapped([show(row) for row in ordered[:size]], _next(call, ordered, size))


def _is_rising(call: Call, order: str, *, default: bool) -> bool:
    asked = call.param(order)
    return word(ORDER, asked, order) == "ascending" if asked else default


def _next(call: Call, ordered: list[JsonObject], size: int) -> dict[str, str]:
    """The token of the next page, where there is one."""
    if len(ordered) <= size:
        return {}
    # A page of one row that the next repeats would never come to an end.
    is_last = call.switches.token_names == "last" and size > 1  # noqa: S105 - the token of a page
    named = ordered[size - 1] if is_last else ordered[size]
    return {TOKEN: str(named["id"])}


def _is_from(row: JsonObject, token: int, *, rising: bool) -> bool:
    number = integer(row["id"]) or 0
    return number >= token if rising else number <= token


def _size(call: Call, name: str) -> int:
    asked = call.number(name)
    limits = call.service.limits
    if asked is not None and asked <= 0:
        raise bad_value(name, asked)
    return min(asked or limits.default_rows, limits.page_rows)
