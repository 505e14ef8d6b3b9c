"""Values that must be unique, that the source's entries are to have, and that what a mirror deletes still has. Pure.

Somebody renamed an entry and made a new one in its place. The new one goes last, and even in the trash it may keep its
title. So the rule is suspended while entries are written, as for entries that pass a title on to each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry import exact_json
from stackferry.json_values import objects, text
from stackferry.model import Stream
from stackferry.providers.contentstack.importing.mirror.surplus import SurplusObjects
from stackferry.providers.contentstack.target_names import target_locale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject, Row
    from stackferry.providers.target import ImportContext


def types_with_taken_values(context: ImportContext) -> set[str]:
    """The content types of such entries; ask for it with `context.once`."""
    if not context.options.mirror:
        return set()
    taken = context.scratch.table(4, _held(context))
    types = {text(row[0]) for row in taken}
    found = set()
    for stream in context.source.streams():
        if stream.kind == "entries" and stream.type in types:
            locale, fields = target_locale(context, stream.locale), _unique_fields(context, stream.type)
            rows = (row for one in context.source.objects(stream) for row in _values(one, fields))
            if any(taken.of(stream.type, locale, *row) for row in rows):
                found.add(stream.type)
    return found


def _held(context: ImportContext) -> Iterator[Row]:
    """Type, language, field and value of each such value in what goes."""
    surplus = context.once(SurplusObjects)
    for kind in ("entries", "localizations"):
        for one in surplus.of(kind):
            fields = _unique_fields(context, one.type)
            for code in one.versions:
                document = context.target.get(Stream("entries", one.type, code), one.uid) or {}
                yield from ((one.type, code, *row) for row in _values(document, fields))


def _unique_fields(context: ImportContext, content_type: str) -> list[str]:
    row = context.target.get(Stream("content_types"), content_type) or {}
    return [text(field.get("uid")) for field in objects(row.get("schema")) if field.get("unique") is True]


def _values(document: JsonObject, fields: list[str]) -> Iterator[tuple[str, bytes]]:
    return ((name, exact_json.dumps(document[name])) for name in fields if document.get(name))
