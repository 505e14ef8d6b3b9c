"""What brings a content type from what the target holds to what it is to be: bodies to write and to publish. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stackferry.providers.contentful.content.states import State, state_of
from stackferry.providers.contentful.importing.stored import same
from stackferry.providers.contentful.importing.types.fields import without_deleted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stackferry.model import JsonObject


class Body(NamedTuple):
    """A body that a type gets, and whether it is then published."""

    content: JsonObject
    is_live: bool


class Move(NamedTuple):
    """What is done with the body at a place: whether it is written, and whether it is then published."""

    at: int
    writes: bool
    publishes: bool


def moves(
    bodies: Sequence[Body],
    held: JsonObject | None,
    live: JsonObject | None,
    wanted: State,
    left_out: Sequence[Move] = (),
) -> Iterator[Move]:
    """The bodies to write or publish, in their order; without those that are `left_out`."""
    unwritten = [bodies[move.at].content for move in left_out if move.writes]
    unpublished = {move.at for move in left_out if move.publishes}
    now = held
    is_edited = held is not None and state_of(held) is State.CHANGED and wanted is State.PUBLISHED
    for at, body in enumerate(bodies):
        if body.content in unwritten:
            continue
        is_due = body.is_live and at not in unpublished
        publishes = is_due and (is_edited or not _is(body, live))
        # What is live need not be written again where only the draft above it differs.
        writes = not _is(body, now) and (publishes or at == len(bodies) - 1)
        if writes:
            now = without_deleted(body.content)
        if publishes:
            live, is_edited = without_deleted(body.content), False
        if writes or publishes:
            yield Move(at, writes, publishes)


def _is(body: Body, there: JsonObject | None) -> bool:
    """Whether the target has that body, as its current or as its live one."""
    return there is not None and same(body.content, there)
