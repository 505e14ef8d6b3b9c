"""Limits as tests declare them: reads and writes separate, and bulk calls, with the usual headers."""

from __future__ import annotations

from stackferry.core.rates import Lane, LimitHeaders, Rates
from stackferry.model import Budget

HEADERS = LimitHeaders(limit="x-ratelimit-limit", remaining="x-ratelimit-remaining")


def separate_rates(
    read: float | None = 10,
    write: float | None = 10,
    bulk: float | None = 1,
    *,
    may_rise: bool = False,
    headers: tuple[LimitHeaders, ...] = (HEADERS,),
) -> Rates:
    """A lane for each budget, at so many requests a second."""
    return Rates(
        lanes={
            "read": Lane(rate=read, headers=headers, may_rise=may_rise),
            "write": Lane(rate=write, headers=headers, may_rise=may_rise),
            "bulk": Lane(rate=bulk, headers=headers),
        },
        spends={Budget.READ: ("read",), Budget.WRITE: ("write",), Budget.BULK: ("bulk",)},
    )
