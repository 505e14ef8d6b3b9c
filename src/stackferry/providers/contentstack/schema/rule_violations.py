"""Whether an older document may break the rules that its content type has today.

A type need only be relaxed for documents that could be refused. The latest document of a language is taken to
keep today's rules, so an older one keeps them wherever it says the same; where it says something else under a
rule, it may break it. Errs on the side of breaking. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.core.json_diff import equal
from stackferry.providers.contentstack.schema.transform import relax_rules, schema_global_fields
from stackferry.providers.contentstack.values import objects, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import Json, JsonObject
    from stackferry.providers.contentstack.references.rewrite import Schema

MUST = "must"  # the field's only rule is that it must not be empty
MORE = "more"


def fields_with_rules(schema: Schema) -> dict[str, str]:
    """The top-level fields that stand under rules, each with the kind of its rules."""
    found = {text(field.get("uid")): _rules(field, schema) for field in objects(schema.fields)}
    return {uid: rules for uid, rules in found.items() if rules}


def may_break(rules: Mapping[str, str], older: JsonObject, latest: JsonObject | None) -> bool:
    """Whether a document that says `older` may be refused, where `latest` is what its language says today."""
    if latest is None:
        return bool(rules)
    return any(_breaks(kind, older.get(uid), latest.get(uid)) for uid, kind in rules.items())


def _breaks(kind: str, says: Json, says_today: Json) -> bool:
    if equal(says, says_today):
        return False
    return kind == MORE or says is None or says in ("", [], {})


def _rules(field: JsonObject, schema: Schema) -> str:
    if _is_ruled({**field, "mandatory": False}, schema, frozenset()):
        return MORE
    return MUST if _is_ruled(field, schema, frozenset()) else ""


def _is_ruled(field: JsonObject, schema: Schema, above: frozenset[str]) -> bool:
    """Whether there is a rule in the field, or in the global fields that it is made of."""
    holder: JsonObject = {"schema": [field]}
    if relax_rules(holder)[1]:
        return True
    names = schema_global_fields(holder) - above
    inner = [each for uid in names for each in objects(schema.global_fields.get(uid))]
    return any(_is_ruled(each, schema, above | names) for each in inner)
