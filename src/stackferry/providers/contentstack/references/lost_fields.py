"""Values whose field the target's type lacks: they are taken out of a document before it is written, and recorded.

A type that names an extension, an app or a global field which is not there is written without those fields where the
service does not take it otherwise. What such a field holds has no place in the target. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import objects, text
from stackferry.model import Gap, Stream
from stackferry.providers.contentstack.references.model import fields_by_uid, pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.references.json_edits import Path
    from stackferry.providers.contentstack.references.model import Schema
    from stackferry.providers.target import ImportContext

REDUCED = (
    "reduced"  # kind of identity, by a type's key: the target's type lacks what the snapshot does not hold
)
_NESTED = ("group", "global_field", "blocks", None)  # a block has no data type
_ADVICE = "install it and name its uid with --extension {0}=UID"


class LostFields:
    """The fields that the types of one target lack; ask for it with `context.once`."""

    def __init__(self, context: ImportContext) -> None:
        self._context = context
        self._held = {
            kind: {text(row.get("uid")) for row in context.source.objects(Stream(kind))}
            for kind in ("extensions", "global_fields")
        }
        # Of each content type the types, itself among them, that name something which is not there.
        self._lacking: dict[str, tuple[str, ...]] = {}

    def without(
        self, content_type: str, schema: Schema, document: JsonObject
    ) -> tuple[JsonObject, list[Gap]]:
        """The document without the values of such fields, and a gap for each; `uid` and language are the caller's."""
        if content_type not in self._lacking:
            self._lacking[content_type] = tuple(self._lacking_types(content_type, schema, schema.fields))
        target = self._context.identity.target
        if not any(target(REDUCED, key) for key in self._lacking[content_type]):
            return document, []
        lost: list[Gap] = []
        return self._kept(schema, schema.fields, document, (), lost), lost

    def _lacking_types(self, content_type: str, schema: Schema, fields: Json) -> Iterator[str]:
        yield from [f"content_types/{content_type}"] if self._any_lost(schema, fields) else ()
        for field in _all_fields(schema, fields):
            named = field.get("reference_to")
            if (
                _may_be_global(field)
                and isinstance(named, str)
                and self._any_lost(schema, schema.fields_of(field))
            ):
                yield f"global_fields/{named}"

    def _any_lost(self, schema: Schema, fields: Json) -> bool:
        return any(self._missing(field) for field in _all_fields(schema, fields))

    def _missing(self, field: JsonObject) -> tuple[str, str] | None:
        """What the field names and the snapshot does not hold: its kind and uid."""
        extension, named = text(field.get("extension_uid")), field.get("reference_to")
        if extension and extension not in self._held["extensions"]:
            return "extension", extension
        is_global = _may_be_global(field) and isinstance(named, str)
        return (
            ("global field", text(named)) if is_global and named not in self._held["global_fields"] else None
        )

    def _lost(self, schema: Schema, field: JsonObject) -> tuple[str, str] | None:
        """Why the type lacks a field: what it names, or of a group or block what the last of its fields names."""
        if found := self._missing(field):
            return found
        if field.get("data_type") == "blocks":
            inner = objects(field.get("blocks"))  # an instance names its block like a field
        elif field.get("data_type") in _NESTED:
            inner = objects(schema.fields_of(field))
        else:
            return None
        reasons = [self._lost(schema, one) for one in inner]
        return reasons[-1] if reasons and all(reasons) else None

    def _kept(
        self, schema: Schema, fields: Json, instance: JsonObject, path: Path, lost: list[Gap]
    ) -> JsonObject:
        result = dict(instance)
        for uid, field in fields_by_uid(fields).items():
            if uid not in result:
                continue
            if reason := self._lost(schema, field):
                value = result.pop(uid)
                lost += [_gap((*path, uid), *reason)] if value not in (None, "", [], {}) else []
            elif field.get("data_type") in _NESTED:
                result[uid] = self._inside(schema, field, result[uid], (*path, uid), lost)
        return result

    def _inside(self, schema: Schema, field: JsonObject, value: Json, path: Path, lost: list[Gap]) -> Json:
        if isinstance(value, list):
            return [self._inside(schema, field, item, (*path, at), lost) for at, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        if field.get("data_type") == "blocks":
            return self._kept(schema, field.get("blocks"), value, path, lost)
        return self._kept(schema, schema.fields_of(field), value, path, lost)


def _all_fields(schema: Schema, fields: Json) -> Iterator[JsonObject]:
    for field in objects(fields):
        yield field
        yield from _all_fields(schema, field.get("blocks"))
        if field.get("data_type") in _NESTED:
            yield from _all_fields(schema, schema.fields_of(field))


def _may_be_global(field: JsonObject) -> bool:
    return field.get("data_type") in ("global_field", None)


def _gap(path: Path, kind: str, uid: str) -> Gap:
    advice = f"; {_ADVICE.format(uid)}" if kind == "extension" else ""
    reason = f"its field needs {kind} {uid}, which the target does not have: the value is left out{advice}"
    return Gap(kind="entries", uid="", path=pointer(path), reason=reason)
