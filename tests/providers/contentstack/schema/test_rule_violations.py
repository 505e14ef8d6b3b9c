"""Whether an older version may break the rules that its content type has today."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from stackferry.providers.contentstack.references.model import Schema
from stackferry.providers.contentstack.schema.rule_violations import Rules, fields_with_rules, may_break

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


def test_only_fields_with_rules_are_compared() -> None:
    """The title is not relaxed, so it is not among them; a global field has the rules of the fields in it."""
    strict, free = schema({"uid": "words", "mandatory": True}), schema({"uid": "words", "mandatory": False})
    assert fields_with_rules(strict) == {
        "summary": Rules.MANDATORY,
        "code": Rules.OTHER,
        "rating": Rules.OTHER,
        "seo": Rules.OTHER,
    }
    assert fields_with_rules(free) == {"summary": Rules.MANDATORY, "code": Rules.OTHER, "rating": Rules.OTHER}


def test_a_ring_of_global_fields_is_entered_once() -> None:
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
def test_a_different_value_under_a_rule_may_break_it(older: JsonObject, breaks: bool) -> None:
    """A mandatory field may hold any other text, but not be empty; under another rule only the latest value is safe."""
    assert may_break(fields_with_rules(schema(NOTE)), older, TODAY) is breaks


def test_a_value_that_is_empty_in_the_latest_version_may_be_empty_in_an_older_one() -> None:
    today: JsonObject = {**TODAY, "seo": []}
    assert not may_break({"seo": Rules.OTHER, "summary": Rules.MANDATORY}, {**TODAY, "seo": []}, today)


def test_without_a_latest_version_an_older_one_may_break_any_rule() -> None:
    """The language is no longer localized."""
    assert may_break(fields_with_rules(schema(NOTE)), TODAY, None)
