"""Answers of a service as JSON objects, asked for again where one does not hold what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from stackferry import exact_json
from stackferry.errors import BadAnswer, JsonRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stackferry.drivers.run import Run
    from stackferry.model import JsonObject, Request, Response
    from stackferry.providers.source import ExportPlan

T = TypeVar("T")

# Seconds before a read is sent again whose answer does not hold what was asked for.
READ_WAITS = (1.0, 1.0, 3.0)


async def read_answer(
    run: Run, plan: ExportPlan, request: Request, read: Callable[[JsonObject, Mapping[str, str]], T]
) -> T:
    """What `read` makes of the answer's object and headers.

    A 2xx whose body is no JSON object, or on which `read` raises BadAnswer, is asked for again: a proxy or a service
    in trouble answers so, and it must not count as "there is nothing". Raises the plan's error for a refusal, and
    BadAnswer where the last answer is no better.
    """
    for wait in (*READ_WAITS, None):
        # Outside of `try`: the session has repeated what fails on the way as often as it is worth.
        response = await run.session.call(request)
        if not response.ok:
            raise plan.error(request, response)
        try:
            return read(json_object(request, response), response.headers)
        except BadAnswer:
            if wait is None:
                raise
        await run.sleep(wait)
    raise AssertionError("the last attempt returns or raises")


def json_object(request: Request, response: Response) -> JsonObject:
    """The object that an answer's body holds. Raises BadAnswer for any other body."""
    try:
        value = exact_json.loads(response.content)
    except JsonRefused as refused:
        message = f"{request.method} {request.path}: the answer cannot be kept exactly: {refused}"
        raise BadAnswer(message) from refused
    if not isinstance(value, dict):
        raise BadAnswer(f"{request.method} {request.path}: the answer is not a JSON object")
    return value
