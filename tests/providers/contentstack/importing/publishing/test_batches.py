"""Publications in batches: as few requests as tens allow, nothing left out, and none later than need be."""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from stackferry.providers.contentstack.content.publications import Publication
from stackferry.providers.contentstack.importing.publishing.batches import (
    BULK_ENVIRONMENTS,
    BULK_ITEMS,
    Batch,
    Group,
    PublishItem,
    batches,
    requests,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = [("here",), ("here", "there"), tuple(f"env{number:02}" for number in range(23))]


@st.composite
def shown(draw: st.DrawFn) -> list[PublishItem | None]:
    """What entries show, in two languages, some by falling back to a latest or older version, with pauses between."""
    numbers = count()

    def one(locale: str, owner: str, places: tuple[str, ...], latest: bool) -> PublishItem:
        shown = Publication("page", f"blt{next(numbers)}", locale, places[0], owner, 1)
        return PublishItem(shown, places, is_latest=latest)

    codes = st.sampled_from(["en", "fr"])
    showing = st.builds(one, codes, codes, st.sampled_from(PLACES), st.booleans())
    return draw(st.lists(st.none() | showing, max_size=120))


def told(flow: list[PublishItem | None], expected: list[PublishItem] | None = None) -> Iterator[Batch]:
    before = None if expected is None else (lambda: expected)
    return (batch for batch in batches(lambda: flow, before) if isinstance(batch, Batch))


@given(flow=shown())
def test_everything_goes_once_in_the_fewest_requests(flow: list[PublishItem | None]) -> None:
    """Each document goes once to each of its environments, ten at a time; an older fallback alone."""
    made = [*told(flow)]
    sent = Counter(
        (item.publication, environment)
        for batch in made
        for item in batch.items
        for environment in batch.environments
    )
    wanted = Counter(
        (one.publication, environment) for one in flow if one for environment in one.environments
    )
    assert sent == wanted
    assert max(sent.values(), default=1) == 1
    sizes: Counter[Group] = Counter(group for one in flow if one for group in one.groups)
    bulk = [batch for batch in made if not batch.items[0].goes_alone]
    assert len(bulk) == sum(-(-size // BULK_ITEMS) for size in sizes.values())
    assert requests(one for one in flow if one) == (len(made) - len(bulk), len(bulk))
    for batch in bulk:
        assert len(batch.items) <= BULK_ITEMS
        assert len(batch.environments) <= BULK_ENVIRONMENTS
        assert len({item.publication.locale for item in batch.items}) == 1
        assert not any(item.goes_alone for item in batch.items)
    assert all(len(batch.items) == 1 for batch in made if batch.items[0].goes_alone)


@given(flow=shown())
def test_a_batch_leaves_with_its_last_document(flow: list[PublishItem | None]) -> None:
    """When the flow ends nothing is left to be sent: each batch came right after the last that it holds."""
    taken: list[PublishItem] = []

    def watched() -> Iterator[PublishItem | None]:
        for one in flow:
            if one is not None:
                taken.append(one)
            yield one

    for batch in batches(watched):
        assert not isinstance(batch, Batch) or batch.items[-1] is taken[-1]


@given(flow=shown())
def test_names_tell_batches_apart(flow: list[PublishItem | None]) -> None:
    """No two batches share a name, and the same ones always have the same."""
    names = [batch.name for batch in told(flow)]
    assert len(set(names)) == len(names)
    assert names == [batch.name for batch in told(flow)]


def test_others_have_their_turn_in_both_passes() -> None:
    """Every None that is found is handed on."""
    assert [*batches(lambda: [None, None])] == [None] * 4


@given(flow=shown(), more=shown())
def test_what_is_expected_and_never_comes_holds_nothing_back(
    flow: list[PublishItem | None], more: list[PublishItem | None]
) -> None:
    """Everything that is shown goes once, whatever else was expected, and however it was ordered."""
    expected = [one for one in (*reversed(flow), *more) if one]
    sent = Counter(
        (item.publication, environment)
        for batch in told(flow, expected)
        for item in batch.items
        for environment in batch.environments
    )
    assert sent == Counter(
        (one.publication, environment) for one in flow if one for environment in one.environments
    )
    assert all(len(batch.items) <= BULK_ITEMS for batch in told(flow, expected))
