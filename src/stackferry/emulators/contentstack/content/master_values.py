"""What a localized document has from the master document.

A field that is not localizable has the master's value. Instances of repeated groups and modular blocks correspond by
`_metadata.uid` (page: Localize an entry), until an update cuts one off (page: Update a localized entry).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.content.schema import CONTAINERS, block_schemas, inner_schema
from stackferry.emulators.values import objects_within
from stackferry.json_values import as_object, objects, text

if TYPE_CHECKING:
    from stackferry.emulators.contentstack.content.schema import Schema
    from stackferry.emulators.contentstack.state import Branch
    from stackferry.model import Json, JsonObject


@dataclass(frozen=True, slots=True)
class MasterValues:
    """Puts a master document's values into the fields that are not localizable, but for unlinked instances."""

    branch: Branch
    unlinked: frozenset[str]

    def merged(
        self, schema: Schema, own: JsonObject, master: JsonObject, *, follows: bool = True
    ) -> JsonObject:
        """The localized content; where it does not follow the master, with its own values at its top."""
        result = dict(own)
        for field in schema:
            uid = text(field.get("uid"))
            if field.get("non_localizable") is True:
                if follows:
                    result.pop(uid, None)
                    if uid in master:
                        result[uid] = master[uid]
            elif uid in own:
                result[uid] = self._field_value(field, own[uid], master.get(uid), follows=follows)
        return result

    def _field_value(self, field: JsonObject, own: Json, master: Json, *, follows: bool) -> Json:
        kind = field.get("data_type")
        if kind in CONTAINERS:
            return self._groups(inner_schema(self.branch, field), own, master, follows=follows)
        if kind == "blocks" and isinstance(own, list):
            schemas = block_schemas(self.branch, field)
            return [self._block(schemas, as_object(item), master) for item in own]
        return own

    def _groups(self, schema: Schema, own: Json, master: Json, *, follows: bool) -> Json:
        if not isinstance(own, list):
            inner = as_object(master)
            return self.merged(schema, own, inner, follows=follows) if isinstance(own, dict) else own
        by_uid = {_instance_uid(item): item for item in objects(master)}
        return [self._instance(schema, as_object(item), by_uid.get(_instance_uid(item), {})) for item in own]

    def _block(self, schemas: dict[str, Schema], own: JsonObject, master: Json) -> JsonObject:
        by_kind_and_uid = {
            (kind, _instance_uid(content)): as_object(content)
            for item in objects(master)
            for kind, content in item.items()
        }
        return {
            kind: self._instance(
                schemas.get(kind, []),
                as_object(content),
                by_kind_and_uid.get((kind, _instance_uid(content)), {}),
            )
            for kind, content in own.items()
        }

    def _instance(self, schema: Schema, own: JsonObject, master: JsonObject) -> JsonObject:
        return self.merged(schema, own, master, follows=_instance_uid(own) not in self.unlinked)


def still_unlinked(before: frozenset[str], sent: JsonObject) -> frozenset[str]:
    """The uids of the instances that do not follow the master after an update of a localized document.

    Page: Update a localized entry. An instance follows it as long as it is sent with `non_localizable_content`.
    """
    marks = {
        uid: metadata.get("non_localizable_content") is True
        for one in objects_within(sent)
        if (uid := text((metadata := as_object(one.get("_metadata"))).get("uid")))
    }
    return (before | {uid for uid, marked in marks.items() if not marked}) - {
        uid for uid, marked in marks.items() if marked
    }


def has_non_localizable_fields(branch: Branch, schema: Schema) -> bool:
    """Whether any field of the schema, at any depth, is non-localizable."""
    for field in schema:
        inner = [inner_schema(branch, field), *block_schemas(branch, field).values()]
        if field.get("non_localizable") is True or any(has_non_localizable_fields(branch, s) for s in inner):
            return True
    return False


def _instance_uid(instance: Json) -> str:
    return text(as_object(as_object(instance).get("_metadata")).get("uid"))
