"""Snapshots: what a publish leaves of an entry or a content type. There are none of assets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import not_found
from stackferry.emulators.contentful.call import find_content_type, find_entry
from stackferry.emulators.contentful.listing import Source, offset_answer
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT
from stackferry.emulators.contentful.show import links
from stackferry.emulators.routing import Route
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import JsonObject


def _show(call: Call, raw: JsonObject) -> JsonObject:
    inner = as_object(raw["snapshot"])
    shown = {**inner, "sys": {**links(call), **as_object(inner["sys"])}}
    return {"sys": {**links(call), **as_object(raw["sys"])}, "snapshot": shown}


def _list(find: Callable[[Call], Document]) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        document = find(call)
        source = Source(
            lambda: document.snapshots[::-1],
            lambda row: row,
            lambda row: _show(call, row),
            order="",
            most=call.switches.snapshot_rows,
        )
        return offset_answer(call, source)

    return handler


def _get(find: Callable[[Call], Document]) -> Callable[[Call], Answer]:
    def handler(call: Call) -> Answer:
        wanted = call.args["snapshot"]
        for raw in find(call).snapshots:
            if as_object(raw["sys"])["id"] == wanted:
                return Answer(_show(call, raw))
        raise not_found("Snapshot", wanted)

    return handler


_ENTRY = f"{ENVIRONMENT}/entries/{{entry}}/snapshots"
_TYPE = f"{ENVIRONMENT}/content_types/{{content_type}}/snapshots"
ROUTES = (
    Route("GET", _ENTRY, _list(find_entry)),
    Route("GET", f"{_ENTRY}/{{snapshot}}", _get(find_entry)),
    Route("GET", _TYPE, _list(find_content_type)),
    Route("GET", f"{_TYPE}/{{snapshot}}", _get(find_content_type)),
)
