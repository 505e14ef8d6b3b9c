"""Field visibility rules of a content type: a condition on a reference field holds the uids of entries.

The service joins the uids by dots in one text. Because the rules name entries, they are written after the entries.
API page: "Content types", `field_rules`. This module must never change the schema itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.json_values import as_list, as_object, nested, text, texts
from stackferry.providers.contentstack.references.model import (
    KEEP,
    Keep,
    Reference,
    ReferenceKind,
    fields_by_uid,
    pointer,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.references.model import Resolve


def find_field_rules(content_type: JsonObject) -> Iterator[Reference]:
    """Every entry that a condition of a rule names, in order."""
    for index, rule in enumerate(as_list(content_type.get("field_rules"))):
        for position, condition in enumerate(as_list(as_object(rule).get("conditions"))):
            yield from _entries_of(content_type, condition, _pointer_to(index, position))


def rewrite_field_rules(content_type: JsonObject, resolve: Resolve) -> JsonObject:
    """A new content type whose rules name what `resolve` answers.

    A condition that loses its last entry goes, and a rule that loses its last condition goes with it.
    """
    rules = content_type.get("field_rules")
    if not isinstance(rules, list):
        return content_type
    kept = [
        new for index, old in enumerate(rules) for new in _rewritten_rule(content_type, old, index, resolve)
    ]
    return {**content_type, "field_rules": kept}


def _rewritten_rule(content_type: JsonObject, rule: Json, index: int, resolve: Resolve) -> list[Json]:
    """The rule as it is to be written, or none."""
    conditions = as_list(as_object(rule).get("conditions"))
    if not isinstance(rule, dict) or not conditions:
        return [rule]
    kept: list[Json] = []
    for position, condition in enumerate(conditions):
        references = [*_entries_of(content_type, condition, _pointer_to(index, position))]
        if not references:
            kept.append(condition)
        elif uids := _new_uids(references, resolve):
            kept.append({**as_object(condition), "value": ".".join(uids)})
    return [{**rule, "conditions": kept}] if kept else []


def _new_uids(references: Iterable[Reference], resolve: Resolve) -> list[str]:
    return [uid for each in references if (uid := _new_uid(each, resolve))]


def _pointer_to(rule: int, condition: int) -> str:
    return pointer(("field_rules", rule, "conditions", condition, "value"))


def _new_uid(reference: Reference, resolve: Resolve) -> str | None:
    answer: str | Keep | None = resolve(reference)
    return reference.uid if answer is KEEP else answer


def _entries_of(content_type: JsonObject, condition: Json, path: str) -> Iterator[Reference]:
    """The entries that a condition names; none where its field is not a reference field."""
    value, operand = nested(condition, "value"), nested(condition, "operand_field")
    field = _field_at(content_type.get("schema"), text(operand))
    if field is None or field.get("data_type") != "reference":
        return
    types = texts(field.get("reference_to"))
    for uid in text(value).split("."):
        if uid:
            # The uids do not tell their content types: one is known only where the field allows no other.
            only_type = types[0] if len(types) == 1 else ""
            yield Reference(kind=ReferenceKind.ENTRY, uid=uid, content_type=only_type, path=path)


def _field_at(fields: Json, name: str) -> JsonObject | None:
    """The field that a rule names; `group.field` inside of groups, global fields and blocks."""
    field: JsonObject | None = None
    for step in name.split("."):
        field = fields_by_uid(fields).get(step)
        if field is None:
            return None
        # A path leads through blocks by their uid, as through fields.
        fields = field.get("blocks") if field.get("data_type") == "blocks" else field.get("schema")
    return field
