"""Content types and global fields: validated on write as the service does, extended on read where asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackferry.emulators.application import Answer
from stackferry.emulators.contentstack.api_errors import NOT_UNIQUE, NOT_VALID, REQUIRED, Failure
from stackferry.emulators.contentstack.content.schema import inner_schema, referable_types
from stackferry.emulators.contentstack.listing import list_answer
from stackferry.emulators.contentstack.lookup import find_content_type, not_found, stamped, with_branch
from stackferry.emulators.routing import Route
from stackferry.emulators.values import obj, objs, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack.content.check import FieldErrors
    from stackferry.emulators.contentstack.content.schema import Schema
    from stackferry.emulators.contentstack.request import Call
    from stackferry.emulators.contentstack.state import Rows
    from stackferry.model import Json, JsonObject

_UID = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_KINDS = frozenset(
    {
        "text", "number", "boolean", "isodate", "link", "file", "reference", "group", "blocks",
        "json", "taxonomy", "global_field", "experience_container",
    }
)  # fmt: skip
_BUILT_IN = frozenset({"sys_assets"})


def _complaints(call: Call, sent: JsonObject, own_uid: str) -> FieldErrors:
    wrong: FieldErrors = {}
    schema = sent.get("schema")
    if not isinstance(schema, list) or not schema:
        wrong["schema"] = [REQUIRED]
        return wrong
    for path, complaint in _about_fields(call, objs(schema), own_uid, "schema"):
        wrong.setdefault(path, []).append(complaint)
    return wrong


def _about_fields(call: Call, schema: Schema, own_uid: str, path: str) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for index, field in enumerate(schema):
        here, uid = f"{path}[{index}]", text(field.get("uid"))
        if not _UID.fullmatch(uid):
            yield f"{here}.uid", NOT_VALID
        if uid in seen:
            yield f"{here}.uid", NOT_UNIQUE
        seen.add(uid)
        yield from _about_field(call, field, own_uid, here)


def _about_field(call: Call, field: JsonObject, own_uid: str, path: str) -> Iterator[tuple[str, str]]:
    kind = field.get("data_type")
    if kind not in _KINDS:
        yield f"{path}.data_type", NOT_VALID
    if not text(field.get("display_name")):
        yield f"{path}.display_name", REQUIRED
    if call.switches.check_schema_references:
        yield from _about_targets(call, field, own_uid, path)
    if kind == "group":
        yield from _about_fields(call, objs(field.get("schema")), own_uid, f"{path}.schema")
    for index, block in enumerate(objs(field.get("blocks"))):
        if not _UID.fullmatch(text(block.get("uid"))):
            yield f"{path}.blocks[{index}].uid", NOT_VALID
        if not block.get("reference_to"):
            where = f"{path}.blocks[{index}].schema"
            yield from _about_fields(call, objs(block.get("schema")), own_uid, where)


def _about_targets(call: Call, field: JsonObject, own_uid: str, path: str) -> Iterator[tuple[str, str]]:
    kind = field.get("data_type")
    if kind in ("global_field", "blocks"):
        blocks = [field] if kind == "global_field" else objs(field.get("blocks"))
        known: set[str] = set(call.branch.global_fields) - {own_uid}  # one within itself would have no end
        wanted = {name for block in blocks for name in referable_types(block)}
    elif kind in ("reference", "json", "text"):
        known, wanted = {*call.branch.content_types, own_uid, *_BUILT_IN}, set(referable_types(field)) - {""}
    elif kind == "taxonomy":
        known = set(call.stack.taxonomies)
        wanted = {text(one.get("taxonomy_uid")) for one in objs(field.get("taxonomies"))}
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
        return {**field, "blocks": [_extended_block(call, block) for block in objs(field.get("blocks"))]}
    return field


def _extended_block(call: Call, block: JsonObject) -> JsonObject:
    as_field: JsonObject = {**block, "data_type": "global_field" if block.get("reference_to") else "group"}
    return {**block, "schema": _extended(call, inner_schema(call.branch, as_field))}


def _plain(schema: Schema) -> list[Json]:
    """The schema as it is stored: a global field is a name, not a copy of its fields."""
    return [_plain_field(field) for field in schema]


def _plain_field(field: JsonObject) -> JsonObject:
    if field.get("data_type") == "global_field":
        return {name: value for name, value in field.items() if name != "schema"}
    if field.get("data_type") == "group":
        return {**field, "schema": _plain(objs(field.get("schema")))}
    if field.get("data_type") == "blocks":
        return {**field, "blocks": [_plain_block(block) for block in objs(field.get("blocks"))]}
    return field


def _plain_block(block: JsonObject) -> JsonObject:
    if block.get("reference_to"):
        return {name: value for name, value in block.items() if name != "schema"}
    return {**block, "schema": _plain(objs(block.get("schema")))}


class _SchemaCollection:
    """What content types and global fields have in common."""

    def __init__(self, name: str, label: str, code: int) -> None:
        self.name, self.plural, self.label, self.code = name, f"{name}s", label, code

    def table(self, call: Call) -> Rows:
        return call.branch.content_types if self.name == "content_type" else call.branch.global_fields

    def find(self, call: Call) -> JsonObject:
        if self.name == "content_type":
            return find_content_type(call)
        found = call.branch.global_fields.get(call.args["uid"])
        if found is None:
            raise not_found(
                call, 118, f"The Global Field '{call.args['uid']}' was not found. Please try again."
            )
        return found

    def show(self, call: Call, raw: JsonObject) -> JsonObject:
        schema = objs(raw.get("schema"))
        whole = call.flag("include_global_field_schema")
        return with_branch(call, {**raw, "schema": _extended(call, schema) if whole else _plain(schema)})

    def all(self, call: Call) -> Answer:
        rows = self.table(call).values()
        return list_answer(call, self.plural, rows, show=lambda raw: self.show(call, raw))

    def one(self, call: Call) -> Answer:
        return Answer({self.name: self.show(call, self.find(call))})

    def create(self, call: Call) -> Answer:
        sent = call.section(self.name)
        wrong = self._name_complaints(call, sent)
        self._refuse(call, wrong | _complaints(call, sent, text(sent.get("uid"))), "creation")
        raw = {**_defaults(self.name), **sent, "schema": _plain(objs(sent.get("schema"))), "_version": 1}
        made = {**stamped(call, raw), "uid": sent["uid"]}
        self.table(call)[text(sent["uid"])] = made
        call.branch.entries.setdefault(text(sent["uid"]), {}) if self.name == "content_type" else None
        return Answer(
            {"notice": f"{self.label} created successfully.", self.name: self.show(call, made)}, 201
        )

    def _name_complaints(self, call: Call, sent: JsonObject) -> FieldErrors:
        wrong: FieldErrors = {}
        uid, title = text(sent.get("uid")), text(sent.get("title"))
        if not _UID.fullmatch(uid):
            wrong["uid"] = [NOT_VALID if uid else REQUIRED]
        if uid in self.table(call):
            wrong["uid"] = [NOT_UNIQUE]
        if not title:
            wrong["title"] = [REQUIRED]
        if any(raw.get("title") == title for raw in self.table(call).values()):
            wrong["title"] = [NOT_UNIQUE]
        return wrong

    def _refuse(self, call: Call, wrong: FieldErrors, verb: str) -> None:
        if self.name == "content_type" and "schema" not in wrong:
            schema = objs(call.section(self.name).get("schema"))
            titles = [field for field in schema if field.get("uid") == "title"]
            if len(titles) != 1 or titles[0].get("data_type") != "text":
                wrong["schema"] = ["must hold a title field of type text."]
        if wrong:
            raise Failure(422, self.code, f"{self.label} {verb} failed. Please enter valid data.", wrong)

    def update(self, call: Call) -> Answer:
        found, sent = self.find(call), call.section(self.name)
        merged = {**found, **sent, "uid": found["uid"]}
        wrong = _complaints(call, merged, text(found["uid"]))
        others = [raw for raw in self.table(call).values() if raw is not found]
        if any(raw.get("title") == merged.get("title") for raw in others):
            wrong["title"] = [NOT_UNIQUE]
        if "schema" in sent:
            self._refuse(call, wrong, "update")
        version = found.get("_version")
        merged["_version"] = version + 1 if isinstance(version, int) else 1
        merged["schema"] = _plain(objs(merged["schema"]))
        made = self.table(call)[text(found["uid"])] = stamped(call, merged, found)
        return Answer({"notice": f"{self.label} updated successfully.", self.name: self.show(call, made)})

    def delete(self, call: Call) -> Answer:
        uid = text(self.find(call).get("uid"))
        users = _users(call, uid)
        if users and not call.flag("force"):
            message = f"{self.label} is referred to by {', '.join(users)}; pass force=true to delete it."
            raise Failure(422, self.code, message, {"uid": [NOT_VALID]})
        del self.table(call)[uid]
        if self.name == "content_type":
            call.branch.entries.pop(uid, None)
        return Answer({"notice": f"{self.label} deleted successfully."})


def _defaults(name: str) -> JsonObject:
    if name == "global_field":
        return {"description": "", "maintain_revisions": True, "inbuilt_class": False}
    options: JsonObject = {"is_page": False, "singleton": False, "title": "title", "sub_title": []}
    return {"description": "", "maintain_revisions": True, "options": options, "abilities": {}}


def _users(call: Call, uid: str) -> list[str]:
    """The content types whose schema names this one, its own aside."""
    rows = {**call.branch.content_types, **call.branch.global_fields}
    return sorted(
        name for name, raw in rows.items() if name != uid and uid in _all_targets(objs(raw.get("schema")))
    )


def _all_targets(schema: Schema) -> set[str]:
    names: set[str] = set()
    for field in schema:
        names.update(
            referable_types(field),
            _all_targets(objs(field.get("schema"))),
            _all_targets(objs(field.get("blocks"))),
        )
    return names


def _references(call: Call) -> Answer:
    users: list[Json] = list(_users(call, text(find_content_type(call).get("uid"))))
    return Answer({"references": users})


def _export(call: Call) -> Answer:
    raw = find_content_type(call)
    return Answer({**raw, "schema": _plain(objs(raw.get("schema")))} | obj(None))


CONTENT_TYPES = _SchemaCollection("content_type", "Content Type", 115)
GLOBAL_FIELDS = _SchemaCollection("global_field", "Global Field", 115)

ROUTES = (
    Route("GET", "/content_types", CONTENT_TYPES.all),
    Route("POST", "/content_types", CONTENT_TYPES.create),
    Route("GET", "/content_types/{content_type}", CONTENT_TYPES.one),
    Route("PUT", "/content_types/{content_type}", CONTENT_TYPES.update),
    Route("DELETE", "/content_types/{content_type}", CONTENT_TYPES.delete),
    Route("GET", "/content_types/{content_type}/references", _references),
    Route("GET", "/content_types/{content_type}/export", _export),
    Route("GET", "/global_fields", GLOBAL_FIELDS.all),
    Route("POST", "/global_fields", GLOBAL_FIELDS.create),
    Route("GET", "/global_fields/{uid}", GLOBAL_FIELDS.one),
    Route("PUT", "/global_fields/{uid}", GLOBAL_FIELDS.update),
    Route("DELETE", "/global_fields/{uid}", GLOBAL_FIELDS.delete),
)
