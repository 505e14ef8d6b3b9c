"""Values that must be unique, and that an entry is to have while another one of the target still has them. Pure.

Somebody has given one entry the title of another one since, and that another title. Written one after the other, the
first is refused, and where they have exchanged their titles every order is. So the rule is suspended meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import objects, text
from stackferry.model import Stream
from stackferry.providers.contentstack.matching.rule import matches
from stackferry.providers.contentstack.target_names import target_locale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Row
    from stackferry.providers.target import ImportContext


def types_with_exchanged_values(context: ImportContext) -> set[str]:
    """The content types of such entries; ask for it with `context.once`."""
    if not _writes_over_entries(context):
        return set()
    given_up = context.scratch.table(4, ((*row[:3], row[4]) for row in _wanted(context) if row[4]))
    if next(iter(given_up), None) is None:
        return set()
    return {text(row[0]) for row in _wanted(context) if given_up.of(*row[:4])}


def _writes_over_entries(context: ImportContext) -> bool:
    options = context.options
    is_update = options.on_conflict == "update" and context.running_export is None
    return is_update and options.includes("entries")


def _wanted(context: ImportContext) -> Iterator[Row]:
    """Type, language and field of each value that the target's entry has not got, that value, and the one it has."""
    pairs = context.once(matches)
    for stream in context.source.streams():
        fields = _unique_fields(context, stream.type) if stream.kind == "entries" else []
        there = stream._replace(locale=target_locale(context, stream.locale)) if fields else stream
        for row in context.source.objects(stream) if fields else ():
            held = context.target.get(there, pairs.target("entries", text(row.get("uid"))) or "") or {}
            for name in fields:
                new, old = _value(row, name), _value(held, name)
                if new and new != old:
                    yield stream.type, there.locale, name, new, old


def _unique_fields(context: ImportContext, content_type: str) -> list[str]:
    row = context.target.get(Stream("content_types"), content_type) or {}
    return [text(field.get("uid")) for field in objects(row.get("schema")) if field.get("unique") is True]


def _value(document: JsonObject, name: str) -> bytes:
    return exact_json.dumps(document[name]) if document.get(name) else b""
