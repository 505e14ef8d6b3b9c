"""Whether an older document may break the rules of today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackferry.providers.contentstack.references.rewrite import Schema
from stackferry.providers.contentstack.schema.rule_violations import fields_with_rules, may_break

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

TITLE: JsonObject = {"uid": "title", "data_type": "text", "mandatory": True, "unique": True}
SUMMARY: JsonObject = {"uid": "summary", "data_type": "text", "mandatory": True, "unique": False}
CODE: JsonObject = {"uid": "code", "data_type": "text", "unique": True}
RATING: JsonObject = {"uid": "rating", "data_type": "number", "max": 5}
NOTE: JsonObject = {"uid": "note", "data_type": "text", "mandatory": False, "unique": False}
SEO: JsonObject = {"uid": "seo", "data_type": "global_field", "reference_to": "seo"}
FIELDS: list[Json] = [TITLE, SUMMARY, CODE, RATING, NOTE, SEO]


def schema(inner: JsonObject) -> Schema:
    return Schema.of({"uid": "berth", "schema": FIELDS}, [{"uid": "seo", "schema": [inner]}])


def test_only_fields_under_rules_are_looked_at() -> None:
    """A title keeps its own two rules; a free field has none; a global field has those of what it holds."""
    strict, free = schema({"uid": "words", "mandatory": True}), schema({"uid": "words", "mandatory": False})
    assert fields_with_rules(strict) == {"summary": "must", "code": "more", "rating": "more", "seo": "more"}
    assert fields_with_rules(free) == {"summary": "must", "code": "more", "rating": "more"}


def test_global_fields_within_each_other_come_to_an_end() -> None:
    """A ring of global fields is looked through once."""
    assert "seo" not in fields_with_rules(
        schema({"uid": "seo", "data_type": "global_field", "reference_to": "seo"})
    )


TODAY: JsonObject = {"summary": "A quiet berth", "code": "B-7", "rating": 4}


@pytest.mark.parametrize(
    ("older", "breaks"),
    [
        ({"summary": "A noisy berth", "code": "B-7", "rating": 4}, False),
        ({"summary": "", "code": "B-7", "rating": 4}, True),
        ({"code": "B-7", "rating": 4}, True),
        ({"summary": "A noisy berth", "code": "B-6", "rating": 4}, True),
        ({"summary": "A noisy berth", "code": "B-7", "rating": 9}, True),
        ({"summary": "A noisy berth", "code": "B-7", "rating": True}, True),
        ({"summary": "A noisy berth", "code": "B-7"}, True),
    ],
)
def test_what_says_the_same_under_a_rule_keeps_it(older: JsonObject, breaks: bool) -> None:
    """Free words may differ, an empty field that must not be may not, and a ruled value must be today's."""
    assert may_break(fields_with_rules(schema(NOTE)), older, TODAY) is breaks


def test_what_is_empty_today_may_have_been_empty_before() -> None:
    """A group without rows keeps the rules that stand on its rows, and today's document vouches for it."""
    today: JsonObject = {**TODAY, "seo": []}
    assert not may_break({"seo": "more", "summary": "must"}, {**TODAY, "seo": []}, today)


def test_where_nothing_is_said_today_an_older_document_may_break_any_rule() -> None:
    """A language that is no longer localized vouches for nothing."""
    assert may_break(fields_with_rules(schema(NOTE)), TODAY, None)
