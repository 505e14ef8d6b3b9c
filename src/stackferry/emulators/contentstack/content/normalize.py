"""What a client sent, in the form that is stored.

Unknown fields are dropped, files become asset uids, and every instance of a repeated group and every modular block
gets a `_metadata.uid` when it has none. Values of a wrong type pass through: `check` refuses them.

An entry update may hold the five atomic operators PUSH, PULL, UPDATE, ADD and SUB (page: Atomic Updates to Entries). An
operator is an object with its name as the only key. UPDATE takes operators inside its data, at any depth.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.api_errors import invalid
from stackferry.emulators.contentstack.content.schema import (
    CONTAINERS,
    block_schemas,
    inner_schema,
    is_custom_asset,
    is_rte,
)
from stackferry.emulators.contentstack.listing import matches
from stackferry.emulators.values import instances, integer_or, is_number, objects_within
from stackferry.json_values import as_list, as_object, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stackferry.emulators.contentstack.content.schema import Schema
    from stackferry.emulators.contentstack.state import Branch
    from stackferry.model import Json, JsonObject


class Normalizer:
    """Shapes content for one branch, of an entry's next version. `new_uid` makes a uid with a prefix.

    `known` are the uids that an instance keeps, None: each that it was sent with.
    """

    def __init__(
        self,
        branch: Branch,
        new_uid: Callable[[str], str],
        version: int,
        *,
        rte_uids: bool,
        known: frozenset[str] | None = None,
    ) -> None:
        self._branch = branch
        self._version = version
        self._new_uid = new_uid
        self._makes_uids = rte_uids
        self._known = known

    def content(self, schema: Schema, sent: JsonObject) -> JsonObject:
        """The fields of the schema that were sent, in the order in which they were sent."""
        fields = {text(field.get("uid")): field for field in schema}
        return {name: self._field(fields[name], value) for name, value in sent.items() if name in fields}

    def _field(self, field: JsonObject, value: Json) -> Json:
        kind = field.get("data_type")
        if kind in CONTAINERS:
            return self._groups(inner_schema(self._branch, field), value)
        if kind == "blocks":
            return self._blocks(block_schemas(self._branch, field), value)
        if kind == "file" or is_custom_asset(field):
            stored = _asset_uid if kind == "file" else _without_asset
            return [stored(item) for item in value] if isinstance(value, list) else stored(value)
        if is_rte(field):
            texts = [self._rich_text(item) for item in instances(value)]
            return texts if isinstance(value, list) else next(iter(texts), value)
        return value

    def _blocks(self, schemas: dict[str, Schema], value: Json) -> Json:
        if not isinstance(value, list):
            return value
        return [self._block(schemas, item) if isinstance(item, dict) else item for item in value]

    def _rich_text(self, value: Json) -> Json:
        """A rich text as it is stored: its root has the entry's version (page: Update an entry with JSON RTE)."""
        if not isinstance(value, dict):
            return value
        return {**as_object(self._node(value)), "_version": self._version}

    def _node(self, value: Json) -> Json:
        """A node without the editor's mark `dirty`, and by a switch with a uid: texts have none."""
        if not isinstance(value, dict):
            return value
        node = dict(value)
        if isinstance(node.get("attrs"), dict):
            node["attrs"] = {name: item for name, item in as_object(node["attrs"]).items() if name != "dirty"}
        if isinstance(node.get("children"), list):
            node["children"] = [self._node(child) for child in as_list(node["children"])]
            if self._makes_uids and not node.get("uid"):
                node["uid"] = self._new_uid("")
        return node

    def _groups(self, schema: Schema, value: Json) -> Json:
        if isinstance(value, list):
            return [self._instance(schema, item) if isinstance(item, dict) else item for item in value]
        if not isinstance(value, dict):
            return value
        normalized = self.content(schema, value)
        return {**normalized, "_metadata": _stored_metadata(value)} if "_metadata" in value else normalized

    def _instance(self, schema: Schema, sent: JsonObject) -> JsonObject:
        metadata = _stored_metadata(sent)
        uid = metadata.get("uid")
        if not uid or (self._known is not None and uid not in self._known):
            metadata = {**metadata, "uid": self._new_uid("cs")}
        return {**self.content(schema, sent), "_metadata": metadata}

    def _block(self, schemas: dict[str, Schema], sent: JsonObject) -> JsonObject:
        """A block names its kind by its only key. `_metadata` next to that key is moved inside, where it is stored."""
        outer: JsonObject = {"_metadata": sent["_metadata"]} if "_metadata" in sent else {}
        return {
            kind: self._instance(schemas.get(kind, []), {**outer, **as_object(content)})
            for kind, content in sent.items()
            if kind != "_metadata"
        }


def instance_uids(stored: Iterable[JsonObject]) -> frozenset[str]:
    """The uids of all instances in documents."""
    found = (as_object(one.get("_metadata")).get("uid") for row in stored for one in objects_within(row))
    return frozenset(map(text, found)) - {""}


def _stored_metadata(instance: JsonObject) -> JsonObject:
    """The metadata without the flag that says how to read a request (page: Update a localized entry)."""
    metadata = as_object(instance.get("_metadata"))
    return {name: value for name, value in metadata.items() if name != "non_localizable_content"}


def _asset_uid(value: Json) -> Json:
    if isinstance(value, dict) and isinstance(value.get("uid"), str):
        return value["uid"]
    return None if value == "" else value


def _without_asset(value: Json) -> Json:
    """A custom asset field as it is stored: the object that a read adds under `asset` is left out."""
    return {key: item for key, item in value.items() if key != "asset"} if isinstance(value, dict) else value


def updated(branch: Branch, schema: Schema, current: JsonObject, sent: JsonObject) -> JsonObject:
    """What was sent over what is stored now; field by field inside of the single groups of a schema, too."""
    result = {**current, **sent}
    for field in schema:
        name = text(field.get("uid"))
        below, above = current.get(name), sent.get(name)
        if field.get("data_type") in CONTAINERS and isinstance(below, dict) and isinstance(above, dict):
            result[name] = updated(branch, inner_schema(branch, field), below, above)
    return result


def apply_atomics(current: JsonObject, sent: JsonObject) -> JsonObject:
    """The fields that were sent, with every operator applied to what is stored now. Raises 119.

    Of several fields that PULL is sent for, only the first loses anything (page: PULL Operation, its note).
    """
    pulled = [name for name, value in sent.items() if isinstance(value, dict) and [*value] == ["PULL"]]
    left_alone = pulled[1:]
    return {
        name: _value(name, current.get(name), value) for name, value in sent.items() if name not in left_alone
    }


def _value(name: str, current: Json, sent: Json) -> Json:
    if isinstance(sent, dict) and len(sent) == 1:
        ((operator, operand),) = sent.items()
        if operator in _OPERATORS:
            return _OPERATORS[operator](name, current, operand)
    return sent


def _push(name: str, current: Json, operand: Json) -> Json:
    data = as_object(operand).get("data")
    if data is None or not (current is None or isinstance(current, list)):
        raise _misused(name, "PUSH")
    return [*instances(current), *instances(data)]


def _pull(name: str, current: Json, operand: Json) -> Json:
    query = as_object(operand).get("query")
    if not isinstance(query, dict) or not isinstance(current, list):
        raise _misused(name, "PULL")
    if any(key.startswith("$") for key in query):  # `{"$in": […]}` means the values themselves
        return [item for item in current if not matches({"value": item}, {"value": query})]
    return [item for item in current if not isinstance(item, dict) or not matches(item, query)]


def _update(name: str, current: Json, operand: Json) -> Json:
    given = as_object(operand)
    if "data" not in given:
        raise _misused(name, "UPDATE")
    if "index" not in given:
        return _merged(current, given["data"])
    index = integer_or(given["index"], -1)
    if not isinstance(current, list) or not 0 <= index < len(current):
        raise _misused(name, "UPDATE")
    return [_merged(item, given["data"]) if at == index else item for at, item in enumerate(current)]


def _merged(current: Json, data: Json) -> Json:
    """Objects are merged field by field, so that fields that are not named stay; anything else is replaced."""
    if not isinstance(current, dict) or not isinstance(data, dict):
        return data
    return {
        **current,
        **{name: _merged_field(name, current.get(name), value) for name, value in data.items()},
    }


def _merged_field(name: str, current: Json, sent: Json) -> Json:
    if isinstance(sent, dict) and [*sent] == ["PULL"]:
        return current  # page: PULL Operation. It does not work within a group.
    value = _value(name, current, sent)
    return _merged(current, value) if value is sent else value


def _sum(name: str, current: Json, operand: Json, sign: int) -> Json:
    start = 0 if current is None else current
    if not is_number(operand) or not is_number(start):
        raise _misused(name, "ADD" if sign > 0 else "SUB")
    return start + sign * operand  # type: ignore[operator]  # both are numbers


def _misused(name: str, operator: str) -> Exception:
    message = "Entry update failed. Please enter valid data."
    return invalid(119, message, **{name: f"{operator} cannot be applied here."})


_OPERATORS: dict[str, Callable[[str, Json, Json], Json]] = {
    "PUSH": _push,
    "PULL": _pull,
    "UPDATE": _update,
    "ADD": partial(_sum, sign=1),
    "SUB": partial(_sum, sign=-1),
}
