"""What waits in the publish queue: who is to be published or taken down, where, and when.

The queue also holds what is done, of the last thirty days; a row counts as waiting by its own status alone, never
by a clock, so that the same source gives the same snapshot at any hour. The service documents no filter for the
status and no row in full, so rows are read leniently and kept as they came. Pure: looks only at rows.
API page: "CMA | Publish Queue", "Get publish queue".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stackferry.model import Json, JsonObject, Record, Stream
from stackferry.providers.contentstack.values import as_object, integer, rows_in, text
from stackferry.providers.source import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.providers.source import RecordStore
    from stackferry.providers.target import WriteOptions


SCHEDULES = Stream("schedules")
_DONE = Stream(".done")
ACTIONS = ("publish", "unpublish")


@dataclass(frozen=True, slots=True)
class Schedule:
    """One object that is to be published or taken down, for one language.

    `row` is the uid of its row in the queue; `content_type` is empty for an asset and for a release, `version` 0
    where none is named; `environment_uids` are uids or names, as the row has them; `at` is ISO 8601.
    """

    row: str
    action: str
    content_type: str
    uid: str
    locale: str
    version: int
    environments: tuple[str, ...]
    at: str
    variant: str = ""


def read_queue(answer: JsonObject) -> Page:
    """A page of the queue: what waits, as it came.

    The rest is noted for the run alone: without it, rows that moved between two pages could not be told.
    """
    rows = rows_in(answer, "queue", "schedules")
    records = [
        (SCHEDULES, Record(uid, row)) if is_waiting(row) else (_DONE, Record(uid, {"uid": uid}))
        for row in rows
        if (uid := text(row.get("uid")))
    ]
    return Page(records, len(rows), integer(answer.get("count")))


def queue_status(row: JsonObject) -> str:
    """How a row of the queue stands, in small letters; empty where it does not say."""
    said = text(row.get("publish_status")) or text(as_object(row.get("publish_details")).get("status"))
    return said.casefold()


def is_waiting(row: JsonObject) -> bool:
    """Whether a row of the queue says that its time is still to come."""
    said = queue_status(row)
    return said == "scheduled" if said else row.get("scheduled") is True


def schedules(row: JsonObject) -> Iterator[Schedule]:
    """What a row of the queue asks for, language by language."""
    thing = _thing(row)
    for locale in _texts(row.get("locale")) or _texts(thing.get("locale")) or [""]:
        yield Schedule(
            row=text(row.get("uid")),
            action=text(row.get("action")),
            content_type="" if "asset" in row else _content_type(row, thing),
            uid=text(thing.get("uid")),
            locale=locale,
            version=integer(thing.get("version")) or 0,
            environments=tuple(_texts(row.get("environment"))),
            at=text(row.get("scheduled_at")) or text(row.get("published_at")),
            variant=text(thing.get("variant_uid")) or text(thing.get("variant_id")),
        )


def waiting_schedules(staged: RecordStore) -> Iterator[Schedule]:
    """Everything that is staged as waiting."""
    for row in staged.objects(SCHEDULES):
        yield from schedules(row)


def epoch_seconds(at: str) -> float | None:
    """A time in seconds since 1970; None for what is no time. Without a zone it is in UTC."""
    try:
        found = datetime.fromisoformat(at)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _thing(row: JsonObject) -> JsonObject:
    """The entry, the asset or the release that a row is about."""
    thing = as_object(row.get("asset")) or as_object(row.get("entry"))
    return as_object(thing.get("release")) or thing


def _content_type(row: JsonObject, thing: JsonObject) -> str:
    named = as_object(row.get("content_type")).get("uid") or row.get("content_type_uid")
    return text(named) or text(thing.get("content_type_uid"))


def _texts(value: Json) -> list[str]:
    return [text(one) for one in (value if isinstance(value, list) else [value]) if text(one)]


@dataclass(frozen=True, slots=True)
class ScheduledAction:
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

    def says(self, other: ScheduledAction) -> bool:
        """Whether the other says all that this one does."""
        return self.subject == other.subject and self.version in (0, other.version)

    @property
    def subject(self) -> ScheduledAction:
        """What is said, but for the version."""
        return replace(self, locale=self.locale.casefold(), version=0)


class ScheduledActions:
    """Everything that waits in a stack for the kinds that are replayed."""

    def __init__(self, staged: RecordStore, options: WriteOptions) -> None:
        self._by_subject: dict[ScheduledAction, list[tuple[str, ScheduledAction]]] = {}
        places = environment_uids(staged)
        for one in waiting_schedules(staged):
            for place in one.environments if is_imported(one, options) else ():
                fact = scheduled_action(one, places.get(place, place))
                self._by_subject.setdefault(fact.subject, []).append((one.row, fact))

    def __iter__(self) -> Iterator[tuple[str, ScheduledAction]]:
        """Each fact with the uid of its row."""
        for found in self._by_subject.values():
            yield from found

    def saying(self, fact: ScheduledAction) -> list[ScheduledAction]:
        """What says all that the fact does."""
        return [other for _, other in self._by_subject.get(fact.subject, ()) if fact.says(other)]


def scheduled_action(one: Schedule, environment: str) -> ScheduledAction:
    return ScheduledAction(
        one.action, one.content_type, one.uid, one.locale, environment, one.version, epoch_seconds(one.at)
    )


def is_imported(one: Schedule, options: WriteOptions) -> bool:
    """Whether what waits is of a kind that is replayed."""
    if one.action not in ACTIONS:
        return options.includes("releases")
    return options.includes("entries" if one.content_type else "assets")


def environment_uids(staged: RecordStore) -> dict[str, str]:
    """The uid of every environment, by its uid and by its name."""
    rows = list(staged.objects(Stream("environments")))
    names = {text(row.get("name")): text(row.get("uid")) for row in rows}
    return {**names, **{uid: uid for uid in names.values()}}
