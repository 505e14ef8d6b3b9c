"""Whether a document breaks the rules of its type: nothing that may be refused is missed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from stackferry.providers.contentstack.references.model import Schema
from stackferry.providers.contentstack.schema.rule_violations import breaks_rules, unique_values

if TYPE_CHECKING:
    from stackferry.model import JsonObject

TEXT: JsonObject = {"uid": "f", "data_type": "text"}
NUMBER: JsonObject = {"uid": "f", "data_type": "number"}
DATE: JsonObject = {"uid": "f", "data_type": "isodate"}
FILE: JsonObject = {"uid": "f", "data_type": "file"}
COLOURS: JsonObject = {"choices": [{"value": "red"}, {"value": 3}]}
ANIMALS: list[Any] = [{"taxonomy_uid": "animals", "mandatory": True}, {"taxonomy_uid": "plants"}]
GROUP: JsonObject = {
    "uid": "f",
    "data_type": "group",
    "schema": [{"uid": "in", "data_type": "text", "mandatory": True}],
}
SEO: JsonObject = {"uid": "f", "data_type": "global_field", "reference_to": "seo"}
BLOCKS: JsonObject = {
    "uid": "f",
    "data_type": "blocks",
    "blocks": [
        {"uid": "b", "schema": [{"uid": "in", "data_type": "text", "format": "^x$"}]},
        {"uid": "c", "reference_to": "seo"},
    ],
}

ROWS: list[tuple[JsonObject, Any, bool]] = [
    ({**TEXT, "mandatory": True}, None, True),
    ({**TEXT, "mandatory": True}, "", True),
    ({**TEXT, "mandatory": True, "multiple": True}, [], True),
    ({**TEXT, "mandatory": True}, "a", False),
    ({**NUMBER, "mandatory": True}, 0, False),
    ({**TEXT, "data_type": "boolean", "mandatory": True}, False, False),
    ({**TEXT, "format": "^[A-Z]{3}$"}, "ABC", False),
    ({**TEXT, "format": "^[A-Z]{3}$"}, "ABCD", True),
    ({**TEXT, "format": "^[A-Z]{3}$"}, "ABC\n", True),
    ({**TEXT, "format": "[A-Z]"}, "aBc", False),
    ({**TEXT, "format": "^\\d+$"}, "\u0663", True),
    ({**TEXT, "format": "^[A-Z]{3}$"}, "", False),
    ({**TEXT, "format": "^([a-z]+)*$"}, "abc", True),
    ({**TEXT, "format": "("}, "abc", True),
    ({**TEXT, "format": None}, "abc", False),
    ({**TEXT, "multiple": True, "format": "^a$"}, ["a", "b"], True),
    ({**TEXT, "max": 2}, "ab", False),
    ({**TEXT, "max": 2}, "abc", True),
    ({**TEXT, "max": 1}, "\U0001f600", True),
    ({**TEXT, "min": 2}, "\U0001f600", True),
    ({**TEXT, "min": None, "max": None}, "abc", False),
    ({**NUMBER, "min": 1, "max": 10}, 10, False),
    ({**NUMBER, "min": 1, "max": 10}, 99, True),
    ({**NUMBER, "min": 0}, -1, True),
    ({**NUMBER, "min": 0}, True, True),
    ({**NUMBER, "max": 2.5}, 2.25, False),
    ({**DATE, "startDate": "2026-01-01T00:00:00.000Z"}, "2025-12-31T23:59:59.000Z", True),
    ({**DATE, "endDate": "2026-01-01T00:00:00.000Z"}, "2025-12-31T23:59:59.000Z", False),
    ({**DATE, "endDate": "2026-01-01T00:00:00.000Z"}, "2025-12-31", True),
    ({**TEXT, "multiple": True, "max_instance": 1}, ["a", "b"], True),
    ({**TEXT, "multiple": True, "min_instance": 2}, ["a", "b"], False),
    ({**TEXT, "multiple": True, "min_instance": 3}, ["a", "b"], True),
    ({**TEXT, "enum": COLOURS}, "red", False),
    ({**TEXT, "enum": COLOURS}, "green", True),
    ({**TEXT, "enum": COLOURS}, "3", True),
    ({**TEXT, "enum": COLOURS, "multiple": True}, ["red", "green"], True),
    ({**FILE, "extensions": ["mp4"]}, {"filename": "a.MP4"}, False),
    ({**FILE, "extensions": ["mp4"]}, {"filename": "a.mov"}, True),
    ({**FILE, "extensions": ["mp4"]}, "bltasset", True),
    ({**FILE, "max": 100}, {"filename": "a", "file_size": "100"}, False),
    ({**FILE, "max": 100}, {"filename": "a", "file_size": "101"}, True),
    ({**FILE, "dimension": {"width": {"min": 4}}}, {"filename": "a"}, False),
    ({**TEXT, "data_type": "taxonomy", "taxonomies": ANIMALS}, [{"taxonomy_uid": "plants"}], True),
    ({**TEXT, "data_type": "taxonomy", "taxonomies": ANIMALS}, None, True),
    ({**TEXT, "data_type": "taxonomy", "taxonomies": ANIMALS}, [{"taxonomy_uid": "animals"}], False),
    (GROUP, {"in": "a"}, False),
    (GROUP, {}, True),
    (GROUP, None, True),
    ({**GROUP, "multiple": True}, [], False),
    ({**GROUP, "multiple": True}, [{"in": "a"}, {}], True),
    (SEO, {"words": "w"}, False),
    (SEO, {"words": ""}, True),
    (BLOCKS, [{"b": {"in": "x"}}, {"c": {"words": "w"}}], False),
    (BLOCKS, [{"b": {"in": "y"}}], True),
    (BLOCKS, [{"c": {}}], True),
    (BLOCKS, [{"unknown": {}}], False),
    (TEXT, {"not": "a text"}, False),
]  # fmt: skip


def schema(*fields: Any) -> Schema:
    words: list[Any] = [{"uid": "words", "data_type": "text", "mandatory": True}]
    return Schema.of({"uid": "berth", "schema": [*fields]}, [{"uid": "seo", "schema": words}])


@pytest.mark.parametrize(("field", "value", "breaks"), ROWS, ids=[str(index) for index in range(len(ROWS))])
def test_a_value_breaks_the_rule_of_its_field_or_not(field: JsonObject, value: Any, breaks: bool) -> None:
    assert breaks_rules(schema(field), {"f": value}) is breaks


def test_what_another_language_has_from_the_master_is_the_masters() -> None:
    shared: JsonObject = {**TEXT, "mandatory": True, "non_localizable": True}
    assert breaks_rules(schema(shared), {})
    assert not breaks_rules(schema(shared), {}, is_master=False)


def test_values_that_must_be_unique_are_found_at_any_depth() -> None:
    inner: JsonObject = {
        "uid": "g",
        "data_type": "group",
        "multiple": True,
        "schema": [{**TEXT, "unique": True}],
    }
    found = unique_values(schema({**TEXT, "unique": True}, inner), {"f": "a", "g": [{"f": "b"}, {"f": ""}]})
    assert [*found] == [("/f", "a"), ("/g/f", "b")]


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|aa)+$", "a*a*a*a*a*a*b", "^(?:a{1,})*$"])
def test_no_pattern_takes_for_ever(pattern: str) -> None:
    """Where it might, the value counts as one that may break the rule."""
    began = time.monotonic()
    assert breaks_rules(schema({**TEXT, "format": pattern}), {"f": "a" * 5000 + "!"})
    assert time.monotonic() - began < 1
