"""What is done with a document, from the state that it has to the one that it is to have."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from stackferry.providers.contentful.content.states import State
from stackferry.providers.contentful.importing.moves import (
    NOWHERE,
    Body,
    Held,
    Moves,
    Wanted,
    moves,
    moves_of_new,
)

if TYPE_CHECKING:
    from stackferry.model import JsonObject

EN, BOTH = frozenset({"en"}), frozenset({"en", "de"})
DRAFT, PUBLISHED, CHANGED, ARCHIVED = State.DRAFT, State.PUBLISHED, State.CHANGED, State.ARCHIVED


def body(**values: str) -> JsonObject:
    """A body whose title has these values by locale."""
    return {"fields": {"title": dict(values)}}


OLD, NEW, OTHER = body(en="old", de="alt"), body(en="new", de="neu"), body(en="other", de="anders")


def wanted(*bodies: Body, live_at: int | None = None, archived: bool = False) -> Wanted:
    return Wanted(bodies, live_at, archived)


def held(content: JsonObject, live: JsonObject | None, en: State, de: State | None = None) -> Held:
    return Held(content, live or {}, {"en": en, "de": de or en})


def same(one: JsonObject, other: JsonObject) -> bool:
    return one == other


IS_DRAFT = wanted(Body(NEW))
IS_LIVE = wanted(Body(NEW, BOTH), live_at=0)
IS_CHANGED = wanted(Body(OLD, BOTH), Body(NEW), live_at=0)
IS_ARCHIVED = wanted(Body(NEW), archived=True)
IS_LIVE_IN_ONE = wanted(Body(NEW, EN), live_at=0)
WAS_LIVE = wanted(Body(OLD, BOTH), Body(NEW))


def of(
    writes: set[int] | None = None,
    publishes: set[int] | None = None,
    down: frozenset[str] = NOWHERE,
    *,
    opens: bool = False,
    archives: bool = False,
) -> Moves:
    return Moves(frozenset(writes or ()), frozenset(publishes or ()), down, opens, archives)


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        (IS_DRAFT, of({0})),
        (IS_LIVE, of({0}, {0})),
        (IS_CHANGED, of({0, 1}, {0})),
        (IS_ARCHIVED, of({0}, archives=True)),
        (IS_LIVE_IN_ONE, of({0}, {0})),
        (WAS_LIVE, of({0, 1}, {0}, BOTH)),
    ],
)
def test_a_new_document_gets_everything(goal: Wanted, expected: Moves) -> None:
    assert moves_of_new(goal) == expected


@pytest.mark.parametrize(
    ("there", "goal", "expected"),
    [
        # What is as it is to be takes nothing.
        (held(NEW, None, DRAFT), IS_DRAFT, of()),
        (held(NEW, NEW, PUBLISHED), IS_LIVE, of()),
        (held(NEW, OLD, CHANGED), IS_CHANGED, of()),
        (held(NEW, None, ARCHIVED), IS_ARCHIVED, of()),
        (held(NEW, NEW, PUBLISHED, DRAFT), IS_LIVE_IN_ONE, of()),
        # Another body.
        (held(OTHER, None, DRAFT), IS_DRAFT, of({0})),
        (held(OTHER, OTHER, PUBLISHED), IS_LIVE, of({0}, {0})),
        (held(OTHER, OLD, CHANGED), IS_CHANGED, of({1})),
        (held(OTHER, OTHER, PUBLISHED), IS_CHANGED, of({0, 1}, {0})),
        (held(OLD, OLD, PUBLISHED), IS_CHANGED, of({1})),
        (held(NEW, OTHER, CHANGED), IS_CHANGED, of({0, 1}, {0})),
        # The right body, not live yet.
        (held(NEW, None, DRAFT), IS_LIVE, of(publishes={0})),
        (held(OLD, None, DRAFT), IS_CHANGED, of({1}, {0})),
        # An edit above what is live is taken back: until it is published again it counts as one.
        (held(OTHER, NEW, CHANGED), IS_LIVE, of({0}, {0})),
        (held(NEW, NEW, CHANGED), IS_LIVE, of(publishes={0})),
        # Live, and not to be.
        (held(NEW, NEW, PUBLISHED), IS_DRAFT, of(down=BOTH)),
        (held(OTHER, OTHER, PUBLISHED), IS_DRAFT, of({0}, down=BOTH)),
        (held(NEW, NEW, PUBLISHED), IS_ARCHIVED, of(down=BOTH, archives=True)),
        # Locale by locale.
        (held(NEW, NEW, PUBLISHED), IS_LIVE_IN_ONE, of(down=frozenset({"de"}))),
        (held(NEW, NEW, PUBLISHED, DRAFT), IS_LIVE, of(publishes={0})),
        # Archived, and not to be.
        (held(NEW, None, ARCHIVED), IS_DRAFT, of(opens=True)),
        (held(OTHER, None, ARCHIVED), IS_LIVE, of({0}, {0}, opens=True)),
        (held(OTHER, None, ARCHIVED), IS_ARCHIVED, of({0}, opens=True, archives=True)),
        # What was live in the past only is not replayed over what is there.
        (held(NEW, None, DRAFT), WAS_LIVE, of()),
    ],
)
def test_a_document_that_is_there_gets_what_it_lacks(there: Held, goal: Wanted, expected: Moves) -> None:
    assert moves(goal, there, same) == expected


@pytest.mark.parametrize(
    ("there", "goal", "expected"),
    [
        (held(NEW, NEW, PUBLISHED), wanted(Body(NEW)), of()),
        (held(OTHER, OTHER, PUBLISHED), wanted(Body(NEW)), of({0})),
        (held(NEW, NEW, PUBLISHED), IS_ARCHIVED, of()),
        (held(NEW, None, DRAFT), IS_ARCHIVED, of(archives=True)),
    ],
)
def test_what_is_live_is_left_alone_where_that_is_asked(there: Held, goal: Wanted, expected: Moves) -> None:
    assert moves(replace(goal, leaves_live=True), there, same) == expected
