"""Answers of a service as JSON, asked for again where one does not hold what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.errors import BadAnswer, JsonRefused
from stackferry.providers.source import CursorListing

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.drivers.run import Run
    from stackferry.model import Json, JsonObject, Request, Response
    from stackferry.providers.source import ExportPlan, Fetch, Listing, Page

# Seconds before a read is sent again whose answer does not hold what was asked for.
READ_WAITS = (1.0, 1.0, 3.0)
# Some services answer short lists whole, whatever is asked for; the longest that a page names has 10,000 rows (terms).
MOST_ROWS = 10_000


async def read_page(
    run: Run,
    plan: ExportPlan,
    job: Listing | CursorListing | Fetch,
    request: Request,
    measure: Callable[[int], object] = int,
) -> Page:
    """What the job reads in the answer to one of its requests; `measure` is told its length in bytes.

    A 2xx whose body is no JSON object, or on which the job raises BadAnswer, is asked for again: a proxy or a service
    in trouble answers so, and it must not count as "there is nothing". Raises the plan's error for a refusal, and
    BadAnswer where the last answer is no better.
    """
    for wait in (*READ_WAITS, None):
        # Outside of `try`: the session has repeated what fails on the way as often as it is worth.
        response = await run.session.call(request)
        if not response.ok:
            raise plan.error(request, response)
        try:
            measure(len(response.content))
            answer = _json_object(request, response)
            page = job.read(answer, response.headers) if isinstance(job, CursorListing) else job.read(answer)
            return _of_moderate_length(request, page)
        except BadAnswer:
            if wait is None:
                raise
        await run.sleep(wait)
    raise AssertionError("the last attempt returns or raises")


def _of_moderate_length(request: Request, page: Page) -> Page:
    """The page. Raises BadAnswer for more rows than any list has that is answered whole."""
    if page.seen > MOST_ROWS:
        raise BadAnswer(
            f"{request.method} {request.path}: one page holds {page.seen} rows, {MOST_ROWS} at most"
        )
    return page


def _json_object(request: Request, response: Response) -> JsonObject:
    value = decoded(request, response)
    if not isinstance(value, dict):
        raise BadAnswer(f"{request.method} {request.path}: the answer is not a JSON object")
    return value


def decoded(request: Request, response: Response) -> Json:
    """The JSON of an answer. Raises BadAnswer for a body that cannot be kept exactly."""
    try:
        return exact_json.loads(response.content)
    except JsonRefused as refused:
        message = f"{request.method} {request.path}: the answer cannot be kept exactly: {refused}"
        raise BadAnswer(message) from refused
