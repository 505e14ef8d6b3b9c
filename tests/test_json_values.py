"""Reading JSON leniently: one type comes out, whatever goes in."""

from __future__ import annotations

from typing import Any

import pytest

from stackferry.json_values import as_list, as_object, integer, nested, objects, text, texts


@pytest.mark.parametrize("value", [None, True, 3, 3.5, "a", ["a"], {"a": 1}])
def test_a_value_of_another_type_reads_as_empty(value: Any) -> None:
    assert as_object(value) == (value if isinstance(value, dict) else {})
    assert as_list(value) == (value if isinstance(value, list) else [])
    assert text(value) == (value if isinstance(value, str) else "")


def test_lists_keep_only_the_wanted_type() -> None:
    assert objects([{"a": 1}, 1, None, [{}]]) == [{"a": 1}]
    assert objects({"a": 1}) == objects("x") == []
    assert texts(["a", "", 1, None, ["b"], "c"]) == ["a", "c"]


def test_a_single_text_reads_as_a_list_of_one() -> None:
    assert (texts("a"), texts(""), texts(None)) == (["a"], [], [])


def test_a_whole_number_is_an_integer_and_neither_a_bool_nor_a_fraction_is() -> None:
    assert (integer(True), integer(3), integer(3.0), integer(3.5)) == (None, 3, 3, None)
    assert integer(float("inf")) is None


def test_a_nested_value_is_none_where_a_name_is_missing() -> None:
    value: Any = {"a": {"b": 1}, "c": "x"}
    assert (nested(value, "a", "b"), nested(value, "a", "c"), nested(value, "c", "b"), nested(value)) == (
        1,
        None,
        None,
        value,
    )
