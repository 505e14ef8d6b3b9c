"""Field rules: they hold the uids of entries, joined by dots, so they are written after the entries.

Source: the API page "Content types", field visibility rules; the vendor's own importer joins uids likewise.
This module must never touch the schema itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.providers.contentstack.references.model import KEEP, Keep, Reference, ReferenceKind, pointer
from stackferry.providers.contentstack.references.rewrite import fields_by_uid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.references.model import Resolve


def find_field_rules(content_type: JsonObject) -> Iterator[Reference]:
    """Every entry that a condition of a rule names, in order."""
    rules = content_type.get("field_rules")
    for index, rule in enumerate(rules if isinstance(rules, list) else []):
        conditions = rule.get("conditions") if isinstance(rule, dict) else None
        for place, condition in enumerate(conditions if isinstance(conditions, list) else []):
            at = pointer(("field_rules", index, "conditions", place, "value"))
            yield from _references(content_type, condition, at)


def rewrite_field_rules(content_type: JsonObject, resolve: Resolve) -> JsonObject:
    """A new content type whose rules name what `resolve` answers.

    A condition that loses its last entry goes, and a rule that loses its last condition goes with it.
    """
    rules = content_type.get("field_rules")
    if not isinstance(rules, list):
        return content_type
    kept = [rule for index, old in enumerate(rules) for rule in _rule(content_type, old, index, resolve)]
    return {**content_type, "field_rules": kept}


def _rule(content_type: JsonObject, rule: Json, index: int, resolve: Resolve) -> list[Json]:
    """The rule as it is to be written, or none."""
    conditions = rule.get("conditions") if isinstance(rule, dict) else None
    if not isinstance(rule, dict) or not isinstance(conditions, list) or not conditions:
        return [rule]
    kept: list[Json] = []
    for place, condition in enumerate(conditions):
        at = pointer(("field_rules", index, "conditions", place, "value"))
        references = list(_references(content_type, condition, at))
        uids = [uid for each in references if (uid := _answer(each, resolve))]
        if isinstance(condition, dict) and references:
            condition = {**condition, "value": ".".join(uids)} if uids else None
        if condition is not None or not references:
            kept.append(condition)
    return [{**rule, "conditions": kept}] if kept else []


def _answer(reference: Reference, resolve: Resolve) -> str | None:
    answer: str | Keep | None = resolve(reference)
    return reference.uid if answer is KEEP else answer


def _references(content_type: JsonObject, condition: Json, path: str) -> Iterator[Reference]:
    if not isinstance(condition, dict) or not isinstance(value := condition.get("value"), str):
        return
    field = _field_at(content_type.get("schema"), condition.get("operand_field"))
    if field is None or field.get("data_type") != "reference":
        return
    named = field.get("reference_to")
    only = named[0] if isinstance(named, list) and len(named) == 1 else named
    for uid in value.split("."):
        if uid:
            of = only if isinstance(only, str) else ""
            yield Reference(kind=ReferenceKind.ENTRY, uid=uid, content_type=of, path=path)


def _field_at(fields: Json, name: Json) -> JsonObject | None:
    """The field that a rule names; `group.field` inside of groups, global fields and blocks."""
    field: JsonObject | None = None
    for step in name.split(".") if isinstance(name, str) else ():
        field = fields_by_uid(fields).get(step)
        if field is None:
            return None
        fields = field.get("blocks") if field.get("data_type") == "blocks" else field.get("schema")
    return field
