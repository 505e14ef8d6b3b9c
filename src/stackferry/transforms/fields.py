"""`drop-field`, `rename-field` and `prefix-title`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stackferry.errors import UsageError
from stackferry.json_values import as_object, nested
from stackferry.transforms.documents import Role
from stackferry.transforms.grammar import check_options, listed
from stackferry.transforms.transform import Named, Transform

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stackferry.model import Json, JsonObject
    from stackferry.transforms.grammar import Spec
    from stackferry.transforms.transform import About, Place

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")  # what any system takes
_ROLES: Final = frozenset({Role.DOCUMENT, Role.ECHO})


def drop_field(spec: Spec, source: str, _: bytes) -> Transform:
    """Fields are left out of documents, at any depth; their content types keep them. Raises UsageError."""
    check_options(spec, ("fields", "other-fields", "content-types"))
    fields, others, only = (listed(spec, name) for name in ("fields", "other-fields", "content-types"))
    names = fields | others
    if not names:
        raise UsageError(f"--transform {spec.label}: give fields=…")

    def change(document: JsonObject, about: About, place: Place) -> JsonObject:
        documents = place.source.documents
        if only and about.content_type not in only:
            return document
        at = documents.kinds[about.kind].fields
        return edited(document, at, lambda fields: _without(fields, names, documents.kept_names))

    named = Named(fields, only, dropped=names, others=others)
    return Transform(spec.label, source, change, spec.options, named=named)


def _without(value: JsonObject, names: frozenset[str], kept: frozenset[str]) -> JsonObject:
    def inner(one: Json) -> Json:
        if isinstance(one, dict):
            return _without(one, names, kept)
        return [inner(item) for item in one] if isinstance(one, list) else one

    return {
        name: one if name in kept else inner(one)
        for name, one in value.items()
        if name not in names or name in kept
    }


def rename_field(spec: Spec, source: str, _: bytes) -> Transform:
    """A field of a content type gets another name, in the type and in all documents. Raises UsageError."""
    check_options(spec, ("from", "to", "content-types"), ("from", "to", "content-types"))
    old, new, only = spec.options["from"], spec.options["to"], listed(spec, "content-types")
    if not _NAME.fullmatch(new):
        raise UsageError(
            f"--transform {spec.label}: '{new}' is no name of a field: a letter, then letters, 0-9, _"
        )

    def change(document: JsonObject, about: About, place: Place) -> JsonObject:
        documents = place.source.documents
        kind = documents.kinds[about.kind]
        if about.content_type not in only:
            return document
        if kind.role is Role.SCHEMA:
            return documents.with_renamed_field(document, old, new)
        return edited(document, kind.fields, lambda fields: _renamed(fields, old, new))

    named = Named(frozenset({old}), only, made=frozenset({new}))
    return Transform(spec.label, source, change, spec.options, frozenset({Role.DOCUMENT, Role.SCHEMA}), named)


def _renamed(fields: JsonObject, old: str, new: str) -> JsonObject:
    if old in fields and new in fields:
        raise UsageError(f"it has a field '{new}' already")
    return {new if name == old else name: value for name, value in fields.items()}


def prefix_title(spec: Spec, source: str, _: bytes) -> Transform:
    """What people call an object begins with a prefix. Raises UsageError."""
    check_options(spec, ("prefix", "content-types"), ("prefix",))
    prefix, only = spec.options["prefix"], listed(spec, "content-types")

    def prefixed(value: Json) -> Json:
        if isinstance(value, dict):
            return {name: prefixed(one) for name, one in value.items()}
        return f"{prefix}{value}" if isinstance(value, str) and value else value

    def change(document: JsonObject, about: About, place: Place) -> JsonObject:
        documents, store, _ = place.source
        if only and about.content_type not in only:
            return document
        for path in documents.titles(store, place.stream, document):
            if (value := nested(document, *path)) is not None:
                document = put(document, path, prefixed(value))
        return document

    return Transform(spec.label, source, change, spec.options, _ROLES, Named(content_types=only))


def edited(document: JsonObject, path: Sequence[str], edit: Callable[[JsonObject], JsonObject]) -> JsonObject:
    """The document with the object at a path edited; a path that leads nowhere changes nothing."""
    found = nested(document, *path) if path else document
    if not isinstance(found, dict):
        return document
    return put(document, path, edit(found)) if path else edit(found)


def put(document: JsonObject, path: Sequence[str], value: Json) -> JsonObject:
    """The document with a value at a path."""
    first, *rest = path
    return {**document, first: put(as_object(document.get(first)), rest, value) if rest else value}
