"""A change is taken back, and edits of others stay: types whose rules are relaxed for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackferry.core.taken_back import taken_back

if TYPE_CHECKING:
    from stackferry.model import JsonObject

SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", "b"])
VALUES: Any = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "uid"]), inner, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS: Any = st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4)


@given(OBJECTS, OBJECTS)
def test_where_nobody_has_edited_it_is_as_before(changed: JsonObject, original: JsonObject) -> None:
    assert taken_back(changed, changed, original) == original


@given(OBJECTS, st.dictionaries(st.sampled_from("efg"), VALUES, max_size=3))
def test_where_nothing_was_changed_every_edit_stays(original: JsonObject, added: JsonObject) -> None:
    assert taken_back({**original, **added}, original, original) == {**original, **added}


@given(OBJECTS, OBJECTS, st.dictionaries(st.sampled_from("efg"), VALUES, max_size=3))
def test_what_was_added_stays_beside_what_is_taken_back(
    changed: JsonObject, original: JsonObject, added: JsonObject
) -> None:
    assert taken_back({**changed, **added}, changed, original) == {**original, **added}


def fields(*rows: JsonObject) -> JsonObject:
    return {"title": "Page", "schema": [*rows]}


NAME: JsonObject = {
    "uid": "name",
    "mandatory": True,
    "format": "[a-z]",
    "enum": {"choices": [{"value": "x"}]},
}
RELAXED: JsonObject = {"uid": "name", "mandatory": False, "format": ""}
NOTE: JsonObject = {"uid": "note", "mandatory": True}
LOOSE: JsonObject = {"uid": "note", "mandatory": False}
LATE: JsonObject = {"uid": "late", "mandatory": True}


@pytest.mark.parametrize(
    ("now", "becomes"),
    [
        (fields(RELAXED, LOOSE), fields(NAME, NOTE)),
        (fields(LATE, RELAXED, LOOSE), fields(LATE, NAME, NOTE)),
        (fields(LOOSE, RELAXED), fields(NOTE, NAME)),
        (fields(RELAXED), fields(NAME)),
        (fields({**RELAXED, "label": "Name"}, LOOSE), fields({**NAME, "label": "Name"}, NOTE)),
        (fields({**RELAXED, "format": "[0-9]"}, LOOSE), fields({**NAME, "format": "[0-9]"}, NOTE)),
        ({**fields(RELAXED, LOOSE), "title": "Pages"}, {**fields(NAME, NOTE), "title": "Pages"}),
        # A service need not store what says nothing.
        (fields({"uid": "name", "mandatory": False}, LOOSE), fields(NAME, NOTE)),
    ],
    ids=["untouched", "added", "moved", "removed", "labelled", "narrowed", "renamed", "not stored"],
)
def test_fields_of_a_type(now: JsonObject, becomes: JsonObject) -> None:
    assert taken_back(now, fields(RELAXED, LOOSE), fields(NAME, NOTE)) == becomes


def test_what_the_change_took_out_of_a_list_comes_back_at_its_end() -> None:
    changed, whole = fields(RELAXED), fields(NOTE, NAME)
    assert taken_back(fields(LATE, RELAXED), changed, whole) == fields(LATE, NAME, NOTE)


def test_lists_without_names_go_by_their_places() -> None:
    now: JsonObject = {"taxonomies": [{"mandatory": False, "max": 25}, {"mandatory": False}]}
    changed: JsonObject = {"taxonomies": [{"mandatory": False}, {"mandatory": False}]}
    original: JsonObject = {"taxonomies": [{"mandatory": True}, {"mandatory": False}]}
    assert taken_back(now, changed, original) == {
        "taxonomies": [{"mandatory": True, "max": 25}, {"mandatory": False}]
    }
