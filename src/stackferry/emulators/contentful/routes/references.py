"""What an entry refers to: the entry, and under `includes` the entries and assets within so many steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentful.api_errors import invalid_query
from stackferry.emulators.contentful.call import find_entry
from stackferry.emulators.contentful.routes.rows import ENVIRONMENT
from stackferry.emulators.contentful.show import show_document
from stackferry.emulators.contentful.validation.links import linked
from stackferry.emulators.routing import Route
from stackferry.emulators.values import objects_within
from stackferry.json_values import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentful.call import Call
    from stackferry.emulators.contentful.documents import Document
    from stackferry.model import JsonObject

_DEEPEST = 10


def _get(call: Call) -> Answer:
    entry, depth = find_entry(call), call.number("include", 2)
    if not 0 < depth <= _DEEPEST:
        raise invalid_query(f"include is 1 to {_DEEPEST}")
    found: dict[tuple[str, str], Document] = {}
    step = [entry]
    for _ in range(depth):
        step = [one for parent in step for one in _targets(call, parent, found)]
    found.pop(("Entry", entry.id), None)
    shown: JsonObject = {"sys": {"type": "Array"}, "items": [show_document(call, entry)]}
    return Answer({**shown, "includes": _included(call, found)})


def _included(call: Call, found: dict[tuple[str, str], Document]) -> JsonObject:
    included: JsonObject = {
        kind: [show_document(call, one) for (of, _), one in found.items() if of == kind]
        for kind in ("Entry", "Asset")
    }
    return {kind: rows for kind, rows in included.items() if rows}


def _targets(call: Call, parent: Document, found: dict[tuple[str, str], Document]) -> Iterator[Document]:
    """What a document links to and was not found before; what is not there is left out."""
    for sys in objects_within(parent.body.get("fields")):
        key = (text(sys.get("linkType")), text(sys.get("id")))
        if sys.get("type") != "Link" or key in found or key[0] not in ("Entry", "Asset"):
            continue
        if (target := linked(call, *key)) is not None:
            found[key] = target
            yield target


ROUTES = (Route("GET", f"{ENVIRONMENT}/entries/{{entry}}/references", _get),)
