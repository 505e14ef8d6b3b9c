"""What brings one entry or asset from the state that it has in the target to the one that it is to have. Pure.

A document gets its bodies one after the other, the oldest first, and each that is to be live is published before the
next one is written: so a changed document ends with its live body published and its current one above that. What is the
same already takes no request.

The order is always: unarchive; bodies and publishes in turn, the current body last; take down; archive. But taking
single locales down publishes the rest anew, and what is published last counts as unchanged: so the current body of a
document that is to be changed comes after that.
API pages: "Content lifecycle", "Publishing an entry", "Locale-based publishing".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.json_values import as_object
from stackferry.providers.contentful.content.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stackferry.model import JsonObject

Locales = frozenset[str]
NOWHERE: Final[Locales] = frozenset()
_LIVE: Final = (State.PUBLISHED, State.CHANGED)


class Body(NamedTuple):
    """A body that a document gets, without `sys`, and the locales in which it is then published."""

    content: JsonObject
    live: Locales = NOWHERE


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document as it is to be: its bodies, the current one last, and which of them is live in the end.

    `leaves_live`: what the target has live of it stays so. `is_edited`: it counts as changed as a whole, although none
    of its locales may.
    """

    bodies: tuple[Body, ...]
    live_at: int | None = None
    is_archived: bool = False
    leaves_live: bool = False
    is_edited: bool = False

    @property
    def last(self) -> int:
        return len(self.bodies) - 1

    @property
    def live(self) -> Locales:
        """Where the document is live in the end."""
        return NOWHERE if self.live_at is None else self.bodies[self.live_at].live

    @property
    def is_changed(self) -> bool:
        """Whether something is live in the end, and the current body is another."""
        return bool(self.live) and self.live_at != self.last


@dataclass(frozen=True, slots=True)
class Held:
    """A document as the target holds it: its body, what is live of it, and the state of each locale.

    `is_edited`: it was saved since it was published, if not in a value of these locales.
    """

    content: JsonObject
    live: JsonObject
    states: Mapping[str, State]
    is_edited: bool = False

    @property
    def is_archived(self) -> bool:
        return State.ARCHIVED in self.states.values()

    @property
    def live_locales(self) -> Locales:
        return frozenset(code for code, state in self.states.items() if state in _LIVE)


@dataclass(frozen=True, slots=True)
class Moves:
    """What is to be done with one document; `writes` and `publishes` name its bodies by their place."""

    writes: frozenset[int] = frozenset()
    publishes: frozenset[int] = frozenset()
    takes_down: Locales = NOWHERE
    unarchives: bool = False
    archives: bool = False

    def __bool__(self) -> bool:
        return bool(self.writes or self.publishes or self.takes_down or self.unarchives or self.archives)


def moves_of_new(wanted: Wanted) -> Moves:
    """Everything; and what was live in the past only is taken down in the end."""
    publishes = frozenset(at for at, body in enumerate(wanted.bodies) if body.live)
    was_live = frozenset[str]().union(*(body.live for body in wanted.bodies))
    return Moves(
        writes=frozenset(range(len(wanted.bodies))),
        publishes=publishes,
        takes_down=was_live - wanted.live,
        archives=wanted.is_archived,
    )


def moves(
    wanted: Wanted, held: Held, same: Callable[[JsonObject, JsonObject], bool], *, by_locale: bool = True
) -> Moves:
    """What is to be done with a document that the target holds: its history stays as it is there.

    `same` says of a body that is to be and one that is there whether they are the same. Not `by_locale`: it is not
    known whether the target's space publishes single locales. One that does not may take it for a publish of everything
    that single locales are taken down: so what is live is written before that, and no edit becomes live.
    """
    writes, publishes, at = set[int](), set[int](), wanted.live_at
    has_current = same(wanted.bodies[wanted.last].content, held.content)
    if at is not None and not _is_live(wanted, held, same, has_current=has_current):
        publishes.add(at)
        if not same(wanted.bodies[at].content, held.content):
            writes.add(at)
            has_current = at == wanted.last
    if not has_current or _lacks_edit(wanted, held):
        writes.add(wanted.last)
    takes_down = NOWHERE if wanted.leaves_live else held.live_locales - wanted.live
    if takes_down and wanted.is_changed:
        writes.add(wanted.last)
        if not by_locale and at is not None and not same(wanted.bodies[at].content, held.content):
            writes.add(at)
    # What is live cannot be archived.
    stays_live = wanted.leaves_live and bool(held.live_locales)
    archives = wanted.is_archived and not stays_live and (not held.is_archived or bool(writes))
    return Moves(
        writes=frozenset(writes),
        publishes=frozenset(publishes),
        takes_down=takes_down,
        unarchives=held.is_archived and (bool(writes) or not wanted.is_archived),
        archives=archives,
    )


def _lacks_edit(wanted: Wanted, held: Held) -> bool:
    """Whether a document is to count as changed, and does not, though it has both bodies: saving it does that.

    Who publishes or takes down a locale above an edit leaves the document published.
    """
    return wanted.is_changed and wanted.is_edited and bool(held.live_locales) and not held.is_edited


def _is_live(
    wanted: Wanted, held: Held, same: Callable[[JsonObject, JsonObject], bool], *, has_current: bool
) -> bool:
    """Whether what is to be live is live already, and shows itself so."""
    body = wanted.bodies[wanted.live_at or 0]
    if not body.live <= held.live_locales:
        return False
    # Where nothing is above what is live, an edit that was taken back still counts as one until it is published.
    is_changed = held.is_edited or any(held.states[code] is State.CHANGED for code in body.live)
    if wanted.live_at == wanted.last and (is_changed or not has_current):
        return False
    return same(in_locales(body.content, body.live), in_locales(held.live, body.live))


def in_locales(content: JsonObject, codes: Locales) -> JsonObject:
    """A body with the values of these locales alone."""
    fields: JsonObject = {}
    for name, values in as_object(content.get("fields")).items():
        kept = {code: value for code, value in as_object(values).items() if code in codes}
        if kept:
            fields[name] = kept
    return {**content, "fields": fields}
