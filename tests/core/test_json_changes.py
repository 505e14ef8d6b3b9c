"""Edits between two JSON documents: each once, elements of lists recognised wherever they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry.core.json_changes import JsonChange, NamedList, json_changes, moved_places
from stackferry.core.json_diff import ABSENT, equal

if TYPE_CHECKING:
    from stackferry.model import Json

VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "b"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc/~"), inner, max_size=3),
    max_leaves=12,
)


def named(*rows: tuple[str, Json], whole: bool = False) -> NamedList:
    return NamedList([value for _, value in rows], [name for name, _ in rows], whole=whole)


def short(left: Json, right: Json) -> list[str]:
    return [_word(one) for one in json_changes(left, right)]


def _word(one: JsonChange) -> str:
    if one.origin:
        return f"{one.path} from {one.origin}"
    return (
        f"{one.path} {'-' if one.left is ABSENT else one.left} > {'-' if one.right is ABSENT else one.right}"
    )


@given(VALUES)
def test_a_document_has_no_edits_against_itself(value: Json) -> None:
    assert json_changes(value, value) == []


@given(VALUES, VALUES)
def test_documents_that_differ_have_an_edit(left: Json, right: Json) -> None:
    assert bool(json_changes(left, right)) == (not equal(left, right))


@given(st.permutations(range(7)))
def test_a_list_in_another_order_has_moves_alone_and_the_fewest(order: list[int]) -> None:
    rows: list[tuple[str, Json]] = [(f"n{number}", {"number": number}) for number in range(7)]
    found = json_changes(named(*rows), named(*(rows[number] for number in order)))
    assert all(one.origin for one in found)
    longest = max(
        sum(1 for _ in chosen)
        for mask in range(2**7)
        if (chosen := [one for at, one in enumerate(order) if mask >> at & 1]) == sorted(chosen)
    )
    assert len(found) == 7 - longest


@pytest.mark.parametrize(
    ("left", "right", "edits"),
    [
        ([1, 2, 3], [0, 1, 2, 3], ["/0 - > 0"]),
        ([1, 2, 3], [1, 3], ["/1 2 > -"]),
        (["a", "b", "c"], ["a", "x", "c"], ["/1 b > x"]),
        (["a", "b", "c"], ["c", "a", "b"], ["/0 from /2"]),
        (["a", "a"], ["a"], ["/1 a > -"]),
        ([1], [1.0], ["/0 1 > 1.0"]),
        ([True], [1], ["/0 True > 1"]),
        ({"x": [{"uid": "a", "n": 1}]}, {"x": [{"uid": "b", "n": 1}]}, None),
        ({"a/b": {"~": 1}}, {"a/b": {"~": 2}}, ["/a~1b/~0 1 > 2"]),
        ({"a": 1}, {}, ["/a 1 > -"]),
        (None, [], [" None > []"]),
    ],
)
def test_each_edit_is_told_once(left: Json, right: Json, edits: list[str] | None) -> None:
    found = short(left, right)
    if edits is None:  # an object with another uid is another object, whatever else it holds
        assert [one.path for one in json_changes(left, right)] == ["/x/0"]
    else:
        assert found == edits


def test_a_moved_element_that_was_edited_too_has_both() -> None:
    left = named(("a", {"n": 1}), ("b", {"n": 2}), ("c", {"n": 3}))
    right = named(("c", {"n": 4}), ("a", {"n": 1}), ("b", {"n": 2}))
    assert short(left, right) == ["/0 from /2", "/0/n 3 > 4"]


def test_an_element_that_went_into_another_list_has_moved() -> None:
    left: Json = {"x": named(("a", {"n": 1}), ("b", {"n": 2})), "y": named()}
    right: Json = {"x": named(("a", {"n": 1})), "y": named(("b", {"n": 3}))}
    assert short(left, right) == ["/y/0 from /x/1", "/y/0/n 2 > 3"]


def test_of_two_elements_of_one_name_that_are_gone_none_is_lost() -> None:
    left: Json = {"a": NamedList([{"v": 1}, {"v": 2}], ["x", "x"]), "b": NamedList([], [])}
    right: Json = {"a": NamedList([], []), "b": NamedList([{"v": 3}], ["x"])}
    assert len(json_changes(left, right)) == 3


def test_elements_with_new_names_are_recognised_by_what_they_hold() -> None:
    """Written anew by a client that knows no names: equal ones are the same, and so are those half of which is."""
    left = named(("a", {"n": 1, "m": 1}), ("b", {"n": 2, "m": 1}))
    right = named(("c", {"n": 1, "m": 1}), ("d", {"n": 3, "m": 1}))
    assert short(left, right) == ["/1/n 2 > 3"]
    assert short(named(("a", {"n": 1})), named(("b", {"n": 2}))) == ["/0 {'n': 1} > -", "/0 - > {'n': 2}"]


def test_several_edits_of_a_running_text_are_one() -> None:
    words: list[Json] = [{"text": "one two"}]
    split: list[Json] = [{"text": "one "}, {"text": "two", "bold": True}]
    left, right = (NamedList(items, [""] * len(items), whole=True) for items in (words, split))
    assert [(one.path, one.left, one.right) for one in json_changes(left, right)] == [("", words, split)]
    other = NamedList([{"text": "one 2"}], [""], whole=True)
    assert short(left, other) == ["/0/text one two > one 2"]


def test_the_fewest_places_have_moved() -> None:
    assert moved_places([]) == moved_places([0, 1, 2]) == set()
    assert moved_places([1, 2, 0]) == {0}


def test_a_very_deep_document_is_compared() -> None:
    left: Json = 1
    right: Json = 2
    for _ in range(5_000):
        left, right = {"a": left}, {"a": right}
    assert len(json_changes(left, right)) == 1
