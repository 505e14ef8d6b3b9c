"""The fields of a content type beside those of the source's: kept, or taken away in two publishes; and what types name.

A field is omitted first and deleted in the publish after that: the service refuses to delete one that is not omitted.
Pure. API pages: "Content types", "Deleting a field".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_list, as_object, objects, objects_within, text, texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from stackferry.model import Json, JsonObject

_NAMES = "linkContentType"


def field_ids(content: JsonObject) -> list[str]:
    return [text(field.get("id")) for field in objects(content.get("fields"))]


def added_fields(content: JsonObject, held: JsonObject) -> list[JsonObject]:
    """The fields that only the target's type has."""
    known = {*field_ids(content)}
    return [field for field in objects(held.get("fields")) if text(field.get("id")) not in known]


def with_fields(content: JsonObject, more: Collection[JsonObject]) -> JsonObject:
    """A type's body with further fields behind its own."""
    return {**content, "fields": [*objects(content.get("fields")), *more]} if more else content


def removals(content: JsonObject, live: JsonObject) -> Iterator[JsonObject]:
    """The bodies to publish, one after the other, so that the fields go away that only what is live has."""
    gone = added_fields(content, live)
    if any(field.get("omitted") is not True for field in gone):
        yield with_fields(content, [{**field, "omitted": True} for field in gone])
    if gone:
        yield with_fields(content, [{**field, "omitted": True, "deleted": True} for field in gone])


def deletes_fields(content: JsonObject) -> bool:
    return any(field.get("deleted") is True for field in objects(content.get("fields")))


def without_deleted(content: JsonObject) -> JsonObject:
    """A body as it is once the fields that it deletes are gone."""
    kept: list[Json] = [field for field in objects(content.get("fields")) if field.get("deleted") is not True]
    return {**content, "fields": kept}


def named_types(content: JsonObject) -> set[str]:
    """The content types that the rules of a type name."""
    found: set[str] = set()
    for field in objects(content.get("fields")):
        for one in objects_within([field.get("validations"), nested_rules(field)]):
            found |= {*texts(as_list(one.get(_NAMES)))}
    return found


def nested_rules(field: JsonObject) -> Json:
    """The rules of the items of a list."""
    return as_object(field.get("items")).get("validations")


def without_types(content: JsonObject, absent: Collection[str]) -> JsonObject:
    """A type without the rules that name types which are not there yet."""
    return {**content, "fields": [_without(field, absent) for field in objects(content.get("fields"))]}


def _without(value: JsonObject, absent: Collection[str]) -> JsonObject:
    return {name: _pruned(inner, absent) for name, inner in value.items()}


def _pruned(value: Json, absent: Collection[str]) -> Json:
    if isinstance(value, dict):
        return _without(value, absent)
    if not isinstance(value, list):
        return value
    return [_pruned(item, absent) for item in value if not _is_of(item, absent)]


def _is_of(rule: Json, absent: Collection[str]) -> bool:
    """Whether a rule names one of these types."""
    named = texts(as_list(as_object(rule).get(_NAMES)))
    return not {*named}.isdisjoint(absent)
