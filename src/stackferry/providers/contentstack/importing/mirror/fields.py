"""Fields that a mirror in place takes out of types, and how many values of entries go with each. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import objects, text
from stackferry.model import Stream
from stackferry.providers.contentstack import kinds
from stackferry.providers.contentstack.content.added_fields import keeps_added_fields, with_added_fields
from stackferry.providers.contentstack.importing.mirror.looks import REMOVED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.kinds import Kind
    from stackferry.providers.target import ImportContext

    _Path = Sequence[str]


def removed_fields(
    context: ImportContext, kind: Kind, uid: str, outlined: Callable[[JsonObject], JsonObject]
) -> list[tuple[str, str, str]]:
    """Identities that tell of each field of a type that goes how many values it has.

    `outlined` gives a type without the copies of its global fields.
    """
    stream = Stream(kind.name)
    own, held = context.source.get(stream, uid), context.target.get(stream, uid)
    if own is None or held is None or keeps_added_fields(context.options):
        return []
    _, paths = with_added_fields(outlined(own), outlined(held))
    parts = ((("fields", uid, "", path), path.split(".")) for path in paths)
    return [(REMOVED, "\0".join(name), str(_count(context, kind, uid, at))) for name, at in parts]


def _count(context: ImportContext, kind: Kind, uid: str, path: _Path) -> int:
    places = [(uid, path)] if kind is kinds.CONTENT_TYPES else _uses(context, uid, path)
    return sum(
        _values(document, whole)
        for content_type, whole in places
        for stream in context.target.streams()
        if (stream.kind, stream.type) == ("entries", content_type)
        for document in context.target.objects(stream)
    )


def _uses(context: ImportContext, global_field: str, path: _Path) -> list[tuple[str, _Path]]:
    """Where content types have that field of a global field: the type, and the path in its entries."""
    return [
        (text(row.get("uid")), [*before, *path])
        for row in context.target.objects(Stream(kinds.CONTENT_TYPES.name))
        for before in _places(row.get("schema"), global_field)
    ]


def _places(fields: Json, global_field: str) -> Iterator[list[str]]:
    for field in objects(fields):
        uid = text(field.get("uid"))
        if field.get("reference_to") == global_field:
            yield [uid]
        for inner in (field.get("schema"), field.get("blocks")):
            yield from ([uid, *rest] for rest in _places(inner, global_field))


def _values(value: Json, path: _Path) -> int:
    """How many values there are at a path, in every instance of a group or a block."""
    if isinstance(value, list) and path:
        return sum(_values(one, path) for one in value)
    if not path:
        return int(value not in (None, "", [], {}))
    return _values(value.get(path[0]), path[1:]) if isinstance(value, dict) else 0
