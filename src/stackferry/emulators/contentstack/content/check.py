"""Whether an entry fits its schema: the complaints that go into a 422, by field path."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from stackferry.emulators.contentstack.api_errors import NOT_VALID, REQUIRED
from stackferry.emulators.contentstack.content.schema import (
    block_schemas,
    is_rte,
    referable_types,
    walk_fields,
)
from stackferry.emulators.values import is_number, many, obj, objs, text, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.emulators.contentstack.content.schema import FieldValue, Schema
    from stackferry.emulators.contentstack.state import Branch, Taxonomy
    from stackferry.model import Json, JsonObject

FieldErrors = dict[str, list[str]]


def field_errors(
    branch: Branch, schema: Schema, content: JsonObject, taxonomies: dict[str, Taxonomy]
) -> FieldErrors:
    """All that is wrong with an entry, taken by itself; uniqueness and references are checked elsewhere."""
    wrong: FieldErrors = {}
    for found in walk_fields(branch, schema, content):
        for complaint in _about(branch, found, taxonomies):
            wrong.setdefault(found.path, []).append(complaint)
    return wrong


def _about(branch: Branch, found: FieldValue, taxonomies: dict[str, Taxonomy]) -> Iterator[str]:
    if found.value in (None, "", []):
        if found.field.get("mandatory") is True:
            yield REQUIRED
        return
    yield from _shape(found)
    for item in many(found.value):
        yield from _item(found, item)
    if found.kind == "blocks":
        yield from _blocks(found, set(block_schemas(branch, found.field)))
    if found.kind == "taxonomy":
        yield from _terms(found, taxonomies)


def _shape(found: FieldValue) -> Iterator[str]:
    """One value or several; some kinds are always lists, a reference may be."""
    listed = isinstance(found.value, list)
    if found.kind in ("blocks", "taxonomy") and not listed:
        yield "is not an array."
    if (
        found.kind not in ("blocks", "taxonomy", "reference")
        and listed is not found.multiple
        and not _any_json(found)
    ):
        yield "is not an array." if found.multiple else "should not be an array."
    if listed:
        yield from _instances(found, len(many(found.value)))


def _any_json(found: FieldValue) -> bool:
    return found.kind == "json" and not is_rte(found.field)


def _instances(found: FieldValue, count: int) -> Iterator[str]:
    most, least = found.field.get("max_instance"), found.field.get("min_instance")
    if is_number(most) and count > whole(most, count):
        yield f"should not have more than {most} instances."
    if is_number(least) and count < whole(least):
        yield f"should have at least {least} instances."


def _item(found: FieldValue, item: Json) -> Iterator[str]:
    rule = _RULES.get(found.kind)
    if rule and not rule[0](item):
        yield rule[1]
        return
    yield from _choices(found.field, item)
    if found.kind == "text":
        yield from _format(found.field, text(item))
    elif found.kind == "number":
        yield from _range(found.field, item)
    elif found.kind == "reference":
        yield from _target(found.field, item)
    elif is_rte(found.field) and not _is_rte_document(item):
        yield "is not a valid JSON RTE document."


def _is_date(value: Json) -> bool:
    try:
        return bool(datetime.fromisoformat(text(value)))
    except ValueError:
        return False


def _is_reference(value: Json) -> bool:
    if isinstance(value, dict):
        return bool(text(value.get("uid"))) and bool(text(value.get("_content_type_uid")))
    return isinstance(value, str)


def _is_rte_document(value: Json) -> bool:
    return obj(value).get("type") == "doc" and isinstance(obj(value).get("children"), list)


_RULES: dict[str, tuple[Callable[[Json], bool], str]] = {
    "text": (lambda value: isinstance(value, str), "is not a string."),
    "number": (is_number, "is not a number."),
    "boolean": (lambda value: isinstance(value, bool), "is not a boolean."),
    "isodate": (_is_date, "is not a valid date."),
    "link": (lambda value: isinstance(value, dict), "is not an object."),
    "group": (lambda value: isinstance(value, dict), "is not an object."),
    "global_field": (lambda value: isinstance(value, dict), "is not an object."),
    "blocks": (lambda value: isinstance(value, dict), "is not an object."),
    "file": (lambda value: isinstance(value, str | dict), NOT_VALID),
    "reference": (_is_reference, NOT_VALID),
    "taxonomy": (lambda value: isinstance(value, dict), "is not an object."),
}


def _choices(field: JsonObject, item: Json) -> Iterator[str]:
    enum = field.get("enum")
    if (
        isinstance(enum, dict)
        and item != ""
        and item not in [one.get("value") for one in objs(enum.get("choices"))]
    ):
        yield NOT_VALID


def _format(field: JsonObject, item: str) -> Iterator[str]:
    pattern = text(field.get("format"))
    try:
        fits = not pattern or re.search(pattern, item) is not None
    except re.error:
        fits = True  # written for another engine
    if not fits:
        yield text(obj(field.get("error_messages")).get("format")) or NOT_VALID


def _range(field: JsonObject, item: Json) -> Iterator[str]:
    least, most = field.get("min"), field.get("max")
    if is_number(least) and item < least:  # type: ignore[operator]  # both are numbers
        yield f"should be at least {least}."
    if is_number(most) and item > most:  # type: ignore[operator]  # both are numbers
        yield f"should not be more than {most}."


def _target(field: JsonObject, item: Json) -> Iterator[str]:
    allowed = referable_types(field)
    if isinstance(item, dict) and allowed and item.get("_content_type_uid") not in allowed:
        yield f"content type '{item.get('_content_type_uid')}' is not allowed."


def _blocks(found: FieldValue, kinds: Iterable[str]) -> Iterator[str]:
    for item in many(found.value):
        named = [kind for kind in obj(item) if kind in kinds]
        if isinstance(item, dict) and (len(named) != 1 or len(item) != 1):
            yield "block is not valid."


def _terms(found: FieldValue, taxonomies: dict[str, Taxonomy]) -> Iterator[str]:
    allowed = {text(one.get("taxonomy_uid")) for one in objs(found.field.get("taxonomies"))}
    for item in objs(found.value):
        taxonomy, term = text(item.get("taxonomy_uid")), text(item.get("term_uid"))
        known = taxonomies.get(taxonomy)
        if taxonomy not in allowed or known is None or term not in known.terms:
            yield f"term '{term}' of taxonomy '{taxonomy}' is not valid."
