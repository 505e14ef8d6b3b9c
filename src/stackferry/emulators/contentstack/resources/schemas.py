"""Content types and global fields: checked on write as the service does, extended on read where asked.

Pages: CMA | Content Types, CMA | Global Fields.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, ApiError
from stackferry.emulators.contentstack.content.schema import (
    ASSETS,
    block_as_field,
    inner_schema,
    referable_types,
)
from stackferry.emulators.contentstack.filled_in import filled_schema
from stackferry.emulators.contentstack.listing import list_answer
from stackferry.emulators.contentstack.request import (
    find_content_type,
    find_in_path,
    with_authorship,
    with_branch,
)
from stackferry.emulators.contentstack.resources import trash
from stackferry.emulators.contentstack.webhooks import Part, fire
from stackferry.emulators.routing import Route
from stackferry.json_values import objects, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack.content.check import FieldErrors
    from stackferry.emulators.contentstack.content.schema import Schema
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Rows
    from stackferry.model import Json, JsonObject

_UID = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_DATA_TYPES = frozenset(
    {
        "text", "number", "boolean", "isodate", "link", "file", "reference", "group", "blocks",
        "json", "taxonomy", "global_field", "experience_container",
    }
)  # fmt: skip


def _schema_errors(call: Call, sent: JsonObject, own_uid: str) -> FieldErrors:
    """All that is wrong with a schema, by path; `own_uid` is that of its content type or global field."""
    schema = sent.get("schema")
    if not isinstance(schema, list) or not schema:
        return {"schema": [REQUIRED]}
    errors: FieldErrors = {}
    for path, message in _check_fields(call, objects(schema), own_uid, "schema"):
        errors.setdefault(path, []).append(message)
    return errors


def _check_fields(call: Call, schema: Schema, own_uid: str, path: str) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for index, field in enumerate(schema):
        field_path, uid = f"{path}[{index}]", text(field.get("uid"))
        if not _UID.fullmatch(uid):
            yield f"{field_path}.uid", NOT_VALID
        if uid in seen:
            yield f"{field_path}.uid", NOT_UNIQUE
        seen.add(uid)
        yield from _check_field(call, field, own_uid, field_path)


def _check_field(call: Call, field: JsonObject, own_uid: str, path: str) -> Iterator[tuple[str, str]]:
    kind = field.get("data_type")
    if kind not in _DATA_TYPES:
        yield f"{path}.data_type", NOT_VALID
    if not text(field.get("display_name")):
        yield f"{path}.display_name", REQUIRED
    if call.switches.check_schema_references:
        yield from _check_references(call, field, own_uid, path)
    if kind == "group":
        yield from _check_fields(call, objects(field.get("schema")), own_uid, f"{path}.schema")
    for index, block in enumerate(objects(field.get("blocks"))):
        block_path = f"{path}.blocks[{index}]"
        if not _UID.fullmatch(text(block.get("uid"))):
            yield f"{block_path}.uid", NOT_VALID
        if not block.get("reference_to"):
            yield from _check_fields(call, objects(block.get("schema")), own_uid, f"{block_path}.schema")


def _check_references(call: Call, field: JsonObject, own_uid: str, path: str) -> Iterator[tuple[str, str]]:
    """What a field refers to exists: global fields, content types, taxonomies, an extension."""
    kind = field.get("data_type")
    if kind in ("global_field", "blocks"):
        blocks = [field] if kind == "global_field" else objects(field.get("blocks"))
        known: set[str] = set(call.branch.global_fields) - {own_uid}  # one within itself would have no end
        wanted = {name for block in blocks for name in referable_types(block)}
    elif kind in ("reference", "json", "text"):
        known, wanted = {*call.branch.content_types, own_uid, ASSETS}, set(referable_types(field))
    elif kind == "taxonomy":
        known = set(call.stack.taxonomies)
        wanted = {text(row.get("taxonomy_uid")) for row in objects(field.get("taxonomies"))}
    else:
        return
    for name in sorted(wanted - known):
        yield f"{path}.reference_to", f"'{name}' does not exist."
    extension = text(field.get("extension_uid"))
    if extension and extension not in call.branch.extensions:
        yield f"{path}.extension_uid", f"'{extension}' does not exist."


def _extended(call: Call, schema: Schema) -> list[Json]:
    """The schema with the fields of its global fields written out."""
    return [_extended_field(call, field) for field in schema]


def _extended_field(call: Call, field: JsonObject) -> JsonObject:
    kind = field.get("data_type")
    if kind == "global_field" or (kind == "group" and "schema" in field):
        return {**field, "schema": _extended(call, inner_schema(call.branch, field))}
    if kind == "blocks":
        blocks: list[Json] = [
            {**block, "schema": _extended(call, inner_schema(call.branch, block_as_field(block)))}
            for block in objects(field.get("blocks"))
        ]
        return {**field, "blocks": blocks}
    return field


def _stored(call: Call, sent: Json) -> list[Json]:
    plain = _plain(objects(sent))
    return filled_schema(objects(plain)) if call.switches.fills_in else plain


def _plain(schema: Schema) -> list[Json]:
    """The schema as it is stored: a global field is a name, not a copy of its fields."""
    return [_plain_field(field) for field in schema]


def _plain_field(field: JsonObject) -> JsonObject:
    if field.get("data_type") == "global_field":
        return _without_schema(field)
    if field.get("data_type") == "group":
        return {**field, "schema": _plain(objects(field.get("schema")))}
    if field.get("data_type") == "blocks":
        return {**field, "blocks": [_plain_block(block) for block in objects(field.get("blocks"))]}
    return field


def _plain_block(block: JsonObject) -> JsonObject:
    if block.get("reference_to"):
        return _without_schema(block)
    return {**block, "schema": _plain(objects(block.get("schema")))}


def _without_schema(field: JsonObject) -> JsonObject:
    return {name: value for name, value in field.items() if name != "schema"}


class _SchemaCollection:
    """The calls that content types and global fields have in common."""

    def __init__(self, name: str, label: str, defaults: JsonObject) -> None:
        self.name, self.plural, self.label, self.defaults = name, f"{name}s", label, defaults
        self.is_content_type = name == "content_type"

    def rows(self, call: Call) -> Rows:
        return call.branch.content_types if self.is_content_type else call.branch.global_fields

    def find(self, call: Call) -> JsonObject:
        """The object in the path. Raises 118."""
        if self.is_content_type:
            return find_content_type(call)
        message = f"The Global Field '{call.args['uid']}' was not found. Please try again."
        return find_in_path(call, call.branch.global_fields, "uid", 118, message)

    def show(self, call: Call, raw: JsonObject) -> JsonObject:
        schema = objects(raw.get("schema"))
        extends = call.flag("include_global_field_schema")
        return with_branch(call, {**raw, "schema": _extended(call, schema) if extends else _plain(schema)})

    def list_rows(self, call: Call) -> Answer:
        rows = self.rows(call).values()
        return list_answer(call, self.plural, rows, show=lambda raw: self.show(call, raw))

    def get(self, call: Call) -> Answer:
        return Answer({self.name: self.show(call, self.find(call))})

    def create(self, call: Call) -> Answer:
        sent = call.section(self.name)
        errors = self._name_errors(call, sent) | _schema_errors(call, sent, text(sent.get("uid")))
        self._refuse(call, errors, "creation")
        raw = {**self.defaults, **sent, "schema": _stored(call, sent.get("schema")), "_version": 1}
        raw = {**with_authorship(call, raw), "uid": sent["uid"]}
        self.rows(call)[text(sent["uid"])] = raw
        if self.is_content_type:
            call.branch.entries.setdefault(text(sent["uid"]), {})
        fire(call, [Part(self.plural, text(sent["uid"]))], "create")
        notice = f"{self.label} created successfully."
        return Answer({"notice": notice, self.name: self.show(call, raw)}, 201)

    def _name_errors(self, call: Call, sent: JsonObject) -> FieldErrors:
        errors: FieldErrors = {}
        uid, title = text(sent.get("uid")), text(sent.get("title"))
        if not _UID.fullmatch(uid):
            errors["uid"] = [NOT_VALID if uid else REQUIRED]
        if uid in self.rows(call):
            errors["uid"] = [NOT_UNIQUE]
        if not title:
            errors["title"] = [REQUIRED]
        if any(raw.get("title") == title for raw in self.rows(call).values()):
            errors["title"] = [NOT_UNIQUE]
        return errors

    def _refuse(self, call: Call, errors: FieldErrors, verb: str) -> None:
        """Raises 115 when there are errors, or when a content type has no title."""
        if self.is_content_type and "schema" not in errors:
            schema = objects(call.section(self.name).get("schema"))
            titles = [field for field in schema if field.get("uid") == "title"]
            if len(titles) != 1 or titles[0].get("data_type") != "text":
                errors["schema"] = ["must hold a title field of type text."]
        if errors:
            raise ApiError(422, 115, f"{self.label} {verb} failed. Please enter valid data.", errors)

    def update(self, call: Call) -> Answer:
        before, sent = self.find(call), call.section(self.name)
        merged = {**before, **sent, "uid": before["uid"]}
        errors = _schema_errors(call, merged, text(before["uid"]))
        others = [raw for raw in self.rows(call).values() if raw is not before]
        if any(raw.get("title") == merged.get("title") for raw in others):
            errors["title"] = [NOT_UNIQUE]
        if "schema" in sent:
            self._refuse(call, errors, "update")
        version = before.get("_version")
        merged["_version"] = version + 1 if isinstance(version, int) else 1
        merged["schema"] = _stored(call, merged["schema"])
        raw = self.rows(call)[text(before["uid"])] = with_authorship(call, merged, before)
        fire(call, [Part(self.plural, text(before["uid"]))], "update")
        return Answer({"notice": f"{self.label} updated successfully.", self.name: self.show(call, raw)})

    def delete(self, call: Call) -> Answer:
        """One that others refer to is deleted by force only. The entries of a content type go with it."""
        uid = text(self.find(call).get("uid"))
        users = _referring_types(call, uid)
        if users and not call.flag("force"):
            message = f"{self.label} is referred to by {', '.join(users)}; pass force=true to delete it."
            raise ApiError(422, 115, message, {"uid": [NOT_VALID]})
        (trash.delete_content_type if self.is_content_type else trash.delete_global_field)(call, uid)
        fire(call, [Part(self.plural, uid)], "delete")
        return Answer({"notice": f"{self.label} deleted successfully."})


def _referring_types(call: Call, uid: str) -> list[str]:
    """The content types and global fields whose schema names this one, except itself."""
    rows = {**call.branch.content_types, **call.branch.global_fields}
    return sorted(
        name for name, raw in rows.items() if name != uid and uid in _referred(objects(raw.get("schema")))
    )


def _referred(schema: Schema) -> set[str]:
    """All that a schema refers to, at any depth."""
    names: set[str] = set()
    for field in schema:
        inner = (objects(field.get("schema")), objects(field.get("blocks")))
        names.update(referable_types(field), *map(_referred, inner))
    return names


def _references(call: Call) -> Answer:
    users: list[Json] = list(_referring_types(call, text(find_content_type(call).get("uid"))))
    return Answer({"references": users})


def _export(call: Call) -> Answer:
    """The bare object, without the `content_type` around it that a read answers."""
    raw = find_content_type(call)
    return Answer({**raw, "schema": _plain(objects(raw.get("schema")))})


CONTENT_TYPES = _SchemaCollection(
    "content_type",
    "Content Type",
    {
        "description": "",
        "maintain_revisions": True,
        "options": {"is_page": False, "singleton": False, "title": "title", "sub_title": []},
        "abilities": {},
    },
)
GLOBAL_FIELDS = _SchemaCollection(
    "global_field", "Global Field", {"description": "", "maintain_revisions": True, "inbuilt_class": False}
)

_TYPE = "/content_types/{content_type}"

ROUTES = (
    Route("GET", "/content_types", CONTENT_TYPES.list_rows),
    Route("POST", "/content_types", CONTENT_TYPES.create),
    Route("GET", _TYPE, CONTENT_TYPES.get),
    Route("PUT", _TYPE, CONTENT_TYPES.update),
    Route("DELETE", _TYPE, CONTENT_TYPES.delete),
    Route("GET", f"{_TYPE}/references", _references),
    Route("GET", f"{_TYPE}/export", _export),
    Route("GET", "/global_fields", GLOBAL_FIELDS.list_rows),
    Route("POST", "/global_fields", GLOBAL_FIELDS.create),
    Route("GET", "/global_fields/{uid}", GLOBAL_FIELDS.get),
    Route("PUT", "/global_fields/{uid}", GLOBAL_FIELDS.update),
    Route("DELETE", "/global_fields/{uid}", GLOBAL_FIELDS.delete),
)
