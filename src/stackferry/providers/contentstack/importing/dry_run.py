"""What a dry run shows of a write: the action that it is, and the answer that the service would give.

Pure. The answers have the shape that the writes' own readers expect: the object under its kind's name, with a uid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.errors import JsonRefused
from stackferry.json_values import as_object

if TYPE_CHECKING:
    from stackferry.model import JsonObject, Request

_ACTIONS: Final = {"POST": "create", "PUT": "update", "DELETE": "delete"}


def action(kind: str, request: Request) -> str:
    """What a write does, in one word: `create`, `update`, `delete` or `publish`."""
    return "publish" if kind == "publications" else _ACTIONS.get(request.method, request.method)


def dry_run_answer(request: Request, note: JsonObject, serial: int) -> JsonObject:
    """The answer to a write if the service did as asked; `serial` makes its uid unlike every other."""
    version = note.get("version")
    made: JsonObject = {"uid": f"planned-{serial}", "_version": version if version else 1}
    return {name: {**value, **made} for name, value in _sent(request).items() if isinstance(value, dict)}


def _sent(request: Request) -> JsonObject:
    """What a request sends, under the name that its answer has."""
    for part in request.parts:
        if part.media_type == "application/json" and isinstance(part.content, bytes):
            return {part.name: _parsed(part.content)}
    return {"asset": {}} if request.parts else _parsed(request.body or b"{}")


def _parsed(data: bytes) -> JsonObject:
    try:
        return as_object(exact_json.loads(data))
    except JsonRefused:
        return {}
