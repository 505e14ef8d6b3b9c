"""Requests that undo temporary changes, as a checkpoint keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.model import Budget, Request

if TYPE_CHECKING:
    from stackferry.model import JsonObject


def request_as_json(request: Request) -> JsonObject:
    """A request as a checkpoint keeps it; only requests with JSON bodies have an undo."""
    return {
        "method": request.method,
        "path": request.path,
        "headers": [list(header) for header in request.headers],
        "body": (request.body or b"").decode(),
    }


def request_of(body: JsonObject) -> Request:
    """The request that `request_as_json` kept."""
    rows = body["headers"]
    headers = [row for row in rows if isinstance(row, list)] if isinstance(rows, list) else []
    return Request(
        method=str(body["method"]),
        path=str(body["path"]),
        headers=tuple((str(name), str(value)) for name, value in headers),
        body=str(body["body"]).encode(),
        budget=Budget.WRITE,
    )
