"""Whether an entry fits its schema: the errors of a 422, by field path."""

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
from stackferry.emulators.values import instances, integer_or, is_number
from stackferry.json_values import as_object, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.emulators.contentstack.content.schema import FieldValue, Schema
    from stackferry.emulators.contentstack.stack import Taxonomy
    from stackferry.emulators.contentstack.state import Branch
    from stackferry.model import Json, JsonObject

FieldErrors = dict[str, list[str]]
MOST_TERMS = 25  # of an entry, whose type has one field for them (page: Limits for Taxonomy)


def field_errors(
    branch: Branch, schema: Schema, content: JsonObject, taxonomies: dict[str, Taxonomy]
) -> FieldErrors:
    """All that is wrong with an entry by itself. Uniqueness and references are checked elsewhere."""
    errors: FieldErrors = {}
    for value in walk_fields(branch, schema, content):
        for message in _check(branch, value, taxonomies):
            errors.setdefault(value.path, []).append(message)
    return errors


def _check(branch: Branch, value: FieldValue, taxonomies: dict[str, Taxonomy]) -> Iterator[str]:
    if value.value in (None, "", []):
        if value.field.get("mandatory") is True:
            yield REQUIRED
        return
    yield from _check_multiple(value)
    for item in instances(value.value):
        yield from _check_item(value, item)
    if value.kind == "blocks":
        yield from _check_blocks(value, set(block_schemas(branch, value.field)))
    if value.kind == "taxonomy":
        yield from _check_terms(value, taxonomies)


def _check_multiple(value: FieldValue) -> Iterator[str]:
    """One value or several. Blocks and terms are always lists, a reference may be one, other JSON is free."""
    is_list = isinstance(value.value, list)
    is_free_json = value.kind == "json" and not is_rte(value.field)
    if value.kind in ("blocks", "taxonomy"):
        if not is_list:
            yield "is not an array."
    elif value.kind != "reference" and not is_free_json and is_list is not value.multiple:
        yield "is not an array." if value.multiple else "should not be an array."
    if is_list:
        yield from _check_count(value.field, len(instances(value.value)))


def _check_count(field: JsonObject, count: int) -> Iterator[str]:
    most, least = field.get("max_instance"), field.get("min_instance")
    if is_number(most) and count > integer_or(most, count):
        yield f"should not have more than {most} instances."
    if is_number(least) and count < integer_or(least):
        yield f"should have at least {least} instances."


def _check_item(value: FieldValue, item: Json) -> Iterator[str]:
    rule = _RULES.get(value.kind)
    if rule and not rule[0](item):
        yield rule[1]
        return
    enum = value.field.get("enum")
    choices = [choice.get("value") for choice in objects(as_object(enum).get("choices"))]
    if isinstance(enum, dict) and item not in ("", *choices):
        yield NOT_VALID
    if value.kind == "text":
        yield from _check_format(value.field, text(item))
        yield from _check_length(value.field, text(item))
    elif value.kind == "number":
        yield from _check_range(value.field, item)
    elif value.kind == "reference":
        yield from _check_type(value.field, item)
    elif is_rte(value.field):
        document = as_object(item)
        if document.get("type") != "doc" or not isinstance(document.get("children"), list):
            yield "is not a valid JSON RTE document."


def _check_type(field: JsonObject, item: Json) -> Iterator[str]:
    allowed = referable_types(field)
    if isinstance(item, dict) and allowed and item.get("_content_type_uid") not in allowed:
        yield f"content type '{item.get('_content_type_uid')}' is not allowed."


def _is_date(value: Json) -> bool:
    try:
        return bool(datetime.fromisoformat(text(value)))
    except ValueError:
        return False


def _is_object(value: Json) -> bool:
    return isinstance(value, dict)


def _is_reference(value: Json) -> bool:
    if isinstance(value, dict):
        return bool(text(value.get("uid"))) and bool(text(value.get("_content_type_uid")))
    return isinstance(value, str)


_RULES: dict[str, tuple[Callable[[Json], bool], str]] = {
    "text": (lambda value: isinstance(value, str), "is not a string."),
    "number": (is_number, "is not a number."),
    "boolean": (lambda value: isinstance(value, bool), "is not a boolean."),
    "isodate": (_is_date, "is not a valid date."),
    "link": (_is_object, "is not an object."),
    "group": (_is_object, "is not an object."),
    "global_field": (_is_object, "is not an object."),
    "blocks": (_is_object, "is not an object."),
    "file": (lambda value: isinstance(value, str | dict), NOT_VALID),
    "reference": (_is_reference, NOT_VALID),
    "taxonomy": (_is_object, "is not an object."),
}


def _check_format(field: JsonObject, item: str) -> Iterator[str]:
    pattern = text(field.get("format"))
    try:
        fits = not pattern or re.search(pattern, item) is not None
    except re.error:
        fits = True  # the pattern is JavaScript's, and not all of that is Python's
    if not fits:
        yield text(as_object(field.get("error_messages")).get("format")) or NOT_VALID


def _check_range(field: JsonObject, item: Json) -> Iterator[str]:
    least, most = field.get("min"), field.get("max")
    if is_number(least) and item < least:  # type: ignore[operator]  # both are numbers
        yield f"should be at least {least}."
    if is_number(most) and item > most:  # type: ignore[operator]  # both are numbers
        yield f"should not be more than {most}."


def _check_length(field: JsonObject, item: str) -> Iterator[str]:
    least, most = field.get("min"), field.get("max")
    if is_number(least) and len(item) < integer_or(least):
        yield f"should have at least {least} characters."
    if is_number(most) and len(item) > integer_or(most, len(item)):
        yield f"should not have more than {most} characters."


def _check_blocks(value: FieldValue, kinds: Iterable[str]) -> Iterator[str]:
    for item in instances(value.value):
        named = [kind for kind in as_object(item) if kind in kinds]
        if isinstance(item, dict) and (len(named) != 1 or len(item) != 1):
            yield "block is not valid."


def _check_terms(value: FieldValue, taxonomies: dict[str, Taxonomy]) -> Iterator[str]:
    if len(objects(value.value)) > MOST_TERMS:
        yield f"should not have more than {MOST_TERMS} terms."
    allowed = {text(row.get("taxonomy_uid")) for row in objects(value.field.get("taxonomies"))}
    for item in objects(value.value):
        uid, term = text(item.get("taxonomy_uid")), text(item.get("term_uid"))
        taxonomy = taxonomies.get(uid)
        if uid not in allowed or taxonomy is None or term not in taxonomy.terms:
            yield f"term '{term}' of taxonomy '{uid}' is not valid."
