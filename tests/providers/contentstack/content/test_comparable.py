"""What a document says, apart from what only the service decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from stackferry.providers.contentstack.content.comparable import non_empty_fields, normalize

if TYPE_CHECKING:
    from stackferry.model import JsonObject

names = st.sampled_from(["title", "tags", "group", "_metadata", "uid"])
values = st.recursive(
    st.none() | st.booleans() | st.just("") | st.text(max_size=3) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
)


@given(document=st.dictionaries(names, values))
def test_non_empty_fields_are_those_that_normalize_keeps(
    document: JsonObject,
) -> None:
    """Both ways of asking agree, so that the cheap one may stand for the other."""
    left = normalize(document)
    assert isinstance(left, dict)
    assert non_empty_fields(document) == left.keys() - {"_metadata"}
