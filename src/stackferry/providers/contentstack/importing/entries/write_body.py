"""An entry as it is written: without what the service keeps itself, and as a language of its own.

Sources: the API pages "Entries", sections "Localize an entry" and "Update a localized entry".
References are rewritten elsewhere: see `references.rewrite`.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from stackferry.json_values import as_list, as_object, nested, text
from stackferry.providers.contentstack.content.comparable import normalize
from stackferry.providers.contentstack.references.model import Schema, fields_by_uid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Json, JsonObject

_GROUPS = ("group", "global_field")
_EMPTY: tuple[Json, ...] = (
    None,
    "",
    [],
    {},
)  # what a service may answer for a field of which nothing was sent


def localized_write(
    schema: Schema,
    master_document: JsonObject | None,
    document: JsonObject,
    target_master: JsonObject | None,
    *,
    is_first: bool = True,
) -> JsonObject:
    """A localized document as the target takes it.

    Fields that are not localizable are left out at the top. Inside of groups, blocks and global fields an
    instance takes the `_metadata.uid` of the target's master instance: the one in the place where the source's
    master has the instance of the same uid. An instance of a multiple field that holds a field which is not
    localizable also has `non_localizable_content`. An instance that the master does not have stays as it is.

    An instance with values of its own in such fields was cut off from the master: it goes without that mark. The
    first write of a language cannot cut it off, so there (`is_first`) it goes with the master's values.

    Without a master document (an entry that lives in another language only) nothing is changed.
    """
    if master_document is None or target_master is None:
        return document
    fields = fields_by_uid(schema.fields)
    localizable = {name: value for name, value in document.items() if not _is_shared(fields.get(name))}
    return _LocalizedWrite(schema, is_first).instance(
        schema.fields, localizable, master_document, target_master
    )


def _is_shared(field: JsonObject | None) -> bool:
    """Whether every language has the master's value: the service calls such a field not localizable."""
    return field is not None and field.get("non_localizable") is True


@dataclass(frozen=True, slots=True)
class _LocalizedWrite:
    schema: Schema
    is_first: bool

    def instance(self, fields: Json, own: JsonObject, source: JsonObject, target: JsonObject) -> JsonObject:
        result = dict(own)
        for uid, field in fields_by_uid(fields).items():
            if field.get("data_type") in ("group", "global_field", "blocks") and uid in result:
                result[uid] = self._values(field, result[uid], source.get(uid), target.get(uid))
        return result

    def _values(self, field: JsonObject, value: Json, source: Json, target: Json) -> Json:
        if not isinstance(value, list):
            return self._paired(field, value, source, target)
        sources, targets = as_list(source), as_list(target)
        places = {uid: index for index, item in enumerate(sources) if (uid := _uid(item, field))}
        result: list[Json] = []
        for position, item in enumerate(value):
            # Old documents, or those that a script wrote, have instances without uids: these go by position.
            own = _uid(item, field)
            index = places.get(own, -1) if own else position
            is_known = 0 <= index < min(len(sources), len(targets))
            pair = (sources[index], targets[index]) if is_known else (None, None)
            result.append(self._paired(field, item, *pair))
        return result

    def _paired(self, field: JsonObject, item: Json, source: Json, target: Json) -> Json:
        """One element of a field, or its one value, beside the master's in both stacks."""
        if field.get("data_type") != "blocks":
            return self._one(field, item, source, target, is_multiple=field.get("multiple") is True)
        if not (isinstance(item, dict) and isinstance(source, dict) and isinstance(target, dict)):
            return item
        result = dict(item)
        for uid, block in fields_by_uid(field.get("blocks")).items():
            if uid in item:
                result[uid] = self._one(block, item[uid], source.get(uid), target.get(uid), is_multiple=True)
        return result

    def _one(self, holder: JsonObject, item: Json, source: Json, target: Json, *, is_multiple: bool) -> Json:
        if not (isinstance(item, dict) and isinstance(source, dict) and isinstance(target, dict)):
            return item
        fields = self.schema.fields_of(holder)
        result = self.instance(fields, item, source, target)
        own, target_metadata = item.get("_metadata"), target.get("_metadata")
        is_partly_shared = holds_shared_fields(self.schema, fields)
        if (
            not isinstance(target_metadata, dict)
            or "uid" not in target_metadata
            or not (is_partly_shared or isinstance(own, dict))
        ):
            return result
        metadata = {**as_object(own), "uid": target_metadata["uid"]}
        if is_partly_shared and is_multiple:
            is_cut_off = self._is_cut_off(fields, item, source)
            if is_cut_off and self.is_first:
                result = self._with_values_of(source, fields, result)
            # Page "Update a localized entry": without this mark the instance no longer follows the master.
            if self.is_first or not is_cut_off:
                metadata["non_localizable_content"] = True
        return {**result, "_metadata": metadata}

    def _is_cut_off(self, fields: Json, item: JsonObject, source: JsonObject) -> bool:
        """Whether an instance has other values than the master's in fields that are not localizable."""
        if nested(item, "_metadata", "non_localizable_content") is True:
            return False
        for uid, field in fields_by_uid(fields).items():
            own, master = item.get(uid), source.get(uid)
            if _is_shared(field):
                is_own = _compared(field, own) != _compared(field, master)
            elif isinstance(own, dict) and isinstance(master, dict) and field.get("data_type") != "blocks":
                is_own = self._is_cut_off(self.schema.fields_of(field), own, master)
            else:
                is_own = False
            if is_own:
                return True
        return False

    def _with_values_of(self, source: JsonObject, fields: Json, own: JsonObject) -> JsonObject:
        """The instance with the master's values in fields that are not localizable."""
        result = dict(own)
        for uid, field in fields_by_uid(fields).items():
            inner, master = own.get(uid), source.get(uid)
            if _is_shared(field):
                result.pop(uid, None)
                result |= {uid: master} if uid in source else {}
            elif isinstance(inner, dict) and isinstance(master, dict) and field.get("data_type") != "blocks":
                result[uid] = self._with_values_of(master, self.schema.fields_of(field), inner)
        return result


def _compared(field: JsonObject, value: Json) -> Json:
    """A value in the form in which it is compared: of a file its uid, for the rest of it is the asset's."""
    if field.get("data_type") == "file":
        return [as_object(one).get("uid") or one for one in (value if isinstance(value, list) else [value])]
    return normalize(value) or None


def _uid(item: Json, field: JsonObject) -> str:
    if field.get("data_type") == "blocks":
        holders = fields_by_uid(field.get("blocks"))
        blocks = as_object(item)
        item = next((blocks[uid] for uid in holders if uid in blocks), None)
    return text(nested(item, "_metadata", "uid"))


def holds_shared_fields(schema: Schema, fields: Json) -> bool:
    """Whether any field, however deep, is not localizable."""
    pending, seen = [fields], set[int]()
    while pending:
        level = pending.pop()
        if id(level) in seen:  # global fields can hold one another
            continue
        seen.add(id(level))
        for field in fields_by_uid(level).values():
            if _is_shared(field):
                return True
            holders = (
                fields_by_uid(field.get("blocks")).values() if field.get("data_type") == "blocks" else [field]
            )
            pending += [inner for holder in holders if (inner := schema.fields_of(holder))]
    return False


def shared_fields(schema: Schema) -> set[str]:
    """The fields at the top of an entry that are the same in every language."""
    return {uid for uid, field in fields_by_uid(schema.fields).items() if _is_shared(field)}


def with_emptied(schema: Schema, body: JsonObject, before: JsonObject | None, *, shared: bool) -> JsonObject:
    """The body, whose single groups also name, as null, what the document before it has in them and they have not.

    Without `before` that is every field that they lack. No page says whether an update that names such a group replaces
    it or merges into it; repeated ones it replaces. With `shared` fields that are not localizable are named as well.
    """
    return _emptied(schema, schema.fields, body, before, shared)


def _emptied(
    schema: Schema, fields: Json, body: JsonObject, before: JsonObject | None, shared: bool
) -> JsonObject:
    result = dict(body)
    for uid, holder in fields_by_uid(fields).items():
        own, old = body.get(uid), None if before is None else before.get(uid)
        if holder.get("data_type") not in _GROUPS or not isinstance(own, dict):
            continue
        if before is not None and not isinstance(old, dict):
            continue
        inner = schema.fields_of(holder)
        nulls = _nulls(fields_by_uid(inner), own, old, shared)
        result[uid] = _emptied(
            schema, inner, {**own, **nulls}, old if isinstance(old, dict) else None, shared
        )
    return result


def _nulls(known: Mapping[str, JsonObject], own: JsonObject, old: Json, shared: bool) -> JsonObject:
    """The fields of a group that are emptied: those that it has not, and had before or may have."""
    lost = [name for name in (known if old is None else as_object(old)) if name in known]
    return {name: None for name in lost if name not in own and (shared or not _is_shared(known[name]))}


def filled_inside(schema: Schema, sent: JsonObject, made: JsonObject) -> set[str]:
    """The fields whose groups or blocks the service filled in where nothing was sent."""
    fields = fields_by_uid(schema.fields)
    return {
        name for name in sent.keys() & fields if _is_filled(schema, fields[name], sent[name], made.get(name))
    }


def _is_filled(schema: Schema, holder: JsonObject, sent: Json, made: Json) -> bool:
    if holder.get("data_type") not in (*_GROUPS, "blocks", None):  # a block has no data type
        return False
    if isinstance(sent, list) and isinstance(made, list) and len(sent) == len(made):
        return any(_is_filled(schema, holder, *pair) for pair in zip(sent, made, strict=True))
    if not (isinstance(sent, dict) and isinstance(made, dict)):
        return False
    inner = holder.get("blocks") if holder.get("data_type") == "blocks" else schema.fields_of(holder)
    for name, field in fields_by_uid(inner).items():
        if name not in sent and made.get(name) not in _EMPTY and not _is_shared(field):
            return True
        if name in sent and _is_filled(schema, field, sent[name], made.get(name)):
            return True
    return False


def fresh_rich_text(value: Json, salt: str) -> Json:
    """The value with other uids for the roots of its JSON rich texts: the same ones for the same value and salt."""
    if isinstance(value, list):
        return [fresh_rich_text(item, salt) for item in value]
    if not isinstance(value, dict):
        return value
    result: JsonObject = {name: fresh_rich_text(item, salt) for name, item in value.items()}
    if value.get("type") == "doc" and isinstance(value.get("uid"), str) and "children" in value:
        result["uid"] = sha256(f"{salt}/{value['uid']}".encode()).hexdigest()[:32]
    return result
