"""Differences of JSON documents: every one, exactly, and none that is not there."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry.core.json_diff import ABSENT, Difference, differences, equal
from stackferry.exact_json import ExactFloat, dumps

if TYPE_CHECKING:
    from stackferry.model import Json

_SCALARS: st.SearchStrategy[Json] = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.0, -0.0, 1.0, 1.5, ExactFloat("1e0"), ExactFloat("1.50"), ExactFloat("1E2")])
    | st.sampled_from(["", "1", "a/b", "é", "e\u0301"])
)
_DOCUMENTS: st.SearchStrategy[Json] = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab~/"), inner, max_size=3),
    max_leaves=12,
)


@given(_DOCUMENTS, _DOCUMENTS)
def test_documents_are_equal_if_their_canonical_texts_are(left: Json, right: Json) -> None:
    """No difference means the same canonical bytes, and the other way round."""
    assert equal(left, right) == (dumps(left) == dumps(right))
    assert equal(left, copy.deepcopy(left))


@given(_DOCUMENTS, _DOCUMENTS)
def test_differences_do_not_depend_on_the_order_of_the_documents(left: Json, right: Json) -> None:
    """With the documents exchanged, the same paths differ, in the same order."""
    forward, backward = list(differences(left, right)), list(differences(right, left))
    assert [(each.path, each.left, each.right) for each in forward] == [
        (each.path, each.right, each.left) for each in backward
    ]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 1.0),
        (1, True),
        (0, False),
        (0.0, -0.0),
        (1.0, ExactFloat("1e0")),
        (100.0, ExactFloat("100.00")),
        (10, ExactFloat("1E1")),
        (None, False),
        ("1", 1),
        ("é", "e\u0301"),
        ([], {}),
        (2**60, 2**60 + 1),
    ],
)
def test_values_of_different_type_or_text_differ(left: Json, right: Json) -> None:
    assert list(differences(left, right)) == [Difference("", left, right)]


def test_each_difference_has_the_pointer_to_its_value() -> None:
    """Pointers are escaped, keys come in order; what one document lacks is absent, not null."""
    left: Json = {"b": [1, 2, 3], "a/b": {"~": 1}, "same": [{}], "n": None}
    right: Json = {"b": [1, 9], "a/b": {"~": 2}, "same": [{}], "new": []}
    assert list(differences(left, right)) == [
        Difference("/a~1b/~0", 1, 2),
        Difference("/b/1", 2, 9),
        Difference("/b/2", 3, ABSENT),
        Difference("/n", None, ABSENT),
        Difference("/new", ABSENT, []),
    ]


def test_documents_of_any_depth_are_compared() -> None:
    """Deeper than the recursion limit."""
    left: Json = 1
    right: Json = 2
    for _ in range(3000):
        left, right = [left], [right]
    assert [each.path for each in differences(left, right)] == ["/0" * 3000]
