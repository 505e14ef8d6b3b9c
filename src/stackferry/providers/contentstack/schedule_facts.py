"""What waits in a stack, as facts that can be compared: one object, one environment, one language, one time. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stackferry.model import Shelf
from stackferry.providers.contentstack.answers import text
from stackferry.providers.contentstack.schedules import ACTIONS, Schedule, moment, waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.provider import Staged
    from stackferry.providers.replaying import WriteOptions


@dataclass(frozen=True, slots=True)
class Fact:
    """One object to be published or taken down in one environment and language, in the terms of one stack.

    `version` 0 is whichever; `when` is in seconds since 1970.
    """

    action: str
    content_type: str
    uid: str
    locale: str
    environment: str
    version: int
    when: float | None

    def says(self, other: Fact) -> bool:
        """Whether the other says all that this one does."""
        return self.subject == other.subject and self.version in (0, other.version)

    @property
    def subject(self) -> Fact:
        """What is said, but for the version."""
        return replace(self, locale=self.locale.casefold(), version=0)


class Waiting:
    """Everything that waits in a stack for the kinds that are replayed."""

    def __init__(self, staged: Staged, options: WriteOptions) -> None:
        self._by_subject: dict[Fact, list[tuple[str, Fact]]] = {}
        places = environments(staged)
        for one in waiting(staged):
            for place in one.environments if is_brought(one, options) else ():
                fact = fact_of(one, places.get(place, place))
                self._by_subject.setdefault(fact.subject, []).append((one.row, fact))

    def __iter__(self) -> Iterator[tuple[str, Fact]]:
        """Each fact with the uid of its row."""
        for found in self._by_subject.values():
            yield from found

    def saying(self, fact: Fact) -> list[Fact]:
        """What says all that the fact does."""
        return [other for _, other in self._by_subject.get(fact.subject, ()) if fact.says(other)]


def fact_of(one: Schedule, environment: str) -> Fact:
    return Fact(one.action, one.content_type, one.uid, one.locale, environment, one.version, moment(one.at))


def is_brought(one: Schedule, options: WriteOptions) -> bool:
    """Whether what waits is of a kind that is replayed."""
    if one.action not in ACTIONS:
        return options.brings("releases")
    return options.brings("entries" if one.content_type else "assets")


def environments(staged: Staged) -> dict[str, str]:
    """The uid of every environment, by its uid and by its name."""
    rows = list(staged.objects(Shelf("environments")))
    names = {text(row.get("name")): text(row.get("uid")) for row in rows}
    return {**names, **{uid: uid for uid in names.values()}}
