"""Whether an older version may break the rules that its content type has today.

A content type's rules are relaxed (`relax_rules`) only for versions that the service could refuse. The latest version
of a language is taken to keep today's rules, so an older one keeps them wherever its value is the same. A different
value under a rule may break it: the answer may be wrong in that direction only. Pure.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from stackferry.core.json_diff import equal
from stackferry.json_values import objects, text
from stackferry.providers.contentstack.schema.transform import relax_rules, schema_global_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.references.model import Schema


class Rules(Enum):
    """Which rules a field has."""

    MANDATORY = "mandatory"  # its only rule is that it must not be empty
    OTHER = "other"


def fields_with_rules(schema: Schema) -> dict[str, Rules]:
    """The top-level fields that have rules, themselves or in what they hold."""
    found = ((text(field.get("uid")), _rules(field, schema)) for field in objects(schema.fields))
    return {uid: rules for uid, rules in found if rules}


def may_break(rules: Mapping[str, Rules], older: JsonObject, latest: JsonObject | None) -> bool:
    """Whether a version may be refused. `latest` is the latest one of its language, None if it is not localized now."""
    if latest is None:
        return bool(rules)
    return any(_may_break_field(each, older.get(uid), latest.get(uid)) for uid, each in rules.items())


def _may_break_field(rules: Rules, older: Json, latest: Json) -> bool:
    if equal(older, latest):
        return False
    return rules is Rules.OTHER or older is None or older in ("", [], {})


def _rules(field: JsonObject, schema: Schema) -> Rules | None:
    # `relax_rules` is asked twice: with and without the field's own `mandatory`.
    if _has_rules({**field, "mandatory": False}, schema, frozenset()):
        return Rules.OTHER
    return Rules.MANDATORY if _has_rules(field, schema, frozenset()) else None


def _has_rules(field: JsonObject, schema: Schema, above: frozenset[str]) -> bool:
    """Whether the field has a rule, or a global field in it has. `above` are those entered already: a cycle ends."""
    holder: JsonObject = {"schema": [field]}
    if relax_rules(holder)[1]:
        return True
    # A content type may be read without the schemas of its global fields.
    uids = schema_global_fields(holder) - above
    inner = [each for uid in uids for each in objects(schema.global_fields.get(uid))]
    return any(_has_rules(each, schema, above | uids) for each in inner)
