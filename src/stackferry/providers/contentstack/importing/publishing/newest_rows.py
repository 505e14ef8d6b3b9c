"""The newest rows of the publish queue, where what was sent is looked for: as far back as it can be, and no further.

A queue holds thirty days, thousands of rows in a busy stack. What was sent stands among those that are newer than the
import. Pure. API page: "Get publish queue".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.json_values import epoch_seconds, objects, text
from stackferry.providers.contentstack.requests.build import next_page, page_params
from stackferry.providers.contentstack.requests.publishing import list_queue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stackferry.model import JsonObject, Request

_DAY: Final = 24 * 60 * 60.0  # the clocks of two machines differ, and a write may be one of an earlier run


def newest_rows() -> Request:
    """The first page."""
    return list_queue(("desc", "created_at"), *page_params(0))


def older_rows(request: Request, answer: JsonObject, since: float) -> Request | None:
    """The page after the rows of an answer; None where these reach back beyond `since`. 0: how far is not known."""
    times = (epoch_seconds(text(row.get("created_at"))) for row in objects(answer.get("queue"))[-1:])
    if since and any(at is not None and at < since for at in times):
        return None
    return next_page("queue", request, answer)


def sent_at(now: float) -> str:
    """What is remembered of the time at which something was sent: that of the run, in seconds since 1970."""
    return str(int(now))


def sent_since(times: Iterable[str | None]) -> float:
    """How far back the rows of what was sent at these times may lie; 0 where that is not known."""
    known = [int(one) if one and one.isdecimal() else 0 for one in times]
    first = min(known, default=0)
    return first - _DAY if first else 0.0
