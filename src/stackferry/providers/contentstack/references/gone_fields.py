"""Fields that the target's types do not have any more, where an import leaves types as they are.

What the snapshot holds in such a field has no place in the target: it is left out of what is written, and is a gap. So
is a value whose field is of another sort today. What the service still answers of such a field is no content. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stackferry.json_values import as_object, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.references.model import Schema, fields_by_uid, pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.references.json_edits import Path
    from stackferry.providers.target import ImportContext

_NESTED: Final = ("group", "global_field", "blocks", None)  # a block has no data type


class GoneFields:
    """The fields that the types of one target have no more; ask for it with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._known: dict[str, _Sides | None] = {}

    def without(self, content_type: str, document: JsonObject) -> tuple[JsonObject, list[Gap]]:
        """The document without such values, and a gap for each; `uid` and language are the caller's."""
        sides, lost = self._sides(content_type), list[Gap]()
        if sides is None:
            return document, lost

        def found(path: Path, value: Json, why: str) -> None:
            if value not in (None, "", [], {}):
                reason = f"content type '{content_type}' of the target {why}: the value is left out"
                lost.append(Gap(kind="entries", uid="", path=pointer(path), reason=reason))

        return sides.kept(sides.own.fields, sides.held.fields, document, (), found), lost

    def names(self, content_type: str) -> set[str]:
        """Those at the top of an entry."""
        sides = self._sides(content_type)
        if sides is None:
            return set()
        own, held = fields_by_uid(sides.own.fields), fields_by_uid(sides.held.fields)
        return {uid for uid, field in own.items() if _why_gone(field, held.get(uid))}

    def _sides(self, content_type: str) -> _Sides | None:
        """The type on both sides; None where there is nothing to find: it is written, or the target lacks it."""
        if content_type not in self._known:
            self._known[content_type] = self._read(content_type)
        return self._known[content_type]

    def _read(self, content_type: str) -> _Sides | None:
        context, types, shared = self._context, Stream("content_types"), Stream("global_fields")
        own, held = (store.get(types, content_type) for store in (context.source, context.target))
        if context.options.includes(types.kind) or own is None or held is None:
            return None
        found = _Sides(
            Schema.of(own, [*context.source.objects(shared)]),
            Schema.of(held, [*context.target.objects(shared)]),
        )
        return None if found.own.fields == found.held.fields and own == held else found


@dataclass(frozen=True, slots=True)
class _Sides:
    """A type as the snapshot has it, and as the target has it today."""

    own: Schema
    held: Schema

    def kept(
        self,
        own: Json,
        held: Json,
        instance: JsonObject,
        path: Path,
        found: Callable[[Path, Json, str], None],
    ) -> JsonObject:
        """An instance without the values of fields that are gone; `found` is told of each."""
        result, others = dict(instance), fields_by_uid(held)
        for uid, field in fields_by_uid(own).items():
            if uid not in result:
                continue
            other = others.get(uid)
            if why := _why_gone(field, other):
                found((*path, uid), result.pop(uid), why)
            elif other is not None and field.get("data_type") in _NESTED:
                result[uid] = self._inside(field, other, result[uid], (*path, uid), found)
        return result

    def _inside(
        self,
        field: JsonObject,
        other: JsonObject,
        value: Json,
        path: Path,
        found: Callable[[Path, Json, str], None],
    ) -> Json:
        if isinstance(value, list):
            kept = [self._inside(field, other, one, (*path, at), found) for at, one in enumerate(value)]
            # An instance of a block that is gone is no instance.
            return [one for one, before in zip(kept, value, strict=True) if one != {} or before == {}]
        if not isinstance(value, dict):
            return value
        if field.get("data_type") == "blocks":
            return self.kept(field.get("blocks"), other.get("blocks"), as_object(value), path, found)
        return self.kept(self.own.fields_of(field), self.held.fields_of(other), as_object(value), path, found)


def _why_gone(field: JsonObject, other: JsonObject | None) -> str:
    """Why a value of the snapshot's field has no place in the target; empty where it has."""
    name = text(field.get("uid"))
    if other is None:
        return f"has no field '{name}' any more"
    sorts = tuple((text(one.get("data_type")), one.get("multiple") is True) for one in (field, other))
    if sorts[0] == sorts[1]:
        return ""
    shown = tuple(f"{'several of ' if many else ''}{sort or 'a block'}" for sort, many in sorts)
    return f"has in field '{name}' today {shown[1]}, not {shown[0]}"
