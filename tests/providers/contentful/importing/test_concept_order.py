"""The order in which concepts are written: the service refuses one whose broader concept is not there."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from stackferry.providers.contentful.importing.taxonomy import _broader_first

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject


def concept(*broader: str) -> JsonObject:
    links: list[Json] = [
        {"sys": {"type": "Link", "linkType": "TaxonomyConcept", "id": uid}} for uid in broader
    ]
    return {"broader": links}


TREE = {
    "town": concept(),
    "shore": concept("town"),
    "beach": concept("shore"),
    "quay": concept("shore", "town"),
}


@pytest.mark.parametrize("order", [*itertools.permutations(TREE)], ids="-".join)
def test_a_concept_comes_after_those_that_it_is_narrower_than(order: tuple[str, ...]) -> None:
    found = [*_broader_first({uid: TREE[uid] for uid in order})]
    assert sorted(found) == sorted(TREE)
    assert found.index("town") < found.index("shore") < min(found.index("beach"), found.index("quay"))


def test_a_circle_ends() -> None:
    assert sorted(_broader_first({"a": concept("b"), "b": concept("a")})) == ["a", "b"]
